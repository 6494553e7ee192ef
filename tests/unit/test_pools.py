"""Pools: which small sibling teams are published together, on organisations small enough to see it."""

from __future__ import annotations

from flows.pools import Expected, PoolRule, expected_of, left_alone, plan_pools, pool_name, rule_of
from flows.protect.tree import Pool
from flows.units import Unit, UnitTree

STANDARD = PoolRule(k=5, k_res=6)
WEEKLY = rule_of(5, "weekly")


def organisation(**departments: dict[str, int]) -> UnitTree:
    """An organisation of departments with teams and their people."""
    units = [Unit("org", None, "Organisation", 0)]
    for department, teams in departments.items():
        units.append(Unit(department, "org", department, 0))
        units += [Unit(f"{department}-{name}", department, f"Team {name.title()}", n) for name, n in teams.items()]
    return UnitTree(tuple(sorted(units, key=lambda unit: unit.unit_id)))


def everyone(units: UnitTree, share: float = 0.6) -> dict[str, float]:
    """The same expected response for all."""
    return {unit.unit_id: share for unit in units.units}


def members(units: UnitTree, rule: PoolRule = STANDARD, share: float = 0.6) -> list[set[str]]:
    """Member ids of each pool."""
    return [set(pool.member_unit_ids) for pool in plan_pools(units, everyone(units, share), rule)]


def test_two_small_teams_become_one_pool_beside_a_team_that_stands_alone() -> None:
    units = organisation(a={"oak": 20, "ivy": 7, "fern": 8})
    assert members(units) == [{"a-fern", "a-ivy"}]


def test_a_team_that_is_expected_to_stand_alone_is_not_taken_to_fill_a_pool() -> None:
    assert members(organisation(a={"oak": 20, "ivy": 3})) == []


def test_small_teams_of_different_departments_are_never_pooled() -> None:
    assert members(organisation(a={"oak": 20, "ivy": 7}, b={"elm": 20, "fern": 8})) == []


def test_a_large_team_is_filled_up_with_the_smallest_that_suffices() -> None:
    units = organisation(a={"ash": 10, "bay": 9, "fig": 4, "yew": 5})
    assert members(units) == [{"a-ash", "a-fig"}, {"a-bay", "a-yew"}]


def test_a_team_that_is_left_over_joins_the_smallest_pool() -> None:
    units = organisation(a={"ash": 10, "bay": 9, "fig": 4, "yew": 5, "box": 2})
    assert members(units) == [{"a-ash", "a-box", "a-yew"}, {"a-bay", "a-fig"}]


def test_a_pool_without_a_margin_is_made_where_none_with_a_margin_is_possible() -> None:
    assert members(organisation(a={"oak": 20, "ivy": 5, "fern": 5})) == [{"a-fern", "a-ivy"}]


def test_small_teams_that_do_not_reach_the_threshold_together_stay_alone() -> None:
    units = organisation(a={"oak": 20, "ivy": 3, "fern": 3})
    assert members(units) == []
    alone = left_alone(units, everyone(units), STANDARD, ())
    assert [unit.unit_id for unit in alone] == ["a-fern", "a-ivy"]


def test_a_team_without_people_is_neither_pooled_nor_left_alone() -> None:
    units = organisation(a={"oak": 20, "ivy": 7, "fern": 8, "empty": 0})
    assert members(units) == [{"a-fern", "a-ivy"}]
    pools = plan_pools(units, everyone(units), STANDARD)
    assert left_alone(units, everyone(units), STANDARD, pools) == ()


def test_a_full_response_lets_a_team_of_five_stand_alone_in_a_monthly_rhythm() -> None:
    assert members(organisation(a={"oak": 5, "ivy": 5}), share=1.0) == []


def test_in_a_weekly_rhythm_teams_under_ten_heads_are_pooled_however_many_answer() -> None:
    assert members(organisation(a={"oak": 9, "ivy": 9, "elm": 10}), WEEKLY, share=1.0) == [{"a-ivy", "a-oak"}]


def test_in_a_weekly_rhythm_a_pool_has_ten_heads_itself() -> None:
    units = organisation(a={"oak": 4, "ivy": 4, "elm": 4, "ash": 20})
    assert members(units, WEEKLY, share=1.0) == [{"a-elm", "a-ivy", "a-oak"}]


def test_the_margin_is_one_standard_deviation() -> None:
    ten, eleven = (expected_of([Unit("t", "d", "T", n)], {"t": 0.6}) for n in (10, 11))
    assert not ten.reaches(5, STANDARD)
    assert eleven.reaches(5, STANDARD)
    assert ten.just_reaches(6, STANDARD)


def test_expectations_add_up() -> None:
    assert Expected(3, 1.5, 0.75) + Expected(4, 2.0, 1.0) == Expected(7, 3.5, 1.75)


def test_pools_that_are_fixed_stay_although_a_member_grew_and_others_join_none_of_them() -> None:
    kept = Pool("fern-ivy", "The garden", ("a-fern", "a-ivy"))
    units = organisation(a={"oak": 20, "ivy": 30, "fern": 8, "box": 6, "yew": 7})
    pools = plan_pools(units, everyone(units), STANDARD, [kept])
    assert kept in pools
    assert {pool.member_unit_ids for pool in pools} == {("a-fern", "a-ivy"), ("a-box", "a-yew")}


def test_a_fixed_pool_that_a_reorganisation_tore_apart_is_dissolved() -> None:
    kept = Pool("fern-ivy", "The garden", ("a-fern", "b-ivy"))
    units = organisation(a={"oak": 20, "fern": 8, "box": 6}, b={"ivy": 20})
    assert [pool.member_unit_ids for pool in plan_pools(units, everyone(units), STANDARD, [kept])] == [
        ("a-box", "a-fern")
    ]


def test_a_fixed_pool_with_a_team_that_is_gone_is_dissolved() -> None:
    kept = Pool("fern-ivy", "The garden", ("a-fern", "a-gone"))
    units = organisation(a={"oak": 20, "fern": 8})
    assert plan_pools(units, everyone(units), STANDARD, [kept]) == ()


def test_the_id_of_a_pool_follows_from_its_members_and_not_from_its_name() -> None:
    before = organisation(a={"ivy": 7, "fern": 8})
    renamed = UnitTree(tuple(Unit(u.unit_id, u.parent_id, f"New {u.unit_name}", u.eligible_n) for u in before.units))
    slugs = [plan_pools(units, everyone(units), STANDARD)[0].slug for units in (before, renamed)]
    assert slugs[0] == slugs[1]
    assert slugs[0].startswith("a-fern-a-ivy-")


def test_ids_that_read_alike_give_pools_of_their_own() -> None:
    units = UnitTree(
        tuple(
            sorted(
                [Unit("o", None, "O", 0), Unit("d", "o", "D", 0), Unit("e", "o", "E", 0)]
                + [Unit(i, "d", i, 8) for i in ("a b", "c")]
                + [Unit(i, "e", i, 8) for i in ("a.b", "C")],
                key=lambda unit: unit.unit_id,
            )
        )
    )
    pools = plan_pools(units, everyone(units), STANDARD)
    assert len({pool.slug for pool in pools}) == len(pools) == 2


def test_names_say_who_is_in_and_a_shared_word_once() -> None:
    assert pool_name(["Team Fern", "Team Ivy", "Team Oak"]) == "Team Fern, Ivy and Oak"
    assert pool_name(["Fern", "Ivy"]) == "Fern and Ivy"
    assert pool_name(["Ward", "Ward Ivy"]) == "Ward and Ward Ivy"


def test_long_lists_of_names_end_with_how_many_more() -> None:
    assert pool_name(["Fern", "Ivy", "Oak", "Yew", "Box"]) == "Fern, Ivy, Oak and 2 more"


def test_long_names_are_listed_only_as_far_as_they_can_be_read() -> None:
    long = "Community outreach for people in supported housing"
    assert pool_name([f"{long} north", f"{long} south", "Oak"]) == f"{long} north and 2 more"
