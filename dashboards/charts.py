"""The trend chart (LOOK section 5). Colours come from tokens, words from `words`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import altair as alt

from dashboards import words
from dashboards.action_starts import Start
from dashboards.language import say
from dashboards.levels import Level
from dashboards.series import Point, Series
from dashboards.theme import Tokens
from dashboards.waves import State

_WIDE = "width > 460"
_LABEL_GAP = 5.5
_LABEL_ROOM = 150
_LABEL_LETTERS = 15
_LABEL_TOP = 97.0
_LOW = 25
_HEIGHT = 380
_FONT = "Public Sans, Segoe UI, system-ui, sans-serif"
Rows = list[dict[str, Any]]


def trend_chart(
    own: Series,
    parent: Series | None,
    organisation: Series | None,
    tokens: Tokens,
    levels: Sequence[Level] = (),
    starts: Sequence[Start] = (),
) -> Any:
    """Single waves of one group with their ranges; parent dashed, organisation dotted, none through a hidden wave."""
    lines = [(organisation, [2, 3]), (parent, [7, 4])]
    layers: list[Any] = [_hidden_strip(own, tokens)]
    layers += [_line(series, dash, tokens.muted, own, tokens) for series, dash in lines if series is not None]
    layers += [
        _hidden_label(own, _is_low([own, parent, organisation]), tokens),
        *(_level(own, levels, tokens) if levels else [_line(own, [1, 0], tokens.accent, own, tokens)]),
        *([] if levels else [_interval(own, tokens)]),
        _dots(own, tokens),
        _triangles(own, tokens),
        *_unusual(own, levels, tokens),
        *(_starts(own, starts, tokens) if starts else []),
        _bound_words(own, tokens),
        _composition(own, tokens),
        _composition_words(own, tokens),
        _direction_words(own, tokens),
        _end_labels([each for each in (own, parent, organisation) if each is not None], tokens),
    ]
    return (
        alt.layer(*layers)
        .properties(
            width="container",
            height=_HEIGHT,
            background="transparent",
            padding={"left": 4, "right": 4, "top": 8, "bottom": 4},
        )
        .configure(font=_FONT)
        .configure_view(strokeWidth=0)
        .configure_mark(aria=False)
    )


def _x(own: Series, tokens: Tokens) -> alt.X:
    """Waves at equal steps, with room for labels at the right on wide screens."""
    last = len(own.points) - 0.5
    names = [words.wave_name(point.wave_id) for point in own.points]
    labels = f"{json.dumps(names)}[datum.value]"
    room = f"{len(names)} * {_LABEL_ROOM} / (width - {_LABEL_ROOM})"
    scale = alt.Scale(
        domainMin=-0.5, domainMax=alt.ExprRef(f"{_WIDE} ? {last} + {room} : {last}"), nice=False, zero=False
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


def _y(field: str, tokens: Tokens) -> alt.Y:
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


def _chart(rows: Rows) -> Any:
    return alt.Chart(alt.InlineData(values=rows))


def _line(series: Series, dash: list[int], colour: str, own: Series, tokens: Tokens) -> Any:
    """One line for each stretch of neighbouring waves."""
    rows = [
        {"place": point.place, "value": point.figure.value, "run": number}
        for number, run in enumerate(series.runs())
        for point in run
    ]
    mark = _chart(rows).mark_line(color=colour, strokeWidth=1.5, strokeDash=dash)
    return mark.encode(x=_x(own, tokens), y=_y("value", tokens), detail="run:N")


def _level(own: Series, levels: Sequence[Level], tokens: Tokens) -> list[Any]:
    """The lasting level with its band; both break where other teams belong to the group, and pass a hidden wave."""
    breaks = [point.place for point in own.points if point.is_new_composition]
    rows = [
        {
            "place": level.place,
            "value": level.line,
            "low": level.low,
            "high": level.high,
            "run": sum(place <= level.place for place in breaks),
        }
        for level in levels
    ]
    band = _chart(rows).mark_area(color=tokens.accent, opacity=0.18)
    line = _chart(rows).mark_line(color=tokens.accent, strokeWidth=3)
    return [
        band.encode(x=_x(own, tokens), y=_y("low", tokens), y2="high:Q", detail="run:N"),
        line.encode(x=_x(own, tokens), y=_y("value", tokens), detail="run:N"),
    ]


def _unusual(own: Series, levels: Sequence[Level], tokens: Tokens) -> list[Any]:
    """A ring round a wave that lies far from what was expected, with its words above."""
    places = {level.place for level in levels if level.is_unusual}
    rows = [
        {"place": point.place, "value": point.figure.value, "above": (point.figure.value or 0) + 8}
        for point in own.points
        if point.place in places and point.has_dot
    ]
    ring = _chart(rows).mark_point(size=320, filled=False, stroke=tokens.worse, strokeWidth=2, opacity=1)
    text = _chart(rows).mark_text(fontSize=12, fontWeight=600, color=tokens.worse, text=say("unusual_label"))
    return [
        ring.encode(x=_x(own, tokens), y=_y("value", tokens)),
        text.encode(x=_x(own, tokens), y=_y("above", tokens)),
    ]


def _interval(own: Series, tokens: Tokens) -> Any:
    """The range of each wave as a bar; lighter where fewer than half answered."""
    rows = [
        {
            "place": point.place,
            "low": point.figure.low,
            "high": point.figure.high,
            "opacity": 0.22 if point.is_low_response else 0.42,
        }
        for point in own.points
        if point.has_dot and point.figure.low is not None
    ]
    mark = _chart(rows).mark_rule(color=tokens.accent, strokeWidth=5, strokeCap="round")
    return mark.encode(
        x=_x(own, tokens), y=_y("low", tokens), y2="high:Q", opacity=alt.Opacity("opacity:Q", scale=None, legend=None)
    )


def _dots(own: Series, tokens: Tokens) -> Any:
    """Filled for a published wave, hollow where fewer than half answered."""
    rows = [
        {
            "place": point.place,
            "value": point.figure.value,
            "fill": tokens.card if point.is_low_response else tokens.accent,
        }
        for point in own.points
        if point.has_dot
    ]
    mark = _chart(rows).mark_point(size=45, filled=True, stroke=tokens.accent, strokeWidth=2, opacity=1)
    return mark.encode(x=_x(own, tokens), y=_y("value", tokens), fill=alt.Fill("fill:N", scale=None, legend=None))


def _starts(own: Series, starts: Sequence[Start], tokens: Tokens) -> list[Any]:
    """A dashed rule with its title where an action began."""
    rules: Rows = [{"place": each.place} for each in starts]
    rows: Rows = [
        {"place": each.place, "value": 91 - 6 * (number % 4), "text": words.shortened(each.title, 28)}
        for number, each in enumerate(starts)
    ]
    is_late = f"datum.place > {len(own.points) * 0.6}"
    text = _chart(rows).mark_text(
        fontSize=12,
        color=tokens.ink,
        align=alt.ExprRef(f"{is_late} ? 'right' : 'left'"),
        dx=alt.ExprRef(f"{is_late} ? -6 : 6"),
    )
    rule = _chart(rules).mark_rule(color=tokens.ink, strokeDash=[4, 4], strokeWidth=1.5)
    return [
        rule.encode(x=_x(own, tokens)),
        text.encode(x=_x(own, tokens), y=_y("value", tokens), text="text:N"),
    ]


def _bounds(own: Series) -> list[Point]:
    return [point for point in own.points if point.figure.is_bound and point.figure.value is not None]


def _triangles(own: Series, tokens: Tokens) -> Any:
    """Open triangles at bounds, pointing to the side on which the figure lies."""
    rows = [
        {
            "place": point.place,
            "value": point.figure.value,
            "shape": "triangle-up" if point.figure.state is State.AT_LEAST else "triangle-down",
        }
        for point in _bounds(own)
    ]
    mark = _chart(rows).mark_point(
        size=130, filled=False, fill=tokens.card, stroke=tokens.accent, strokeWidth=2, opacity=1
    )
    return mark.encode(x=_x(own, tokens), y=_y("value", tokens), shape=alt.Shape("shape:N", scale=None, legend=None))


def _bound_words(own: Series, tokens: Tokens) -> Any:
    """at least 86, beside the triangle; the last one is told by the label at the end or the key."""
    rows = [
        {
            "place": point.place,
            "value": (point.figure.value or 0) + (-7 if point.figure.state is State.AT_LEAST else 7),
            "text": words.figure_words(point.figure.state, point.figure.value, None, None, own.measure.is_share),
        }
        for point in _bounds(own)
        if point is not own.last
    ]
    mark = _chart(rows).mark_text(fontSize=13, color=tokens.ink)
    return mark.encode(x=_x(own, tokens), y=_y("value", tokens), text="text:N")


def _hidden(own: Series) -> Rows:
    """One row for each stretch of neighbouring hidden waves."""
    rows: Rows = []
    for point in own.points:
        if point.figure.state is not State.HIDDEN:
            continue
        if rows and rows[-1]["end"] > point.place - 1:
            rows[-1]["end"] = point.place + 0.42
        else:
            rows.append({"place": point.place - 0.42, "end": point.place + 0.42, "top": 100, "bottom": 0})
    return rows


def _hidden_strip(own: Series, tokens: Tokens) -> Any:
    mark = _chart(_hidden(own)).mark_rect(color=tokens.muted, opacity=0.15)
    return mark.encode(x=_x(own, tokens), x2="end:Q", y=_y("bottom", tokens), y2="top:Q")


def _is_low(every: Sequence[Series | None]) -> bool:
    """Whether some line runs where words at the foot of the chart would stand."""
    points = [point for series in every if series is not None for point in series.points]
    return any(point.figure.value is not None and point.figure.value < _LOW for point in points)


def _hidden_label(own: Series, is_low: bool, tokens: Tokens) -> Any:
    """Words near the foot of the strip, near its head above low lines; turned where the strip is narrow."""
    foot = 80 if is_low else 9
    rows = [
        {"place": (row["place"] + row["end"]) / 2, "value": foot, "span": row["end"] - row["place"]}
        for row in _hidden(own)
    ]
    is_roomy = f"width / {max(1, len(own.points))} * datum.span > 90"
    lines = [say("hidden_first_line"), say("hidden_second_line")]
    mark = _chart(rows).mark_text(
        fontSize=12,
        color=tokens.muted,
        lineHeight=15,
        text=alt.ExprRef(f"{is_roomy} ? {json.dumps(lines)} : {json.dumps(say('hidden_short'))}"),
        angle=alt.ExprRef(f"{is_roomy} ? 0 : 270"),
        align=alt.ExprRef(f"{is_roomy} ? 'center' : 'left'"),
        baseline=alt.ExprRef(f"{is_roomy} ? 'line-bottom' : 'middle'"),
        dy=alt.ExprRef(f"{is_roomy} ? -15 : 0"),
    )
    return mark.encode(x=_x(own, tokens), y=_y("value", tokens))


def _breaks(own: Series) -> Rows:
    return [
        {"place": point.place - 0.5, "value": 96, "text": say("new_teams", wave=words.wave_name(point.wave_id))}
        for point in own.points
        if point.is_new_composition
    ]


def _composition(own: Series, tokens: Tokens) -> Any:
    return _chart(_breaks(own)).mark_rule(color=tokens.mark, strokeWidth=1).encode(x=_x(own, tokens))


def _composition_words(own: Series, tokens: Tokens) -> Any:
    is_late = f"datum.place > {len(own.points) * 0.6}"
    mark = _chart(_breaks(own)).mark_text(
        fontSize=12,
        color=tokens.muted,
        align=alt.ExprRef(f"{is_late} ? 'right' : 'left'"),
        dx=alt.ExprRef(f"{is_late} ? -6 : 6"),
    )
    return mark.encode(x=_x(own, tokens), y=_y("value", tokens), text="text:N")


def _direction_words(own: Series, tokens: Tokens) -> Any:
    """The direction of the scale, inside at the left."""
    up, down = words.axis_words(own.measure.is_high_worse)
    rows: Rows = [{"place": -0.5, "value": 97, "text": f"↑ {up}"}, {"place": -0.5, "value": 3, "text": f"↓ {down}"}]
    mark = _chart(rows).mark_text(fontSize=12, color=tokens.muted, align="left", dx=4)
    return mark.encode(x=_x(own, tokens), y=_y("value", tokens), text="text:N")


def _end_labels(every: Sequence[Series], tokens: Tokens) -> Any:
    """Name and last value at the right, moved apart where they would touch; a key above stands in on narrow screens."""
    own = every[0]
    ends = [(series, series.last) for series in every]
    found = [(float(point.figure.value or 0), series, point) for series, point in ends if point is not None]
    wanted = sorted(found, key=lambda each: (each[0], each[1] is own))
    heights = _apart([value for value, _, _ in wanted])
    rows: Rows = [
        {
            "place": len(own.points) - 1,
            "value": height,
            "text": words.end_label(
                words.shortened(series.name, _LABEL_LETTERS),
                point.figure.state,
                point.figure.value or 0,
                series.measure.is_share,
            ),
            "colour": tokens.accent if series is own else tokens.muted,
            "weight": 600 if series is own else 400,
        }
        for height, (_, series, point) in zip(heights, wanted, strict=True)
    ]
    mark = _chart(rows).mark_text(
        align="left", fontSize=13, dx=16, limit=_LABEL_ROOM + 5, fontWeight=alt.ExprRef("datum.weight")
    )
    return mark.transform_filter(_WIDE).encode(
        x=_x(own, tokens), y=_y("value", tokens), text="text:N", color=alt.Color("colour:N", scale=None, legend=None)
    )


def _apart(heights: Sequence[float]) -> list[float]:
    """Ascending heights moved up, then down from the top, until neighbours do not touch."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + _LABEL_GAP) if moved else height)
    ceiling = _LABEL_TOP
    for place in reversed(range(len(moved))):
        moved[place] = min(moved[place], ceiling)
        ceiling = moved[place] - _LABEL_GAP
    return moved
