"""Heat map: groups and measures of the last wave, all states marked; folded, opened and sorted by click or Enter."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import parts, words
from dashboards.exports.heat_picture import heat_picture
from dashboards.exports.page_rows import heat_rows
from dashboards.exports.take_along import take_along
from dashboards.frame import View
from dashboards.heat_link import linked_table
from dashboards.heat_rows import Order, Row, parse_order, part_of, sorted_rows, visible_rows
from dashboards.heat_table import heat_figures, heat_table
from dashboards.language import digits, say, spoken
from dashboards.selection import (
    PART_ROWS,
    address_choice,
    address_groups,
    address_select,
    heat_levels,
    heat_measures,
    start_level,
    table_levels,
)
from dashboards.waves import Wave

_SIDES = ("all", "strain", "protection")
_LEVEL_BEFORE = "q-heat-level-before"


def content(view: View) -> None:
    """Lay out the page; all choices are kept in the address."""
    wave = view.wave
    head = st.empty()
    with st.container(horizontal=True, gap="large", key="q-controls"):
        sides = {key: f"{say(f'measures_{key}')} ({len(heat_measures(wave, key))})" for key in _SIDES}
        side = address_choice(say("ask_measures"), sides, "measures", "all")
        levels = {each: say(f"level_choice_{each}") for each in table_levels(wave)}
        level = address_choice(say("ask_down_to"), levels, "level", start_level(wave))
    if st.session_state.get(_LEVEL_BEFORE, level) != level:
        st.query_params.pop("fold", None)
    st.session_state[_LEVEL_BEFORE] = level
    measures = heat_measures(wave, side)
    by_id = {measure.measure_id: measure for measure in measures}
    folds = address_groups(wave, "fold")
    order = parse_order(st.query_params.get("sort", ""), by_id)
    rows = visible_rows(wave, level, folds)
    if order.measure_id:
        values = wave.figures_of([row.group.group_id for row in rows], order.measure_id)
        rows = sorted_rows(rows, values, order, by_id[order.measure_id].is_high_worse)
    lead = words.heat_lead(len(rows), len(measures), words.wave_long_name(wave.wave_id))
    head.html(parts.page(parts.head(words.wave_kicker(wave.wave_id), say("heat_title"), lead)))
    st.html(parts.page(parts.legend(), parts.paragraph(_order_words(order, wave), "q-small"), _left_out(wave)))
    part = _part(rows)
    drawn = rows if part is None else part_of(wave, rows, part * PART_ROWS, PART_ROWS)
    figures = heat_figures(wave, [row.group for row in drawn])
    table = heat_table(wave, drawn, measures, figures, order)
    choices = (side, level, ",".join(folds), st.query_params.get("sort", ""), str(part))
    state = " ".join((wave.wave_id, *choices, spoken()))
    done = linked_table(table, state)
    take_along(
        view,
        "heat_map",
        lambda: heat_rows(view, [row.group for row in drawn], measures),
        lambda: heat_picture(wave, drawn, measures, figures, order, _order_words(order, wave)),
    )
    if done is not None:
        _act(view, done, folds, order)


def _part(rows: Sequence[Row]) -> int | None:
    """Which part of very many rows is drawn; None where all are."""
    if len(rows) <= PART_ROWS:
        return None
    starts = range(0, len(rows), PART_ROWS)
    names = {
        str(place + 1): say(
            "heat_part_rows", first=start + 1, last=min(len(rows), start + PART_ROWS), n=digits(len(rows))
        )
        for place, start in enumerate(starts)
    }
    return int(address_select(say("heat_part"), names, "part", "1")) - 1


def _left_out(wave: Wave) -> str:
    """What is said where a level has too many groups for one table."""
    left = [level for level in heat_levels(wave) if level not in table_levels(wave)]
    if not left:
        return ""
    return parts.paragraph(say("heat_levels_left", level=words.levels_counted(left[0], 2)), "q-small")


def _order_words(order: Order, wave: Wave) -> str:
    measure = wave.measure(order.measure_id)
    if measure is None:
        return say("heat_by_name")
    if order.is_least_first:
        return say("heat_by_least", measure=measure.name)
    return say("heat_by_most", measure=measure.name)


def _act(view: View, done: tuple[str, str], folds: list[str], order: Order) -> None:
    """Open a trend, fold or open a group, or sort; a second click on a head turns the order, a third ends it."""
    name, what = done
    if name == "trend":
        view.open_trend(what)
        return
    if name == "fold":
        left = sorted(set(folds) ^ {what})
        if left:
            st.query_params["fold"] = ",".join(left)
        else:
            st.query_params.pop("fold", None)
    elif what and order.measure_id != what:
        st.query_params["sort"] = what
    elif what and not order.is_least_first:
        st.query_params["sort"] = f"-{what}"
    else:
        st.query_params.pop("sort", None)
    st.rerun()
