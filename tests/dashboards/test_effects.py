"""What pages say of an action's effect, and when they say that nothing can be told (TRENDS 6)."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import streamlit as st

from dashboards.access import LOCAL_SCOPE
from dashboards.actions import Action
from dashboards.effects import effect_lines, with_groups_below
from dashboards.language import speaking
from dashboards.levels import season_note, year_ago_note
from dashboards.releases import Settings, load_shelf
from dashboards.waves import Wave, build_wave
from flows.publish.read import load_release
from flows.trend.read import Change
from tests.release_builder import (
    MEASURE_SPECS,
    PUBLIC_KEY,
    Draft,
    Unit,
    group_row,
    measure_rows,
    shown_cell,
    small_draft,
    write_release,
)

TEAMS = 30
ACTED = 6
MONTHS = range(3, 12)
START = date(2026, 7, 20)
ACTION = Action("Second nurse", START, START, "Office", "running", ("d0",), ("bo1",), action_id="a1", version=1)


def _units() -> tuple[Unit, ...]:
    """One department of six teams that got the action, one of 24 that did not."""
    teams = [
        Unit(f"t{place:02}", "d0" if place < ACTED else "d1", f"Team {place}", "team", 25) for place in range(TEAMS)
    ]
    departments = [Unit(f"d{place}", "org", f"Department {place}", "department", 300) for place in (0, 1)]
    return (Unit("org", None, "Org", "organisation", 750), *departments, *teams)


def _draft(month: int, rng: random.Random, shift: float) -> Draft:
    wave_id = f"2026-{month:02}"
    cells = []
    for unit in _units():
        is_after = month > START.month and unit.parent_id == "d0"
        mean = 50 + rng.gauss(0, 2) - (shift if is_after else 0)
        cells.append(shown_cell(wave_id, unit.group_id, "bo1", round(mean, 1), unit.respondents_n))
    groups = [group_row(wave_id, unit) for unit in _units()]
    return Draft(wave_id, f"{wave_id}-14", cells, groups, measure_rows(MEASURE_SPECS[:1]))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Nine waves in which six teams fell by 15 points after the action began."""
    st.cache_resource.clear()
    folder, rng = tmp_path_factory.mktemp("effects"), random.Random(7)
    for month in MONTHS:
        write_release(folder / "released", _draft(month, rng, 15))
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    yield Settings(folder / "released", folder / "release.pub", False)
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def waves(settings: Settings) -> tuple[Wave, ...]:
    return load_shelf(settings, LOCAL_SCOPE).waves


def test_an_effect_is_told_with_its_range_and_the_caution(settings: Settings, waves: tuple[Wave, ...]) -> None:
    told, caution = effect_lines(settings, waves, ACTION)
    assert told.startswith("After “Second nurse”, burnout was 1")
    assert "lower than expected from the past of these teams and from other teams" in told
    assert caution == "Teams were not chosen by lot; other things may have happened."


def test_an_effect_is_told_in_german(settings: Settings, waves: tuple[Wave, ...]) -> None:
    with speaking("de"):
        told, caution = effect_lines(settings, waves, ACTION)
    assert told.startswith("Nach „Second nurse“ lag Burnout um 1")
    assert "nicht ausgelost" in caution


@pytest.mark.parametrize(
    "starts_on", [date(2026, 3, 20), date(2026, 10, 20), date(2027, 1, 1)], ids=["2 before", "1 after", "to come"]
)
def test_before_enough_waves_it_is_too_early_to_say(
    settings: Settings, waves: tuple[Wave, ...], starts_on: date
) -> None:
    action = dataclasses.replace(ACTION, starts_on=starts_on, action_id=f"a{starts_on}")
    assert effect_lines(settings, waves, action) == ["Burnout: “Second nurse”: too early to say."]


def test_an_action_for_everybody_has_nobody_to_compare_with(settings: Settings, waves: tuple[Wave, ...]) -> None:
    lines = effect_lines(settings, waves, dataclasses.replace(ACTION, group_ids=(), action_id="all"))
    assert lines == [
        "No effect can be told: the action is for everybody, so there are no teams without it to compare with."
    ]


def test_with_fewer_than_20_groups_without_the_action_nothing_is_told(
    settings: Settings, waves: tuple[Wave, ...]
) -> None:
    lines = effect_lines(settings, waves, dataclasses.replace(ACTION, group_ids=("d1",), action_id="many"))
    assert lines == ["Burnout: “Second nurse”: too early to say."]


@pytest.mark.parametrize("change", [{"status": "planned"}, {"status": "dropped"}, {"measure_ids": ()}])
def test_an_action_that_did_not_begin_or_names_no_measure_has_no_effect_line(
    settings: Settings, waves: tuple[Wave, ...], change: dict[str, object]
) -> None:
    assert effect_lines(settings, waves, dataclasses.replace(ACTION, **change)) == []  # type: ignore[arg-type]


def test_waves_without_dates_tell_no_effect(settings: Settings, tmp_path: Path) -> None:
    wave = build_wave(load_release(write_release(tmp_path, small_draft()), PUBLIC_KEY))
    assert effect_lines(settings, (wave,), ACTION) == ["No effect can be told: the waves have no dates."]


def test_an_action_for_a_department_counts_for_each_of_its_teams(settings: Settings) -> None:
    release = load_release(settings.released_dir / "2026-11", PUBLIC_KEY)
    assert with_groups_below(release, ("d0",)) == ("d0", "t00", "t01", "t02", "t03", "t04", "t05")


def _change(label: str, since: str, wave_id: str) -> Change:
    return Change(wave_id, "org", "bo1", since, label, 6.0, 3.0, 9.0, 4.0, 0.99, False, "section 4")


def test_a_change_across_seasons_may_be_seasonal_until_the_season_was_seen_twice(waves: tuple[Wave, ...]) -> None:
    assert "May be seasonal" in season_note(_change("clear_rise", "2026-07", "2026-11"), waves)
    assert season_note(_change("no_clear_change", "2026-07", "2026-11"), waves) == ""
    assert season_note(_change("clear_rise", "2026-10", "2026-11"), waves) == ""
    a_year_ago = dataclasses.replace(
        waves[0],
        manifest=dataclasses.replace(waves[0].manifest, wave_id="2025-11", closes_on=date(2025, 11, 14)),
    )
    assert season_note(_change("clear_rise", "2026-07", "2026-11"), (a_year_ago, *waves[1:])) == ""


def test_the_same_season_a_year_ago_is_named_while_the_members_are_the_same(waves: tuple[Wave, ...]) -> None:
    last = waves[-1]
    group, measure = last.root, last.measures[0]
    assert year_ago_note(waves, group, measure) == ""
    a_year_ago = dataclasses.replace(
        waves[0],
        manifest=dataclasses.replace(waves[0].manifest, wave_id="2025-11", closes_on=date(2025, 11, 14)),
    )
    said = year_ago_note((a_year_ago, *waves[1:]), group, measure)
    figure = a_year_ago.figure(group.group_id, measure.measure_id)
    assert said.startswith("In the same season a year ago (")
    assert f": {figure.value}" in said
