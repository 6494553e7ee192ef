"""The rotation keeps every rule in every rhythm; a set of questions that breaks one is refused by name."""

from __future__ import annotations

import itertools

import pytest

from surveys.battery import (
    MAX_ITEMS,
    MAX_SECONDS,
    BatteryError,
    battery_for,
    check_battery,
    check_recall,
    check_rotation,
    constructs_asked,
    missing_challenges,
    seconds_of,
)
from surveys.load import load_catalogue
from surveys.measure_file import SUPPORTS
from surveys.rotation import MODULES, PINNED, RHYTHM_DAYS, WAVES_A_QUARTER

RHYTHMS = tuple(WAVES_A_QUARTER)
CATALOGUE = load_catalogue()
BASE = (*PINNED, "cas1", "wlb1")


def two_years(rhythm: str, begin: int = 0) -> list[tuple[str, ...]]:
    return [battery_for(rhythm, begin + place).items for place in range(8 * WAVES_A_QUARTER[rhythm])]


def modules(rhythm: str, quarter: int) -> list[tuple[str, ...]]:
    size = WAVES_A_QUARTER[rhythm]
    return [battery_for(rhythm, quarter * size + place).modules for place in range(size)]


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_two_years_keep_every_rule_of_waves_windows_and_quarters(rhythm: str) -> None:
    check_rotation(two_years(rhythm), rhythm, CATALOGUE)


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_no_wave_is_longer_than_fifteen_questions_and_two_minutes(rhythm: str) -> None:
    for position in range(8 * WAVES_A_QUARTER[rhythm]):
        battery = battery_for(rhythm, position)
        assert len(battery.items) <= MAX_ITEMS
        assert battery.seconds == 20 + 7 * (len(battery.items) - 1) <= MAX_SECONDS


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_every_wave_begins_with_the_pinned_questions(rhythm: str) -> None:
    assert {items[:3] for items in two_years(rhythm)} == {PINNED}


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_mood_is_asked_at_least_14_days_apart(rhythm: str) -> None:
    days = [place * RHYTHM_DAYS[rhythm] for place, items in enumerate(two_years(rhythm)) if "phq_1" in items]
    assert min(later - earlier for earlier, later in itertools.pairwise(days)) >= 14


@pytest.mark.parametrize("rhythm", ["weekly", "fortnightly", "monthly"])
def test_a_year_asks_every_support(rhythm: str) -> None:
    asked = frozenset().union(
        *(constructs_asked(items, CATALOGUE) for items in two_years(rhythm)[: 4 * WAVES_A_QUARTER[rhythm]])
    )
    assert set(SUPPORTS) <= asked


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_a_quarter_may_begin_anywhere_and_still_covers_every_challenge(rhythm: str) -> None:
    waves = two_years(rhythm)
    size = WAVES_A_QUARTER[rhythm]
    assert {missing_challenges(waves[first : first + size], CATALOGUE) for first in range(len(waves) - size + 1)} == {
        ()
    }


def test_the_weekly_rhythm_asks_eight_modules_then_the_first_five_again() -> None:
    assert [m for (m,) in modules("weekly", 0)] == [*(f"M{n}" for n in range(1, 9)), *(f"M{n}" for n in range(1, 6))]


def test_the_fortnightly_rhythm_ends_its_quarters_with_m6_m7_and_m8_in_turn() -> None:
    assert [modules("fortnightly", quarter)[5] for quarter in range(4)] == [("M6",), ("M7",), ("M8",), ("M6",)]
    assert len(battery_for("fortnightly", 17).items) == 13


def test_the_monthly_rhythm_has_a_burnout_scale_every_second_quarter() -> None:
    thirds = [modules("monthly", quarter)[2] for quarter in range(4)]
    assert thirds == [("M5", "M6"), ("M8", "M5a"), ("M5", "M7"), ("M8", "M5a")]


def test_the_quarterly_rhythm_asks_the_fifteen_of_the_specification() -> None:
    assert battery_for("quarterly", 3).items == (
        "bo1", "st1", "ee1", "cf1", "vt1", "gad_1", "gad_2", "phq_1", "phq_2", "ip1", "lonely1", "phq_3", "sub1",
        "bnd1", "sup2",
    )  # fmt: skip


def test_paperwork_takes_the_seat_of_resources_but_is_never_asked_twice() -> None:
    swapped = [battery_for("fortnightly", place, core_swap="adm1").items for place in range(18)]
    assert all(items.count("adm1") == 1 for items in swapped[:17])
    assert "res1" in swapped[11] and "res1" not in swapped[0]
    check_rotation(swapped, "fortnightly", CATALOGUE)


@pytest.mark.parametrize(
    ("rhythm", "position", "swap"), [("daily", 0, None), ("weekly", -1, None), ("monthly", 0, "x")]
)
def test_a_rotation_that_does_not_exist_is_refused(rhythm: str, position: int, swap: str | None) -> None:
    with pytest.raises(BatteryError):
        battery_for(rhythm, position, core_swap=swap)


BROKEN: dict[str, tuple[tuple[str, ...], str]] = {
    "without bo1": (("st1", "ee1", "cas1"), "`bo1` must be asked"),
    "without st1 and ee1": (("bo1", "cas1"), "`st1`, `ee1` must be asked"),
    "item twice": ((*BASE, "cas1"), "`cas1` twice"),
    "unknown item": ((*BASE, "cas2"), "unknown item `cas2`"),
    "sixteen": ((*battery_for("monthly", 0).items, "net1"), "16 questions"),
    "half a pair": ((*BASE, "cf2"), "`cf2` would count in no measure"),
    "half a sum": ((*BASE, "gad_1"), "`gad_1` would count in no measure"),
    "half a scale": ((*BASE, "cbi_w2", "cbi_w3"), "would count in no measure"),
    "two instruments": ((*PINNED, *(f"phq_{n}" for n in range(1, 9))), "released in two instruments"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_is_named(case: str) -> None:
    items, said = BROKEN[case]
    with pytest.raises(BatteryError) as caught:
        check_battery(items, "monthly", CATALOGUE)
    assert said in caught.value.problem and caught.value.advice


@pytest.mark.parametrize("module", sorted(MODULES))
def test_each_module_may_join_the_pinned_questions(module: str) -> None:
    items = tuple(dict.fromkeys((*PINNED, *MODULES[module].items)))
    check_battery(items, "monthly", CATALOGUE)


def test_one_item_of_a_pair_stands_for_itself_only_without_the_other() -> None:
    check_battery((*BASE, "cf1"), "monthly", CATALOGUE)
    asked = {measure.id for measure in CATALOGUE.measures_asked(frozenset((*BASE, "cf1", "cf2")))}
    assert "cf" in asked and "cf1" not in asked


def test_a_question_may_come_back_when_its_window_has_passed_and_not_a_day_before() -> None:
    waves = [(*BASE, *MODULES["M1"].items)] * 2
    check_recall(waves, "weekly", CATALOGUE, [0, 14])
    with pytest.raises(BatteryError, match="comes back after 13 days, and asks about 14"):
        check_recall(waves, "weekly", CATALOGUE, [0, 13])


def test_four_week_questions_wait_four_weeks_except_in_a_weekly_rhythm() -> None:
    waves = [(*BASE, "cf1")] * 2
    check_recall(waves, "weekly", CATALOGUE)
    with pytest.raises(BatteryError, match="`cf1` comes back after 14 days, and asks about 28"):
        check_recall(waves, "fortnightly", CATALOGUE)


def test_a_quarter_that_leaves_a_challenge_out_is_refused() -> None:
    with pytest.raises(BatteryError, match=r"leaves out .*`sleep`"):
        check_rotation([BASE] * 3, "monthly", CATALOGUE)


def test_the_time_counts_twenty_seconds_for_burnout_and_seven_for_any_other() -> None:
    assert seconds_of(battery_for("monthly", 0).items) == 118
