"""Trend: one group and measure over all waves, with its lasting level, what is said of its change, and actions."""

from __future__ import annotations

import streamlit as st

from dashboards import parts, words
from dashboards.action_starts import action_starts
from dashboards.charts import trend_chart
from dashboards.exports.page_pictures import trend_picture
from dashboards.exports.page_rows import trend_rows
from dashboards.exports.take_along import take_along
from dashboards.figure_card import series_words
from dashboards.frame import View
from dashboards.language import say
from dashboards.levels import change_of, levels_of, sentence, tag
from dashboards.numbers_table import numbers_table
from dashboards.selection import address_select, trend_groups, trend_measures
from dashboards.series import build_series
from dashboards.trend_words import chart_key, kicker, lead, reading_cards


def content(view: View) -> None:
    """Lay out the page; group and measure are kept in the address."""
    waves, wave = view.shelf.waves, view.wave
    head = st.empty()
    with st.container(horizontal=True, gap="medium", key="q-controls"):
        group_id = address_select(say("ask_group"), trend_groups(wave), "group", wave.root.group_id)
        measures = trend_measures(waves)
        names = {measure_id: measure.name for measure_id, measure in measures.items()}
        measure = measures[address_select(say("ask_measure"), names, "measure", next(iter(names)))]
    group = wave.group(group_id) or wave.root
    own = build_series(waves, group, measure)
    title = say("trend_title", group=group.name, measure=words.inside_sentence(measure.name))
    change = change_of(view.derived, group.group_id, measure.measure_id)
    levels = levels_of(view.derived, waves, group.group_id, measure.measure_id)
    starts = action_starts(waves, group, measure, view.actions)
    said = ""
    if change is not None:
        unusual = f'<span class="q-tag q-possible">{say("unusual_ask_tag")}</span>' if change.unusual else ""
        said = f"<p>{tag(change, measure)} {unusual}</p>{parts.paragraph(sentence(change, measure))}"
    head.html(parts.page(parts.head(kicker(wave, group), title, lead(wave, group, own)), said))
    path = wave.path(group)
    organisation = build_series(waves, path[0], measure) if path else None
    parent = build_series(waves, path[-1], measure) if len(path) > 1 else None
    with st.container(key="q-chart-card"):
        st.html(parts.page(chart_key(own, parent, organisation, bool(levels))))
        chart = trend_chart(own, parent, organisation, view.tokens, levels, starts)
        st.altair_chart(
            chart,
            theme=None,
            width="stretch",
            alt=f"{series_words(own)} {sentence(change, measure) if change else ''}"
            + "".join(f" {say('action_began', title=start.title)}" for start in starts),
        )
        with st.expander(say("show_numbers")):
            st.html(parts.page(numbers_table(own)))
    st.html(parts.page(reading_cards(own, bool(levels), bool(starts))))
    take_along(
        view,
        "trend",
        lambda: trend_rows(view, group, measure),
        lambda: trend_picture(waves, view.derived, view.actions, group, measure),
    )
