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
from dashboards.funnel import difference_cards, funnel_chart, funnel_words, numbers, spots
from dashboards.selection import address_choice, address_select, heat_levels, heat_measures

_LEAD = "A group outside the outer lines differs by more than chance explains. Inside them, order means nothing."
_NOTE = (
    "Diamonds differ clearly from the organisation. Dashed lines hold 95 of 100 groups that do not differ, full lines "
    "998 of 1,000. "
    "Hollow: fewer than half answered."
)


def content(view: View) -> None:
    """Lay out the page; measure and level are kept in the address."""
    wave = view.wave
    head = st.empty()
    measures = {measure.measure_id: measure for measure in heat_measures(wave, "all")}
    kicker = f"Wave {words.wave_name(wave.wave_id)}"
    if not measures:
        head.html(parts.page(parts.head(kicker, "Nothing to compare", words.NOTHING_ASKED)))
        return
    with st.container(horizontal=True, gap="large", key="q-controls"):
        names = {key: measure.name for key, measure in measures.items()}
        measure = measures[address_select("Measure", names, "measure", next(iter(names)))]
        levels = [level for level in heat_levels(wave) if level != "organisation"] or ["team"]
        level = address_choice("Compare", {each: words.LEVEL_NAMES[each] for each in levels}, "level", levels[-1])
    every = spots(wave, view.derived, level, measure)
    clear_n = sum(spot.differs for spot in every)
    title = f"{measure.name}: {words.count(clear_n, f'{level} differs', f'{level}s differ')} clearly"
    if not clear_n:
        title = f"{measure.name}: no {level} clearly differs"
    head.html(parts.page(parts.head(kicker, title, _LEAD)))
    average = wave.figure(wave.root.group_id, measure.measure_id)
    picture = None
    if average.value is None or measure.phi is None or not has_funnel(wave, every, measure):
        st.html(parts.page(parts.quiet("Nothing to draw.", f"Fewer than two {level}s have an exact figure here.")))
    else:
        picture = partial(compare_picture, wave, every, level, measure)
        with st.container(key="q-chart-card"):
            scale = f"{measure.name} by {level}, {words.SCORE_SCALE} ({words.direction(measure.is_high_worse)})"
            st.html(parts.page(f'<h2 class="q-minor">{parts.text(scale)}</h2>', parts.paragraph(_NOTE, "q-small")))
            chart = funnel_chart(every, average.value, measure.phi, measure, view.tokens)
            alternative = funnel_words(every, average.value, measure, level)
            st.altair_chart(chart, theme=None, width="stretch", alt=alternative)
            with st.expander(words.SHOW_NUMBERS):
                st.html(parts.page(numbers(every, measure)))
        st.html(parts.page(difference_cards(every, measure)))
    groups = breakdown_card(wave, measure)
    if groups:
        st.html(parts.page(groups))
    take_along(view, "compare", lambda: compare_rows(view, level, measure), picture)
