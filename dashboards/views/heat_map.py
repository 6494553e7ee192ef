"""Heat map: every group and measure of the last wave, all states marked."""

from __future__ import annotations

import streamlit as st

from dashboards import parts, words
from dashboards.exports.page_rows import heat_rows
from dashboards.exports.take_along import take_along
from dashboards.frame import View
from dashboards.heat_link import linked_table
from dashboards.heat_table import heat_table
from dashboards.language import say
from dashboards.selection import address_choice, heat_groups, heat_levels, heat_measures, start_level

_SIDES = ("all", "strain", "protection")


def content(view: View) -> None:
    """Lay out the page; the choices are kept in the address."""
    wave = view.wave
    head = st.empty()
    with st.container(horizontal=True, gap="large", key="q-controls"):
        sides = {key: f"{say(f'measures_{key}')} ({len(heat_measures(wave, key))})" for key in _SIDES}
        side = address_choice(say("ask_measures"), sides, "measures", "all")
        levels = heat_levels(wave)
        level = address_choice(
            say("ask_down_to"), {each: say(f"level_choice_{each}") for each in levels}, "level", start_level(wave)
        )
    groups, measures = heat_groups(wave, level), heat_measures(wave, side)
    lead = words.heat_lead(len(groups), len(measures), words.wave_long_name(wave.wave_id))
    head.html(parts.page(parts.head(words.wave_kicker(wave.wave_id), say("heat_title"), lead)))
    st.html(parts.page(parts.legend()))
    take_along(view, "heat_map", lambda: heat_rows(view, groups, measures))
    opened = linked_table(heat_table(wave, groups, measures), f"{wave.wave_id} {side} {level}")
    if opened is not None:
        view.open_trend(opened)
