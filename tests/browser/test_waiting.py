"""While releases are read, a page keeps room and says nothing; quick pages never show it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.serve import PACKAGE_DIR, free_port, serve_command
from tests.browser.app_server import find_chromium, wait_until_healthy
from tests.release_builder import PUBLIC_KEY, full_draft, write_release

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")
# The real app over a disk on which reading releases takes two seconds more.
_SLOW_APP = f"""
import sys, time
sys.path.insert(0, {str(PACKAGE_DIR.parent)!r})
import dashboards.frame as frame
from dashboards.releases import load_shelf
def slowly(settings, scope):
    time.sleep(2)
    return load_shelf(settings, scope)
frame.load_shelf = slowly
from dashboards.app import main
main()
"""


@pytest.fixture
def slow_address(tmp_path: Path) -> Iterator[str]:
    """An app that is slow to read."""
    write_release(tmp_path / "released", full_draft("2026-11"))
    (tmp_path / "release.pub").write_text(PUBLIC_KEY.hex())
    script = tmp_path / "slow.py"
    script.write_text(_SLOW_APP, "utf-8")
    port = free_port(8681)
    argv, env = serve_command(port, tmp_path / "released", tmp_path / "release.pub")
    argv = [str(script) if part.endswith("app.py") else part for part in argv]
    process = subprocess.Popen(
        argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def test_room_is_kept_while_releases_are_read_and_nothing_of_it_moves_where_less_motion_is_asked_for(
    browser: Any, slow_address: str
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page.goto(slow_address)
    room = page.locator(".q-waiting")
    room.wait_for(timeout=60_000)
    page.wait_for_function("e => getComputedStyle(e).opacity === '1'", arg=room.element_handle(), timeout=10_000)
    assert "Checking signatures" in room.inner_text()
    moving = "[...document.querySelectorAll('.q-waiting i')].filter(e => getComputedStyle(e).animationName !== 'none')"
    assert page.evaluate(f"{moving}.length") == 0
    page.locator(".q-foot").wait_for(timeout=60_000)
    assert room.count() == 0
    page.close()
