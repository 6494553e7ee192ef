"""Participation: who answered, in bands, over all waves; and what is fair to read into it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from dashboards import parts, words
from dashboards.exports.page_rows import answered_rows
from dashboards.exports.take_along import take_along
from dashboards.frame import View
from dashboards.language import say, say_n
from dashboards.waves import Group

MOST_GROUPS = 200


def content(view: View) -> None:
    """Lay out the page."""
    wave, waves = view.wave, view.shelf.waves
    title = words.answered(wave.root.respondents_n, wave.root.response_band, words.wave_long_name(wave.wave_id))
    st.html(parts.page(parts.head(words.wave_kicker(wave.wave_id), title, say("participation_lead"))))
    history = [(words.wave_name(each.wave_id), _band(each.root)) for each in reversed(waves)]
    fair = parts.card(say("fair_title"), parts.bullets(escape(say(f"fair_{place}")) for place in (1, 2, 3)))
    over_time = parts.card(say("participation_history"), parts.facts(history, "q-tabular"))
    st.html(parts.page(parts.grid([over_time, fair], "2")))
    groups = wave.units
    rest = len(groups) - MOST_GROUPS
    more = parts.paragraph(say_n("more_hidden", rest), "q-small") if rest > 0 else ""
    st.html(parts.page(parts.card(say("participation_groups"), _table(groups[:MOST_GROUPS]), more)))
    take_along(view, "participation", lambda: answered_rows(view))


def _table(groups: Sequence[Group]) -> str:
    """Units and pools in tree order, with their band or the words for a hidden one."""
    rows = "".join(
        f"<tr>{_row_head(group)}<td>{escape(words.level_name(group.level))}</td><td>{escape(_band(group))}</td></tr>"
        for group in groups
    )
    names = (say("column_group"), say("column_level"), say("column_answered"))
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return (
        f'<div class="q-scroll" role="region" aria-label="{escape(say("participation_groups"))}" tabindex="0">'
        f'<table class="q-numbers q-answered"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _row_head(group: Group) -> str:
    inner = "" if group.level == "team" else " q-inner"
    name = escape(group.name)
    if group.kind == "pooled":
        name = f'<span class="q-pool-mark">{name}</span>'
    return f'<th scope="row" class="q-d{min(group.depth, 3)}{inner}">{name}</th>'


def _band(group: Group) -> str:
    share = words.response_words(group.response_band)
    if not share or group.respondents_n is None:
        return say("hidden")
    return say("participation_row", people=say_n("n_person", group.respondents_n), share=share)
