"""Starts the dashboards on a free port and opens them in Chromium, for browser tests and pictures."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dashboards.serve import free_port, serve_command

CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
OTHERS = (
    *("heat_map", "participation", "trend", "compare", "challenges", "protection"),
    *("team", "actions", "steward", "about"),
)
PAGES = {"home": "", **{name: name for name in OTHERS}}
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
_GRAVE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter(each => ["serious", "critical"].includes(each.impact))
  .map(each => `${each.id}: ${each.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | ")}`)"""


def find_chromium() -> str | None:
    """A Chromium that is installed on this machine."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def running_app(
    released_dir: Path, public_key_file: Path | None, is_demo: bool = False, beside: Mapping[str, Path] | None = None
) -> Iterator[str]:
    """The address of an app that serves a folder and what lies beside it, ended with its process group."""
    argv, env = serve_command(free_port(8601), released_dir, public_key_file, is_demo=is_demo, beside=beside)
    port = argv[argv.index("--server.port") + 1]
    process = subprocess.Popen(
        argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def wait_until_healthy(address: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The app ended with code {process.returncode} before it was ready.")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The app was not ready in time.")


def open_page(browser: Any, address: str, width: int, scheme: str, height: int = 900) -> Any:
    """A page that has been drawn to its foot; fails after 30 seconds without one."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.outside, page.errors = [], []
    page.on("request", lambda request: _note_outside(page, request.url))
    page.on("console", lambda message: _note_error(page, message))
    page.on("response", lambda response: _note_failure(page, response))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(address)
    page.wait_for_selector(".q-foot", timeout=90_000)
    page.wait_for_timeout(900)
    return page


def grave_findings(page: Any) -> list[str]:
    """What axe-core calls serious or critical: rule and first places. Outside the gate nothing without axe-core."""
    if not AXE.exists() and "CI" not in os.environ:
        return []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_GRAVE)
    return found


def _note_error(page: Any, message: Any) -> None:
    """Console errors; failed requests are noted with their address instead."""
    if message.type == "error" and not message.text.startswith("Failed to load resource"):
        page.errors.append(message.text)


def _note_failure(page: Any, response: Any) -> None:
    """Failed requests, but for Streamlit's own probing of where its base address is below a page."""
    if response.status >= 400 and not response.url.endswith(("/_stcore/health", "/_stcore/host-config")):
        page.errors.append(f"{response.status} {response.url}")


def _note_outside(page: Any, url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        page.outside.append(url)


def fit_to_content(page: Any, width: int) -> None:
    """Make the window as high as the page, for a picture of all of it."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(6000, int(height))})
    page.wait_for_timeout(700)
