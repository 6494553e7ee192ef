"""The small history of a card on Home: placed by percentages, so that it fits a card of any width (LOOK section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from dashboards import words
from dashboards.series import Point, Series
from dashboards.theme import Tokens
from dashboards.waves import State


def history(series: Series, tokens: Tokens, alt_text: str) -> str:
    """The small history of a card as markup: 25 to 75 with its ticks, 0 to 100 as soon as a value leaves it."""
    low, high = window_of(series)
    ticks = "".join(
        f'<span style="top:{top_of(tick, low, high):.1f}%">{tick}</span>' for tick in (high, (low + high) // 2, low)
    )
    marks = "".join(_history_mark(point, series, low, high) for point in series.points)
    image = f'<img alt="{escape(alt_text, quote=True)}" src="{_history_lines(series, low, high, tokens)}">'
    first, last = (words.wave_name(series.points[place].wave_id) for place in (0, -1))
    ends, style = f"<span>{escape(last)}</span>", " q-one"
    if len(series.points) > 1:
        ends, style = f"<span>{escape(first)}</span>{ends}", ""
    return (
        f'<div class="q-history"><div class="q-ticks" aria-hidden="true">{ticks}</div>'
        f'<div class="q-plot">{image}{marks}</div><div class="q-ends{style}" aria-hidden="true">{ends}</div></div>'
    )


def window_of(series: Series) -> tuple[int, int]:
    """The scale of a small history: 25 to 75, 0 to 100 as soon as a value or a range leaves it."""
    values = [
        value
        for point in series.points
        for value in (point.figure.value, point.figure.low, point.figure.high)
        if value is not None
    ]
    return (25, 75) if all(25 <= value <= 75 for value in values) else (0, 100)


def top_of(value: float, low: int, high: int) -> float:
    """How far below the top of the plot a value stands, in percent of its height."""
    return 100 * (high - value) / (high - low)


def left_of(place: int, series: Series) -> float:
    """How far from the left a wave stands, in percent of the width."""
    return 3 + 94 * place / max(1, len(series.points) - 1) if len(series.points) > 1 else 50


def _history_mark(point: Point, series: Series, low: int, high: int) -> str:
    """Strip, bar and dot, or triangle of one wave, placed by percentages so that the card may have any width."""
    left = f"left:{left_of(point.place, series):.1f}%"
    figure = point.figure
    if figure.state is State.HIDDEN:
        width = 80 / max(2, len(series.points))
        return f'<span class="q-strip" style="{left};width:{width:.1f}%"></span>'
    if figure.value is None:
        return ""
    top = f"top:{top_of(figure.value, low, high):.1f}%"
    if figure.is_bound:
        sign = "△" if figure.state is State.AT_LEAST else "▽"
        return f'<span class="q-tri" style="{left};{top}" aria-hidden="true">{sign}</span>'
    kind = (" q-hollow" if point.is_low_response else "") + (" q-last" if point is series.last else "")
    bar = ""
    if figure.low is not None and figure.high is not None:
        bar_top, height = top_of(figure.high, low, high), 100 * (figure.high - figure.low) / (high - low)
        bar = f'<span class="q-bar" style="{left};top:{bar_top:.1f}%;height:{height:.1f}%"></span>'
    return f'{bar}<span class="q-dot{kind}" style="{left};{top}"></span>'


def _history_lines(series: Series, low: int, high: int, tokens: Tokens) -> str:
    """Grid and joining lines as an image that stretches with the card."""
    grid = "".join(
        f'<line x1="0" x2="100" y1="{y}" y2="{y}" stroke="{tokens.line}" vector-effect="non-scaling-stroke"/>'
        for y in (0.5, 50, 99.5)
    )
    lines = "".join(
        '<polyline fill="none" vector-effect="non-scaling-stroke" stroke-width="1.5" '
        f'stroke="{tokens.accent}" points="{_polyline(run, series, low, high)}"/>'
        for run in series.runs()
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="none">{grid}{lines}</svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"


def _polyline(run: Sequence[Point], series: Series, low: int, high: int) -> str:
    return " ".join(
        f"{left_of(point.place, series):.1f},{top_of(point.figure.value or 0, low, high):.1f}" for point in run
    )
