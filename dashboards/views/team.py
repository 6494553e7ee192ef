"""My team: useful even when nothing of the team's own is shown; printable."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards import parts
from dashboards.exports.page_rows import team_rows
from dashboards.exports.take_along import sheet_paper, take_along
from dashboards.frame import View
from dashboards.language import say
from dashboards.selection import address_select, group_options
from dashboards.team_cards import guide_card, protection_card, wider_card
from dashboards.waves import Wave


def content(view: View) -> None:
    """Lay out the page; the team is kept in the address."""
    wave = view.wave
    head = st.empty()
    with st.container(key="q-controls"):
        default = _first_team(wave)
        keep = (st.query_params.get("group", ""), st.session_state.get("q-group", ""), default)
        group_id = address_select(say("ask_team"), group_options(wave, keep, "team"), "group", default)
    group = wave.group(group_id) or wave.root
    is_shown = group.group_id in wave.shown_ids
    lead = say("team_shown") if is_shown else say("team_hidden")
    head.html(parts.page(parts.head(say("page_team"), group.name, lead)))
    nearest = group if is_shown else wave.nearest_shown(group)
    cards = [wider_card(wave, group, nearest, view.derived), protection_card(wave, group)]
    st.html(parts.page(parts.grid(cards, "3to2")))
    do_not = parts.card(say("do_not_title"), parts.bullets(escape(say(f"do_not_{place}")) for place in (1, 2, 3)))
    st.html(parts.page(parts.grid([guide_card(wave, nearest), do_not], "3to2")))
    take_along(view, "team", lambda: team_rows(view, nearest), papers=sheet_paper(view, group))


def _first_team(wave: Wave) -> str:
    return next((group for group in wave.units if group.level == "team"), wave.root).group_id
