"""Pages beside very many groups: what a page lists or draws stays bounded, and it says what it left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.access import LOCAL_SCOPE, Scope
from dashboards.funnel import MOST_SPOTS, funnel_of
from dashboards.heat_rows import part_of, visible_rows
from dashboards.releases import Settings, load_shelf
from dashboards.selection import MOST_FOUND, PART_ROWS, rows_down_to, start_level, table_levels
from dashboards.waves import State, Wave
from flows.trend.write import write_derived
from tests.benchmarks.release_maker import Country
from tests.benchmarks.wave_maker import NATIONAL
from tests.dashboards.drawn_page import markup, page
from tests.release_builder import PUBLIC_KEY

TEAMS = 6_000


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four waves of 6,000 teams in 300 departments, with derived files."""
    folder = tmp_path_factory.mktemp("country")
    made = Country(replace(NATIONAL, teams_n=TEAMS, departments_n=300), 3)
    for _ in range(4):
        made.release(folder / "released")
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    write_derived(folder / "derived", folder / "released", PUBLIC_KEY)
    return folder


@pytest.fixture(scope="module")
def wave(country: Path) -> Wave:
    """The last wave as leadership sees it."""
    wave = load_shelf(Settings(country / "released", country / "release.pub", is_demo=False), LOCAL_SCOPE).latest
    assert wave is not None
    return wave


@pytest.mark.parametrize("name", ["home", "heat_map", "trend", "compare", "team", "participation", "actions"])
def test_a_page_stays_small_and_lists_few_groups(country: Path, name: str) -> None:
    test = page(name, country)
    assert not test.exception and 'role="alert"' not in markup(test)
    assert len(markup(test)) < 2_000_000
    for box in (*test.selectbox, *test.multiselect):
        assert len(box.options) <= 3 * MOST_FOUND


def test_a_group_is_found_by_its_name_and_that_of_the_group_above(country: Path, wave: Wave) -> None:
    team = next(group for group in wave.units if group.level == "team" and group.group_id.endswith("4321"))
    parent = wave.group(team.parent_id or "")
    assert parent is not None
    rows = wave.rows_named(f"{team.name.upper()} {parent.name}")
    assert wave.book.group(int(rows[0])) == team
    test = page("team", country)
    test.text_input(key="q-find-team").set_value(team.name).run()
    assert any(team.name in option for option in test.selectbox(key="q-group").options)
    test.selectbox(key="q-group").select(team.group_id).run()
    assert f"<h1>{team.name}</h1>" in markup(test)
    test.text_input(key="q-find-team").set_value("no group is called so").run()
    assert "No group of that name" in test.caption[0].value and not test.exception


def test_a_search_finds_nothing_outside_a_scope(country: Path, wave: Wave) -> None:
    team = next(group for group in wave.units if group.level == "team")
    settings = Settings(country / "released", country / "release.pub", is_demo=False)
    own = load_shelf(settings, Scope("viewer", frozenset({team.group_id}))).latest
    assert own is not None
    other = next(group for group in wave.units if group.level == "team" and group != team)
    assert other.group_id in {wave.book.ids[int(row)] for row in wave.rows_named(other.name)}
    seen = {group.group_id for group in own.groups}
    assert {own.book.ids[int(row)] for row in own.rows_named("")} == seen
    assert other.group_id not in seen


def test_a_funnel_draws_a_sample_and_counts_all(wave: Wave) -> None:
    measure = wave.measures[0]
    funnel = funnel_of(wave, None, "team", measure)
    exact = [
        group
        for group in wave.units
        if group.level == "team" and wave.figure(group.group_id, measure.measure_id).state is State.SHOWN
    ]
    assert funnel.all_n == len(exact) > MOST_SPOTS >= len(funnel.spots)
    assert funnel.is_sample and funnel.differs_n + funnel.within_n + funnel.unjudged_n == funnel.all_n
    assert not funnel_of(wave, None, "division", measure).is_sample


def test_the_heat_map_opens_level_by_level_in_parts(wave: Wave) -> None:
    assert table_levels(wave) == ["division", "department"] and start_level(wave) == "division"
    rows = visible_rows(wave, "department", ())
    assert len(rows) == rows_down_to(wave, "department") > PART_ROWS
    part = part_of(wave, rows, PART_ROWS, PART_ROWS)
    assert part[0].group == wave.root and len(part) <= PART_ROWS + 3
    first = part[-1].group
    assert {group.group_id for group in wave.path(first)} <= {row.group.group_id for row in part}
    opened = next(row.group for row in rows if row.group.level == "department")
    assert len(visible_rows(wave, "department", [opened.group_id])) == len(rows) + len(wave.below[opened.group_id])
