"""Attack 6 from file to release: people who skip items, between a scale and its items, and between n and n."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction

import polars as pl
import pytest

from tests.builders import scale
from tests.integration.release_without_prefect import NORTHFIELD, new_workspace, release, write_csv
from tests.red_team.attacker import Equation, fewest_people, respondents, sum_of, sums
from tests.red_team.organisation import Organisation, Person, Release
from tests.red_team.weak_selectors import hide_small_only, weak_release

CBI = ("ee1", "cbi_w2", "cbi_w3", "cbi_w4", "cbi_w5", "cbi_w6", "cbi_w7")
PHQ, GAD = ("phq_1", "phq_2"), ("gad_1", "gad_2")
ITEMS = ("st1", *CBI, *PHQ, *GAD)
PARENTS = {unit: above or None for unit, above, _, _ in NORTHFIELD}
PEOPLE = {"ADULT": 2, "ALDER": 14, "BIRCH": 12, "CEDAR": 9, "FERN": 13, "IVY": 5}
K = {"st1": 5, "ee1": 5, "cbi_work": 5, "phq2": 10, "gad2": 10}
Sheet = Mapping[str, int]


def _sheets() -> list[tuple[str, Sheet]]:
    """Everybody's answers. Of Alder one leaves the scale after its first item, one skips an item on anxiety; of Ivy's
    five people one skips the question on stress."""
    chance = random.Random(6)
    found = []
    for unit, n in PEOPLE.items():
        for at in range(n):
            sheet = {"st1": chance.randint(2, 4), **{item: 25 * chance.randint(1, 3) for item in CBI}}
            sheet |= {item: chance.randint(0, 3) for item in (*PHQ, *GAD)}
            skipped = {("ALDER", 0): CBI[1:], ("ALDER", 1): ("gad_2",), ("IVY", 0): ("st1",)}.get((unit, at), ())
            found.append((unit, {item: code for item, code in sheet.items() if item not in skipped}))
    return found


SHEETS = _sheets()
LEFT_SCALE, LEFT_ANXIETY = (
    next(at for at, (unit, _) in enumerate(SHEETS) if unit == "ALDER") + step for step in (0, 1)
)


def _sum(sheet: Sheet, items: tuple[str, ...], unit: int = 1) -> int | None:
    return sum(sheet[item] for item in items) // unit if all(item in sheet for item in items) else None


def _weak_scores(sheet: Sheet) -> dict[str, int]:
    """A tool that scores every item and every scale for whoever has it."""
    scores = {item: _sum(sheet, (item,), 25) for item in CBI} | {"scale": _sum(sheet, CBI, 25)}
    scores |= {"phq2": _sum(sheet, PHQ), "gad2": _sum(sheet, GAD), "phq4": _sum(sheet, (*PHQ, *GAD))}
    scores["st1"] = _sum(sheet, ("st1",))
    return {name: score for name, score in scores.items() if score is not None}


WEAK_SCALES = (
    *(scale(item) for item in (*CBI, "st1")),
    scale("scale", range_units=28),
    *(scale(name, range_units=top) for name, top in (("phq2", 6), ("gad2", 6), ("phq4", 12))),
)


@pytest.fixture(scope="module")
def weak() -> tuple[Organisation, Release]:
    """What a tool shows that chooses groups once, by how many answered, and each figure for its own people."""
    people = [Person(unit, None, _weak_scores(sheet)) for unit, sheet in SHEETS]
    organisation = Organisation(PARENTS, people, WEAK_SCALES)
    return organisation, weak_release(organisation, hide_small_only)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """What Quorum shows of the same answers, from a file."""
    root = new_workspace(tmp_path_factory.mktemp("skips") / "w")
    rows = [(unit, *(sheet.get(item, "") for item in ITEMS)) for unit, sheet in SHEETS]
    release(root, "2026-11", write_csv(root / "answers.csv", ("unit_id", *ITEMS), rows))
    folder = root / "data" / "released" / "2026-11"
    return Release(*(pl.read_parquet(folder / f"{name}.parquet") for name in ("cells", "groups")))


def _counted(sheet: Sheet, measure_id: str) -> bool:
    """Whether Quorum counts a person for a measure (PRIVACY 1b)."""
    needed = {"st1": ("st1",), "phq2": PHQ, "gad2": GAD}.get(measure_id)
    # ee1 and cbi_work share an item: for both, whoever has both. The scale needs four of its seven items.
    return all(item in sheet for item in needed) if needed else "ee1" in sheet and sum(i in sheet for i in CBI) >= 4


def _quorum() -> Organisation:
    people = [Person(unit, None, {name: 0 for name in K if _counted(sheet, name)}) for unit, sheet in SHEETS]
    return Organisation(PARENTS, people)


def _figures(release: Release, measure_id: str) -> dict[str, Equation]:
    """Published rows of a measure by group, with the people each speaks of."""
    organisation = _quorum()
    rows = release.cells.filter((pl.col("measure_id") == measure_id) & (pl.col("status") == "published")).to_dicts()
    exact = [row for row in rows if not row["is_mean_bounded"] and not row["group_id"].startswith("other:")]
    found = {}
    for row in exact:
        people = organisation.answered(organisation.members(row["group_id"]), measure_id)
        assert row["respondents_n"] == len(people)
        found[row["group_id"]] = Equation(people, Fraction(0))
    return found


def _total(organisation: Organisation, release: Release, measure_id: str, unit: str) -> Fraction:
    people = organisation.answered(organisation.members(unit), measure_id)
    return next(one.total for one in sums(organisation, release, measure_id) if one.people == people)


def test_6_a_scale_minus_its_items_gives_the_answer_of_the_one_who_left_it(weak: tuple[Organisation, Release]) -> None:
    of_the_others = _total(*weak, "scale", "ALDER") - sum(_total(*weak, item, "ALDER") for item in CBI[1:])
    assert _total(*weak, "ee1", "ALDER") - of_the_others == SHEETS[LEFT_SCALE][1]["ee1"] // 25


def test_6_the_four_items_together_minus_two_give_the_two_answers_of_the_one_who_skipped_another(
    weak: tuple[Organisation, Release],
) -> None:
    of_the_others = _total(*weak, "phq4", "ALDER") - _total(*weak, "gad2", "ALDER")
    assert _total(*weak, "phq2", "ALDER") - of_the_others == _sum(SHEETS[LEFT_ANXIETY][1], PHQ)


def test_6_groups_chosen_by_who_answered_at_all_show_the_four_who_answered_a_question(
    weak: tuple[Organisation, Release],
) -> None:
    organisation, seen = weak
    team = organisation.members("IVY")
    assert next(one.total for one in respondents(organisation, seen) if one.people == team) == 5
    who = organisation.answered(team, "st1")
    assert len(who) == 4
    assert sum_of(sums(organisation, seen, "st1"), who) == organisation.total(who, "st1")


def test_6_quorum_counts_the_same_people_for_a_scale_and_its_item_and_shows_no_item_of_it(shown: Release) -> None:
    scale_rows, item_rows = _figures(shown, "cbi_work"), _figures(shown, "ee1")
    assert scale_rows["ALDER"].people == item_rows["ALDER"].people
    assert {group: one.people for group, one in scale_rows.items()} == {g: o.people for g, o in item_rows.items()}
    assert all(LEFT_SCALE not in one.people for one in scale_rows.values())
    assert set(shown.cells["measure_id"]) == set(K)


@pytest.mark.parametrize("measure_id", sorted(K))
def test_6_nothing_of_fewer_than_k_people_follows_from_any_measure(shown: Release, measure_id: str) -> None:
    equations = list(_figures(shown, measure_id).values())
    assert equations
    k = K[measure_id]
    assert fewest_people(_quorum(), equations, below=k) == k


def test_6_n_minus_n_tells_that_somebody_skipped_and_nothing_of_what_they_answered(shown: Release) -> None:
    organisation = _quorum()
    answered = {one.people for one in respondents(organisation, shown)}
    figures = {name: list(_figures(shown, name).values()) for name in K}
    told = {everybody - one.people for everybody in answered for one in (o for es in figures.values() for o in es)}
    skipped = {people for people in told if 0 < len(people) < 5}
    assert frozenset([LEFT_SCALE]) in skipped
    for people in skipped:
        for name, equations in figures.items():
            who = organisation.answered(people, name)
            assert not who or sum_of(equations, who) is None


def test_6_the_team_of_which_four_answered_is_shown_where_five_did(shown: Release) -> None:
    assert "IVY" not in _figures(shown, "st1")
    assert set(shown.cells.filter((pl.col("group_id") == "IVY") & (pl.col("measure_id") == "st1"))["status"]) == {
        "suppressed"
    }
