"""The past stays: waves in any order, a reorganisation between them, pools, retractions, shredded answers."""

from __future__ import annotations

import datetime
import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from dashboards.series import build_series
from dashboards.waves import build_wave
from flows import log
from flows.audit.audit_release import audit_folder
from flows.commands.audit import audit_releases
from flows.publish.read import list_releases, load_release, read_public_key
from flows.steps import cells_of
from flows.workbench import open_workbench
from flows.zones import Zones
from tests.integration.release_without_prefect import (
    UNITS_HEADER,
    Said,
    bytes_of,
    new_workspace,
    quorum,
    release,
    write_csv,
)

WAVES = tuple(f"2026-{month:02}" for month in range(1, 9))
PLANNED = WAVES[5:]
DATES = {wave: (datetime.date(2026, int(wave[-2:]), 2), datetime.date(2026, int(wave[-2:]), 13)) for wave in WAVES}
BEFORE = (
    ("NORTH", "", "Northfield", 0),
    ("ADULT", "NORTH", "Adult services", 0),
    ("ALDER", "ADULT", "Team Alder", 16),
    ("BIRCH", "ADULT", "Team Birch", 7),
    ("CEDAR", "ADULT", "Team Cedar", 8),
    ("YOUNG", "NORTH", "Youth services", 0),
    ("FERN", "YOUNG", "Team Fern", 14),
    ("IVY", "YOUNG", "Team Ivy", 13),
)
# The reorganisation: Ivy moves to adult services under another name, and a team is founded.
AFTER = (
    *BEFORE[:-1],
    ("IVY", "ADULT", "Team Ivy and Rose", 13),
    ("LARCH", "YOUNG", "Team Larch", 15),
)
REORGANISED = WAVES[4:]


def _settings() -> str:
    return "\n".join(
        f'[[waves]]\nwave_id = "{wave}"\nopens_on = {opens}\ncloses_on = {closes}'
        for wave, (opens, closes) in DATES.items()
    )


def _answers(wave_id: str, chance: random.Random) -> list[tuple[object, ...]]:
    units = AFTER if wave_id in REORGANISED else BEFORE
    return [
        (unit_id, chance.randint(1, 5), chance.randint(1, 5), 25 * chance.randint(0, 4), chance.randint(0, 4))
        for unit_id, _, _, eligible_n in units
        for _ in range(eligible_n - chance.randint(0, 2) if eligible_n else 0)
    ]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight waves declared, three of them planned before they opened, nothing released yet."""
    folder = tmp_path_factory.mktemp("template")
    root = new_workspace(folder / "workspace", units=BEFORE, settings=_settings())
    lines = "\n".join([UNITS_HEADER, *(",".join(map(str, unit)) for unit in AFTER)]) + "\n"
    for wave_id in REORGANISED:
        (root / "units" / f"{wave_id}.csv").write_text(lines, "utf-8")
    (root / "exports").mkdir()
    for number, wave_id in enumerate(WAVES):
        rows = _answers(wave_id, random.Random(number))
        write_csv(root / "exports" / f"{wave_id}.csv", ("unit_id", "bo1", "st1", "ee1", "cas1"), rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.clock.today", lambda: datetime.date(2026, 5, 20))
        said = quorum("plan", "--workspace", root)
    assert said.code == 0, said.text
    return root


def _loaded(template: Path, root: Path, order: Sequence[str]) -> Path:
    """Release the waves in this order. Great Expectations has nothing to say to this and is left out, for speed."""
    shutil.copytree(template, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.clock.today", lambda: datetime.date(2026, 9, 1))
        patch.setattr("flows.steps.expect", lambda *_: ())
        for wave_id in order:
            release(root, wave_id, root / "exports" / f"{wave_id}.csv")
    return root


@pytest.fixture(scope="module")
def in_order(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All waves, the oldest first."""
    return _loaded(template, tmp_path_factory.mktemp("in_order") / "workspace", WAVES)


def test_waves_loaded_in_any_order_give_the_same_releases_to_the_byte(
    template: Path, in_order: Path, tmp_path: Path
) -> None:
    shuffled = list(WAVES)
    random.Random(4).shuffle(shuffled)
    other = _loaded(template, tmp_path / "workspace", shuffled)
    assert bytes_of(Zones(other).released) == bytes_of(Zones(in_order).released)


def test_a_planned_wave_has_its_pool_and_its_rules_from_before_it_opened(in_order: Path) -> None:
    found = load_release(Zones(in_order).release("2026-06"), None)
    pooled = found.groups.filter(pl.col("kind") == "pooled")
    assert [list(members) for members in pooled["member_unit_ids"]] == [["BIRCH", "CEDAR"]]
    assert _manifest(in_order, "2026-06")["policy_fixed"] == "before_opening"
    assert {"BIRCH", "CEDAR"}.isdisjoint(found.groups["group_id"])


def test_an_old_wave_without_a_plan_has_no_pool(in_order: Path) -> None:
    found = load_release(Zones(in_order).release("2026-01"), None)
    assert found.groups.filter(pl.col("kind") == "pooled").is_empty()
    assert _manifest(in_order, "2026-01")["policy_fixed"] == "at_import"


def _manifest(root: Path, wave_id: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((Zones(root).release(wave_id) / "manifest.json").read_bytes())
    return found


def test_fixing_is_logged_once_for_each_wave(in_order: Path) -> None:
    fixed = [entry for entry in log.entries(Zones(in_order)) if entry["event"] == "plan_fixed"]
    assert [entry["wave_id"] for entry in fixed] == list(WAVES)
    assert [entry["policy_fixed"] for entry in fixed] == ["at_import"] * 5 + ["before_opening"] * 3


def test_releases_with_pools_pass_the_audit_with_the_confidential_counts(in_order: Path) -> None:
    for wave_id in PLANNED:
        bench = open_workbench(in_order, wave_id)
        manifest = load_release(bench.zones.release(wave_id), None).manifest
        with bench.store() as con:
            report = audit_folder(bench.zones.release(wave_id), cells_of(con, bench), manifest.k, manifest.k_res)
        assert (report.passed, report.is_public_only) == (True, False)


def test_a_reorganisation_leaves_older_releases_as_they_were_and_carries_on_what_stayed_together(
    in_order: Path,
) -> None:
    waves = [build_wave(found) for found in list_releases(Zones(in_order).released, None).releases]
    burnout = next(measure for measure in waves[0].measures if measure.measure_id == "bo1")
    groups = {group.group_id: group for group in waves[-1].groups}
    before, after = waves[3].group("IVY"), groups["IVY"]
    assert before is not None
    assert ((before.name, before.parent_id), (after.name, after.parent_id)) == (
        ("Team Ivy", "YOUNG"),
        ("Team Ivy and Rose", "ADULT"),
    )
    assert not any(point.is_new_composition for point in build_series(waves, after, burnout).points)
    larch = build_series(waves, groups["LARCH"], burnout)
    assert [point.note for point in larch.points[:4]] == ["not in this wave"] * 4


def test_the_series_of_a_pool_begins_where_its_teams_were_first_pooled(in_order: Path) -> None:
    waves = [build_wave(found) for found in list_releases(Zones(in_order).released, None).releases]
    pool = next(group for group in waves[-1].groups if group.kind == "pooled")
    series = build_series(waves, pool, waves[-1].measures[0])
    assert [point.place for point in series.points if point.figure.value is not None] == [5, 6, 7]
    alder = build_series(waves, next(g for g in waves[0].groups if g.group_id == "BIRCH"), waves[-1].measures[0])
    assert alder.points[6].note == f"part of {pool.name}"


def test_a_coming_wave_is_planned_from_the_bands_of_the_last_release(in_order: Path, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(in_order, root)
    with (root / "quorum.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[waves]]\nwave_id = "2999-01"\nopens_on = 2999-01-02\n')
    said = quorum("plan", "--json", "--workspace", root)
    assert json.loads(said.out)["response_from"] == "2026-08"


@pytest.fixture
def copy(in_order: Path, tmp_path: Path) -> Path:
    """A workspace of its own with all waves released."""
    return Path(shutil.copytree(in_order, tmp_path / "workspace"))


def test_a_retracted_wave_is_shown_nowhere_kept_on_record_and_not_released_again(copy: Path) -> None:
    before = bytes_of(Zones(copy).release("2026-08"))
    assert quorum("retract", "--wave", "2026-08", "--reason", "Wrong file", "--workspace", copy).code == 0
    shelf = list_releases(Zones(copy).released, read_public_key(Zones(copy).public_key_file))
    assert [found.manifest.wave_id for found in shelf.releases] == list(WAVES[:-1])
    assert {name: bytes_of(Zones(copy).release("2026-08"))[name] for name in before} == before
    again = _run(copy, "2026-08")
    assert again.code == 15
    assert "Wave 2026-08 was released and retracted." in again.err


def test_a_retracted_wave_no_longer_counts_as_the_last_release(copy: Path) -> None:
    quorum("retract", "--wave", "2026-08", "--reason", "Wrong file", "--workspace", copy)
    assert json.loads(quorum("plan", "--json", "--workspace", copy).out)["response_from"] == "2026-07"


def test_the_audit_of_a_shredded_wave_with_pools_is_public_only_and_says_so(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quorum("shred", "--wave", "2026-07", "--yes", "--workspace", copy).code == 0
    audit_releases(copy, ["2026-07"], is_public=False, is_json=False)
    assert "2026-07, from the release alone" in capsys.readouterr().out


def test_while_a_wave_is_open_a_check_prints_the_account_and_no_forecast(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(template, tmp_path / "workspace"))
    monkeypatch.setattr("flows.clock.today", lambda: datetime.date(2026, 6, 12))
    monkeypatch.setattr("flows.steps.expect", lambda *_: ())
    file = root / "exports" / "2026-06.csv"
    said = quorum("check", "--wave", "2026-06", file, "--workspace", root)
    assert said.code == 0, said.text
    assert "accepted" in said.out
    assert "The wave is open until 13 June 2026: no forecast of its release before it closes." in said.out
    assert "would show" not in said.text
    assert "protect" not in said.text
    nameless = quorum("check", file, "--workspace", root).out
    assert nameless == f"By the rules of wave 2026-06; for another one:  quorum check --wave W FILE\n{said.out}"
    report = json.loads(quorum("check", "--wave", "2026-06", file, "--json", "--workspace", root).out)
    assert {"groups", "audit"}.isdisjoint(report)
    assert report["open_until"] == "2026-06-13"


def test_once_a_planned_wave_is_closed_a_check_forecasts_its_pooled_groups(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(template, tmp_path / "workspace"))
    monkeypatch.setattr("flows.clock.today", lambda: datetime.date(2026, 6, 13))
    monkeypatch.setattr("flows.steps.expect", lambda *_: ())
    said = quorum("check", "--wave", "2026-06", root / "exports" / "2026-06.csv", "--workspace", root)
    assert ", 1 pooled," in said.out


def test_units_that_changed_after_they_were_fixed_are_named(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(template, tmp_path / "workspace"))
    monkeypatch.setattr("flows.steps.expect", lambda *_: ())
    (root / "units" / "2026-06.csv").unlink()
    said = quorum("check", "--wave", "2026-06", root / "exports" / "2026-06.csv", "--workspace", root)
    assert "units.csv has changed since the units of wave 2026-06 were fixed" in said.out


def _run(root: Path, wave_id: str) -> Said:
    return quorum("run", "--wave", wave_id, "--workspace", root, root / "exports" / f"{wave_id}.csv")
