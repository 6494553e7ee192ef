"""The downloads by click in a real browser: each button gives its file, and none once a release was retracted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pypdf
import pytest

from tests.browser.app_server import find_chromium, grave_findings, open_page, running_app
from tests.release_builder import MEASURE_SPECS, PUBLIC_KEY, UNITS, full_draft, retract, write_release

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two waves of three measures."""
    folder = tmp_path_factory.mktemp("downloads")
    for wave_id in ("2026-10", "2026-11"):
        write_release(folder / "released", full_draft(wave_id, UNITS, MEASURE_SPECS[:3]))
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """An app in local mode, where whoever sits at the machine may do all."""
    with running_app(folder / "released", folder / "release.pub") as served:
        yield served


def taken(page: Any, label: str, title: str = "Take this along") -> tuple[str, bytes]:
    """Name and content of the file behind a button."""
    button = page.get_by_role("button", name=label, exact=True)
    if not button.is_visible():
        page.get_by_text(title, exact=True).click()
    with page.expect_download(timeout=120_000) as waiting:
        button.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_home_gives_its_figures_and_the_board_report(browser: Any, address: str) -> None:
    page = open_page(browser, address, 1440, "light")
    name, content = taken(page, "Figures as CSV")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert name == "quorum-home-2026-11.csv" and {row["group_id"] for row in rows} == {"northfield"}
    _, parquet = taken(page, "Figures as Parquet")
    assert pl.read_parquet(io.BytesIO(parquet)).height == len(rows)
    name, report = taken(page, "Board report as PDF")
    assert name == "quorum-board-2026-11-en.pdf"
    assert len(pypdf.PdfReader(io.BytesIO(report)).pages) >= 5
    assert grave_findings(page) == []
    page.close()


def test_a_trend_gives_its_chart(browser: Any, address: str) -> None:
    page = open_page(browser, f"{address}/trend?group=fern", 1440, "dark")
    _, svg = taken(page, "Chart as SVG")
    _, png = taken(page, "Chart as PNG")
    assert b"Ward Fern" in svg and png.startswith(b"\x89PNG")
    page.close()


def test_a_german_page_gives_a_german_sheet(browser: Any, address: str) -> None:
    page = open_page(browser, f"{address}/team?group=heather&lang=de", 390, "light")
    name, sheet = taken(page, "Aushang als PDF", "Mitnehmen")
    text = pypdf.PdfReader(io.BytesIO(sheet)).pages[0].extract_text()
    assert name == "quorum-team-2026-11-de.pdf" and "Bitte nicht" in text
    page.close()


def test_a_page_that_was_open_gives_no_file_once_a_release_is_retracted(
    browser: Any, address: str, folder: Path
) -> None:
    page = open_page(browser, address, 1440, "light")
    page.get_by_text("Take this along", exact=True).click()
    retract(folder / "released" / "2026-10", "Two exports had been mixed up.")
    downloads: list[Any] = []
    page.on("download", lambda download: downloads.append(download))
    page.get_by_role("button", name="Figures as CSV", exact=True).click()
    page.wait_for_timeout(4_000)
    assert downloads == []
    page.close()
