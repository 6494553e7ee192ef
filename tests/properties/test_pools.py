"""Pools on random organisations: what holds whatever the sizes and the expected response."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.forecast import Outlook, seen
from flows.pools import PoolRule, expected_of, plan_pools, rule_of, stands_alone
from flows.protect.tree import reporting_tree
from flows.units import Unit, UnitTree, parse_units
from tests.oracles.best_cover import most_pools

RULES = st.builds(rule_of, st.integers(5, 20), st.sampled_from(["weekly", "fortnightly", "monthly", "quarterly"]))
SHARES = st.sampled_from([0.25, 0.5, 0.6, 0.7, 0.85, 1.0])


@st.composite
def organisations(draw: st.DrawFn) -> tuple[UnitTree, dict[str, float]]:
    """A tree of up to three levels, and an expected response by team."""
    units = [Unit("root", None, "Root", draw(st.integers(0, 5)))]
    for number in range(draw(st.integers(1, 4))):
        inner = f"d{number}"
        parent = draw(st.sampled_from([unit.unit_id for unit in units if unit.unit_id[0] in "rd"]))
        units.append(Unit(inner, parent, f"Department {number}", draw(st.integers(0, 4))))
        sizes = draw(st.lists(st.integers(0, 25), max_size=9))
        units += [Unit(f"t{number}-{at}", inner, f"Team {number}.{at}", n) for at, n in enumerate(sizes)]
    tree = UnitTree(tuple(sorted(units, key=lambda unit: unit.unit_id)))
    return tree, {unit.unit_id: draw(SHARES) for unit in tree.units}


@settings(max_examples=40)
@given(organisations(), RULES)
def test_no_pool_holds_a_team_that_is_expected_to_stand_alone(
    wave: tuple[UnitTree, dict[str, float]], rule: PoolRule
) -> None:
    units, response = wave
    pooled = [member for pool in plan_pools(units, response, rule) for member in pool.member_unit_ids]
    assert not [member for member in pooled if stands_alone(units.by_id[member], response, rule)]


@settings(max_examples=40)
@given(organisations(), RULES)
def test_every_pool_is_expected_to_reach_its_threshold_and_its_least_people(
    wave: tuple[UnitTree, dict[str, float]], rule: PoolRule
) -> None:
    units, response = wave
    for pool in plan_pools(units, response, rule):
        expected = expected_of([units.by_id[member] for member in pool.member_unit_ids], response)
        assert expected.just_reaches(rule.k_res, rule)


@settings(max_examples=40)
@given(organisations(), RULES)
def test_pools_are_two_or_more_sibling_teams_and_no_team_is_in_two(
    wave: tuple[UnitTree, dict[str, float]], rule: PoolRule
) -> None:
    units, response = wave
    pools = plan_pools(units, response, rule)
    assert len(reporting_tree(units, pools)) == len(units.units) - sum(len(p.member_unit_ids) - 1 for p in pools)


@settings(max_examples=40)
@given(organisations(), RULES)
def test_small_siblings_are_left_without_a_pool_only_where_all_of_them_together_are_too_few(
    wave: tuple[UnitTree, dict[str, float]], rule: PoolRule
) -> None:
    units, response = wave
    pooled = {member for pool in plan_pools(units, response, rule) for member in pool.member_unit_ids}
    for below in units.children.values():
        small = [
            units.by_id[team]
            for team in below
            if team not in units.children
            and units.by_id[team].eligible_n
            and not stands_alone(units.by_id[team], response, rule)
        ]
        alone = [unit for unit in small if unit.unit_id not in pooled]
        is_too_few = len(small) < 2 or not expected_of(small, response).just_reaches(rule.k_res, rule)
        assert alone == (small if is_too_few else [])


@settings(max_examples=40)
@given(organisations(), RULES, st.randoms(use_true_random=False))
def test_the_order_of_lines_in_units_csv_changes_nothing(
    wave: tuple[UnitTree, dict[str, float]], rule: PoolRule, chance: random.Random
) -> None:
    units, response = wave
    lines = [f"{u.unit_id},{u.parent_id or ''},{u.unit_name},{u.eligible_n}" for u in units.units]
    chance.shuffle(lines)
    shuffled = parse_units("\n".join(["unit_id,parent_id,unit_name,eligible_n", *lines]).encode(), "units.csv")
    assert plan_pools(shuffled, response, rule) == plan_pools(units, response, rule)


@settings(max_examples=40)
@given(organisations(), RULES)
def test_planning_again_with_the_pools_in_force_changes_nothing(
    wave: tuple[UnitTree, dict[str, float]], rule: PoolRule
) -> None:
    units, response = wave
    pools = plan_pools(units, response, rule)
    assert plan_pools(units, response, rule, pools) == pools


@settings(max_examples=40)
@given(organisations(), RULES)
def test_a_forecast_counts_every_team_once(wave: tuple[UnitTree, dict[str, float]], rule: PoolRule) -> None:
    units, response = wave
    outlook = Outlook(units, response, plan_pools(units, response, rule))
    teams_n = sum(level == "team" for level in units.level.values())
    for each in (outlook, replace(outlook, pools=())):
        found = seen(each, rule.k, rule.k_res)
        assert found.own_row_n + found.pooled_n + found.higher_up_n == teams_n
        assert np.all(each.expected <= np.asarray(each.tree.eligible))


def test_the_simple_rule_makes_nearly_as_many_pools_as_the_best_way_to_split() -> None:
    chance = random.Random(7)
    rule, made, possible = rule_of(5, "monthly"), 0, 0
    for _ in range(150):
        share = chance.choice([0.5, 0.6, 0.7, 0.85])
        sizes = [chance.randint(1, round(6.5 / share)) for _ in range(chance.randint(2, 8))]
        units = UnitTree((Unit("d", None, "D", 0), *(Unit(f"t{at}", "d", f"T{at}", n) for at, n in enumerate(sizes))))
        response = {unit.unit_id: share for unit in units.units}
        small = [unit for unit in units.units[1:] if not stands_alone(unit, response, rule)]
        best = most_pools(small, response, rule)
        found = len(plan_pools(units, response, rule)) if best else 0
        assert best - 1 <= found <= best
        made, possible = made + found, possible + best
    assert made >= 0.95 * possible


def test_planning_never_reaches_an_answer() -> None:
    """Pools and forecasts are made without the modules that could read answers or confidential counts."""
    code = (
        "import sys, flows.pools, flows.forecast; "
        "print([name for name in sys.modules if name == 'duckdb' or name.startswith(('flows.aggregate', 'flows.score', "
        "'flows.collect', 'flows.validate', 'flows.steps', 'flows.workbench', 'flows.publish'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
