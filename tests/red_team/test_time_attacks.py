"""Attacks 10 to 14: versions, other trees, windows, joiners. Of 10, 12 and 13: no such release can be made."""

from __future__ import annotations

import random
import shutil
from fractions import Fraction
from math import sqrt
from pathlib import Path
from statistics import mean, pstdev

import polars as pl
import pytest

from flows.audit.attack_breakdown import CUT
from flows.audit.audit_release import audit_folder
from flows.cli import quorum as command
from flows.commands.init import init_workspace
from flows.errors import ExportRefused
from flows.pools import plan_pools, pool_rule
from flows.publish.read import list_releases
from flows.units import Unit, UnitTree
from tests.builders import STANDARD, scale
from tests.integration.release_without_prefect import ANSWERS, bytes_of, new_workspace, quorum, release, write_csv
from tests.integration.test_released_once import answers, validated, write
from tests.integration.test_released_once import release as first_time
from tests.oracles.two_family_release import TwoFamilies
from tests.red_team.attacker import Equation, sum_of, sums
from tests.red_team.organisation import K_RES, K, Organisation, Release, everybody, middle
from tests.red_team.weak_selectors import weak_release

ITEMS = ("unit_id", "bo1")


def _rows(seed: int) -> list[tuple[str, int]]:
    chance = random.Random(seed)
    return [(unit, chance.randint(2, 4)) for unit, n in ANSWERS.items() for _ in range(n)]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two released waves of the same teams."""
    root = new_workspace(tmp_path_factory.mktemp("time") / "w")
    for number, wave_id in enumerate(("w1", "w2")):
        release(root, wave_id, write_csv(root / f"{wave_id}.csv", ITEMS, _rows(number)))
    return root


def _late(organisation: Organisation, extra: dict[str, list[int]]) -> Organisation:
    return Organisation(organisation.parents, [*organisation.people, *everybody(extra)])


def test_10_a_second_version_of_a_wave_gives_the_late_answers(workspace: Path, tmp_path: Path) -> None:
    first = Organisation({"D": None, "T1": "D", "T2": "D"}, everybody({"T1": middle(8), "T2": middle(9)}))
    second = _late(first, {"T1": [0, 0], "T2": [4]})
    one, two = (sums(version, weak_release(version)) for version in (first, second))
    late = frozenset(range(17, 20))
    assert sum_of([*one, *two], late) == 4
    # Quorum: the same wave with two more answers is refused, and not a byte of the release changes.
    copy = tmp_path / "w"
    shutil.copytree(workspace, copy)
    before = bytes_of(copy / "data" / "released")
    with_late = write_csv(copy / "late.csv", ITEMS, [*_rows(0), ("IVY", 5), ("IVY", 1)])
    assert quorum("run", "--workspace", copy, "--wave", "w1", with_late).code == 15
    assert bytes_of(copy / "data" / "released") == before


def test_10_a_withdrawn_wave_is_not_issued_again_and_leaves_every_reader(workspace: Path, tmp_path: Path) -> None:
    copy = tmp_path / "w"
    shutil.copytree(workspace, copy)
    assert quorum("retract", "--workspace", copy, "--wave", "w1", "--reason", "two exports mixed up").code == 0
    shelf = list_releases(copy / "data" / "released", None)
    assert [shown.manifest.wave_id for shown in shelf.releases] == ["w2"]
    fewer = write_csv(copy / "fewer.csv", ITEMS, _rows(0)[2:])
    assert quorum("run", "--workspace", copy, "--wave", "w1", fewer).code == 15


def test_10_the_same_answers_with_one_more_under_another_wave_id_are_refused(tmp_path: Path) -> None:
    root = tmp_path / "w"
    init_workspace(root)
    first_time(root, "w1", write(root, "w1.csv", answers(1)))
    with pytest.raises(ExportRefused, match="already released as wave w1"):
        validated(root, "w1b", write(root, "again.csv", [*answers(1), "CEDAR,5,5,100,4,4,4"]))


def test_11_old_answers_cut_by_a_new_tree_give_the_three_who_moved(workspace: Path, tmp_path: Path) -> None:
    """The new teams are a second family over the same people: three moved from T1 to T2."""
    moved = {("T1", "N1"): middle(9), ("T1", "N2"): middle(3), ("T2", "N2"): middle(12)}
    twice = TwoFamilies({"D": None, "T1": "D", "T2": "D"}, moved, ("D", "T1", "T2"), [("D", "N1"), ("D", "N2")])
    assert CUT in {check.name for check in twice.audited(tmp_path / "cut").failed}
    # Quorum: the tree of a wave is fixed with its plan; a new chart neither changes a release nor lets it run again.
    copy = tmp_path / "w"
    shutil.copytree(workspace, copy)
    units = copy / "units.csv"
    units.write_text(units.read_text("utf-8").replace("IVY,YOUNG", "IVY,ADULT"), "utf-8")
    before = bytes_of(copy / "data" / "released")
    assert quorum("run", "--workspace", copy, "--wave", "w1", copy / "w1.csv").code == 15
    assert quorum("audit", "--workspace", copy, "w1").code == 0
    assert bytes_of(copy / "data" / "released") == before


def test_12_and_13_windows_over_waves_count_three_people_as_six_and_their_difference_gives_one_wave(
    workspace: Path, tmp_path: Path
) -> None:
    weeks = [[3, 4, 2], [0, 1, 0], [2, 2, 3], [4, 4, 4]]
    assert sum(len(week) for week in weeks[:2]) >= 5
    first, second = (Fraction(sum(sum(week) for week in weeks[at : at + 3])) for at in (0, 1))
    windows = [Equation(frozenset({0, 1, 2}), first), Equation(frozenset({1, 2, 3}), second)]
    assert windows[0].total - windows[1].total == sum(weeks[0]) - sum(weeks[3])
    # Quorum: the team of three is shown in no wave, a folder of two waves is no release, and no option makes one.
    folder = workspace / "data" / "released" / "w1"
    for wave_id in ("w1", "w2"):
        cells = pl.read_parquet(workspace / "data" / "released" / wave_id / "cells.parquet")
        assert set(cells["wave_id"]) == {wave_id}
        assert set(cells.filter(pl.col("group_id") == "IVY")["status"]) == {"suppressed"}
    two = tmp_path / "w1"
    shutil.copytree(folder, two)
    more = pl.read_parquet(workspace / "data" / "released" / "w2" / "cells.parquet")
    pl.concat([pl.read_parquet(two / "cells.parquet"), more]).write_parquet(two / "cells.parquet")
    failed = {check.name: check.detail for check in audit_folder(two, None, K, K_RES).failed}
    assert "more than one wave" in failed["contract: groups"]
    run = next(sub for name, sub in command.commands.items() if name == "run")
    assert {option for parameter in run.params for option in parameter.opts} & {
        "--window",
        "--weeks",
        "--from",
    } == set()


def test_13_derived_files_hold_no_figure_of_a_group_that_no_wave_shows(workspace: Path) -> None:
    assert quorum("trend", "--workspace", workspace, "--rebuild").code == 0
    tables = sorted((workspace / "data" / "derived").rglob("*.parquet"))
    assert tables
    for table in tables:
        frame = pl.read_parquet(table)
        if "group_id" in frame.columns:
            rows = frame.filter(pl.col("group_id") == "IVY")
            numbers = [name for name, kind in rows.schema.items() if kind.is_float()]
            assert all(rows[name].null_count() == rows.height for name in numbers), table.name


def test_14_a_joiner_of_a_small_team_is_estimated_before_and_after_and_weekly_teams_are_pooled() -> None:
    chance = random.Random(14)
    small, pooled = (_joiner_errors(chance, team_n=n, waves=26) for n in (2, 10))
    assert pstdev(small) < 0.3
    assert pstdev(small) == pytest.approx(sqrt(5 * 0.36 / 26), rel=0.25)
    assert pstdev(pooled) > 1.7 * pstdev(small)
    # A weekly team of two or of nine heads gets no row of its own: it is pooled before the wave, up to ten heads.
    heads = {"A": 2, "B": 9, "C": 9, "E": 30}
    units = [Unit("D", None, "D", 0), *(Unit(team, "D", team, n) for team, n in heads.items())]
    tree = UnitTree(tuple(sorted(units, key=lambda unit: unit.unit_id)))
    pools = plan_pools(tree, dict.fromkeys(tree.by_id, 0.9), pool_rule(STANDARD, "weekly"))
    pooled_teams = {member for pool in pools for member in pool.member_unit_ids}
    assert pooled_teams == {"A", "B", "C"}
    assert all(sum(heads[member] for member in pool.member_unit_ids) >= 10 for pool in pools)


def _joiner_errors(chance: random.Random, team_n: int, waves: int) -> list[float]:
    """Errors of n' mean' - n mean as an estimate of the joiner's own level, over 400 teams."""
    errors = []
    for _ in range(400):
        before = [mean(chance.gauss(2, 0.6) for _ in range(team_n)) for _ in range(waves)]
        after = [mean(chance.gauss(2, 0.6) for _ in range(team_n + 1)) for _ in range(waves)]
        errors.append((team_n + 1) * mean(after) - team_n * mean(before) - 2)
    return errors


def test_a_release_read_by_an_attacker_is_what_the_file_holds(workspace: Path) -> None:
    folder = workspace / "data" / "released" / "w1"
    shown = Release(*(pl.read_parquet(folder / f"{name}.parquet") for name in ("cells", "groups")))
    parents = {row["group_id"]: row["parent_group_id"] for row in shown.groups.to_dicts() if row["kind"] == "unit"}
    people = everybody({unit: [score - 1 for own, score in _rows(0) if own == unit] for unit in ANSWERS}, "bo1")
    organisation = Organisation(parents, people, (scale("bo1"),))
    equations = sums(organisation, shown, "bo1")
    assert equations
    assert {e.total for e in equations} == {organisation.total(e.people, "bo1") for e in equations}
    assert sum_of(equations, organisation.members("IVY")) is None
