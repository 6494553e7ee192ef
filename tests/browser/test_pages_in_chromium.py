"""The pages in a real browser: no error, no request to another host, nothing wider than the window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from flows.trend.write import bring_up_to_date
from tests.browser.app_server import (
    PAGES,
    find_chromium,
    grave_findings,
    open_page,
    running_app,
)
from tests.release_builder import EVIL_NAME, PUBLIC_KEY, evil_units, write_shelf

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
_CHROME_WORDS = """() => {
  const ours = each => each.closest(".q-page, .q-heat, style, script, noscript, #q-skip")
  const found = [...document.querySelectorAll("[aria-label], [placeholder]")]
    .filter(each => !ours(each) && !each.closest("[data-testid=stElementToolbar]"))
    .flatMap(each => [each.getAttribute("aria-label"), each.getAttribute("placeholder")])
  const texts = [...document.querySelectorAll("[data-testid]")].filter(each => !ours(each) && each.checkVisibility())
    .map(each => each.innerText.trim())
  return [...new Set([...found, ...texts].filter(Boolean))] }"""
pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that serves every state, with a corrupted and a retracted release."""
    folder = tmp_path_factory.mktemp("browser")
    write_shelf(folder / "released", evil_units())
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    (folder / "reports").mkdir()
    bring_up_to_date(folder / "derived", folder / "released", PUBLIC_KEY)
    beside = {
        "ACTIONS_FILE": folder / "actions.sqlite3",
        "REPORTS_DIR": folder / "reports",
        "DERIVED_DIR": folder / "derived",
    }
    with running_app(folder / "released", folder / "release.pub", is_demo=True, beside=beside) as served:
        yield served


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Any]:
    """Opens pages by path; all are closed at the end of the test."""
    pages = []

    def opened_page(path: str, width: int = 1440, scheme: str = "light") -> Any:
        pages.append(open_page(browser, f"{address}/{path}", width, scheme))
        return pages[-1]

    yield opened_page
    for page in pages:
        page.close()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_has_no_error_asks_no_other_host_and_fits_into_320_pixels(opened: Any, name: str) -> None:
    page = opened(PAGES[name])
    assert page.locator("h1").count() == 1
    assert grave_findings(page) == []
    page.set_viewport_size({"width": 320, "height": 900})
    page.wait_for_timeout(400)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 320
    assert (page.errors, page.outside) == ([], [])


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_german_page_on_a_phone_has_no_grave_finding_and_says_its_language(opened: Any, name: str) -> None:
    page = opened(f"{PAGES[name]}?lang=de", width=390)
    assert page.evaluate("document.documentElement.lang") == "de"
    assert grave_findings(page) == []
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert (page.errors, page.outside) == ([], [])


@pytest.mark.parametrize("name", ["heat_map", "trend", "actions"])
def test_a_german_page_has_no_english_label_of_streamlits_own(opened: Any, name: str) -> None:
    page = opened(f"{PAGES[name]}?lang=de")
    for expander in page.locator("[data-testid=stExpander] summary").all():
        expander.click()
    page.wait_for_timeout(600)
    words = page.evaluate(_CHROME_WORDS)
    english = "Navigate|App pages|Open|Clear|Choose|Remove|Selected|year,|month,|day,|Skip|Download|Fullscreen|.-axis"
    assert len(words) > 8
    assert [each for each in words if re.match(f"({english})", each)] == []
    assert grave_findings(page) == []


def test_labels_are_english_again_after_the_language_is_changed_back(opened: Any) -> None:
    page = opened("trend?lang=de")
    page.locator("[aria-label='Aufklappen']").first.wait_for(state="attached")
    page.get_by_text("English", exact=True).click()
    page.locator("[aria-label='Open']").first.wait_for(state="attached", timeout=60_000)
    assert page.locator("[aria-label='Aufklappen']").count() == 0


def test_a_chart_gives_no_picture_without_its_release(opened: Any) -> None:
    page = opened("trend")
    page.locator("[data-testid=stVegaLiteChart]").hover()
    page.wait_for_timeout(300)
    assert page.locator("[data-testid=stElementToolbarButton]:visible").count() == 0


def test_the_language_is_chosen_on_the_page_and_stays_on_the_next(opened: Any) -> None:
    page = opened("trend?group=acute&measure=st1")
    page.get_by_text("Deutsch", exact=True).click()
    page.wait_for_url(re.compile(r"[?&]lang=de(&|$)"), timeout=60_000)
    page.get_by_role("heading", level=1, name=re.compile("^Acute wards: Stress$")).wait_for(timeout=60_000)
    page.get_by_text("Übersicht", exact=True).first.click()
    page.locator("[data-testid=stTopNavDropdownLink]", has_text="Beteiligung").click()
    page.wait_for_selector("h2:has-text('Gruppen in dieser Welle')", timeout=60_000)
    assert page.evaluate("document.documentElement.lang") == "de"


def test_the_first_key_reaches_a_link_that_skips_the_navigation(opened: Any) -> None:
    page = opened("about")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H1"


def test_a_phone_shows_who_answered_without_scrolling_sideways(opened: Any) -> None:
    page = opened("participation?lang=de", width=390)
    assert page.evaluate("(f => f.scrollWidth <= f.clientWidth)(document.querySelector('.q-scroll'))")


def test_a_file_is_taken_along_with_the_keyboard_alone(opened: Any) -> None:
    page = opened("participation")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").strip().endswith("Take this along"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Figures as CSV").wait_for(timeout=30_000)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").strip() == "Figures as CSV"
    with page.expect_download(timeout=60_000) as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename == "quorum-participation-2026-11.csv"


def test_a_group_is_opened_and_closed_with_the_keyboard_and_keeps_the_focus(opened: Any) -> None:
    page = opened("heat_map?level=division")
    assert page.get_by_role("link", name="Acute wards").count() == 0
    page.get_by_role("button", name="Inpatient: show what lies below").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Acute wards").wait_for(timeout=60_000)
    assert "fold=inpatient" in page.url
    assert page.evaluate("document.activeElement.dataset.act") == "fold:inpatient"
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Acute wards").wait_for(state="detached", timeout=60_000)


def test_a_click_on_a_column_head_sorts_the_heat_map(opened: Any) -> None:
    page = opened("heat_map?level=team")
    page.locator(".q-heat").get_by_role("button", name="Stress").click()
    page.wait_for_selector("th[aria-sort=descending]", timeout=60_000)
    assert "sort=st1" in page.url
    assert grave_findings(page) == []


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_reflows_at_200_percent(opened: Any, name: str) -> None:
    page = opened(PAGES[name], width=640)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 640


def test_nothing_of_ours_moves_where_less_motion_is_asked_for(opened: Any) -> None:
    page = opened("heat_map")
    page.emulate_media(reduced_motion="reduce")
    moving = """[...document.querySelectorAll('.q-heat *, .q-page *')].filter(each => {
      const style = getComputedStyle(each)
      return parseFloat(style.transitionDuration) > 0 || style.animationName !== "none" }).length"""
    assert page.evaluate(moving) == 0


@pytest.mark.parametrize("name", ["trend", "compare"])
def test_every_chart_has_a_text_alternative_and_its_numbers(opened: Any, name: str) -> None:
    page = opened(PAGES[name])
    charts = page.locator("[data-testid=stVegaLiteChart]")
    tables = page.locator("[data-testid=stExpander]", has_text="Show the numbers")
    assert charts.count() == tables.count() == 1
    described = page.evaluate("[...document.querySelectorAll('[data-testid=stVegaLiteChart] [aria-label]')].length")
    assert described > 0


@pytest.mark.parametrize("name", ["home", "actions"])
def test_a_page_is_read_as_easily_on_a_dark_screen(opened: Any, name: str) -> None:
    page = opened(PAGES[name], scheme="dark")
    assert grave_findings(page) == []
    assert (page.errors, page.outside) == ([], [])


def test_the_heat_map_scrolls_inside_its_own_frame(opened: Any) -> None:
    page = opened("heat_map", width=390)
    assert page.evaluate("(f => f.scrollWidth > f.clientWidth)(document.querySelector('.q-frame'))")


def test_the_group_names_stay_while_the_heat_map_is_scrolled(opened: Any) -> None:
    page = opened("heat_map", width=390)
    before = page.locator(".q-heat tbody th").first.bounding_box()["x"]
    page.evaluate("document.querySelector('.q-frame').scrollLeft = 200")
    page.wait_for_timeout(100)
    assert abs(page.locator(".q-heat tbody th").first.bounding_box()["x"] - before) < 3


def test_a_click_on_a_group_opens_its_trend_without_a_reload(opened: Any) -> None:
    page = opened("heat_map")
    page.evaluate("window.wasHere = true")
    page.get_by_role("link", name="Ward Ivy").click()
    page.wait_for_selector("h1:has-text('Ward Ivy: burnout')", timeout=60_000)
    assert page.evaluate("window.wasHere") is True
    assert "group=ivy" in page.url


def test_a_group_opens_with_the_keyboard(opened: Any) -> None:
    page = opened("heat_map")
    page.get_by_role("link", name="Ward Fern").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Ward Fern: burnout')", timeout=60_000)


def test_a_chosen_group_is_kept_in_the_address(opened: Any) -> None:
    page = opened("trend?group=acute&measure=st1")
    assert page.locator("h1").inner_text() == "Acute wards: stress"
    assert "group=acute" in page.url


def test_a_name_with_markup_runs_nothing_and_reads_as_written(opened: Any) -> None:
    page = opened("heat_map")
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    assert page.get_by_role("link", name=EVIL_NAME).count() == 1
    assert dialogs == []


def test_the_pages_use_our_own_font(opened: Any) -> None:
    page = opened("")
    assert page.evaluate("document.fonts.check('16px \"Public Sans\"')")
    assert "Public Sans" in page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")


def test_the_style_sheet_hangs_on_parts_that_are_there(opened: Any) -> None:
    page = opened("")
    hooks = ["stMain", "stApp", "stAppViewContainer", "stMainBlockContainer", "stTopNavSection"]
    page.get_by_text("Overview", exact=True).first.click()
    page.wait_for_selector("[data-testid=stTopNavDropdownLink]", timeout=30_000)
    assert [hook for hook in hooks if page.locator(f"[data-testid={hook}]").count() == 0] == []


def test_paper_gets_light_colours_on_a_dark_screen(opened: Any) -> None:
    page = opened("", scheme="dark")
    page.emulate_media(media="print")
    colour = page.evaluate("getComputedStyle(document.querySelector('.q-card')).backgroundColor")
    assert colour == "rgb(255, 255, 255)"
