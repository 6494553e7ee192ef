"""Rules H, F and C on the acceptance cases H1 to H5, through the one door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import pytest

from flows.protect.extremes import Sums, failing_atoms, make_consistent
from flows.protect.protect import Protected, ProtectedTable, protect
from flows.protect.solver import Nodes, Programme
from flows.protect.tree import reporting_tree
from tests.builders import STANDARD, Scores, catalogue, cells, scale, units


def released(people: Scores, tier: str = "work", **changes: object) -> dict[str, tuple[float | None, bool]]:
    """Mean and whether it is a bound, by shown group of a department; scores given on 1 to 5."""
    table = frame(people, tier, **changes)
    shown = table.filter(pl.col("status") == "published")
    return {row["group_id"]: (row["score_mean"], row["is_mean_bounded"]) for row in shown.iter_rows(named=True)}


def frame(people: Scores, tier: str = "work", **changes: object) -> pl.DataFrame:
    measures = [scale(tier=tier, **changes)]
    tree = units({"D": list(people)})
    lowered = {team: [score - 1 for score in scores] for team, scores in people.items()}
    return table_of(protect(cells(tree, {"m": lowered}, measures), tree, (), STANDARD, catalogue(measures)), "cells")


def table_of(protected: Protected, name: str) -> pl.DataFrame:
    return next(table.frame for table in protected.tables if table.name == name)


def people(n: int, total: int) -> Sequence[int]:
    """n scores of 1 to 5 with this sum."""
    scores = [1] * n
    for index in range(n):
        scores[index] += min(4, total - sum(scores))
    return scores


def test_h1_a_nearly_uniform_team_is_shown_as_at_least() -> None:
    assert released({"T1": people(5, 24), "T2": people(8, 24)})["T1"] == (80.0, True)


def test_h2_a_mid_scale_team_is_shown_exactly() -> None:
    assert released({"T1": people(5, 15), "T2": people(8, 24)})["T1"] == (50.0, False)


def test_h3_a_bound_takes_a_complement_so_that_it_cannot_be_undone() -> None:
    tree = reporting_tree(units({"D": ["T1", "T2", "T3"]}))
    counts, sums = np.array([0, 5, 5, 5]), np.array([0, 20, 10, 11])
    measure = Sums(counts, sums, tree.totals(counts), tree.totals(sums), range_units=4, margin=4)
    programme = Programme(Nodes(tree.parents, counts.tolist(), [1000, 105, 105, 105], [5] * 4, tree.ranks, k_res=5))
    pattern = make_consistent(tree, programme.solve_flags, lambda p: failing_atoms(tree, p, measure), {"m": measure})
    flags = {"exact": pattern.is_exact, "coded": pattern.is_coded, "complements": pattern.is_complement}
    names = {kind: {tree.group_ids[node] for node in np.flatnonzero(found)} for kind, found in flags.items()}
    assert names == {"exact": {"D", "T3"}, "coded": {"T1"}, "complements": {"T2"}}


def test_under_the_standard_policy_the_residual_of_six_serves_as_complement() -> None:
    shown = released({"T1": people(5, 25), "T2": people(5, 15), "T3": people(5, 16)})
    assert shown == {"D": (68.3, False), "T1": (80.0, True), "T2": (50.0, False), "other:D": (77.5, False)}


@pytest.mark.parametrize(("total", "expected"), [(21, (80.0, True)), (20, (75.0, False))])
def test_h4_the_rule_is_strict(total: int, expected: tuple[float, bool]) -> None:
    assert released({"T1": people(5, total), "T2": people(8, 24)})["T1"] == expected


def test_h5_a_band_that_gives_the_rest_away_hides_the_rest() -> None:
    shown = released({"T1": people(5, 21), "T2": people(2, 2), "T3": people(5, 15)})
    assert shown == {"D": (54.2, False), "T1": (80.0, True)}


def test_a_low_extreme_is_shown_as_at_most() -> None:
    assert released({"T1": people(6, 7), "T2": people(8, 24)})["T1"] == (16.7, True)


def test_a_bound_has_no_interval() -> None:
    row = frame({"T1": people(5, 24), "T2": people(8, 24)}).filter(group_id="T1").row(0, named=True)
    assert (row["mean_low"], row["mean_high"], row["respondents_n"]) == (None, None, 5)


def at_risk(people: Scores, **changes: object) -> Mapping[str, tuple[float | None, bool]]:
    table = frame(people, at_risk_from_units=2, **changes)
    return {row["group_id"]: (row["at_risk_pct"], row["is_pct_bounded"]) for row in table.iter_rows(named=True)}


def test_a_share_needs_ten_answers() -> None:
    mixed = [1, 2, 3, 4, 5, 1, 2, 3, 4]
    assert at_risk({"T1": mixed, "T2": [*mixed, 3, 3]})["T1"] == (None, False)


def test_a_share_with_at_most_two_at_risk_is_shown_as_a_bound() -> None:
    few = [2, 2, 2, 2, 1, 1, 2, 2, 4, 3]
    many = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 3, 3, 1, 1]
    assert at_risk({"T1": few, "T2": many, "T3": many})["T1"] == (20.0, True)


def test_mean_and_share_that_together_tell_who_scored_what_hide_the_share() -> None:
    # PRIVACY 1f: range 0-6, cut-off 3, n = 10, s = 9, f = 3: the three scored exactly 3, the rest 0.
    told = [4, 4, 4, 1, 1, 1, 1, 1, 1, 1]
    mixed = [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 2, 6]
    measures = [scale(range_units=6, at_risk_from_units=3)]
    tree = units({"D": ["T1", "T2", "T3"]})
    lowered = {team: [score - 1 for score in scores] for team, scores in {"T1": told, "T2": mixed, "T3": mixed}.items()}
    table = table_of(protect(cells(tree, {"m": lowered}, measures), tree, (), STANDARD, catalogue(measures)), "cells")
    assert table.filter(group_id="T1")["at_risk_pct"].to_list() == [None]


def test_a_guarded_measure_shows_a_share_only_and_no_team() -> None:
    mixed = [1, 2, 3, 4, 5] * 6
    table = frame({"T1": mixed, "T2": mixed}, "guarded", at_risk_from_units=2)
    shown = table.filter(status="published")
    assert shown.select("group_id", "score_mean", "mean_low", "at_risk_pct").rows() == [("D", None, None, 60.0)]


def test_nothing_but_protect_builds_a_protected_table() -> None:
    with pytest.raises(TypeError, match="only protect"):
        ProtectedTable("cells", pl.DataFrame(), object())
