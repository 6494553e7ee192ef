"""Compare: a funnel and the intervals of one level instead of a league table."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards import parts, words
from dashboards.breakdowns import breakdown_card
from dashboards.exports.page_pictures import compare_picture, has_funnel
from dashboards.exports.page_rows import compare_rows
from dashboards.exports.take_along import take_along
from dashboards.frame import View
from dashboards.funnel import difference_cards, funnel_of, funnel_spec, funnel_words, numbers, sample_note
from dashboards.language import say, say_n, spoken
from dashboards.selection import address_choice, address_select, heat_levels, heat_measures


def content(view: View) -> None:
    """Lay out the page; measure and level are kept in the address."""
    wave = view.wave
    head = st.empty()
    measures = {measure.measure_id: measure for measure in heat_measures(wave, "all")}
    kicker = words.wave_kicker(wave.wave_id)
    if not measures:
        head.html(parts.page(parts.head(kicker, say("compare_nothing"), say("nothing_asked"))))
        return
    with st.container(horizontal=True, gap="large", key="q-controls"):
        names = {key: measure.name for key, measure in measures.items()}
        measure = measures[address_select(say("ask_measure"), names, "measure", next(iter(names)))]
        levels = [level for level in heat_levels(wave) if level != "organisation"] or ["team"]
        level = address_choice(
            say("ask_compare"), {each: say(f"level_choice_{each}") for each in levels}, "level", levels[-1]
        )
    funnel = funnel_of(wave, view.derived, level, measure)
    clear_n = funnel.differs_n
    title = say("compare_title_none", measure=measure.name, level=words.levels_counted(level, 1))
    if clear_n:
        title = say_n("compare_title", clear_n, measure=measure.name, level=words.levels_counted(level, clear_n))
    head.html(parts.page(parts.head(kicker, title, say("compare_lead"))))
    average = wave.figure(wave.root.group_id, measure.measure_id)
    picture = None
    if average.value is None or measure.phi is None or not has_funnel(wave, funnel, measure):
        nothing = say("nothing_drawn", level=words.levels_counted(level, 2))
        st.html(parts.page(parts.quiet(say("nothing_drawn_title"), nothing)))
    else:
        picture = partial(compare_picture, wave, funnel, level, measure)
        with st.container(key="q-chart-card"):
            scale = say(
                "funnel_scale",
                measure=measure.name,
                level=words.levels_counted(level, 1),
                scale=say("score_scale"),
                direction=words.direction(measure.is_high_worse),
            )
            st.html(
                parts.page(
                    f'<h2 class="q-minor">{parts.text(scale)}</h2>',
                    parts.paragraph(f"{say('compare_note')} {sample_note(funnel)}".strip(), "q-small"),
                )
            )
            chart = funnel_spec(spoken(), funnel, average.value, measure.phi, measure, view.tokens)
            alternative = funnel_words(funnel, average.value, measure, level)
            st.vega_lite_chart(chart, theme=None, width="stretch", alt=alternative)
            with st.expander(say("show_numbers")):
                st.html(parts.page(numbers(funnel.spots, measure)))
        noise = view.derived.noise_of(level, measure.measure_id) if view.derived else None
        st.html(parts.page(difference_cards(funnel, measure, noise.differs_at_all if noise else None)))
    groups = breakdown_card(wave, measure)
    if groups:
        st.html(parts.page(groups))
    take_along(view, "compare", lambda: compare_rows(view, level, measure), picture)
