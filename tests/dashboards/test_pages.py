"""Each page against releases with every state in them: what holds for all pages."""

from __future__ import annotations

import dataclasses
import html
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from flows.publish.read import Release, load_release
from tests.dashboards.drawn_page import PAGES, everything, markup, page, release_of, text_of, without_orientation
from tests.release_builder import (
    EVIL_NAME,
    PUBLIC_KEY,
    small_draft,
    write_release,
)

BLOCKED = ("clear rise", "clear fall", "possible rise", "probability", "significant", "later version", "coming soon")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_without_an_error(northfield: Path, name: str) -> None:
    test = page(name, northfield)
    assert not test.exception
    assert "could not be drawn" not in markup(test)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_main_heading(northfield: Path, name: str) -> None:
    assert markup(page(name, northfield)).count("<h1>") == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_ends_with_wave_release_group_size_and_signature(northfield: Path, name: str) -> None:
    foot = text_of(markup(page(name, northfield)).split('<footer class="q-foot">')[1])
    for part in ("November 2026", "release 2026-11", "at least 5, sensitive topics at least 10", "signature checked"):
        assert part in foot


@pytest.mark.parametrize("name", PAGES)
def test_a_name_with_markup_in_it_stays_text(northfield: Path, name: str) -> None:
    address = {"group": "alder"} if name == "trend" else {}
    assert "<script" not in markup(page(name, northfield, **address))


@pytest.mark.parametrize("name", ["heat_map", "trend"])
def test_a_name_with_markup_in_it_is_shown_as_written(northfield: Path, name: str) -> None:
    address = {"group": "alder"} if name == "trend" else {}
    assert EVIL_NAME in html.unescape(markup(page(name, northfield, **address)))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_promises_nothing_and_judges_no_change(northfield: Path, name: str) -> None:
    text = text_of(markup(page(name, northfield))).lower()
    assert [words for words in BLOCKED if words in text] == []


@pytest.mark.parametrize("name", PAGES)
def test_demo_data_is_called_invented_on_every_page(northfield: Path, name: str) -> None:
    text = text_of(markup(page(name, northfield, is_demo=True)))
    assert "Invented demo data." in text
    assert "invented demo data" in text.split("signature checked")[1]


@pytest.mark.parametrize("name", PAGES)
def test_real_data_is_not_called_invented(northfield: Path, name: str) -> None:
    assert "nvented" not in text_of(markup(page(name, northfield)))


@pytest.mark.parametrize("name", PAGES)
def test_a_workspace_without_a_release_says_what_comes(tmp_path: Path, name: str) -> None:
    text = text_of(markup(page(name, tmp_path)))
    assert "No wave has been released yet" in text
    assert "checked and released" in text


@pytest.mark.parametrize("name", PAGES)
def test_a_workspace_with_refused_releases_alone_says_why(tmp_path: Path, name: str) -> None:
    folder = release_of(tmp_path, small_draft())
    (folder / "released" / "2026-11" / "cells.parquet").write_bytes(b"")
    assert "differs from its checksum" in text_of(markup(page(name, folder)))


def test_a_key_file_that_cannot_be_read_stops_the_pages(tmp_path: Path) -> None:
    folder = release_of(tmp_path, small_draft())
    (folder / "release.pub").write_text("broken")
    text = text_of(markup(page("home", folder)))
    assert "The releases cannot be checked" in text
    assert "54" not in text


def test_a_release_is_not_called_checked_without_a_trusted_key(tmp_path: Path) -> None:
    write_release(tmp_path / "released", small_draft())
    assert "signer not checked" in text_of(markup(page("home", tmp_path)))


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_that_fails_says_so_without_a_trace(
    northfield: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    def fail(view: object) -> None:
        raise ValueError("a figure of 54 that must not be told")

    monkeypatch.setattr("dashboards.views.home.content", fail)
    test = page("home", northfield, lang=language)
    assert {"en": "This page could not be drawn", "de": "nicht aufbauen"}[language] in text_of(markup(test))
    assert "must not be told" not in everything(test)
    assert "November 2026" in markup(test)


def test_a_new_release_appears_without_a_restart(tmp_path: Path) -> None:
    folder = release_of(tmp_path, small_draft("2026-10"))
    test = page("home", folder)
    write_release(folder / "released", small_draft("2026-11"))
    assert "Wave Nov 2026" in markup(test.run())


def test_a_release_spoiled_while_the_app_runs_disappears(tmp_path: Path) -> None:
    folder = release_of(tmp_path, small_draft())
    test = page("home", folder)
    (folder / "released" / "2026-11" / "cells.parquet").write_bytes(b"")
    assert "54" not in text_of(markup(test.run()))


def _planted(folder: Path) -> Release:
    """A release that carries figures in hidden cells, as the reader would never let through."""
    release = load_release(folder / "released" / "2026-11", PUBLIC_KEY)
    is_hidden = pl.col("status") == "suppressed"
    columns = ("score_mean", "mean_low", "mean_high", "at_risk_pct")
    planted = [pl.when(is_hidden).then(98.76).otherwise(pl.col(name)).alias(name) for name in columns]
    count = pl.when(is_hidden).then(987654).otherwise(pl.col("respondents_n")).alias("respondents_n")
    return dataclasses.replace(release, cells=release.cells.with_columns(*planted, count))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("group", ["heather", "maple"])
@pytest.mark.usefixtures("_empty_cache")
def test_no_page_shows_a_figure_of_a_hidden_cell_even_if_there_were_one(
    northfield: Path, monkeypatch: pytest.MonkeyPatch, name: str, group: str
) -> None:
    planted = _planted(northfield)
    monkeypatch.setattr("dashboards.releases.load_release", lambda folder, key: planted)
    address = {"group": group, "measure": "gad2"} if name == "trend" else {}
    test = page(name, northfield, **address)
    assert not test.exception
    assert "could not be drawn" not in markup(test)
    assert "98.7" not in everything(test)
    assert "987654" not in everything(test)
    assert "987,654" not in everything(test)
    assert not re.search(r"\b(98|99)\b", text_of(without_orientation(markup(test))))


def test_the_dashboards_load_no_step_before_publishing_and_no_database(northfield: Path) -> None:
    code = """
import sys
from streamlit.testing.v1 import AppTest
test = AppTest.from_file("dashboards/app.py", default_timeout=60).run()
bad = ("duckdb", "prefect", "great_expectations", "flows.protect", "flows.aggregate", "flows.score", "flows.collect",
       "flows.validate", "flows.audit", "flows.publish.write")
print(bool(test.exception), sorted(name for name in sys.modules if name.startswith(bad)))
"""
    env = {"QUORUM_RELEASED_DIR": str(northfield / "released"), "PATH": "", "PYTHONPATH": "."}
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, env=env, check=True)
    assert done.stdout.strip().splitlines()[-1] == "False []"
