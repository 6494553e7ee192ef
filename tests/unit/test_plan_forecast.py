"""The forecast: expected response from the last release, chances against plain enumeration, costs of small groups."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import polars as pl
import pytest

from flows.forecast import Outlook, chances, direct_costs, expected_response, seen, shown_nodes
from flows.protect.tree import Pool
from flows.units import Unit, UnitTree

BANDS = {"org": "50-69", "a": "70-84", "a-oak": ">=85", "pool:x": "<50", "a-elm": None, "b": None}


def tree(*units: Unit) -> UnitTree:
    """A tree from its units in any order."""
    return UnitTree(tuple(sorted(units, key=lambda unit: unit.unit_id)))


NORTHFIELD = tree(
    Unit("org", None, "Organisation", 0),
    Unit("a", "org", "A", 0),
    Unit("a-oak", "a", "Oak", 20),
    Unit("a-elm", "a", "Elm", 8),
    Unit("a-ivy", "a", "Ivy", 6),
    Unit("a-fern", "a", "Fern", 7),
    Unit("b", "org", "B", 0),
    Unit("b-yew", "b", "Yew", 12),
    Unit("c", "org", "C", 0),
    Unit("c-new", "c", "New", 12),
    Unit("a-new", "a", "New in A", 12),
)


def last_release() -> pl.DataFrame:
    """Groups of a release of A with Oak, Elm and a pool of Ivy and Fern, and of B, where nothing is shown."""
    rows = [
        ("org", None, "unit", ["org"]),
        ("a", "org", "unit", ["a"]),
        ("a-oak", "a", "unit", ["a-oak"]),
        ("a-elm", "a", "unit", ["a-elm"]),
        ("pool:x", "a", "pooled", ["a-fern", "a-ivy"]),
        ("b", "org", "unit", ["b"]),
        ("b-yew", "b", "unit", ["b-yew"]),
        ("other:a", "a", "other", []),
    ]
    return pl.DataFrame(
        [(*row, BANDS.get(row[0])) for row in rows],
        schema=["group_id", "parent_group_id", "kind", "member_unit_ids", "response_band"],
        orient="row",
    )


@pytest.mark.parametrize(
    ("unit_id", "share"),
    [
        ("a-oak", 0.85),  # its own band
        ("a-ivy", 0.25),  # its pool's
        ("a-elm", 0.70),  # hidden: its department's
        ("b-yew", 0.50),  # department hidden too: the organisation's
        ("a-new", 0.70),  # unknown to the release: the nearest unit above that it knows
        ("c-new", 0.50),
    ],
)
def test_response_is_expected_as_in_the_nearest_shown_group_of_the_last_release(unit_id: str, share: float) -> None:
    assert expected_response(NORTHFIELD, last_release(), 0.6)[unit_id] == share


def test_without_a_release_or_a_shown_group_the_settings_decide() -> None:
    nothing = last_release().with_columns(pl.lit(None, pl.String).alias("response_band"))
    assert set(expected_response(NORTHFIELD, None, 0.6).values()) == {0.6}
    assert set(expected_response(NORTHFIELD, nothing, 0.55).values()) == {0.55}


def small_outlook(pools: tuple[Pool, ...] = ()) -> Outlook:
    """One department of three teams, 3 to 7 people each."""
    units = tree(
        Unit("d", None, "D", 0), Unit("t1", "d", "One", 7), Unit("t2", "d", "Two", 3), Unit("t3", "d", "Three", 4)
    )
    return Outlook(units, expected_response(units, None, 0.6), pools)


def enumerated(outlook: Outlook, k: int, k_res: int) -> dict[str, float]:
    """Chance of a row by trying every number of respondents of every team."""
    ids = pl.Series([unit.unit_id for unit in outlook.units.units])
    heads = [unit.eligible_n for unit in outlook.units.units]
    chance = dict.fromkeys(outlook.tree.group_ids, 0.0)
    for counts in product(*(range(n + 1) for n in heads)):
        weight = float(np.prod([comb(n, x) * 0.6**x * 0.4 ** (n - x) for n, x in zip(heads, counts, strict=True)]))
        own = outlook.tree.own(ids, np.asarray(counts))
        for node in shown_nodes(outlook, own, k, k_res):
            chance[outlook.tree.group_ids[node]] += weight
    return chance


@pytest.mark.parametrize("pools", [(), (Pool("p", "Two and Three", ("t2", "t3")),)])
def test_chances_of_a_row_agree_with_plain_enumeration(pools: tuple[Pool, ...]) -> None:
    outlook = small_outlook(pools)
    found, true = chances(outlook, 3, 3), enumerated(outlook, 3, 3)
    for node in outlook.teams:
        assert found[node] == pytest.approx(true[outlook.tree.group_ids[node]], abs=0.05)


def test_the_same_plan_gives_the_same_chances_to_the_last_digit() -> None:
    assert (chances(small_outlook(), 3, 3) == chances(small_outlook(), 3, 3)).all()


def test_a_certain_response_gives_certain_rows() -> None:
    units = tree(Unit("d", None, "D", 0), Unit("t1", "d", "One", 5), Unit("t2", "d", "Two", 6))
    outlook = Outlook(units, expected_response(units, None, 1.0))
    assert [chances(outlook, 5, 6)[node] for node in outlook.teams] == [1.0, 1.0]
    assert [chances(outlook, 7, 9)[node] for node in outlook.teams] == [0.0, 0.0]


def test_a_pool_turns_two_hidden_teams_and_their_hidden_neighbour_into_rows() -> None:
    units = tree(
        Unit("d", None, "D", 0),
        Unit("big", "d", "Big", 10),
        Unit("large", "d", "Large", 12),
        Unit("t2", "d", "Two", 2),
        Unit("t3", "d", "Three", 4),
    )
    response = expected_response(units, None, 1.0)
    assert seen(Outlook(units, response), 5, 6).own_row_n == 2
    pooled = seen(Outlook(units, response, (Pool("p", "Two and Three", ("t2", "t3")),)), 5, 6)
    assert (pooled.own_row_n, pooled.pooled_n, pooled.pools_n, pooled.higher_up_n) == (2, 2, 1, 0)


def test_two_people_attached_to_a_division_are_named_with_the_department_that_they_cost() -> None:
    units = tree(
        Unit("o", None, "O", 0),
        Unit("v", "o", "Division", 2),
        *(Unit(d, "v", f"Department {d}", 0) for d in ("a", "b")),
        *(Unit(f"{d}{n}", d, f"Team {d}{n}", 20) for d in ("a", "b") for n in (1, 2)),
    )
    cost = direct_costs(Outlook(units, expected_response(units, None, 0.6)), 5, 6)
    assert [(each.unit_id, each.eligible_n) for each in cost] == [("v", 2)]
    assert cost[0].lost == ("Department b", "Team b2")


def test_enough_people_attached_to_a_division_cost_nothing() -> None:
    units = tree(
        Unit("o", None, "O", 0),
        Unit("v", "o", "Division", 12),
        Unit("a", "v", "Department", 0),
        Unit("a1", "a", "One", 20),
        Unit("a2", "a", "Two", 20),
    )
    assert direct_costs(Outlook(units, expected_response(units, None, 0.6)), 5, 6) == []
