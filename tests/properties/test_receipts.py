"""A receipt names every row in which an answer from a unit counts, before anybody has answered (T30)."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.aggregate.cells import ConfidentialCells
from flows.errors import UsageError
from flows.plan import WavePlan, draft_plan
from flows.pools import plan_pools, pool_rule
from flows.protect.protect import protect
from flows.receipt import Receipt, receipt_of
from flows.settings import Breakdown
from flows.units import UnitTree
from tests.builders import STANDARD, catalogue, cells, scale, units, with_breakdown

VALUES = ("nursing", "therapy")
SCALES = (
    scale("w", at_risk_from_units=3),
    scale("s", tier="sensitive", at_risk_from_units=3),
    scale("g", tier="guarded", at_risk_from_units=2),
)
TIER = {measure.measure_id: measure.tier for measure in SCALES}
TREE = units({"O": {"A": ["A1", "A2", "A3"], "B": ["B1", "B2"], "C": ["C1"]}}, eligible=9)


@st.composite
def waves(draw: st.DrawFn) -> tuple[WavePlan, ConfidentialCells, UnitTree]:
    """A plan with or without pools, and answers that know nothing of it."""
    share = draw(st.sampled_from([0.4, 0.9]))
    pools = plan_pools(TREE, {unit.unit_id: share for unit in TREE.units}, pool_rule(STANDARD, "monthly"))
    family = Breakdown("role_group", VALUES)
    plan = draft_plan("w1", STANDARD, TREE, catalogue(SCALES), family)
    stated: dict[str, dict[str, list[tuple[str | None, int]]]] = {measure.measure_id: {} for measure in SCALES}
    for unit in TREE.units:
        people_n = draw(st.integers(0, 3 if unit.unit_id in TREE.children else 30))
        seed = draw(st.randoms(use_true_random=False))
        roles = [seed.choice([*VALUES, None]) for _ in range(people_n)]
        for measure in SCALES:
            stated[measure.measure_id][unit.unit_id] = [(role, seed.randint(0, 4)) for role in roles]
    scores = {name: {u: [score for _, score in found] for u, found in of.items()} for name, of in stated.items()}
    confidential = with_breakdown(cells(TREE, scores, SCALES), stated, VALUES)
    return WavePlan(**{**_fields(plan), "pools": pools}), confidential, TREE


def _fields(plan: WavePlan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in WavePlan.__dataclass_fields__}


def _rows_with(receipt: Receipt) -> dict[tuple[str, str], dict[str, int]]:
    return {(group.group_id, group.breakdown_value): dict(group.least_n) for group in receipt.groups}


def _counts_in(unit_id: str, tree: UnitTree, plan: WavePlan, group_id: str) -> bool:
    """Whether people of the unit may count in a group: the slow, obvious way."""
    group = group_id.removeprefix("other:")
    if group.startswith("pool:"):
        return any(unit_id in pool.member_unit_ids for pool in plan.pools if pool.group_id == group)
    at: str | None = unit_id
    while at is not None:
        if at == group:
            return True
        at = tree.by_id[at].parent_id
    return False


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(waves())
def test_every_row_of_a_release_is_on_the_receipts_of_the_units_that_count_in_it(
    wave: tuple[WavePlan, ConfidentialCells, UnitTree],
) -> None:
    plan, confidential, tree = wave
    frame = protect(confidential, tree, plan.pools, STANDARD, catalogue(SCALES)).tables[0].frame
    shown = frame.filter(pl.col("status") == "published").to_dicts()
    for unit in tree.units:
        on_receipt = _rows_with(receipt_of(plan, unit.unit_id))
        for row in shown:
            if _counts_in(unit.unit_id, tree, plan, row["group_id"]):
                least_n = on_receipt[row["group_id"], row["breakdown_value"]]
                assert row["respondents_n"] >= least_n[TIER[row["measure_id"]]]


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(waves())
def test_a_receipt_names_no_group_in_which_the_unit_does_not_count(
    wave: tuple[WavePlan, ConfidentialCells, UnitTree],
) -> None:
    plan, _, tree = wave
    for unit in tree.units:
        for group in receipt_of(plan, unit.unit_id).groups:
            assert _counts_in(unit.unit_id, tree, plan, group.group_id)


def test_a_team_is_never_split_by_the_breakdown_and_never_shows_substance_use() -> None:
    plan = draft_plan("w1", STANDARD, TREE, catalogue(SCALES), Breakdown("role_group", VALUES))
    team = [group for group in receipt_of(plan, "A1").groups if group.level == "team"]
    assert [(group.breakdown_value, set(group.least_n)) for group in team] == [("all", {"work", "sensitive"})]


def test_people_of_a_pooled_team_are_told_all_its_members() -> None:
    pools = plan_pools(TREE, {unit.unit_id: 0.4 for unit in TREE.units}, pool_rule(STANDARD, "monthly"))
    plan = draft_plan("w1", STANDARD, TREE, catalogue(SCALES), None)
    receipt = receipt_of(WavePlan(**{**_fields(plan), "pools": pools}), "A2")
    assert receipt.pool_members == ("Unit A1", "Unit A2", "Unit A3")
    assert receipt.groups[0].kind == "pooled"


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(UsageError, match='no unit "X"'):
        receipt_of(draft_plan("w1", STANDARD, TREE, catalogue(SCALES), None), "X")
