"""The page as a process of its own on a free port of this machine, to be killed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ballots.wave_maker import WAVE


@contextmanager
def serving(root: Path, wave_id: str = WAVE) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Address and process."""
    command = [sys.executable, "-m", "flows.cli", "survey", "serve", "--wave", wave_id, "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen([*command, "--workspace", str(root)], stdout=subprocess.PIPE, env=environment)
    try:
        assert server.stdout is not None
        found = re.search(r"http://[0-9.:]+", server.stdout.readline().decode())
        assert found is not None, "the page did not start"
        yield found.group(), server
    finally:
        server.terminate()
        server.wait()
