"""A unit whose name is markup of every kind reads as typed on every page that names it, also where it is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flows.trend.write import bring_up_to_date
from tests.browser.app_server import find_chromium, open_page, running_app
from tests.release_builder import PUBLIC_KEY, UNITS, WAVES, Unit, full_draft, write_release

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")
NAME = "<b>x</b> *a* _b_ $c$ | [d](e) `f` :red[g] &amp;"
_READ = """() => [
  document.body.innerText,
  ...[...document.querySelectorAll("input")].map(each => each.value),
  ...[...document.querySelectorAll("[aria-label]")].map(each => each.getAttribute("aria-label")),
].join("\\n")"""
MADE_OF_IT = "b:text-is('x'), em:text-is('a'), em:text-is('b'), a:text-is('d'), code:text-is('f'), .katex"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app whose Ward Fern has that name."""
    folder = tmp_path_factory.mktemp("typed")
    units = tuple(Unit(**{**unit.__dict__, "name": NAME}) if unit.group_id == "fern" else unit for unit in UNITS)
    for wave_id in WAVES[-4:]:
        write_release(folder / "released", full_draft(wave_id, units))
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    bring_up_to_date(folder / "derived", folder / "released", PUBLIC_KEY)
    beside = {"DERIVED_DIR": folder / "derived", "ACTIONS_FILE": folder / "actions.sqlite3"}
    with running_app(folder / "released", folder / "release.pub", beside=beside) as served:
        yield served


@pytest.mark.parametrize(
    ("path", "times"),
    [
        ("heat_map?level=team", 1),
        ("participation", 1),
        ("trend?group=fern&measure=bo1", 3),
        ("trend?group=acute&measure=bo1&beside=fern", 2),
        ("compare?level=team", 1),
        ("team?group=fern", 1),
    ],
)
def test_a_name_that_is_markup_reads_as_typed(browser: Any, address: str, path: str, times: int) -> None:
    page = open_page(browser, f"{address}/{path}", 1440, "light")
    read = page.evaluate(_READ)
    assert read.count(NAME) >= times
    assert page.locator(MADE_OF_IT).count() == 0
    assert page.errors == []
    page.close()
