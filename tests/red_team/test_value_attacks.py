"""Attacks 5, 15, 17, 18 and 20: what values, silence and the pattern itself say about people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement
from math import sqrt
from pathlib import Path
from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import scale
from tests.oracles.two_families import Statement
from tests.red_team.attacker import Equation, fewest_people, respondents, score_range, sums
from tests.red_team.organisation import M, Organisation, Person, Release, department, everybody, middle
from tests.red_team.weak_selectors import hide_small_only, weak_release


def test_5_a_silent_team_follows_from_counts_and_is_hidden_in_participation_and_reported_for_scores(
    tmp_path: Path,
) -> None:
    silent = department({"T1": 7, "T2": 0, "T3": 6})
    organisation = Organisation(silent.parents, silent.people, eligible={"T1": 9, "T2": 5, "T3": 6})
    assert _follows_silent(organisation, weak_release(organisation))
    assert not _follows_silent(organisation, organisation.released())
    said = {check.name: check for check in organisation.stage(tmp_path / "w1").checks}["reported: silence"]
    assert said.passed
    assert said.detail.startswith("1 hidden group with heads and no answers")


def _follows_silent(organisation: Organisation, release: Release) -> bool:
    """The respondents of D are all in the teams shown, so nobody of T2 answered."""
    shown = {equation.people: equation.total for equation in respondents(organisation, release)}
    whole = shown.pop(organisation.members("D"), None)
    return whole is not None and sum(shown.values()) == whole


def test_5_full_response_of_a_group_is_reported_to_the_steward(tmp_path: Path) -> None:
    organisation = department({"T1": 9, "T2": 12})
    said = {check.name: check for check in organisation.stage(tmp_path / "w1").checks}["reported: silence"]
    assert "3 shown groups in which everybody answered" in said.detail


def test_15_an_extreme_mean_of_five_says_that_nobody_chose_the_other_end() -> None:
    scores = {"T1": [4, 4, 4, 4, 3], "T2": middle(9)}
    organisation = Organisation({"D": None, "T1": "D", "T2": "D"}, everybody(scores))
    person = min(organisation.members("T1"))
    assert score_range(organisation, sums(organisation, weak_release(organisation)), person) == (3, 4)
    release = organisation.released()
    bounds = _bands(organisation, release)
    assert bounds
    assert score_range(organisation, sums(organisation, release), person, extra=bounds) == (0, 4)


def _bands(organisation: Organisation, release: Release) -> list[Statement]:
    """What a reader who knows rule H takes from a bound: the group lies within one person's scale of that end."""
    found = []
    for row in release.cells.filter(pl.col("is_mean_bounded")).to_dicts():
        people = organisation.members(row["group_id"])
        whole = 4 * len(people)
        low, high = (whole - 4, whole) if row["score_mean"] > 50 else (0, 4)
        found.append(Statement(people, low, high))
    return found


def test_17_mean_with_spread_and_share_gives_every_answer_of_five_people_the_mean_alone_none() -> None:
    every = [list(scores) for scores in combinations_with_replacement(range(5), 5)]
    teams = {f"T{at:03}": scores for at, scores in enumerate(every)}
    assert len(every) == 126
    assert all(len([o for o in every if _weak_figures(o) == _weak_figures(own)]) == 1 for own in every)
    cut = scale(M, at_risk_from_units=3)
    organisation = Organisation({"D": None, **dict.fromkeys(teams, "D")}, everybody(teams), (cut,))
    rows = {row["group_id"]: row for row in organisation.released().cells.to_dicts()}
    shown = [team for team in teams if rows[team]["status"] == "published"]
    assert len(shown) > 60
    for team in shown:
        assert rows[team]["at_risk_pct"] is None
        fitting = [scores for scores in every if _fits(scores, rows[team])]
        assert teams[team] in fitting
        assert {score for scores in fitting for score in scores} == {0, 1, 2, 3, 4}


def _weak_figures(scores: list[int]) -> tuple[float, float, int]:
    mean = sum(scores) / 5
    return mean, round(sqrt(sum((s - mean) ** 2 for s in scores) / 4), 2), sum(s >= 3 for s in scores)


def _fits(scores: list[int], row: dict[str, object]) -> bool:
    total, mean = sum(scores), float(str(row["score_mean"]))
    if not row["is_mean_bounded"]:
        return total == round(mean * 20 / 100)
    return total >= 16 if mean > 50 else total <= 4


def test_18_a_barely_sufficient_rest_bounds_a_hidden_team_and_its_one_colleague_reads_it() -> None:
    organisation = department({"T1": 12, "T2": 4, "T3": 1})
    organisation = Organisation(
        organisation.parents, [Person(p.unit_id, None, {M: 2}) for p in organisation.people], organisation.scales
    )
    weak = sums(organisation, weak_release(organisation, hide_small_only))
    assert _team_range(organisation, weak, "T2") == (6, 10)
    insider = next(iter(organisation.members("T3")))
    assert _team_range(organisation, weak, "T2", {insider: 2}) == (8, 8)
    equations = sums(organisation, organisation.released())
    low, high = _team_range(organisation, equations, "T2")
    assert high - low >= 8
    low, high = _team_range(organisation, equations, "T2", {insider: 2})
    assert high - low >= 8


def test_18_two_colleagues_together_never_know_a_group_of_fewer_than_three_others() -> None:
    organisation = department({"T1": 9, "T2": 3, "T3": 4, "T4": 8})
    equations = sums(organisation, organisation.released())
    assert equations
    assert fewest_people(organisation, equations, below=7) - 2 >= 3


def test_18_the_smallest_interval_of_a_hidden_team_is_reported_and_does_not_stop_a_release(tmp_path: Path) -> None:
    report = department({"T1": 12, "T2": 4, "T3": 2}).stage(tmp_path / "w1")
    widths = {check.name: check for check in report.checks}["interval widths of hidden teams"]
    assert widths.passed
    assert "work" in widths.detail


def _team_range(
    organisation: Organisation, equations: Sequence[Equation], team: str, known: dict[int, int] | None = None
) -> tuple[int, int]:
    """Least and greatest sum of a hidden team, with some people's own answers known; closed form in its atom."""
    members = organisation.members(team)
    whole = min((e for e in equations if members < e.people), key=lambda e: len(e.people))
    inside = [e for e in equations if e.people < whole.people]
    rest, total = set(whole.people), int(whole.total)
    for one in inside:
        rest -= one.people
        total -= int(one.total)
    for person, score in (known or {}).items():
        if person in rest:
            rest.discard(person)
            total -= score
    others, own = len(rest - members), len(members & rest)
    return max(0, total - 4 * others), min(4 * own, total)


def _shown(release: Release) -> list[tuple[str, str]]:
    return release.cells.filter(pl.col("status") == "published").select("group_id", "measure_id").rows()


def test_20_a_tool_that_hides_the_worst_team_says_with_the_pattern_who_that_is() -> None:
    organisation = Organisation(
        {"D": None, "T1": "D", "T2": "D", "T3": "D"},
        everybody({"T1": [1, 2, 3] * 3, "T2": [3, 3, 2] * 3, "T3": [1, 2, 2] * 3}),
    )
    swapped = Organisation(
        organisation.parents, everybody({"T1": [3, 3, 2] * 3, "T2": [1, 2, 3] * 3, "T3": [1, 2, 2] * 3})
    )

    def hide_worst(asked: Organisation) -> list[str]:
        return ["D", *sorted(("T1", "T2", "T3"), key=lambda team: asked.total(asked.members(team)))[:2]]

    assert _shown(weak_release(organisation, hide_worst)) != _shown(weak_release(swapped, hide_worst))
    assert _shown(organisation.released()) == _shown(swapped.released())


@given(
    sizes=st.lists(st.integers(0, 16), min_size=2, max_size=9),
    cuts=st.lists(st.booleans(), min_size=9, max_size=9),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=25, deadline=None)
def test_20_shuffling_scores_over_the_same_counts_never_changes_the_pattern_of_the_threshold_programme(
    sizes: list[int], cuts: list[bool], seed: int
) -> None:
    """Scores 1 to 3 of 0 to 4 keep five or more people away from both ends, so that only counts can act."""
    parents: dict[str, str | None] = {"O": None, "A": "O", "B": "O"}
    parents |= {f"T{at}": "A" if cuts[at] else "B" for at in range(len(sizes))}
    units = [f"T{at}" for at, n in enumerate(sizes) for _ in range(n)]
    random = Random(seed)
    patterns = []
    for _ in range(2):
        people = [Person(unit, None, {M: random.choice((1, 2, 3)), "s": random.choice((1, 2, 3))}) for unit in units]
        organisation = Organisation(parents, people, (scale(M), scale("s", tier="sensitive")))
        release = organisation.released()
        patterns.append((_shown(release), release.groups["respondents_n"].to_list()))
    assert patterns[0] == patterns[1]
