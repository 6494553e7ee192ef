"""X1-X3 and R1-R2 on the gate; random tiny pairs of families against null-space algebra and integer programming."""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from flows.audit.attack_breakdown import CLOSE, CUT, RANGE, RANK
from flows.audit.audit_release import audit_folder
from flows.audit.floors import Threshold
from tests.oracles.rational_attack import rank
from tests.oracles.tiny_release import K_RES, K, mixed, work_scale
from tests.oracles.two_families import range_of, smallest_support
from tests.oracles.two_family_release import TwoFamilies

TEAMS = {"D": None, "T1": "D", "T2": "D"}
DEPARTMENTS = {"O": None, "A": "O", "B": "O", "A1": "A", "A2": "A", "B1": "B"}
CASES = {
    "X1": ({("T1", "eng"): 2, ("T1", "mgr"): 5, ("T2", "eng"): 9}, False),
    "X2": ({("T1", "eng"): 6, ("T1", "ops"): 1, ("T2", "eng"): 1, ("T2", "ops"): 7}, False),
    "X3": ({("T1", "eng"): 5, ("T1", "ops"): 3, ("T2", "eng"): 4, ("T2", "ops"): 6}, True),
    "R1": ({("T1", "v1"): 8, ("T1", "late"): 2, ("T2", "v1"): 9, ("T2", "late"): 1}, False),
    "R2": ({("T1", "v1"): 8, ("T1", "late"): 5, ("T2", "v1"): 9}, True),
}


def _case(name: str) -> TwoFamilies:
    answers = {key: mixed(n) for key, n in CASES[name][0].items()}
    values = sorted({value for _, value in answers})
    return TwoFamilies(TEAMS, answers, ("D", "T1", "T2"), [("D", value) for value in values])


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_gate_judges_the_acceptance_case_by_its_smallest_cut(case: str, tmp_path: Path) -> None:
    failed = {check.name for check in _case(case).audited(tmp_path).failed}
    assert (CUT not in failed) is CASES[case][1]


def test_x1_is_found_by_elimination_too_because_a_group_of_two_can_be_derived(tmp_path: Path) -> None:
    found = {check.name: check.detail for check in _case("X1").audited(tmp_path).failed}
    assert "T1 in D x eng / bo1" in found[RANK]
    assert CLOSE not in found


def test_x2_shows_why_groups_alone_are_not_enough_only_the_cut_finds_the_difference_of_two_people(
    tmp_path: Path,
) -> None:
    found = {check.name: check.detail for check in _case("X2").audited(tmp_path).failed}
    assert RANK not in found
    assert "rests on fewer than 5 people, those of T1 in D x ops; T2 in D x eng / bo1" in found[CUT]


def test_a_cell_that_lacks_two_people_of_its_group_is_named(tmp_path: Path) -> None:
    release = TwoFamilies(TEAMS, {("T1", "a"): mixed(14), ("T2", "b"): mixed(2)}, ("D",), [("D", "a")])
    found = {check.name: check.detail for check in release.audited(tmp_path).failed}
    assert found[CLOSE].startswith("D x a / bo1")


def test_a_row_by_value_of_a_team_is_refused_however_large_it_is(tmp_path: Path) -> None:
    release = TwoFamilies(TEAMS, {(team, "a"): mixed(30) for team in ("T1", "T2")}, ("D", "T1", "T2"), [("D", "a")])
    assert release.audited(tmp_path).passed
    table = tmp_path / "cells.parquet"
    cells = pl.read_parquet(table)
    by_value = cells.filter(pl.col("breakdown_value") == "a").with_columns(pl.lit("T1").alias("group_id"))
    pl.concat([cells, by_value]).sort("group_id", "breakdown_id", "breakdown_value", "measure_id").write_parquet(table)
    report = audit_folder(tmp_path, release.confidential(), K, K_RES)
    assert any("a breakdown row of a team" in check.detail for check in report.failed)


@st.composite
def releases(draw: st.DrawFn, most: int, has_bounds: bool) -> TwoFamilies:
    """Two departments, three teams, two values and some who state none; any groups and cells shown."""
    top = draw(st.integers(1, 3))
    skew = draw(st.sampled_from([list(range(top + 1)), [0, 0, 0, 1], [top, top, top - 1]]))
    answers = {
        (unit, value): draw(st.lists(st.sampled_from(skew), max_size=most if value else 1))
        for unit, value in product(("A1", "A2", "B1"), ("a", "b", None))
    }
    answers = {key: scores for key, scores in answers.items() if scores}
    assume(any(value for _, value in answers))
    scale = work_scale(range_units=top, at_risk_from_units=draw(st.integers(1, top)))
    whole = TwoFamilies(DEPARTMENTS, answers, (), (), scale=scale)
    filled = [group for group in DEPARTMENTS if whole.members(group)]
    coded = [group for group in filled if has_bounds and _is_extreme(whole, group) and draw(st.booleans())]
    groups = [group for group in filled if group not in coded and draw(st.sampled_from([True, True, False]))]
    cells = [(g, v) for g in groups if g in ("O", "A", "B") for v in ("a", "b") if whole.members(g, v)]
    shown = [cell for cell in cells if draw(st.sampled_from([True, True, False]))]
    assume(shown)
    shares = [group for group in groups if has_bounds and draw(st.booleans())]
    return TwoFamilies(DEPARTMENTS, answers, groups, shown, coded, shares, scale)


def _is_extreme(release: TwoFamilies, group: str) -> bool:
    """Whether rule H codes the group; of one or two people a bound would not tell its end of the scale."""
    members, top = release.members(group), release.scale.range_units
    total = sum(release.people()[at][2] for at in members)
    return len(members) > 2 and min(total, top * len(members) - total) <= top


def _attacked(release: TwoFamilies, k: int) -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        return release.attacked(Path(folder), Threshold(k, k)).faults


@given(releases(most=3, has_bounds=False), st.integers(2, 6))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_gate_finds_a_light_cut_exactly_when_the_null_space_says_so(release: TwoFamilies, k: int) -> None:
    published = [statement.people for statement in release.statements()]
    least = smallest_support(published, len(release.people()), below=k)
    assert bool(_attacked(release, k)[CUT]) == (least < k)


@given(releases(most=3, has_bounds=False), st.integers(2, 6))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_elimination_names_exactly_the_small_classes_groups_and_intersections_that_rational_algebra_derives(
    release: TwoFamilies, k: int
) -> None:
    assert bool(_attacked(release, k)[RANK]) == any(
        0 < len(target) < k and _is_derivable(release, target) for target in _targets(release)
    )


def _targets(release: TwoFamilies) -> list[frozenset[int]]:
    """Classes of identical membership, hidden groups, and intersections of a shown group and a shown cell."""
    published = [statement.people for statement in release.statements()]
    classes: dict[tuple[bool, ...], set[int]] = {}
    for person in range(len(release.people())):
        classes.setdefault(tuple(person in group for group in published), set()).add(person)
    aimed = [frozenset(people) for kind, people in classes.items() if any(kind)]
    aimed += [release.members(group) for group in DEPARTMENTS if group not in release.groups]
    return aimed + [release.members(g) & release.members(*cell) for g in release.groups for cell in release.cells]


def _is_derivable(release: TwoFamilies, target: frozenset[int]) -> bool:
    everybody = range(len(release.people()))
    rows = [[int(person in statement.people) for person in everybody] for statement in release.statements()]
    return rank([*rows, [int(person in target) for person in everybody]]) == rank(rows)


@given(releases(most=4, has_bounds=True))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_class_is_called_narrowed_exactly_when_integer_programming_over_everybody_narrows_somebody(
    release: TwoFamilies,
) -> None:
    statements, top, cut = release.statements(), release.scale.range_units, release.scale.at_risk_from_units or 1
    shares = {release.members(group): (n, n) for group in release.shares for n in [_at_risk_n(release, group, cut)]}
    people = release.people()
    groups = [statement.people for statement in statements]
    kinds: dict[tuple[bool, ...], int] = {}
    for person in range(len(people)):
        kinds.setdefault(tuple(person in group for group in groups), person)
    ranges = [
        range_of(person, len(people), top, statements, shares, cut) for kind, person in kinds.items() if any(kind)
    ]
    assert len(_attacked(release, 2)[RANGE]) == sum(found != (0, top) for found in ranges)


def _at_risk_n(release: TwoFamilies, group: str, cut: int) -> int:
    return sum(release.people()[at][2] >= cut for at in release.members(group))
