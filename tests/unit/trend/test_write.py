"""Derived files are made from verified releases alone, and the same releases give the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from flows.cli import quorum
from flows.trend.read import load_derived
from flows.trend.tables import CLEAR, DERIVED, FILES, Basis, Label
from flows.trend.write import bring_up_to_date, write_derived
from flows.zones import Zones
from tests.release_builder import PUBLIC_KEY, WAVES, retract, write_shelf


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven waves of Northfield, one retracted, one corrupted."""
    folder = tmp_path_factory.mktemp("shelf") / "released"
    write_shelf(folder)
    return folder


@pytest.fixture(scope="module")
def made(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "derived"
    bring_up_to_date(folder, released, PUBLIC_KEY)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_only_releases_that_are_shown_are_used(released: Path, made: Path) -> None:
    derived = load_derived(made, released, WAVES, WAVES[-1])
    assert derived is not None
    assert list(derived.releases) == sorted(WAVES)


def test_the_same_releases_give_the_same_bytes(released: Path, made: Path, tmp_path: Path) -> None:
    write_derived(tmp_path, released, PUBLIC_KEY)
    assert contents(tmp_path / WAVES[-1]) == contents(made / WAVES[-1])


def test_what_is_up_to_date_is_left_alone(released: Path, made: Path) -> None:
    before = (made / WAVES[-1] / "derived.json").stat().st_ino
    report = bring_up_to_date(made, released, PUBLIC_KEY)
    assert report.made == () and (made / WAVES[-1] / "derived.json").stat().st_ino == before


def test_a_retraction_throws_away_what_rested_on_it(released: Path, made: Path, tmp_path: Path) -> None:
    shutil.copytree(released, tmp_path / "released")
    shutil.copytree(made, tmp_path / "derived")
    retract(tmp_path / "released" / WAVES[-1], "Two exports had been mixed up.")
    assert load_derived(tmp_path / "derived", tmp_path / "released", WAVES[:-1], WAVES[-1]) is None
    report = bring_up_to_date(tmp_path / "derived", tmp_path / "released", PUBLIC_KEY)
    assert (report.removed, report.made) == ((WAVES[-1],), (WAVES[-2],))
    assert os.listdir(tmp_path / "derived") == [WAVES[-2]]


def test_leftovers_of_a_killed_run_are_cleared(released: Path, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "derived")
    (tmp_path / "derived" / f".incoming-{WAVES[-1]}-abc").mkdir()
    bring_up_to_date(tmp_path / "derived", released, PUBLIC_KEY)
    assert os.listdir(tmp_path / "derived") == [WAVES[-1]]


def test_other_rows_are_in_no_file(made: Path) -> None:
    for name in FILES:
        frame = pl.read_parquet(made / WAVES[-1] / f"{name}.parquet")
        assert frame.schema == DERIVED
        assert not frame["group_id"].str.starts_with("other:").any()


def test_a_hidden_group_has_no_change_and_no_comparison(made: Path) -> None:
    for name in ("change", "compare"):
        frame = pl.read_parquet(made / WAVES[-1] / f"{name}.parquet")
        assert not frame["group_id"].is_in(["heather", "hazel", "willow"]).any()


def test_new_members_begin_a_new_series(made: Path) -> None:
    rows = pl.read_parquet(made / WAVES[-1] / "change.parquet").filter(
        pl.col("group_id") == "pool:larch", pl.col("measure_id") == "bo1"
    )
    assert rows["basis"].to_list() == [Basis.TWO_WAVES]
    assert rows["since_wave_id"].to_list() == ["2026-10"]


def test_a_line_passes_through_a_hidden_wave_with_a_wider_band(made: Path) -> None:
    rows = pl.read_parquet(made / WAVES[-1] / "trend.parquet").filter(
        pl.col("group_id") == "juniper", pl.col("measure_id") == "bo1"
    )
    width = dict(zip(rows["wave_id"], rows["band_high"] - rows["band_low"], strict=True))
    assert rows["wave_id"].to_list() == sorted(WAVES)
    assert width["2026-08"] > width["2026-07"]


def test_the_organisation_has_a_line_a_band_and_a_label(made: Path) -> None:
    change = pl.read_parquet(made / WAVES[-1] / "change.parquet")
    row = change.filter(pl.col("group_id") == "northfield", pl.col("measure_id") == "bo1").row(0, named=True)
    assert row["band_low"] < row["line"] < row["band_high"]
    assert row["label"] in set(Label)


def test_no_release_gives_no_derived_file(tmp_path: Path) -> None:
    assert write_derived(tmp_path / "derived", tmp_path / "released", None) is None
    assert bring_up_to_date(tmp_path / "derived", tmp_path / "released", None).shown == ()


def test_rebuilding_makes_every_wave_s_files(released: Path, tmp_path: Path) -> None:
    for wave_id in WAVES[:3]:
        shutil.copytree(released / wave_id, tmp_path / "released" / wave_id)
    report = bring_up_to_date(tmp_path / "derived", tmp_path / "released", PUBLIC_KEY, is_rebuilt=True)
    assert list(report.made) == sorted(WAVES[:3]) == sorted(os.listdir(tmp_path / "derived"))


WATCHED = """
import sys
opened = []
READS = ("open", "os.listdir", "os.scandir")
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event in READS else None)
from pathlib import Path
from flows.commands.trend import make_trends
make_trends(Path(sys.argv[1]), is_rebuilt=True, is_json=True)
print([path for path in opened if "restricted" in path])
"""


def test_a_rebuild_never_opens_the_restricted_zone_at_all(released: Path, tmp_path: Path) -> None:
    zones = Zones(tmp_path)
    CliRunner().invoke(quorum, ["init", str(tmp_path)])
    for wave_id in WAVES[:3]:
        shutil.copytree(released / wave_id, zones.released / wave_id)
    zones.public_key_file.parent.mkdir(exist_ok=True)
    zones.public_key_file.write_text(PUBLIC_KEY.hex(), "ascii")
    command = [sys.executable, "-c", WATCHED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": "."})
    assert done.stdout.strip().splitlines()[-1] == "[]"
    assert sorted(os.listdir(zones.derived)) == sorted(WAVES[:3])


def test_the_surest_changes_are_the_clear_ones_then_the_unusual(made: Path, released: Path) -> None:
    derived = load_derived(made, released, WAVES, WAVES[-1])
    assert derived is not None
    changes = derived.changes()
    told = [each for each in changes.values() if each.label in CLEAR or each.unusual]
    found = derived.surest_changes({each.measure_id for each in changes.values()}, 1000)
    assert {(each.group_id, each.measure_id) for each in found} == {
        (each.group_id, each.measure_id) for each in told if each.wave_id == derived.wave_id
    }
    assert [each.label not in CLEAR for each in found] == sorted(each.label not in CLEAR for each in found)
    assert derived.surest_changes(["bo1"], 100, []) == []
