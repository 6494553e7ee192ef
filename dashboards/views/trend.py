"""Trend: a measure of one group, and of up to two beside it, with lasting level, what is said of it, and actions."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards import parts, words
from dashboards.action_starts import Start, action_starts
from dashboards.beside import MOST_BESIDE, Beside, placed_beside
from dashboards.charts import trend_spec
from dashboards.effects import effect_lines
from dashboards.exports.page_pictures import trend_picture
from dashboards.exports.page_rows import trend_rows
from dashboards.exports.take_along import take_along
from dashboards.figure_card import series_words
from dashboards.frame import View
from dashboards.language import say, spoken
from dashboards.levels import change_of, levels_of, notes_of, sentence, tag
from dashboards.numbers_table import numbers_table
from dashboards.selection import address_many, address_select, group_options, trend_measures
from dashboards.series import Series, build_series
from dashboards.trend_words import chart_key, kicker, lead, reading_cards
from dashboards.waves import Group, Measure


def content(view: View) -> None:
    """Lay out the page; groups and measure are kept in the address."""
    wave = view.wave
    head = st.empty()
    with st.container(horizontal=True, gap="medium", key="q-controls"):
        asked = [st.query_params.get("group", ""), st.session_state.get("q-group", ""), wave.root.group_id]
        beside_asked = [*st.query_params.get("beside", "").split(","), *st.session_state.get("q-beside", ())]
        groups = group_options(wave, (*asked, *beside_asked[: 2 * MOST_BESIDE]), "trend")
        group = wave.group(address_select(say("ask_group"), groups, "group", wave.root.group_id)) or wave.root
        measures = trend_measures(view.shelf.waves)
        names = {measure_id: measure.name for measure_id, measure in measures.items()}
        measure = measures[address_select(say("ask_measure"), names, "measure", next(iter(names)))]
        drawn = {group.group_id, *(each.group_id for each in (*wave.path(group)[:1], *wave.path(group)[-1:]))}
        offered = {key: name for key, name in groups.items() if key not in drawn}
        chosen = address_many(say("ask_beside"), offered, "beside", MOST_BESIDE) if offered else []
    own = build_series(view.shelf.waves, group, measure)
    others = [each for group_id in chosen if (each := wave.group(group_id)) is not None]
    beside = placed_beside(view.shelf.waves, view.derived, others, measure, view.tokens)
    title = say("trend_title", group=group.name, measure=words.inside_sentence(measure.name))
    head.html(parts.page(parts.head(kicker(wave, group), title, lead(wave, group, own)), _said(view, group, measure)))
    starts = action_starts(view.shelf.waves, group, measure, view.actions)
    _chart_card(view, group, own, beside, starts)
    has_level = bool(levels_of(view.derived, view.shelf.waves, group.group_id, measure.measure_id))
    st.html(parts.page(_effects(view, group, measure), reading_cards(own, has_level, bool(starts))))
    take_along(
        view,
        "trend",
        lambda: trend_rows(view, group, measure, others),
        lambda: trend_picture(view.shelf.waves, view.derived, view.actions, group, measure, others),
    )


def _said(view: View, group: Group, measure: Measure) -> str:
    """Tag and sentence of the change, and the mark of an unusual wave."""
    change = change_of(view.derived, group.group_id, measure.measure_id)
    if change is None:
        return _notes(view, group, measure)
    unusual = f'<span class="q-tag q-possible">{escape(say("unusual_ask_tag"))}</span>' if change.unusual else ""
    marks = f"<p>{tag(change, measure)} {unusual}</p>"
    return f"{marks}{parts.paragraph(sentence(change, measure))}{_notes(view, group, measure)}"


def _notes(view: View, group: Group, measure: Measure) -> str:
    notes = notes_of(view.derived, view.shelf.waves, group, measure)
    return parts.paragraph(" ".join(notes), "q-small") if notes else ""


def _effects(view: View, group: Group, measure: Measure) -> str:
    """What was done for the group or for one above it, about this measure, with what can be told of its effect."""
    here = {each.group_id for each in view.wave.path(group)} | {group.group_id}
    cards = []
    for action in view.actions:
        if action.group_ids and here.isdisjoint(action.group_ids):
            continue
        lines = effect_lines(view.settings, view.shelf.waves, action, measure.measure_id)
        if lines:
            cards.append(parts.card(action.title, *(parts.paragraph(line) for line in lines)))
    return cards[0] if len(cards) == 1 else parts.grid(cards, "2") if cards else ""


def _chart_card(view: View, group: Group, own: Series, beside: list[Beside], starts: tuple[Start, ...]) -> None:
    """Key, chart with its text alternative, and the numbers of every group in it."""
    waves, measure = view.shelf.waves, own.measure
    levels = levels_of(view.derived, waves, group.group_id, measure.measure_id)
    path = view.wave.path(group)
    organisation = build_series(waves, path[0], measure) if path else None
    parent = build_series(waves, path[-1], measure) if len(path) > 1 else None
    change = change_of(view.derived, group.group_id, measure.measure_id)
    told = [series_words(own), sentence(change, measure) if change else ""]
    told += [say("action_began", title=start.title) for start in starts]
    told += [series_words(each.series) for each in beside]
    with st.container(key="q-chart-card"):
        st.html(parts.page(chart_key(own, parent, organisation, bool(levels), beside)))
        chart = trend_spec(spoken(), own, parent, organisation, view.tokens, levels, starts, tuple(beside))
        st.vega_lite_chart(chart, theme=None, width="stretch", alt=" ".join(each for each in told if each))
        with st.expander(say("show_numbers")):
            tables = [numbers_table(own), *(numbers_table(each.series, has_caption=True) for each in beside)]
            st.html(parts.page(*tables))
