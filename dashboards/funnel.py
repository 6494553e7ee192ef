"""Funnel of one measure and level (TRENDS 5): who differs from the organisation by more than chance, and no ranks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import altair as alt
import numpy as np
import numpy.typing as npt
import polars as pl

from dashboards import parts, words
from dashboards.chart_axes import chart_of, readable, spec_of
from dashboards.group_book import LOW_RESPONSE, Rows
from dashboards.language import digits, say, say_n, spoken
from dashboards.theme import Tokens
from dashboards.waves import Figure, Group, Measure, Wave
from flows.trend.read import Derived
from flows.trend.tables import Label
from flows.trend.words import phrase

_HEIGHT = 420
_STEPS = 40
_FONT = "Public Sans, Segoe UI, system-ui, sans-serif"
MOST_SPOTS = 500
MOST_DIFFERENT = 300
MOST_NAMED = 30
DIFFERS = (Label.DIFFERS_HIGHER, Label.DIFFERS_LOWER)


@dataclass(frozen=True, slots=True)
class Spot:
    """One group of the funnel; `label` is what the trend engine says of its difference, empty if nothing."""

    group: Group
    figure: Figure
    label: str

    @property
    def differs(self) -> bool:
        """Whether it clearly differs from the organisation."""
        return self.label in DIFFERS


@dataclass(frozen=True, slots=True)
class Funnel:
    """Units and pools of a level with an exact figure. `spots` are drawn, by name; the numbers count all of them.

    Up to MOST_SPOTS groups all are drawn; beyond, those that clearly differ and an even sample of the others.
    """

    spots: tuple[Spot, ...]
    all_n: int
    differs_n: int
    within_n: int
    unjudged_n: int

    @property
    def is_sample(self) -> bool:
        """Whether some groups are counted without being drawn."""
        return len(self.spots) < self.all_n


def funnel_of(wave: Wave, derived: Derived | None, level: str, measure: Measure) -> Funnel:
    """The funnel of one level and measure, from columns: a level may have a hundred thousand groups."""
    rows = wave.rows_at(level)
    rows = rows[wave.numbers.is_exact(rows, measure.measure_id)]
    labels = _labels(wave, derived, rows, measure)
    differs = np.isin(labels, [str(label) for label in DIFFERS])
    drawn = np.union1d(_thinned(rows[differs], MOST_DIFFERENT), _thinned(rows[~differs], MOST_SPOTS - MOST_DIFFERENT))
    if len(rows) <= MOST_SPOTS:
        drawn = rows
    label_of = dict(zip(rows.tolist(), labels.tolist(), strict=True)) if len(drawn) else {}
    found = [
        Spot(group, wave.figure(group.group_id, measure.measure_id), label_of[int(row)])
        for row in drawn
        if (group := wave.group(wave.book.ids[int(row)])) is not None
    ]
    found.sort(key=lambda spot: spot.group.name.casefold())
    within_n = int(((labels != "") & ~differs).sum())
    return Funnel(tuple(found), len(rows), int(differs.sum()), within_n, int((labels == "").sum()))


def _thinned(rows: Rows, most: int) -> Rows:
    """An even sample, so that no page grows with the organisation; the same at every visit."""
    step = max(1, -(-len(rows) // most))
    return rows[::step]


def _labels(wave: Wave, derived: Derived | None, rows: Rows, measure: Measure) -> npt.NDArray[np.str_]:
    """What the trend engine says of each row's difference; empty where it says nothing, or too few answered."""
    if derived is None:
        return np.full(len(rows), "")
    told = derived.labels("compare", measure.measure_id, wave.wave_id)
    asked = pl.DataFrame(
        {"group_id": wave.book.ids.gather(rows), "band": wave.book.table["response_band"].gather(rows)}
    )
    found = asked.join(told, on="group_id", how="left", maintain_order="left")
    is_low = (found["band"] == LOW_RESPONSE).fill_null(False).to_numpy()
    return np.where(is_low, "", found["label"].fill_null("").to_numpy().astype(str))


def funnel_chart(funnel: Funnel, centre: int, phi: float, measure: Measure, tokens: Tokens) -> Any:
    """Average in ink, limits of 95 % dashed and 99.8 % solid, clear differences as diamonds with their names."""
    every = funnel.spots
    counts = [spot.figure.respondents_n or 0 for spot in every]
    low, high = min(counts), max(counts)
    low, high = max(1, int(low * 0.9)), int(high * 1.08) + 1
    sizes = [low + (high - low) * step / _STEPS for step in range(_STEPS + 1)]
    layers: list[Any] = []
    for z, dash in ((1.96, [5, 4]), (3.09, [1, 0])):
        for sign in (-1, 1):
            spread = [(n, centre + sign * z * math.sqrt(phi * centre * (100 - centre) / n)) for n in sizes]
            rows = [{"n": n, "value": min(100.0, max(0.0, value))} for n, value in spread]
            mark = chart_of(rows).mark_line(color=tokens.mark, strokeWidth=1, strokeDash=dash)
            layers.append(mark.encode(x=_x(low, high, tokens), y=_y(tokens)))
    average = chart_of([{"value": centre}]).mark_rule(color=tokens.ink, strokeWidth=1.5)
    layers += [average.encode(y=_y(tokens)), _points(every, measure, tokens, low, high)]
    layers += [_names(named(every), tokens, low, high), _direction(measure, tokens, low, high)]
    chart = alt.layer(*layers).properties(width="container", height=_HEIGHT, background="transparent")
    return chart.configure(font=_FONT).configure_view(strokeWidth=0)


@lru_cache(maxsize=64)
def funnel_spec(
    language: str,  # noqa: ARG001 - part of the key, as words stand in the chart
    funnel: Funnel,
    centre: int,
    phi: float,
    measure: Measure,
    tokens: Tokens,
) -> dict[str, Any]:
    """`funnel_chart` as the browser gets it, kept for a while: the same figures give the same chart."""
    return spec_of(funnel_chart(funnel, centre, phi, measure, tokens))


def _x(low: int, high: int, tokens: Tokens) -> alt.X:
    axis = alt.Axis(
        title=say("funnel_axis"), grid=False, labelFontSize=13, labelColor=tokens.muted,
        titleColor=tokens.muted, titleFontWeight=400, titleFontSize=13, domainColor=tokens.mark, tickCount=5,
        tickColor=tokens.mark, format="d",
    )  # fmt: skip
    return alt.X("n:Q", scale=alt.Scale(domain=[low, high], nice=False, zero=False), axis=axis)


def _y(tokens: Tokens) -> alt.Y:
    axis = alt.Axis(
        values=[0, 25, 50, 75, 100], title=None, labelFontSize=13, labelColor=tokens.muted, gridColor=tokens.line,
        domain=False, ticks=False, labelPadding=8,
    )  # fmt: skip
    return alt.Y("value:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=axis)


def is_worse(spot: Spot, measure: Measure) -> bool:
    """Whether a clear difference is one for the worse."""
    return (spot.label == Label.DIFFERS_HIGHER) == measure.is_high_worse


def _points(every: Sequence[Spot], measure: Measure, tokens: Tokens, low: int, high: int) -> Any:
    rows = []
    for spot in every:
        colour = tokens.mark if not spot.differs else (tokens.worse if is_worse(spot, measure) else tokens.better)
        hollow = spot.group.is_low_response
        rows.append(
            {
                "n": spot.figure.respondents_n,
                "value": spot.figure.value,
                "shape": "diamond" if spot.differs else "circle",
                "colour": colour,
                "fill": tokens.card if hollow else colour,
            }
        )
    mark = chart_of(rows).mark_point(size=70, filled=True, opacity=1, strokeWidth=1.5)
    return mark.encode(
        x=_x(low, high, tokens),
        y=_y(tokens),
        shape=alt.Shape("shape:N", scale=None, legend=None),
        fill=alt.Fill("fill:N", scale=None, legend=None),
        stroke=alt.Stroke("colour:N", scale=None, legend=None),
    )


def _names(every: Sequence[Spot], tokens: Tokens, low: int, high: int) -> Any:
    rows = [
        {
            "n": spot.figure.respondents_n,
            "value": spot.figure.value,
            "text": f"{words.shortened(spot.group.name, 24)} {spot.figure.value}",
            "align": "right" if (spot.figure.respondents_n or 0) > (low + high) / 2 else "left",
        }
        for spot in every
    ]
    layers = []
    for side, dx in (("left", 10), ("right", -10)):
        here = [row for row in rows if row["align"] == side]
        chart = chart_of(here)
        placed = chart.encode(x=_x(low, high, tokens), y=_y(tokens), text="text:N")
        style = {"align": side, "dx": dx, "fontSize": 13, "fontWeight": 600, "color": tokens.ink}
        layers.append(readable(placed, tokens, **style, opacity=alt.ExprRef("width > 460 ? 1 : 0")))
    return alt.layer(*layers)


def _direction(measure: Measure, tokens: Tokens, low: int, high: int) -> Any:
    up, down = words.axis_words(measure.is_high_worse)
    rows = [{"n": low, "value": 97, "text": f"↑ {up}"}, {"n": low, "value": 3, "text": f"↓ {down}"}]
    chart = chart_of(rows).encode(x=_x(low, high, tokens), y=_y(tokens), text="text:N")
    return readable(chart, tokens, color=tokens.muted, fontSize=12, align="left", dx=6)


def named(every: Sequence[Spot]) -> list[Spot]:
    """The groups whose names stand in the chart: those that clearly differ, as long as there is room for names."""
    different = [spot for spot in every if spot.differs]
    return different if len(different) <= MOST_NAMED else []


def funnel_words(funnel: Funnel, centre: int, measure: Measure, level: str) -> str:
    """The text alternative: what lies in the chart, and the groups that clearly differ."""
    differing = [f"{spot.group.name} {spot.figure.value}" for spot in named(funnel.spots)]
    differ = say("funnel_differ", groups=words.listing(differing)) if differing else say("funnel_none")
    if funnel.differs_n > len(differing):
        differ = say_n("funnel_differ_n", funnel.differs_n)
    said = say(
        "funnel_words",
        measure=measure.name,
        n=digits(funnel.all_n),
        level=words.levels_counted(level, funnel.all_n),
        centre=centre,
        direction=words.direction(measure.is_high_worse),
        differ=differ,
    )
    return f"{said} {sample_note(funnel)}".strip()


def sample_note(funnel: Funnel) -> str:
    """What is said where not all groups are drawn; empty where they are."""
    if not funnel.is_sample:
        return ""
    return say("funnel_sample", drawn=digits(len(funnel.spots)), n=digits(funnel.all_n))


def numbers(every: Sequence[Spot], measure: Measure) -> str:
    """The same as a table, by name and without a rank."""
    head = "".join(
        f'<th scope="col">{escape(name)}</th>'
        for name in (say("column_group"), measure.name, say("column_answers"), say("column_compared"))
    )
    rows = []
    for spot in every:
        figure = spot.figure
        text = figure_of(spot)
        row = (text, str(figure.respondents_n), said(spot, measure))
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row)
        rows.append(f'<tr><th scope="row">{escape(spot.group.name)}</th>{cells}</tr>')
    return (
        f'<div class="q-scroll" role="region" aria-label="{escape(say("show_numbers"))}" tabindex="0">'
        f'<table class="q-numbers"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def figure_of(spot: Spot) -> str:
    """The figure with its range."""
    return words.figure_words(spot.figure.state, spot.figure.value, spot.figure.low, spot.figure.high)


def said(spot: Spot, measure: Measure) -> str:
    """The difference of one group in a few words."""
    if spot.group.is_low_response:
        return say("said_low")
    if spot.differs:
        return say("said_worse" if is_worse(spot, measure) else "said_better")
    return say("said_none" if spot.label else "said_not")


def difference_cards(funnel: Funnel, measure: Measure, differs_at_all: bool | None = None) -> str:
    """Who clearly differs, and how many do not."""
    clear = [spot for spot in funnel.spots if spot.differs]
    lines = "".join(_difference(spot, measure) for spot in clear[:MOST_NAMED])
    if lines and funnel.differs_n > MOST_NAMED:
        lines += parts.paragraph(say_n("differs_more", funnel.differs_n - min(MOST_NAMED, len(clear))), "q-small")
    body = [parts.paragraph(say_n("within_chance", funnel.within_n))]
    if differs_at_all is False:
        body.append(parts.paragraph(phrase("no_differences", spoken())))
    body.append(parts.paragraph(say("no_ranks")))
    if funnel.unjudged_n:
        body.append(parts.paragraph(say_n("unjudged", funnel.unjudged_n), "q-small"))
    first = parts.card(say("differs_title"), lines or parts.paragraph(say("differs_nobody")))
    return parts.grid([first, parts.card(say("no_difference_title"), *body)], "2")


def _difference(spot: Spot, measure: Measure) -> str:
    style = "q-worse" if is_worse(spot, measure) else "q-better"
    return (
        f'<div class="q-line"><div>{escape(spot.group.name)}<p>{escape(figure_of(spot))}</p></div>'
        f'<div><span class="q-tag {style}">{escape(difference_tag(spot, measure))}</span></div></div>'
    )


def difference_tag(spot: Spot, measure: Measure) -> str:
    """The way a group differs."""
    up, down = words.axis_words(measure.is_high_worse)
    return f"▲ {up}" if spot.label == Label.DIFFERS_HIGHER else f"▼ {down}"
