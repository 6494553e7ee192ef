"""The trend chart (LOOK section 5). Colours come from tokens, words from `words`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from dashboards import words
from dashboards.action_starts import Start
from dashboards.beside import Beside, beside_layers
from dashboards.chart_axes import LABEL_ROOM, WIDE, Rows, axis_x, axis_y, chart_of, readable, spec_of
from dashboards.language import say
from dashboards.levels import Level
from dashboards.series import Point, Series
from dashboards.theme import Tokens
from dashboards.waves import State

_LABEL_GAP = 5.5
_LABEL_LETTERS = 15
_LABEL_TOP = 97.0
_LOW = 25
_HEIGHT = 380
_FONT = "Public Sans, Segoe UI, system-ui, sans-serif"


def trend_chart(
    own: Series,
    parent: Series | None,
    organisation: Series | None,
    tokens: Tokens,
    levels: Sequence[Level] = (),
    starts: Sequence[Start] = (),
    beside: Sequence[Beside] = (),
) -> Any:
    """Single waves of one group with their ranges; parent dashed, organisation dotted, none through a hidden wave.

    `beside`: other groups in colours of their own, with line, dash and shape of dot as a second cue.
    """
    lines = [(organisation, [2, 3]), (parent, [7, 4])]
    layers: list[Any] = [_hidden_strip(own, tokens)]
    layers += [_line(series, dash, tokens.muted, own, tokens) for series, dash in lines if series is not None]
    layers += [
        _hidden_label(own, _is_low([own, parent, organisation, *(each.series for each in beside)]), tokens),
        *(layer for each in beside for layer in beside_layers(each, own, tokens)),
        *(_level(own, levels, tokens) if levels else [_line(own, [1, 0], tokens.accent, own, tokens)]),
        *_silence(own, tokens),
        *([] if levels else [_interval(own, tokens)]),
        _dots(own, tokens),
        _triangles(own, tokens),
        *_unusual(own, levels, tokens),
        *(_starts(own, starts, tokens) if starts else []),
        _bound_words(own, tokens),
        _composition(own, tokens),
        _composition_words(own, tokens),
        _direction_words(own, tokens),
        _end_labels(own, [each for each in (parent, organisation) if each is not None], beside, tokens),
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


@lru_cache(maxsize=128)
def trend_spec(
    language: str,  # noqa: ARG001 - part of the key, as words stand in the chart
    own: Series,
    parent: Series | None,
    organisation: Series | None,
    tokens: Tokens,
    levels: tuple[Level, ...],
    starts: tuple[Start, ...],
    beside: tuple[Beside, ...],
) -> dict[str, Any]:
    """`trend_chart` as the browser gets it, kept for a while: the same figures give the same chart."""
    return spec_of(trend_chart(own, parent, organisation, tokens, levels, starts, beside))


def _line(series: Series, dash: list[int], colour: str, own: Series, tokens: Tokens) -> Any:
    """One line for each stretch of neighbouring waves."""
    rows = [
        {"place": point.place, "value": point.figure.value, "run": number}
        for number, run in enumerate(series.runs())
        for point in run
    ]
    mark = chart_of(rows).mark_line(color=colour, strokeWidth=1.5, strokeDash=dash)
    return mark.encode(x=axis_x(own, tokens), y=axis_y("value", tokens), detail="run:N")


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
    band = chart_of(rows).mark_area(color=tokens.accent, opacity=0.18)
    line = chart_of(rows).mark_line(color=tokens.accent, strokeWidth=3)
    return [
        band.encode(x=axis_x(own, tokens), y=axis_y("low", tokens), y2="high:Q", detail="run:N"),
        line.encode(x=axis_x(own, tokens), y=axis_y("value", tokens), detail="run:N"),
    ]


def _unusual(own: Series, levels: Sequence[Level], tokens: Tokens) -> list[Any]:
    """A ring round a wave that lies far from what was expected, with its words above."""
    places = {level.place for level in levels if level.is_unusual}
    rows = [
        {"place": point.place, "value": point.figure.value, "above": (point.figure.value or 0) + 8}
        for point in own.points
        if point.place in places and point.has_dot
    ]
    ring = chart_of(rows).mark_point(size=320, filled=False, stroke=tokens.worse, strokeWidth=2, opacity=1)
    text = chart_of(rows).mark_text(fontSize=12, fontWeight=600, color=tokens.worse, text=say("unusual_label"))
    return [
        ring.encode(x=axis_x(own, tokens), y=axis_y("value", tokens)),
        text.encode(x=axis_x(own, tokens), y=axis_y("above", tokens)),
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
    mark = chart_of(rows).mark_rule(color=tokens.accent, strokeWidth=5, strokeCap="round")
    return mark.encode(
        x=axis_x(own, tokens),
        y=axis_y("low", tokens),
        y2="high:Q",
        opacity=alt.Opacity("opacity:Q", scale=None, legend=None),
    )


def _silence(own: Series, tokens: Tokens) -> list[Any]:
    """A pale, broad bar where the silence of some could move the figure (TRENDS 2)."""
    rows = [
        {"place": point.place, "low": point.silence[0], "high": point.silence[1]}
        for point in own.points
        if point.has_dot and point.silence is not None
    ]
    mark = chart_of(rows).mark_rule(color=tokens.accent, strokeWidth=11, opacity=0.14)
    return [mark.encode(x=axis_x(own, tokens), y=axis_y("low", tokens), y2="high:Q")] if rows else []


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
    mark = chart_of(rows).mark_point(size=45, filled=True, stroke=tokens.accent, strokeWidth=2, opacity=1)
    return mark.encode(
        x=axis_x(own, tokens), y=axis_y("value", tokens), fill=alt.Fill("fill:N", scale=None, legend=None)
    )


def _starts(own: Series, starts: Sequence[Start], tokens: Tokens) -> list[Any]:
    """A dashed rule with its title where an action began."""
    rules: Rows = [{"place": each.place} for each in starts]
    rows: Rows = [
        {"place": each.place, "value": 91 - 6 * (number % 4), "text": words.shortened(each.title, 28)}
        for number, each in enumerate(starts)
    ]
    is_late = f"datum.place > {len(own.points) * 0.6}"
    text = chart_of(rows).mark_text(
        fontSize=12,
        color=tokens.ink,
        align=alt.ExprRef(f"{is_late} ? 'right' : 'left'"),
        dx=alt.ExprRef(f"{is_late} ? -6 : 6"),
    )
    rule = chart_of(rules).mark_rule(color=tokens.ink, strokeDash=[4, 4], strokeWidth=1.5)
    return [
        rule.encode(x=axis_x(own, tokens)),
        text.encode(x=axis_x(own, tokens), y=axis_y("value", tokens), text="text:N"),
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
    mark = chart_of(rows).mark_point(
        size=130, filled=False, fill=tokens.card, stroke=tokens.accent, strokeWidth=2, opacity=1
    )
    return mark.encode(
        x=axis_x(own, tokens), y=axis_y("value", tokens), shape=alt.Shape("shape:N", scale=None, legend=None)
    )


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
    mark = chart_of(rows).mark_text(fontSize=13, color=tokens.ink)
    return mark.encode(x=axis_x(own, tokens), y=axis_y("value", tokens), text="text:N")


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
    mark = chart_of(_hidden(own)).mark_rect(color=tokens.muted, opacity=0.15)
    return mark.encode(x=axis_x(own, tokens), x2="end:Q", y=axis_y("bottom", tokens), y2="top:Q")


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
    mark = chart_of(rows).mark_text(
        fontSize=12,
        color=tokens.muted,
        lineHeight=15,
        text=alt.ExprRef(f"{is_roomy} ? {json.dumps(lines)} : {json.dumps(say('hidden_short'))}"),
        angle=alt.ExprRef(f"{is_roomy} ? 0 : 270"),
        align=alt.ExprRef(f"{is_roomy} ? 'center' : 'left'"),
        baseline=alt.ExprRef(f"{is_roomy} ? 'line-bottom' : 'middle'"),
        dy=alt.ExprRef(f"{is_roomy} ? -15 : 0"),
    )
    return mark.encode(x=axis_x(own, tokens), y=axis_y("value", tokens))


def _breaks(own: Series) -> Rows:
    return [
        {"place": point.place - 0.5, "value": 96, "text": say("new_teams", wave=words.wave_name(point.wave_id))}
        for point in own.points
        if point.is_new_composition
    ]


def _composition(own: Series, tokens: Tokens) -> Any:
    return chart_of(_breaks(own)).mark_rule(color=tokens.mark, strokeWidth=1).encode(x=axis_x(own, tokens))


def _composition_words(own: Series, tokens: Tokens) -> Any:
    is_late = f"datum.place > {len(own.points) * 0.6}"
    mark = chart_of(_breaks(own)).mark_text(
        fontSize=12,
        color=tokens.muted,
        align=alt.ExprRef(f"{is_late} ? 'right' : 'left'"),
        dx=alt.ExprRef(f"{is_late} ? -6 : 6"),
    )
    return mark.encode(x=axis_x(own, tokens), y=axis_y("value", tokens), text="text:N")


def _direction_words(own: Series, tokens: Tokens) -> Any:
    """The direction of the scale, inside at the left."""
    up, down = words.axis_words(own.measure.is_high_worse)
    rows: Rows = [{"place": -0.5, "value": 97, "text": f"↑ {up}"}, {"place": -0.5, "value": 3, "text": f"↓ {down}"}]
    chart = chart_of(rows).encode(x=axis_x(own, tokens), y=axis_y("value", tokens), text="text:N")
    return readable(chart, tokens, color=tokens.muted, fontSize=12, align="left", dx=4)


def _end_labels(own: Series, above: Sequence[Series], beside: Sequence[Beside], tokens: Tokens) -> Any:
    """Name and last value at the right, moved apart where they would touch; a key above stands in on narrow screens."""
    lines = [(own, tokens.accent), *((each.series, each.colour) for each in beside)]
    lines += [(series, tokens.muted) for series in above]
    found = [
        (float(point.figure.value or 0), series, point, colour) for series, colour in lines if (point := series.last)
    ]
    wanted = sorted(found, key=lambda each: (each[0], each[1] is own))
    heights = _apart([value for value, *_ in wanted])
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
            "colour": colour,
            "weight": 400 if colour == tokens.muted else 600,
        }
        for height, (_, series, point, colour) in zip(heights, wanted, strict=True)
    ]
    mark = chart_of(rows).mark_text(
        align="left", fontSize=13, dx=16, limit=LABEL_ROOM + 5, fontWeight=alt.ExprRef("datum.weight")
    )
    return mark.transform_filter(WIDE).encode(
        x=axis_x(own, tokens),
        y=axis_y("value", tokens),
        text="text:N",
        color=alt.Color("colour:N", scale=None, legend=None),
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
