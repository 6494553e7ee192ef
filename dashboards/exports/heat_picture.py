"""The heat map as a picture: the rows and columns that stand on the page, in their order, every state with its mark."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards import words
from dashboards.exports.drawing import HATCH, Element, canvas, lines_of, shape, width_of, write
from dashboards.exports.page_pictures import picture_foot
from dashboards.exports.pictures import WIDTH, Picture
from dashboards.heat_rows import Figures, Order, Row
from dashboards.heat_table import measure_columns
from dashboards.language import say, say_n
from dashboards.theme import LIGHT, ramp_step
from dashboards.waves import NO_FIGURE, Figure, Group, Measure, State, Wave

# A picture is for a slide or a letter; the whole table of a large service stands in the file of figures.
MOST_ROWS = 120
_NAME, _COLUMN, _GAP = 300, 74, 14
_CELL, _ROW, _DIVISION = 30, 34, 8
_STEPS = ("0–19", "20–39", "40–59", "60–79", "80+")
_LINE = 16

Columns = Sequence[Measure | None]


def heat_picture(
    wave: Wave, rows: Sequence[Row], measures: Sequence[Measure], figures: Figures, order: Order, order_words: str
) -> Picture:
    """Rows and measures as the page shows them; of very many rows the first, and how many more there are."""
    drawn, rest = rows[:MOST_ROWS], len(rows) - MOST_ROWS
    columns = measure_columns(measures)
    groups, asked = say_n("n_group", len(rows)), say_n("n_measure", len(measures))
    lead = say("heat_picture_lead", groups=groups, measures=asked, wave=words.wave_long_name(wave.wave_id))
    sorted_by = [order_words] if order.measure_id else []
    note = " ".join([lead, *sorted_by, say("ramp_note"), *([say_n("heat_picture_more", rest)] if rest > 0 else [])])
    return Picture(
        "heat_map", _drawing(wave, drawn, columns, figures, order), say("heat_title"), note, note, picture_foot(wave)
    )


def _drawing(wave: Wave, rows: Sequence[Row], columns: Columns, figures: Figures, order: Order) -> Element:
    """Legend, heads, and one row a group; its height follows from what names need."""
    wide = max(WIDTH, _NAME + sum(map(_width, columns)))
    sheet = canvas(wide, 0)
    top = _heads(sheet, _legend(sheet, wide), columns, order)
    for row in rows:
        top += _DIVISION if row.group.depth == 1 else 0
        top += _row(sheet, top, wave, row.group, columns, figures)
    sheet.set("height", f"{top + 12:g}")
    return sheet


def _width(column: Measure | None) -> int:
    return _GAP if column is None else _COLUMN


def _legend(sheet: Element, wide: float) -> float:
    """The ramp and every mark with its words, in as many lines as needed; returns where it ends."""
    x, y = 0.0, 0.0
    write(sheet, x, y + 17, say("low_strain"), 13)
    x += width_of(say("low_strain"), 13) + 8
    for shade, label in zip(LIGHT.ramp, _STEPS, strict=True):
        shape(sheet, "rect", x=x, y=y, width=46, height=24, fill=shade.fill)
        write(sheet, x + 23, y + 16, label, 12, fill=shade.text, text_anchor="middle")
        x += 46
    write(sheet, x + 8, y + 17, say("high_strain"), 13)
    x += width_of(say("high_strain"), 13) + 32
    marks = (
        (Figure(State.HIDDEN), say("hidden"), False),
        (NO_FIGURE, say("not_asked"), False),
        (Figure(State.AT_LEAST, 86), say("legend_bound"), False),
        (Figure(State.SHOWN, 57), say("legend_low"), True),
    )
    for figure, text, is_low in marks:
        if x + 60 + width_of(text, 13) > wide:
            x, y = 0.0, y + 32
        _cell(sheet, x, y - 3, 46, figure, is_high_worse=True, is_low=is_low)
        write(sheet, x + 54, y + 17, text, 13)
        x += 60 + width_of(text, 13) + 24
    for style, text in (("pooled", say("legend_pooled")), ("other", say("legend_other"))):
        if x + 14 + width_of(text, 13) > wide:
            x, y = 0.0, y + 32
        _edge(sheet, x, y + 2, 20, style)
        write(sheet, x + 12, y + 17, text, 13)
        x += 14 + width_of(text, 13) + 24
    return y + 44


def _heads(sheet: Element, top: float, columns: Columns, order: Order) -> float:
    """Over each side what a high number means, over each column its measure; returns where they end."""
    measures = [column for column in columns if column is not None]
    x, side_high = float(_NAME), 0
    for is_high_worse, text in ((True, say("strain_head")), (False, say("protection_head"))):
        wide = _COLUMN * sum(measure.is_high_worse == is_high_worse for measure in measures)
        if not wide:
            continue
        lines = lines_of(text, wide, 13)
        for place, line in enumerate(lines):
            write(sheet, x + 2, top + 12 + _LINE * place, line, 13, font_weight=600, fill=LIGHT.muted)
        side_high = max(side_high, _LINE * len(lines) + 8)
        x += wide + _GAP
    top += side_high
    names = [[] if column is None else _head_lines(column, order) for column in columns]
    bottom = top + _LINE * max(map(len, names), default=1)
    x = float(_NAME)
    for column, lines in zip(columns, names, strict=True):
        for place, line in enumerate(reversed(lines)):
            centre = x + (_COLUMN - 4) / 2
            write(sheet, centre, bottom - _LINE * place, line, 12, font_weight=600, text_anchor="middle")
        x += _width(column)
    write(sheet, 0, bottom, say("column_group"), 12, font_weight=600)
    return bottom + 10


def _head_lines(measure: Measure, order: Order) -> list[str]:
    lines = lines_of(words.narrow(measure.name), _COLUMN - 6, 12)
    if order.measure_id == measure.measure_id:
        lines.append("↓" if measure.is_high_worse != order.is_least_first else "↑")
    return lines


def _row(sheet: Element, top: float, wave: Wave, group: Group, columns: Columns, figures: Figures) -> float:
    """One group with its cells; returns its height."""
    left = 14.0 * min(group.depth, 3)
    name, note = _name(wave, group)
    is_marked = group.kind in ("pooled", "other")
    left += 12 if is_marked else 0
    room = _NAME - left - 12
    lines = [(line, 14, LIGHT.ink) for line in lines_of(name, room, 14)]
    lines += [(line, 12, LIGHT.muted) for line in lines_of(note, room, 12)]
    high = max(_ROW, _LINE * len(lines) + 8)
    if is_marked:
        _edge(sheet, left - 12, top + 4, high - 8, group.kind)
    weight = 400 if group.level == "team" or is_marked else 600
    base = top + (high - _LINE * len(lines)) / 2 + 12
    for place, (line, size, colour) in enumerate(lines):
        write(sheet, left, base + _LINE * place, line, size, fill=colour, font_weight=weight)
    _cells(sheet, top + (high - _ROW) / 2, wave, group, columns, figures)
    return float(high)


def _name(wave: Wave, group: Group) -> tuple[str, str]:
    """The name, and what stands below it."""
    if group.kind == "other":
        parent = wave.group(group.parent_id or "")
        return say("other_name"), say("rest_of", parent=parent.name) if parent else ""
    return group.name, words.pooled(len(group.member_unit_ids)) if group.kind == "pooled" else ""


def _cells(sheet: Element, top: float, wave: Wave, group: Group, columns: Columns, figures: Figures) -> None:
    """A cell for each measure; a row that is hidden as a whole is one, with where its answers count."""
    found = {each.measure_id: figures.get((group.group_id, each.measure_id), NO_FIGURE) for each in columns if each}
    if found and all(figure.state is State.HIDDEN for figure in found.values()):
        wide = sum(map(_width, columns)) - 4
        shape(sheet, "rect", x=_NAME, y=top + 2, width=wide, height=_CELL, rx=4, fill=HATCH)
        shown = wave.nearest_shown(group)
        lines = lines_of(words.counted_in(shown.name if shown else None), wide - 24, 13)
        text = lines[0] if len(lines) == 1 else f"{lines[0]} …"
        shape(sheet, "rect", x=_NAME + 8, y=top + 6, width=width_of(text, 13) + 12, height=22, rx=4, fill=LIGHT.card)
        write(sheet, _NAME + 14, top + 21, text, 13)
        return
    x = float(_NAME)
    for column in columns:
        if column is not None:
            figure = found[column.measure_id]
            if figure.state is not State.NO_DATA or group.kind != "other":
                _cell(sheet, x, top, _COLUMN - 4, figure, column.is_high_worse, group.is_low_response)
        x += _width(column)


def _cell(sheet: Element, x: float, top: float, wide: float, figure: Figure, is_high_worse: bool, is_low: bool) -> None:
    """Hatch, dash, frame, dots or plain fill; a hidden cell holds no digit."""
    box = {"x": x, "y": top + 2, "width": wide, "height": float(_CELL), "rx": 4.0}
    middle, base = x + wide / 2, top + 22
    if figure.state is State.HIDDEN:
        shape(sheet, "rect", **box, fill=HATCH)
        return
    if figure.value is None:
        write(sheet, middle, base, "–", 15, text_anchor="middle")
        return
    shade = LIGHT.ramp[ramp_step(figure.value, is_high_worse) - 1]
    inner = {"x": x + 1, "y": top + 3, "width": wide - 2, "height": float(_CELL - 2), "rx": 3.0}
    if figure.is_bound:
        shape(sheet, "rect", **inner, fill=shade.fill, stroke=LIGHT.ink, stroke_width=2)
        text = f"{words.BOUND_SIGNS[figure.state]}{figure.value}"
        write(sheet, middle, base, text, 15, fill=shade.text, text_anchor="middle", font_weight=700)
    elif is_low:
        shape(sheet, "rect", **inner, fill="none", stroke=LIGHT.mark, stroke_width=2, stroke_dasharray="2 3")
        write(sheet, middle, base, str(figure.value), 15, fill=LIGHT.muted, text_anchor="middle")
    else:
        shape(sheet, "rect", **box, fill=shade.fill)
        write(sheet, middle, base, str(figure.value), 15, fill=shade.text, text_anchor="middle")


def _edge(sheet: Element, x: float, top: float, high: float, kind: str) -> None:
    """The line beside a name: double for a pool, dotted for other teams."""
    dash = {} if kind == "pooled" else {"stroke_dasharray": "2 3"}
    for place in (1, 5) if kind == "pooled" else (2,):
        line = {"x1": x + place, "x2": x + place, "y1": top, "y2": top + high}
        shape(sheet, "line", **line, **dash, stroke=LIGHT.muted, stroke_width=1.5)
