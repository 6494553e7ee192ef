"""Axes of the trend chart, and how rows get into it."""

from __future__ import annotations

import json
from typing import Any

import altair as alt

from dashboards import words
from dashboards.series import Series
from dashboards.theme import Tokens

WIDE = "width > 460"
LABEL_ROOM = 150
Rows = list[dict[str, Any]]


def axis_x(own: Series, tokens: Tokens) -> alt.X:
    """Waves at equal steps, with room for labels at the right on wide screens."""
    last = len(own.points) - 0.5
    names = [words.wave_name(point.wave_id) for point in own.points]
    labels = f"{json.dumps(names)}[datum.value]"
    room = f"{len(names)} * {LABEL_ROOM} / (width - {LABEL_ROOM})"
    scale = alt.Scale(
        domainMin=-0.5, domainMax=alt.ExprRef(f"{WIDE} ? {last} + {room} : {last}"), nice=False, zero=False
    )
    axis = alt.Axis(
        values=list(range(len(names))),
        labelExpr=labels,
        labelOverlap="greedy",
        grid=False,
        title=None,
        labelFontSize=13,
        labelColor=tokens.muted,
        domainColor=tokens.mark,
        tickColor=tokens.mark,
        labelPadding=6,
    )
    return alt.X("place:Q", scale=scale, axis=axis)


def axis_y(field: str, tokens: Tokens) -> alt.Y:
    """The scale from 0 to 100."""
    axis = alt.Axis(
        values=[0, 25, 50, 75, 100],
        title=None,
        labelFontSize=13,
        labelColor=tokens.muted,
        gridColor=tokens.line,
        domain=False,
        ticks=False,
        labelPadding=8,
    )
    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=axis)


def chart_of(rows: Rows) -> Any:
    """A chart of rows that travel with it, as a tuple: lists are copied deeply each time that layers are joined."""
    return alt.Chart(alt.InlineData(values=tuple(rows)))


def spec_of(chart: Any) -> dict[str, Any]:
    """What the browser draws. Charts are held against the schema by tests, not again at every visit."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return spec


def readable(chart: Any, tokens: Tokens, **style: Any) -> Any:
    """Text marks with an edge in the colour of the card, so that a line behind them does not cross the letters."""
    edge = {**style, "color": tokens.card, "stroke": tokens.card, "strokeWidth": 4, "strokeJoin": "round"}
    return alt.layer(chart.mark_text(**edge), chart.mark_text(**style))
