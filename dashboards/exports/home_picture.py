"""The cards of Home as one picture: figure, range and small history of each measure of the whole organisation."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards import words
from dashboards.exports.drawing import HATCH, Element, canvas, lines_of, shape, write
from dashboards.exports.figure_parts import figure_parts
from dashboards.exports.page_pictures import picture_foot
from dashboards.exports.paper import Data
from dashboards.exports.pictures import WIDTH, Picture
from dashboards.figure_card import series_words
from dashboards.history import left_of, top_of, window_of
from dashboards.language import say
from dashboards.series import Point, Series, build_series
from dashboards.theme import LIGHT
from dashboards.waves import Measure, State, Wave
from flows.trend.read import Derived

_GAP = 24
_PANEL = (WIDTH - 2 * _GAP) / 3
_PLOT_TOP, _PLOT_HIGH = 116, 96
_LINE = 20
_TICKS = 30
_COLOURS = {"worse": LIGHT.worse, "better": LIGHT.better}


def home_picture(waves: Sequence[Wave], derived: Derived | None, measures: Sequence[Measure]) -> Picture:
    """A card beside the other, as Home shows them; `measures` are at most three."""
    wave = waves[-1]
    every = [build_series(waves, wave.root, measure) for measure in measures]
    told = [figure_parts(derived, wave, wave.root, measure) for measure in measures]
    below = [_lines(each) for each in told]
    high = _PLOT_TOP + _PLOT_HIGH + 44 + _LINE * max(map(len, below), default=0)
    drawing = canvas(max(1, len(every)) * (_PANEL + _GAP) - _GAP, high)
    for place, (series, said, lines) in enumerate(zip(every, told, below, strict=True)):
        panel = shape(drawing, "g", transform=f"translate({place * (_PANEL + _GAP):g} 0)")
        write(panel, 0, 20, series.measure.name, 16, font_weight=600)
        _figure(panel, said["big"], said["after"])
        _history(panel, series)
        for number, (text, weight, colour) in enumerate(lines):
            y = _PLOT_TOP + _PLOT_HIGH + 48 + _LINE * number
            write(panel, 0, y, text, 14, font_weight=weight, fill=colour)
    return Picture(
        name="home",
        chart=drawing,
        title=words.answered(wave.root.respondents_n, wave.root.response_band, words.wave_long_name(wave.wave_id)),
        note=say("chance"),
        alternative=" ".join(
            f"{series_words(series)} {said['said']}".strip() for series, said in zip(every, told, strict=True)
        ),
        foot=picture_foot(wave),
    )


def _lines(said: Data) -> list[tuple[str, int, str]]:
    """What stands below a history: the tag of its change, the sentence, who answered; with weight and colour."""
    tags = [(each["text"], 600, _COLOURS.get(each["kind"], LIGHT.ink)) for each in said["tags"][:1]]
    told = [(line, 400, LIGHT.ink) for line in lines_of(said["said"], _PANEL, 14)]
    notes = [(line, 400, LIGHT.muted) for note in said["notes"] for line in lines_of(note, _PANEL, 14)]
    return [*tags, *told, *notes]


def _figure(panel: Element, big: str, after: str) -> None:
    """The number with its range beside it; words alone where there is none."""
    left = 0.0
    if big:
        write(panel, 0, 72, big, 40, font_weight=600)
        left = 26.0 * len(big) + 12
    for number, line in enumerate(lines_of(after, _PANEL - left, 14)[:3]):
        write(panel, left, 56 + 18 * number, line, 14, fill=LIGHT.muted)


def _history(panel: Element, series: Series) -> None:
    """Ticks, grid, joining lines, and a mark a wave; the scale and the places are those of the page."""
    low, high = window_of(series)
    for tick in (high, (low + high) // 2, low):
        y = _y(tick, low, high)
        write(panel, _TICKS - 8, y + 4, str(tick), 12, fill=LIGHT.muted, text_anchor="end")
        shape(panel, "line", x1=_TICKS, x2=_PANEL, y1=y, y2=y, stroke=LIGHT.line)
    for run in series.runs():
        points = " ".join(f"{_x(point, series):.1f},{_y(point.figure.value or 0, low, high):.1f}" for point in run)
        shape(panel, "polyline", points=points, fill="none", stroke=LIGHT.accent, stroke_width=1.5)
    for point in series.points:
        _mark(panel, point, series, low, high)
    first, last = series.points[0], series.points[-1]
    ends = (
        [(last, "end", _PANEL), (first, "start", float(_TICKS))]
        if first is not last
        else [(last, "middle", _x(last, series))]
    )
    for point, anchor, x in ends:
        write(
            panel,
            x,
            _PLOT_TOP + _PLOT_HIGH + 20,
            words.wave_name(point.wave_id),
            12,
            fill=LIGHT.muted,
            text_anchor=anchor,
        )


def _x(point: Point, series: Series) -> float:
    return _TICKS + (_PANEL - _TICKS) * left_of(point.place, series) / 100


def _y(value: float, low: int, high: int) -> float:
    return _PLOT_TOP + _PLOT_HIGH * top_of(value, low, high) / 100


def _mark(panel: Element, point: Point, series: Series, low: int, high: int) -> None:
    """Strip, range and dot, or open triangle of one wave."""
    x, figure = _x(point, series), point.figure
    if figure.state is State.HIDDEN:
        wide = (_PANEL - _TICKS) * 0.8 / max(2, len(series.points))
        shape(panel, "rect", x=x - wide / 2, y=_PLOT_TOP, width=wide, height=_PLOT_HIGH, fill=HATCH)
        return
    if figure.value is None:
        return
    y = _y(figure.value, low, high)
    if figure.is_bound:
        up = 6 if figure.state is State.AT_LEAST else -6
        corners = f"{x - 6:g},{y + up:g} {x + 6:g},{y + up:g} {x:g},{y - up:g}"
        shape(panel, "polygon", points=corners, fill=LIGHT.card, stroke=LIGHT.accent, stroke_width=2)
        return
    if figure.low is not None and figure.high is not None:
        top, bottom = _y(figure.high, low, high), _y(figure.low, low, high)
        shape(panel, "line", x1=x, x2=x, y1=top, y2=bottom, stroke=LIGHT.accent, stroke_width=3, stroke_opacity=0.35)
    fill = LIGHT.card if point.is_low_response else LIGHT.accent
    radius = 5.5 if point is series.last else 3.5
    shape(panel, "circle", cx=x, cy=y, r=radius, fill=fill, stroke=LIGHT.accent, stroke_width=2)
