"""The pages made from the instruments are those that lie in the documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveys.reference_pages import COVERAGE_PAGE, MEASURES_PAGE, write_pages

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", [COVERAGE_PAGE, MEASURES_PAGE])
def test_a_page_is_as_the_instruments_make_it(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / COVERAGE_PAGE).parent.mkdir(parents=True, exist_ok=True)
    write_pages(tmp_path)
    assert (tmp_path / name).read_text("utf-8") == (DOCS / name).read_text("utf-8")
