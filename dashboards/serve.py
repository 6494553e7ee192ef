"""How to start the dashboards: the command, its environment and a free port. Nothing is started here."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from dashboards.access import Access
from flows.errors import UsageError

PACKAGE_DIR = Path(__file__).parent
_TRIED_PORTS = 100


def serve_command(
    port: int,
    released_dir: Path,
    public_key_file: Path | None,
    address: str = "127.0.0.1",
    is_demo: bool = False,
    access: Access | None = None,
    secrets_file: Path | None = None,
    beside: Mapping[str, Path] | None = None,
    board_measures: Sequence[str] = (),
) -> tuple[list[str], dict[str, str]]:
    """Arguments and full environment for `subprocess` to serve the pages headless, from any current folder.

    Streamlit finds theme and fonts beside app.py. What protects people is repeated as flags, which win over a person's
    own Streamlit settings: no usage statistics, no error details in the browser, no second door for other programs.
    Without `access` the pages are in local mode. `secrets_file`: where Streamlit finds the sign-in service, and no
    other file.
    `beside`: DERIVED_DIR, ACTIONS_FILE, REPORTS_DIR of the workspace, as far as there are any.
    `board_measures`: ids of the measures that the board report shows; none: those of Home.
    """
    flags = {
        "server.port": str(port),
        "server.address": address,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.enableStaticServing": "true",
        "server.enableAgentApi": "false",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "client.toolbarMode": "minimal",
        "global.developmentMode": "false",
        "secrets.files": str((secrets_file or PACKAGE_DIR / "no-secrets.toml").resolve()),
    }
    argv = [sys.executable, "-m", "streamlit", "run", str(PACKAGE_DIR / "app.py")]
    argv += [part for name, value in flags.items() for part in (f"--{name}", value)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("QUORUM_")}
    search_path = [str(PACKAGE_DIR.parent), *filter(None, [env.get("PYTHONPATH", "")])]
    env["PYTHONPATH"] = os.pathsep.join(search_path)
    env["QUORUM_RELEASED_DIR"] = str(released_dir.resolve())
    if public_key_file is not None:
        env["QUORUM_PUBLIC_KEY_FILE"] = str(public_key_file.resolve())
    if is_demo:
        env["QUORUM_DEMO"] = "1"
    if access is not None:
        env["QUORUM_ACCESS"] = json.dumps(asdict(access))
    for name, path in (beside or {}).items():
        env[f"QUORUM_{name}"] = str(path.resolve())
    if board_measures:
        env["QUORUM_BOARD_MEASURES"] = ",".join(board_measures)
    return argv, env


def free_port(first: int = 8501) -> int:
    """The first free port from `first` on; raises UsageError if a hundred in a row are taken."""
    for port in range(first, first + _TRIED_PORTS):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise UsageError(f"No free port between {first} and {first + _TRIED_PORTS - 1}. Name another one with --port.")
