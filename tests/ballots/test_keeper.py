"""The keeper of the staff page as it really runs: with processes, an inbox that appears, kills, and an end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from flows.ballots.make_ballots import make_ballots
from flows.ballots.manifest_file import load_signed
from flows.ballots.open_wave import Offices, open_wave
from flows.workbench import open_workbench
from flows.zones import Zones
from tests.ballots.wave_maker import WAVE, make_workspace

PROJECT = Path(__file__).parents[2]
PATIENCE_SECONDS = 90.0


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def page_of(keeper: int) -> int:
    """The process that serves the page; 0 where none does."""
    children = Path(f"/proc/{keeper}/task/{keeper}/children").read_text("ascii").split()
    return int(children[0]) if children else 0


def test_the_keeper_serves_a_wave_that_opens_later_starts_a_killed_page_again_and_ends_with_it(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    make_workspace(root, {"fern": 12, "ivy": 9})
    zones = Zones(root)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    text = zones.settings_file.read_text("utf-8")
    zones.settings_file.write_text(f'[up]\nstaff = "127.0.0.1:{port}"\n{text}', "utf-8")
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "flows.operate.keep_staff_page", str(root)]
    keeper = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        bench = open_workbench(root, WAVE)
        assert not answers(url)
        open_wave(bench, Offices("the research office", "the staff council", None))
        make_ballots(zones, load_signed(zones, WAVE), (), is_replaced=False)
        assert until(lambda: answers(url)), "a wave that was opened later is not served"
        first = page_of(keeper.pid)
        os.kill(first, signal.SIGKILL)
        assert until(lambda: page_of(keeper.pid) not in (0, first) and answers(url)), "a killed page did not come back"
        last = page_of(keeper.pid)
        keeper.terminate()
        assert keeper.wait(PATIENCE_SECONDS) == 0
        assert not answers(url)
        assert not Path(f"/proc/{last}").exists()
    finally:
        keeper.kill()
        keeper.wait()
