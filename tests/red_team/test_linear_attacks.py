"""Attacks 1 to 9 but 5, 16 and 19: sums and counts of a release as linear equations."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from flows.audit.audit_release import audit_folder
from flows.publish.contract import CELLS, GROUPS, MEASURES
from tests.builders import scale
from tests.red_team.attacker import (
    Equation,
    at_risk_counts,
    derive,
    fewest_people,
    respondents,
    score_range,
    sum_of,
    sums,
)
from tests.red_team.organisation import K_RES, K, M, Organisation, Person, department, everybody, middle
from tests.red_team.weak_selectors import (
    Selector,
    families_safe_in_pairs,
    hide_next_smallest,
    hide_small_only,
    weak_release,
)

DEEP = {"O": None, "A": "O", "B": "O", "A1": "A", "A2": "A", "B1": "B", "B2": "B", "B3": "B"}


def _organisation(sizes: dict[str, int]) -> Organisation:
    return Organisation(DEEP, everybody({team: middle(n) for team, n in sizes.items()}))


def test_1_parent_minus_shown_children_gives_a_team_of_three() -> None:
    organisation = department({"T1": 9, "T2": 3, "T3": 7})
    team = organisation.members("T2")
    assert sum_of(sums(organisation, weak_release(organisation)), team) == organisation.total(team)
    equations = sums(organisation, organisation.released())
    assert equations
    assert sum_of(equations, team) is None
    assert fewest_people(organisation, equations) == 5


def test_1_grandparent_minus_grandchildren_of_mixed_depth_gives_a_team_of_two() -> None:
    organisation = _organisation({"A1": 12, "A2": 2, "B1": 9, "B2": 8, "B3": 6})
    team = organisation.members("A2")
    mixed_depth = weak_release(organisation, lambda _: ["O", "B", "A1"])
    assert sum_of(sums(organisation, mixed_depth), team) == organisation.total(team)
    equations = sums(organisation, organisation.released())
    assert equations
    assert fewest_people(organisation, equations) == 5


@pytest.mark.parametrize("select", [hide_small_only, hide_next_smallest])
def test_2_the_union_of_two_hidden_teams_of_two(select: Selector) -> None:
    organisation = department({"T1": 9, "T2": 2, "T3": 2, "T4": 8})
    both = organisation.members("T2") | organisation.members("T3")
    assert sum_of(sums(organisation, weak_release(organisation, select)), both) == organisation.total(both)
    equations = sums(organisation, organisation.released())
    assert equations
    assert sum_of(equations, both) is None
    assert fewest_people(organisation, equations) == 5


def test_2_hiding_the_next_smallest_team_leaves_six_of_whom_one_knows_five() -> None:
    organisation = department({"T1": 20, "T2": 1, "T3": 5})
    both = organisation.members("T2") | organisation.members("T3")
    weak = sums(organisation, weak_release(organisation, hide_next_smallest))
    assert sum_of(weak, both) == organisation.total(both)
    alone = next(iter(organisation.members("T2")))
    knows = [*weak, Equation(frozenset([alone]), Fraction(organisation.total(frozenset([alone]))))]
    assert sum_of(knows, organisation.members("T3")) == organisation.total(organisation.members("T3"))
    # Five others are the promise (k counts one insider): Quorum may show it, and nothing below five.
    assert fewest_people(organisation, sums(organisation, organisation.released())) == 5


def test_3_counts_and_people_at_risk_are_attacked_like_sums() -> None:
    cut = scale(M, at_risk_from_units=2)
    teams = {"T1": [0, 2, 3] * 8, "T2": [3, 3, 1, 1], "T3": [1, 2, 3] * 8}
    parents = {"D": None, **dict.fromkeys(teams, "D")}
    organisation = Organisation(parents, everybody(teams), (cut,))
    team = organisation.members("T2")
    weak = weak_release(organisation)
    assert sum_of(respondents(organisation, weak), team) == 4
    assert sum_of(at_risk_counts(organisation, weak), team) == 2
    release = organisation.released()
    assert respondents(organisation, release)
    assert at_risk_counts(organisation, release)
    assert sum_of(respondents(organisation, release), team) is None
    assert fewest_people(organisation, at_risk_counts(organisation, release), below=10) == 10


def test_3_no_category_counts_leave_the_restricted_zone() -> None:
    assert [name for name in CELLS if name.endswith("_n")] == ["respondents_n"]
    assert not {"score_sd", "score_min", "score_max", "median", "distribution"} & {*CELLS, *GROUPS, *MEASURES}


def test_4_a_chain_of_one_child_shows_a_small_team_under_its_parents_name() -> None:
    organisation = _organisation({"A1": 4, "B1": 9, "B2": 8, "B3": 6})
    team = organisation.members("A1")
    assert sum_of(sums(organisation, weak_release(organisation)), team) == organisation.total(team)
    equations = sums(organisation, organisation.released())
    assert equations
    assert sum_of(equations, team) is None


def test_6_people_who_skipped_an_item_stand_out_between_a_scale_and_its_item() -> None:
    """`pair` needs both items; of ten people one skipped the second item. The weak tool shows each for its own n."""
    both = [Person("T1", None, {"first": at % 4, "pair": at % 4 + at % 3, "second": at % 3}) for at in range(9)]
    skipper = Person("T1", None, {"first": 4})
    others = [Person("T2", None, {"first": 2, "second": 1, "pair": 3}) for _ in range(9)]
    scales = (scale("first", block="b"), scale("second", block="b"), scale("pair", block="b", range_units=8))
    organisation = Organisation({"D": None, "T1": "D", "T2": "D"}, [*both, skipper, *others], scales)
    weak = weak_release(organisation)
    first, second, pair = (sums(organisation, weak, name) for name in ("first", "second", "pair"))
    team = organisation.members("T1")
    whole = next(one.total for one in first if one.people == organisation.answered(team, "first"))
    halves = [next(e.total for e in es if len(e.people) == 9 and e.people < team) for es in (second, pair)]
    assert whole - (halves[1] - halves[0]) == skipper.scores["first"]
    # Quorum counts for every measure of a block the people who have all of them (tests/unit/aggregate and the flow),
    # and its gate refuses cells in which they differ.
    with pytest.raises(AssertionError, match="truth: blocks"):
        organisation.released()
    complete = Organisation(organisation.parents, [*both, *others], scales)
    release = complete.released()
    sets = [{e.people for e in sums(complete, release, name)} for name in ("first", "second", "pair")]
    assert sets[0]
    assert sets[0] == sets[1] == sets[2]


ROLES = {"D": None, "T1": "D", "T2": "D"}


def test_7_team_margin_minus_role_margin_gives_the_two_engineers_of_a_team() -> None:
    scores = {("T1", "eng"): [0, 3], ("T1", "mgr"): middle(12), ("T2", "eng"): middle(15)}
    organisation = Organisation(ROLES, everybody(scores), values=("eng", "mgr"))
    pair = organisation.members("T1", "eng")
    weak = weak_release(organisation, cells=[("D", "eng"), ("D", "mgr")])
    assert sum_of(sums(organisation, weak), pair) == 3
    equations = sums(organisation, organisation.released())
    assert equations
    assert sum_of(equations, pair) is None
    assert fewest_people(organisation, equations) == 5


def test_8_the_difference_of_two_overlapping_cells_reveals_two_people_at_once() -> None:
    scores = {("T1", "eng"): middle(12), ("T1", "ops"): [4], ("T2", "eng"): [0], ("T2", "ops"): middle(14)}
    organisation = Organisation(ROLES, everybody(scores), values=("eng", "ops"))
    one, other = (next(iter(organisation.members(*cell))) for cell in (("T1", "ops"), ("T2", "eng")))
    weak = sums(organisation, weak_release(organisation, cells=[("D", "eng"), ("D", "ops")]))
    assert derive(weak, {one: 1, other: -1}) == 4
    assert (score_range(organisation, weak, one), score_range(organisation, weak, other)) == ((4, 4), (0, 0))
    equations = sums(organisation, organisation.released())
    assert equations
    assert derive(equations, {one: 1, other: -1}) is None
    assert fewest_people(organisation, equations) == 5


ROLE_AND_TENURE = {("T1", "r2", "u2"): 12, ("T2", "r1", "u2"): 12, ("T2", "r2", "u1"): 12, ("T1", "r1", "u2"): 1}
ROLE_AND_TENURE[("T2", "r2", "u2")] = 1
LINKED = [(kind, at % 3 + 1) for kind, n in ROLE_AND_TENURE.items() if n > 1 for at in range(n)]
LINKED += [(("T1", "r1", "u2"), 4), (("T2", "r2", "u2"), 0)]
FAMILIES = (("T1", "T2"), ("r1", "r2"), ("u1", "u2"))


def test_9_two_demographics_that_are_safe_in_pairs_are_linked_through_the_tree() -> None:
    """One person is in T1, role 1, tenure 2; one in T2, role 2, tenure 2: T1 + r1 + u1 - D = x(T1 r1) - x(none)."""
    margins = families_safe_in_pairs([kind for kind, _ in LINKED], FAMILIES)
    assert len(margins) == 6
    weak = [Equation(people, Fraction(sum(LINKED[at][1] for at in people))) for people in margins]
    assert derive(weak, {36: 1, 37: -1}) == 4
    both = Organisation({"D": None}, [Person("D", None, {M: score}) for _, score in LINKED])
    assert (score_range(both, weak, 36), score_range(both, weak, 37)) == ((4, 4), (0, 0))


@pytest.mark.parametrize("family", [1, 2])
def test_9_quorum_shows_the_same_people_by_team_and_one_of_the_two_demographics(family: int) -> None:
    people = [Person(kind[0], kind[family], {M: score}) for kind, score in LINKED]
    organisation = Organisation({"D": None, "T1": "D", "T2": "D"}, people, values=FAMILIES[family])
    release = organisation.released()
    equations = sums(organisation, release)
    assert release.cells.filter((pl.col("breakdown_id") != "all") & (pl.col("status") == "published")).height > 0
    assert derive(equations, {36: 1, 37: -1}) is None
    assert fewest_people(organisation, equations) == 5
    assert (score_range(organisation, equations, 36), score_range(organisation, equations, 37)) == ((0, 4), (0, 4))


def test_9_a_second_demographic_does_not_pass_the_gate(tmp_path: Path) -> None:
    by_role = {("T1", "r1"): middle(15), ("T2", "r2"): middle(15)}
    quorum = Organisation({"D": None, "T1": "D", "T2": "D"}, everybody(by_role), values=("r1", "r2"))
    assert quorum.stage(tmp_path / "w1").passed
    assert _with_second_family(quorum, tmp_path / "w1") == {"contract: breakdown"}


def _with_second_family(organisation: Organisation, folder: Path) -> set[str]:
    """Names of the checks that fail once rows of another family, all suppressed, are written into the folder."""
    whole = pl.read_parquet(folder / "cells.parquet")
    more = whole.filter(pl.col("breakdown_id") != "all").with_columns(
        pl.lit("tenure_band").alias("breakdown_id"),
        pl.lit("suppressed").alias("status"),
        *(pl.lit(None, whole.schema[c]).alias(c) for c in ("respondents_n", "score_mean", "mean_low", "mean_high")),
    )
    pl.concat([whole, more]).sort(whole.columns[:5]).write_parquet(folder / "cells.parquet")
    report = audit_folder(folder, None, K, K_RES)
    return {check.name for check in report.failed}


def test_16_a_coded_team_is_undone_by_subtraction_from_parent_and_siblings() -> None:
    teams = {"T1": [4] * 5, "T2": [2] * 5, "T3": [2] * 4 + [3]}
    organisation = Organisation({"D": None, **dict.fromkeys(teams, "D")}, everybody(teams))
    coded = organisation.members("T1")
    naive = weak_release(organisation, lambda _: ["D", "T2", "T3"])
    assert sum_of(sums(organisation, naive), coded) == 20
    release = organisation.released()
    assert release.cells.filter(pl.col("is_mean_bounded"))["group_id"].to_list() == ["T1"]
    assert sum_of(sums(organisation, release), coded) is None


def test_19_rounding_is_undone_and_still_nothing_small_follows() -> None:
    organisation = department({"T1": 14, "T2": 4, "T3": 9})
    team = organisation.members("T2")
    assert sum_of(sums(organisation, weak_release(organisation)), team) == organisation.total(team)
    equations = sums(organisation, organisation.released())
    assert {equation.total for equation in equations} == {organisation.total(e.people) for e in equations}
    assert fewest_people(organisation, equations) == 5
