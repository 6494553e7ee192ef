"""axe-core on every page and error state of the staff page, WCAG 2.2 A and AA and best practice (T26, T27, T28)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.app_server import AXE, find_chromium
from tests.browser.first_paint import MOST_BYTES, ROUND_TRIP_MS, load
from tests.browser.staff_states import LANGUAGES, WIDTHS, Stage, show, staged

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")
FINDINGS = """async () => (await axe.run(document, {resultTypes: ["violations"], preload: false, runOnly:
  ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})).violations
  .map(each => `${each.id}: ${each.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | ")}`)"""
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, label.option, input[type=text]")]
  .filter(node => !node.closest("p, .skip") || node.matches(".plain"))
  .map(node => [node.outerHTML.slice(0, 90), node.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44).map(([html, box]) => `${html} ${box.height}`)"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, str]]:
    with staged(tmp_path_factory.mktemp("staff_rules")) as found:
        yield found


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core: npm ci in tests/browser")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_or_error_state(browser: Any, stage: tuple[Stage, str], scheme: str) -> None:
    found: list[str] = []
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
    for state in stage[0].states():
        stage[0].set(state)
        for language in LANGUAGES:
            show(page, stage[1], state, language)
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found += [f"{state.name} {language}: {each}" for each in page.evaluate(FINDINGS)]
    page.close()
    assert found == []


def test_no_state_scrolls_sideways_and_what_is_touched_is_44_pixels_high(
    browser: Any, stage: tuple[Stage, str]
) -> None:
    wrong: list[str] = []
    page = browser.new_page()
    for state in stage[0].states():
        stage[0].set(state)
        for language in LANGUAGES:
            show(page, stage[1], state, language)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                wide = page.evaluate("document.documentElement.scrollWidth")
                wrong += [f"{state.name} {language} {width}: {wide} wide"] if wide > width else []
            wrong += [f"{state.name} {language}: {each}" for each in page.evaluate(SMALL_TARGETS)]
    page.close()
    assert wrong == []


def test_each_error_says_so_in_the_title_and_leads_to_what_is_wrong(browser: Any, stage: tuple[Stage, str]) -> None:
    page = browser.new_page()
    errors = ("typing-mistake", "typing-mistake-with-answers", "blank", "used", "unknown", "busy", "full")
    for state in stage[0].states():
        if state.name not in errors:
            continue
        stage[0].set(state)
        show(page, stage[1], state, "en")
        assert page.title().startswith("Error: "), state.name
        box = page.get_by_role("alert")
        assert box.get_by_role("heading").inner_text() == "There is a problem"
        for link in box.get_by_role("link").all():
            target = link.get_attribute("href")
            link.press("Enter")
            assert page.locator(target).evaluate("node => node === document.activeElement"), (state.name, target)
    page.close()


def test_the_form_comes_to_a_slow_phone_in_two_requests_and_under_60_kb(browser: Any, stage: tuple[Stage, str]) -> None:
    form = next(state for state in stage[0].states() if state.name == "form")
    stage[0].set(form)
    loaded = load(browser, stage[1] + form.path)
    assert loaded.requests_n == 2 and loaded.wire_bytes < MOST_BYTES
    # The network was held back: page and style sheet each cost a round trip. How fast it is, the command tells.
    assert loaded.ms > 2 * ROUND_TRIP_MS
