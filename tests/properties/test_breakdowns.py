"""What tree and breakdown say together is attacked by algebra and by integer programming over everybody's scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.aggregate.cells import ConfidentialCells, MeasureScale
from flows.protect.breakdown import CellSizes, accept
from flows.protect.category_counts import entries_of
from flows.protect.protect import protect
from flows.protect.selection import select_all
from flows.protect.tree import reporting_tree
from flows.units import Unit, UnitTree
from tests.builders import STANDARD, catalogue, cells, scale, with_breakdown
from tests.oracles.two_families import Statement, range_of, smallest_support

VALUES = ("medical", "nursing", "therapy")
MEASURE = scale("m", at_risk_from_units=3)
GUARDED = scale("g", tier="guarded", at_risk_from_units=2)


@dataclass(frozen=True)
class Person:
    unit_id: str
    value: str | None
    score: int


@st.composite
def people(draw: st.DrawFn) -> tuple[UnitTree, list[Person]]:
    """Two departments of two or three teams; skewed, even or mixed scores; some state no value."""
    skew = draw(st.sampled_from(["even", "low", "high"]))
    spread = draw(st.integers(1, 3))
    units = [Unit("o", None, "Org", 0)]
    found: list[Person] = []
    for department in ("a", "b"):
        units.append(Unit(department, "o", department, 40))
        for number in range(draw(st.integers(1, 3))):
            team = f"{department}{number}"
            units.append(Unit(team, department, team, 40))
            found += [
                Person(team, value, _score(draw, skew))
                for value in (*VALUES[:spread], None)
                for _ in range(draw(st.sampled_from([0, 0, 1, 2, 3, 5, 7, 10] if value else [0, 0, 0, 1])))
            ]
    return UnitTree(tuple(sorted(units, key=lambda unit: unit.unit_id))), found


def _score(draw: st.DrawFn, skew: str) -> int:
    return draw(st.sampled_from({"even": [0, 1, 2, 3, 4], "low": [0, 0, 0, 1], "high": [4, 4, 4, 3, 2]}[skew]))


def _confidential(tree: UnitTree, found: list[Person], measure: MeasureScale) -> ConfidentialCells:
    by_unit = {
        unit.unit_id: [person.score for person in found if person.unit_id == unit.unit_id] for unit in tree.units
    }
    stated = {
        unit.unit_id: [(person.value, person.score) for person in found if person.unit_id == unit.unit_id]
        for unit in tree.units
    }
    measure_id = measure.measure_id
    return with_breakdown(cells(tree, {measure_id: by_unit}, [measure]), {measure_id: stated}, VALUES)


def _release(tree: UnitTree, found: list[Person], measure: MeasureScale) -> pl.DataFrame:
    confidential = _confidential(tree, found, measure)
    return protect(confidential, tree, (), STANDARD, catalogue([measure])).tables[0].frame


def _members(tree: UnitTree, found: list[Person], row: Mapping[str, object]) -> frozenset[int]:
    """Places of the people whom a row is about."""
    inside = {str(row["group_id"])}
    for unit in sorted(tree.units, key=lambda unit: len(unit.unit_id)):
        if unit.parent_id in inside:
            inside.add(unit.unit_id)
    return frozenset(
        place
        for place, person in enumerate(found)
        if person.unit_id in inside and row["breakdown_value"] in ("all", person.value)
    )


def _exact(frame: pl.DataFrame) -> list[dict[str, object]]:
    """Exactly published means of groups and cells; what is derived from them (`other:`) adds nothing."""
    shown = frame.filter(
        (pl.col("status") == "published")
        & ~pl.col("group_id").str.starts_with("other:")
        & (pl.col("breakdown_value") != "other:")
    )
    return shown.to_dicts()


def _statements(tree: UnitTree, found: list[Person], rows: list[dict[str, object]], top: int) -> list[Statement]:
    made = []
    for row in rows:
        members = _members(tree, found, row)
        total = sum(found[place].score for place in members)
        low = high = total
        if row["is_mean_bounded"]:
            low, high = (0, top) if total <= top else (max(0, top * len(members) - top), top * len(members))
        made.append(Statement(members, low, high))
    return made


def _shares(
    tree: UnitTree, found: list[Person], rows: list[dict[str, object]], cut: int
) -> dict[frozenset[int], tuple[int, int]]:
    made = {}
    for row in rows:
        if row["at_risk_pct"] is not None:
            members = _members(tree, found, row)
            n = sum(found[place].score >= cut for place in members)
            band = (0, 2) if n <= 2 else (len(members) - 2, len(members))
            made[members] = band if row["is_pct_bounded"] else (n, n)
    return made


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(people())
def test_everybody_could_have_given_any_score_beside_tree_breakdown_and_shares(
    organisation: tuple[UnitTree, list[Person]],
) -> None:
    tree, found = organisation
    frame = _release(tree, found, MEASURE)
    rows = _exact(frame)
    if not any(row["breakdown_value"] != "all" for row in rows):
        return
    statements, shares = _statements(tree, found, rows, 4), _shares(tree, found, rows, 3)
    kinds: dict[tuple[bool, ...], int] = {}
    for person in range(len(found)):
        groups = [statement.people for statement in statements] + list(shares)
        kinds.setdefault(tuple(person in group for group in groups), person)
    for kind, person in kinds.items():
        if any(kind):
            assert range_of(person, len(found), 4, statements, shares, 3) == (0, 4)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(people())
def test_nothing_about_fewer_than_five_people_can_be_derived_from_both_families(
    organisation: tuple[UnitTree, list[Person]],
) -> None:
    tree, found = organisation
    rows = [row for row in _exact(_release(tree, found, MEASURE)) if not row["is_mean_bounded"]]
    assert smallest_support([_members(tree, found, row) for row in rows], len(found), below=5) == 5


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(people(), st.randoms(use_true_random=False))
def test_cells_are_large_stand_on_shown_groups_and_the_rest_is_what_they_leave(
    organisation: tuple[UnitTree, list[Person]], random: object
) -> None:
    tree, found = organisation
    frame = _release(tree, found, MEASURE)
    whole = {row["group_id"]: row for row in _exact(frame) if row["breakdown_value"] == "all"}
    by_value = frame.filter((pl.col("breakdown_value") != "all") & (pl.col("status") == "published")).to_dicts()
    for row in by_value:
        group = whole[row["group_id"]]
        assert row["group_id"] in ("o", "a", "b")
        assert not group["is_mean_bounded"]
        beside = [other for other in by_value if other["group_id"] == row["group_id"]]
        if row["breakdown_value"] == "other:":
            cells_n = sum(int(other["respondents_n"]) for other in beside if other is not row)
            assert row["respondents_n"] == group["respondents_n"] - cells_n
            assert row["respondents_n"] >= 5
        else:
            assert row["respondents_n"] >= 10
    random.shuffle(found)  # type: ignore[attr-defined]
    assert _release(tree, found, MEASURE).equals(frame)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(people())
def test_a_guarded_topic_shows_shares_only_by_value_and_of_many_people(
    organisation: tuple[UnitTree, list[Person]],
) -> None:
    tree, found = organisation
    frame = _release(tree, found * 3, GUARDED)
    shown = frame.filter((pl.col("breakdown_value") != "all") & (pl.col("status") == "published"))
    assert shown["score_mean"].null_count() == len(shown)
    cells_shown = shown.filter(pl.col("breakdown_value") != "other:")
    assert all(n >= 40 for n in cells_shown["respondents_n"])
    for row in _exact(frame):
        if row["breakdown_value"] != "all":
            at_risk = sum(found[place].score >= 2 for place in _members(tree, found, row)) * 3
            assert 3 <= at_risk <= int(str(row["respondents_n"])) - 3


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(people(), st.randoms(use_true_random=False))
def test_shuffling_scores_over_the_same_counts_never_changes_the_cells_that_counts_allow(
    organisation: tuple[UnitTree, list[Person]], random: Random
) -> None:
    units, found = organisation
    scores = [person.score for person in found]
    random.shuffle(scores)
    shuffled = [replace(person, score=score) for person, score in zip(found, scores, strict=True)]
    tree, accepted = reporting_tree(units), []
    for answered in (found, shuffled):
        confidential = _confidential(units, answered, MEASURE)
        means = next(selection.means for selection in select_all(confidential, tree, STANDARD))
        if means is None:
            return
        entries = entries_of(confidential, tree, "m", means, np.zeros(len(tree), dtype=np.int64))
        accepted.append(accept(tree, frozenset(range(len(tree))), entries, VALUES, CellSizes(10, 5)))
    assert accepted[0] == accepted[1]
