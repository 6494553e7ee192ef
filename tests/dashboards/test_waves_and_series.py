"""Figures, order and stretches as the pages need them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import theme
from dashboards.charts import _apart, trend_spec
from dashboards.selection import heat_groups, trend_groups
from dashboards.series import build_series
from dashboards.waves import State, Wave, build_wave, read_figure
from flows.publish.read import list_releases
from tests.release_builder import PUBLIC_KEY, bound_cell, hidden_cell, shown_cell, write_shelf

KEY = ("2026-11", "team", "bo1")


@pytest.fixture(scope="module")
def waves(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Wave]:
    """Seven waves of Northfield."""
    folder = tmp_path_factory.mktemp("waves")
    write_shelf(folder, has_trouble=False)
    return [build_wave(release) for release in list_releases(folder, PUBLIC_KEY).releases]


@given(bound=st.floats(50.1, 100), n=st.integers(5, 500))
def test_a_bound_above_the_middle_never_claims_more_than_was_released(bound: float, n: int) -> None:
    figure = read_figure(bound_cell(*KEY, bound, n), is_share=False)
    assert figure.state is State.AT_LEAST
    assert figure.value is not None
    assert bound - 1 <= figure.value <= bound


@given(bound=st.floats(0, 49.9), n=st.integers(5, 500))
def test_a_bound_below_the_middle_never_claims_more_than_was_released(bound: float, n: int) -> None:
    figure = read_figure(bound_cell(*KEY, bound, n), is_share=False)
    assert figure.state is State.AT_MOST
    assert figure.value is not None
    assert bound <= figure.value <= bound + 1


def test_a_bound_has_no_interval() -> None:
    figure = read_figure(bound_cell(*KEY, 86.0, 12), is_share=False)
    assert (figure.low, figure.high) == (None, None)


@pytest.mark.parametrize(("mean", "shown"), [(54.4, 54), (54.5, 55), (53.5, 54), (0.0, 0), (99.6, 100)])
def test_means_are_shown_in_the_nearest_whole_point_halves_up(mean: float, shown: int) -> None:
    assert read_figure(shown_cell(*KEY, mean, 20), is_share=False).value == shown


def test_a_hidden_row_gives_nothing_whatever_it_holds() -> None:
    row = {**hidden_cell(*KEY), "score_mean": 77.7, "respondents_n": 3, "at_risk_pct": 40.0}
    figure = read_figure(row, is_share=False)
    assert (figure.state, figure.value, figure.respondents_n, figure.at_risk_pct) == (State.HIDDEN, None, None, None)


def test_a_published_guarded_row_without_a_share_reads_as_hidden() -> None:
    assert read_figure(shown_cell(*KEY, None, 25), is_share=True).state is State.HIDDEN


def test_children_follow_their_parent_units_before_pools_before_other_teams(waves: Sequence[Wave]) -> None:
    names = [group.name for group in waves[-1].groups]
    start = names.index("Assertive outreach")
    assert names[start : start + 5] == [
        "Assertive outreach", "Team Alder", "Team Birch", "Team Cedar", "Larch and Linden",
    ]  # fmt: skip
    assert names[names.index("Acute wards") + 5] == "Other teams"


def test_strain_stands_before_protection_and_burnout_first(waves: Sequence[Wave]) -> None:
    measures = waves[-1].measures
    sides = [measure.is_high_worse for measure in measures]
    assert measures[0].measure_id == "bo1"
    assert sides == sorted(sides, reverse=True)


def test_the_nearest_shown_group_skips_hidden_ones(waves: Sequence[Wave]) -> None:
    august = waves[3]
    juniper = august.group("juniper")
    assert juniper is not None
    nearest = august.nearest_shown(juniper)
    assert nearest is not None
    assert nearest.name == "Inpatient"


def test_no_line_joins_waves_across_a_hidden_one(waves: Sequence[Wave]) -> None:
    wave = waves[-1]
    series = build_series(waves, wave.groups[wave.groups.index(wave.group("juniper") or wave.root)], wave.measures[0])
    assert [[point.place for point in run] for run in series.runs()] == [[0, 1, 2], [4, 5, 6]]


def test_below_70_percent_a_paler_bar_says_how_far_the_silent_could_move_the_figure(waves: Sequence[Wave]) -> None:
    """Lower edge 50 %: half of ten points each way; none drawn from 70 % on (TRENDS 2)."""
    wave = waves[-1]
    for group_id, reach in (("maple", 5), ("swift", 10), ("oak", None)):
        series = build_series(waves, wave.group(group_id) or wave.root, wave.measures[0])
        point = next(each for each in reversed(series.points) if each.has_dot)
        low, high = point.figure.low, point.figure.high
        assert low is not None
        assert high is not None
        silence = None if reach is None else (max(0, low - reach), min(100, high + reach))
        assert point.silence == silence
        spec = json.dumps(trend_spec("en", series, None, None, theme.LIGHT, (), (), ()))
        assert ('"strokeWidth": 11' in spec) == (reach is not None)


def test_changed_members_start_a_new_stretch(waves: Sequence[Wave]) -> None:
    wave = waves[-1]
    series = build_series(waves, wave.group("pool:larch") or wave.root, wave.measures[0])
    assert [[point.place for point in run] for run in series.runs()] == [[0, 1, 2, 3], [4, 5, 6]]


def test_a_unit_that_was_pooled_in_a_wave_names_its_pool(waves: Sequence[Wave]) -> None:
    wave = waves[-1]
    pooled = wave.group("pool:pine") or wave.root
    alone = type(pooled)(
        "pine", "rehab", "Ward Pine", "team", "unit", ("pine",), None, None, 3
    )  # as if the ward stood alone in a later wave
    assert build_series(waves, alone, wave.measures[0]).points[0].note == "part of Pine and Poplar"


def test_other_teams_cannot_be_opened_as_a_trend(waves: Sequence[Wave]) -> None:
    assert not [group_id for group_id in trend_groups(waves[-1]) if group_id.startswith("other:")]


def test_other_teams_stand_with_the_teams(waves: Sequence[Wave]) -> None:
    assert all(group.kind != "other" for group in heat_groups(waves[-1], "department"))


@pytest.mark.parametrize(
    ("score", "is_high_worse", "step"),
    [(0, True, 1), (19, True, 1), (20, True, 2), (80, True, 5), (100, True, 5), (100, False, 1), (12, False, 5)],
)
def test_the_ramp_has_five_steps_turned_to_strain(score: int, is_high_worse: bool, step: int) -> None:
    assert theme.ramp_step(score, is_high_worse) == step


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(first: str, second: str) -> float:
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("tokens", [theme.LIGHT, theme.DARK])
@pytest.mark.parametrize("name", ["ink", "muted", "accent", "worse", "better", "caution"])
def test_text_colours_reach_4_5_on_page_and_card(tokens: theme.Tokens, name: str) -> None:
    colour = getattr(tokens, name)
    assert min(_contrast(colour, tokens.page), _contrast(colour, tokens.card)) >= 4.5


@pytest.mark.parametrize("tokens", [theme.LIGHT, theme.DARK])
def test_numbers_reach_4_5_on_every_step_of_the_ramp(tokens: theme.Tokens) -> None:
    assert min(_contrast(shade.text, shade.fill) for shade in tokens.ramp) >= 4.5


@given(st.lists(st.floats(0, 100), min_size=1, max_size=3))
def test_end_labels_never_touch_nor_leave_the_chart(heights: list[float]) -> None:
    moved = _apart(sorted(heights))
    assert max(moved) <= 97
    assert all(above - below >= 5.49 for below, above in pairwise(moved))


def test_the_style_sheet_names_no_colour_of_its_own() -> None:
    rules = (Path(theme.__file__).parent / "quorum.css").read_text(encoding="utf-8")
    assert "#" not in "".join(line for line in rules.splitlines() if "color" in line or "background" in line)
