"""Derived files are used only while they are whole and fit the releases that are shown."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import polars as pl
import pytest

from flows.trend.read import load_derived, release_digest
from flows.trend.tables import DERIVED, DERIVED_VERSION, FILES
from tests.release_builder import small_draft, write_release

WAVES = ["2026-10", "2026-11"]
ROW = {"wave_id": "2026-11", "group_id": "team", "measure_id": "bo1", "line": 51.5, "basis": "4"}


@pytest.fixture
def zones(tmp_path: Path) -> tuple[Path, Path]:
    """A derived and a released folder of two waves."""
    for wave_id in WAVES:
        write_release(tmp_path / "released", small_draft(wave_id))
    folder = tmp_path / "derived" / "2026-11"
    folder.mkdir(parents=True)
    files = {}
    for name in FILES:
        path = folder / f"{name}.parquet"
        pl.DataFrame([ROW], schema=DERIVED).write_parquet(path)
        files[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    releases = {wave_id: release_digest(tmp_path / "released" / wave_id) for wave_id in WAVES}
    note = {"derived_version": DERIVED_VERSION, "wave_id": "2026-11", "releases": releases, "files": files, "noise": []}
    (folder / "derived.json").write_text(json.dumps(note), "utf-8")
    return tmp_path / "derived", tmp_path / "released"


def test_whole_files_of_the_shown_releases_are_read(zones: tuple[Path, Path]) -> None:
    derived = load_derived(*zones, WAVES, "2026-11")
    assert derived is not None
    assert derived.lines(["team"], ["bo1"])["line"].to_list() == [51.5]
    assert derived.lines(["nobody"]).is_empty()


def test_a_release_that_is_no_longer_shown_makes_them_stale(zones: tuple[Path, Path]) -> None:
    assert load_derived(*zones, ["2026-11"], "2026-11") is None


def test_a_release_that_was_changed_makes_them_stale(zones: tuple[Path, Path]) -> None:
    path = zones[1] / "2026-10" / "manifest.json"
    path.write_bytes(path.read_bytes() + b" ")
    assert load_derived(*zones, WAVES, "2026-11") is None


@pytest.mark.parametrize("name", [*(f"{name}.parquet" for name in FILES), "derived.json"])
def test_a_missing_or_cut_file_is_as_if_nothing_were_there(zones: tuple[Path, Path], name: str) -> None:
    path = zones[0] / "2026-11" / name
    path.write_bytes(path.read_bytes()[:-7])
    assert load_derived(*zones, WAVES, "2026-11") is None
    path.unlink()
    assert load_derived(*zones, WAVES, "2026-11") is None


def test_every_column_is_documented_in_its_order() -> None:
    text = (Path(__file__).parents[3] / "docs" / "reference" / "derived-files.md").read_text("utf-8")
    assert re.findall(r"^\| `([a-z_0-9]+)` \|", text.split("## derived.json")[0], re.MULTILINE) == list(DERIVED)
