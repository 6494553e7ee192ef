"""`quorum show`: the dashboards of a workspace, on this machine."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import click

from dashboards.serve import free_port
from flows.keys import public_key
from flows.operate.operate_settings import Place
from flows.pages import SAID, pages_process
from flows.zones import Zones


def serve(root: Path, first_port: int, *, is_demo: bool = False) -> None:
    """Serve until Ctrl-C. The dashboards' process is given the released zone and the public key, nothing else."""
    zones = Zones(root.resolve()).require()
    public_key(zones)
    port = free_port(first_port)
    if port != first_port:
        click.echo(f"Port {first_port} is taken; using {port}.")
    pages = pages_process(zones, Place("127.0.0.1", port), is_demo=is_demo)
    click.echo(f"Dashboards:  http://127.0.0.1:{port}   (this machine only; Ctrl-C ends)")
    click.echo(SAID[pages.access.sign_in])
    click.echo(f"On a server:  ssh -L {port}:127.0.0.1:{port} you@this-server")
    process = subprocess.Popen(pages.command, env=pages.environment)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
