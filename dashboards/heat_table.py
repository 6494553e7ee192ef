"""The heat map as a real table: one row a group, one column a measure, every state with its mark and its words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboards import words
from dashboards.heat_rows import Figures, Order, Row
from dashboards.language import say, spoken
from dashboards.theme import ramp_step
from dashboards.waves import HIDDEN_FIGURE, NO_FIGURE, Figure, Group, Measure, State, Wave


def heat_table(
    wave: Wave, rows: Sequence[Row], measures: Sequence[Measure], figures: Figures, order: Order | None = None
) -> str:
    """Markup of the table in its frame. Names are escaped; hidden cells hold no digit."""
    body = "".join(_row(wave, row, measures, figures) for row in rows)
    label = say("heat_label", wave=words.wave_long_name(wave.wave_id))
    frame = f'<div class="q-frame" role="region" aria-label="{escape(label)}" tabindex="0">'
    return (
        f'<div class="q-heat" lang="{spoken()}">{frame}'
        f"<table>{_head(measures, order or Order())}<tbody>{body}</tbody></table></div></div>"
    )


def heat_figures(wave: Wave, groups: Sequence[Group]) -> Figures:
    """Figures of the rows; other teams without a figure are hidden where a sibling is, else nobody is left over."""
    wanted = {group.group_id for group in groups}
    parents = {group.parent_id for group in groups if group.kind == "other"}
    siblings = [group for parent_id in sorted(parents, key=str) for group in wave.below.get(parent_id, ())]
    figures = wave.figures(wanted | {group.group_id for group in siblings})
    for other in [group for group in siblings if group.kind == "other"]:
        below = [group.group_id for group in siblings if group.parent_id == other.parent_id]
        for measure in wave.measures:
            states = (figures.get((group_id, measure.measure_id), NO_FIGURE).state for group_id in below)
            if (other.group_id, measure.measure_id) not in figures and State.HIDDEN in states:
                figures[other.group_id, measure.measure_id] = HIDDEN_FIGURE
    return figures


def measure_columns(measures: Sequence[Measure]) -> list[Measure | None]:
    """Strain, then protection, with None for the gap between them."""
    strain = [measure for measure in measures if measure.is_high_worse]
    protection = [measure for measure in measures if not measure.is_high_worse]
    return [*strain, *([None] if strain and protection else []), *protection]


def _head(measures: Sequence[Measure], order: Order) -> str:
    """Two rows: the direction in words, then the measures, each a button that sorts by it."""
    strain_n = sum(measure.is_high_worse for measure in measures)
    sides = []
    if strain_n:
        sides.append(f'<th class="q-side" colspan="{strain_n}" scope="colgroup"><span>{say("strain_head")}</span></th>')
    if strain_n and strain_n < len(measures):
        sides.append('<td class="q-gap"></td>')
    if strain_n < len(measures):
        span = len(measures) - strain_n
        sides.append(f'<th class="q-side" colspan="{span}" scope="colgroup"><span>{say("protection_head")}</span></th>')
    names = "".join(
        '<td class="q-gap"></td>' if column is None else _column_head(column, order)
        for column in measure_columns(measures)
    )
    by_name = f'<button type="button" class="q-sort" data-act="sort:">{escape(say("column_group"))}</button>'
    group = f'<th scope="col">{by_name}</th>'
    return f'<thead><tr><td class="q-corner"></td>{"".join(sides)}</tr><tr>{group}{names}</tr></thead>'


def _column_head(measure: Measure, order: Order) -> str:
    """A head with its mark and its word for screen readers where the rows are sorted by it."""
    is_sorted = order.measure_id == measure.measure_id
    is_falling = measure.is_high_worse != order.is_least_first
    state = f' aria-sort="{"descending" if is_falling else "ascending"}"' if is_sorted else ""
    mark = f' <span aria-hidden="true">{"↓" if is_falling else "↑"}</span>' if is_sorted else ""
    act = escape(f"sort:{measure.measure_id}", quote=True)
    button = (
        f'<button type="button" class="q-sort" data-act="{act}">{escape(words.narrow(measure.name))}{mark}</button>'
    )
    return f'<th scope="col"{state}>{button}</th>'


def _row(wave: Wave, row: Row, measures: Sequence[Measure], figures: Figures) -> str:
    group = row.group
    columns = measure_columns(measures)
    space = (
        f'<tr class="q-space" aria-hidden="true"><td colspan="{len(columns) + 1}"></td></tr>'
        if group.depth == 1
        else ""
    )
    states = [figures.get((group.group_id, measure.measure_id), NO_FIGURE).state for measure in measures]
    if states and all(state is State.HIDDEN for state in states):
        shown = wave.nearest_shown(group)
        text = escape(words.counted_in(shown.name if shown else None))
        cells = f'<td class="q-hidden q-all" colspan="{len(columns)}"><span>{text}</span></td>'
    else:
        cells = "".join(
            '<td class="q-gap"></td>'
            if column is None
            else _cell(group, column, figures.get((group.group_id, column.measure_id), NO_FIGURE))
            for column in columns
        )
    return f"{space}<tr>{_row_head(wave, row)}{cells}</tr>"


def _fold(row: Row) -> str:
    """The button that shows or hides what lies below a group; room for one where there is none."""
    if row.is_open is None:
        return ""
    said = say("fold_close" if row.is_open else "fold_open", group=row.group.name)
    return (
        f'<button type="button" class="q-fold" data-act="{escape(f"fold:{row.group.group_id}", quote=True)}" '
        f'aria-expanded="{"true" if row.is_open else "false"}" aria-label="{escape(said, quote=True)}">'
        f'<span aria-hidden="true">{"−" if row.is_open else "+"}</span></button>'
    )


def _row_head(wave: Wave, row: Row) -> str:
    group = row.group
    name = escape(group.name)
    depth = f"q-d{min(group.depth, 3)}"
    if group.kind == "other":
        parent = wave.group(group.parent_id or "")
        note = f"<small>{escape(say('rest_of', parent=parent.name))}</small>" if parent else ""
        return f'<th scope="row" class="{depth}"><span class="q-other-mark">{say("other_name")}{note}</span></th>'
    address = escape(words.link("trend", group=group.group_id), quote=True)
    link = f'<a href="{address}" data-act="{escape(f"trend:{group.group_id}", quote=True)}" target="_self">{name}</a>'
    if group.kind == "pooled":
        note = f"<small>{escape(words.pooled(len(group.member_unit_ids)))}</small>"
        return f'<th scope="row" class="{depth}"><span class="q-pool-mark">{link}{note}</span></th>'
    inner = "" if group.level == "team" else " q-inner"
    return f'<th scope="row" class="{depth}{inner}">{link}{_fold(row)}</th>'


def _cell(group: Group, measure: Measure, figure: Figure) -> str:
    if figure.state is State.HIDDEN:
        return f'<td class="q-hidden"><span class="q-sr">{say("hidden")}</span></td>'
    if figure.value is None:
        if group.kind == "other":
            return f'<td><span class="q-sr">{say("nobody_left")}</span></td>'
        return f'<td><span aria-hidden="true">–</span><span class="q-sr">{say("not_asked")}</span></td>'
    step = f"q-r{ramp_step(figure.value, measure.is_high_worse)}"
    if figure.is_bound:
        sign = words.BOUND_SIGNS[figure.state]
        spoken = words.figure_words(figure.state, figure.value, None, None)
        text = f'<span aria-hidden="true">{sign}{figure.value}</span><span class="q-sr">{spoken}</span>'
        return f'<td class="{step} q-bound">{text}</td>'
    if group.is_low_response:
        return f'<td class="q-low">{figure.value}<span class="q-sr">{escape(say("heat_low_spoken"))}</span></td>'
    return f'<td class="{step}">{figure.value}</td>'
