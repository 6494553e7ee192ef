"""The staff page in real Chromium, without a script: reflow, colour schemes, keyboard, error summary (T21, T27)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.ballots.serving import serving
from tests.ballots.wave_maker import BallotWave, ballot_wave
from tests.browser.app_server import find_chromium

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no chromium on this machine")


@pytest.fixture(scope="module")
def wave(tmp_path_factory: pytest.TempPathFactory) -> BallotWave:
    return ballot_wave(tmp_path_factory.mktemp("staff"))


@pytest.fixture(scope="module")
def address(wave: BallotWave) -> Iterator[str]:
    with serving(wave.root) as (found, _server):
        yield found


def test_no_page_scrolls_sideways_asks_outside_or_complains(browser: Browser, wave: BallotWave, address: str) -> None:
    code = wave.codes["fern"][0]
    for scheme in ("light", "dark"):
        for language in ("en", "de"):
            context = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 640})
            page = context.new_page()
            said: list[str] = []
            asked: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            for path in ("/", f"/a/{code}", "/protection", "/done?u=0"):
                page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={language}")
                for width in (320, 390, 1280):
                    page.set_viewport_size({"width": width, "height": 640})
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            assert said == [] and all(url.startswith(address) for url in asked)
            context.close()


def test_answers_are_sent_by_keyboard_without_a_script(browser: Browser, wave: BallotWave, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, forced_colors="active")
    page = context.new_page()
    page.goto(f"{address}/a/{wave.codes['fern'][1]}")
    page.get_by_role("button", name="Send", exact=True).press("Enter")
    assert page.title().startswith("Error:")
    page.get_by_role("link", name="No question is answered.").press("Enter")
    assert page.locator("#bo1").evaluate("node => node === document.activeElement")
    page.locator("#bo1").press("Space")
    page.get_by_role("button", name="Send", exact=True).press("Enter")
    assert "/done" in page.url and page.get_by_role("heading", name="Thank you").is_visible()
    context.close()


def test_back_after_a_failed_send_shows_the_answers_again(browser: Browser, wave: BallotWave, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/a/{wave.codes['fern'][2]}")
    page.locator("input[name=bo1]").nth(2).check()
    page.route("**/a", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.get_by_role("button", name="Send", exact=True).click()
    page.unroute("**/a")
    page.go_back()
    assert page.locator("input[name=bo1]").nth(2).is_checked()
    page.get_by_role("button", name="Send", exact=True).click()
    assert "/done" in page.url
    context.close()
