"""Other groups beside the one that a trend is about: at most two, each with colour, dash and shape of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from dashboards.chart_axes import Rows, axis_x, axis_y, chart_of
from dashboards.levels import Level, levels_of
from dashboards.series import Series, build_series
from dashboards.theme import Tokens
from dashboards.waves import Group, Measure, State, Wave
from flows.trend.read import Derived

MOST_BESIDE = 2
STYLES = ("q-second", "q-third")
_DASHES = ((9, 4), (3, 3))
_SHAPES = ("square", "diamond")


@dataclass(frozen=True, slots=True)
class Beside:
    """One group beside another. `style`: its class in the key; dash and shape tell it apart without colour."""

    series: Series
    levels: tuple[Level, ...]
    colour: str
    dash: tuple[int, int]
    shape: str
    style: str


def placed_beside(
    waves: Sequence[Wave], derived: Derived | None, groups: Sequence[Group], measure: Measure, tokens: Tokens
) -> list[Beside]:
    """The groups in the order in which they were chosen, with their look."""
    colours = (tokens.second, tokens.third)
    return [
        Beside(
            build_series(waves, group, measure),
            levels_of(derived, waves, group.group_id, measure.measure_id),
            colours[place],
            _DASHES[place],
            _SHAPES[place],
            STYLES[place],
        )
        for place, group in enumerate(groups[:MOST_BESIDE])
    ]


def beside_layers(each: Beside, own: Series, tokens: Tokens) -> list[Any]:
    """Band and level where the trend engine gives them, else the joined waves; dots, bounds and unusual waves."""
    x, y = axis_x(own, tokens), axis_y("value", tokens)
    line = chart_of(_lines(each)).mark_line(color=each.colour, strokeWidth=2.5, strokeDash=list(each.dash))
    dots = chart_of(_dots(each, tokens)).mark_point(size=55, filled=True, stroke=each.colour, strokeWidth=2, opacity=1)
    bounds = chart_of(_bounds(each)).mark_point(
        size=130, filled=False, fill=tokens.card, stroke=each.colour, strokeWidth=2, opacity=1
    )
    rings = chart_of(_rings(each)).mark_point(size=320, filled=False, stroke=tokens.worse, strokeWidth=2, opacity=1)
    return [
        line.encode(x=x, y=y, detail="run:N"),
        dots.encode(
            x=x,
            y=y,
            fill=alt.Fill("fill:N", scale=None, legend=None),
            shape=alt.Shape("shape:N", scale=None, legend=None),
        ),
        bounds.encode(x=x, y=y, shape=alt.Shape("shape:N", scale=None, legend=None)),
        rings.encode(x=x, y=y),
    ]


def _lines(each: Beside) -> Rows:
    """A level passes a hidden wave and breaks at a new composition; joined waves break at both."""
    if each.levels:
        breaks = [point.place for point in each.series.points if point.is_new_composition]
        return [
            {"place": level.place, "value": level.line, "run": sum(place <= level.place for place in breaks)}
            for level in each.levels
        ]
    return [
        {"place": point.place, "value": point.figure.value, "run": number}
        for number, run in enumerate(each.series.runs())
        for point in run
    ]


def _dots(each: Beside, tokens: Tokens) -> Rows:
    return [
        {
            "place": point.place,
            "value": point.figure.value,
            "shape": each.shape,
            "fill": tokens.card if point.is_low_response else each.colour,
        }
        for point in each.series.points
        if point.has_dot
    ]


def _bounds(each: Beside) -> Rows:
    return [
        {
            "place": point.place,
            "value": point.figure.value,
            "shape": "triangle-up" if point.figure.state is State.AT_LEAST else "triangle-down",
        }
        for point in each.series.points
        if point.figure.is_bound and point.figure.value is not None
    ]


def _rings(each: Beside) -> Rows:
    unusual = {level.place for level in each.levels if level.is_unusual}
    return [
        {"place": point.place, "value": point.figure.value}
        for point in each.series.points
        if point.place in unusual and point.has_dot
    ]
