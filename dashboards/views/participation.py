"""Participation: who answered, in bands, over all waves; and what is fair to read into it."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards import parts, words
from dashboards.exports.page_rows import answered_rows
from dashboards.exports.take_along import take_along
from dashboards.frame import View
from dashboards.waves import Group, Wave

_LEAD = "Answering is voluntary. Shares are given in bands, so that nobody can count who did not answer."
_FAIR = (
    "A low share is a question to leadership, not to the team: was there time, a quiet place, trust that it changes "
    "something?",
    "Never ask who did not answer, and never reward a share.",
    "Below half, read a figure as the view of those who answered.",
)


def content(view: View) -> None:
    """Lay out the page."""
    wave, waves = view.wave, view.shelf.waves
    title = words.answered(wave.root.respondents_n, wave.root.response_band, words.wave_long_name(wave.wave_id))
    st.html(parts.page(parts.head(f"Wave {words.wave_name(wave.wave_id)}", title, _LEAD)))
    history = [(words.wave_name(each.wave_id), _band(each.root)) for each in reversed(waves)]
    fair = parts.card("What is fair to say", parts.bullets(escape(line) for line in _FAIR))
    over_time = parts.card("The organisation over time", parts.facts(history, "q-tabular"))
    st.html(parts.page(parts.grid([over_time, fair], "2")))
    st.html(parts.page(parts.card("Groups in this wave", _table(wave))))
    take_along(view, "participation", lambda: answered_rows(view))


def _table(wave: Wave) -> str:
    """Units and pools down to departments, then teams, with their band or the words for a hidden one."""
    rows = "".join(
        f'<tr><th scope="row">{escape(group.name)}</th><td>{escape(words.LEVEL_NAMES[group.level])}</td>'
        f"<td>{escape(_band(group))}</td></tr>"
        for group in wave.groups[:200]
        if group.kind != "other"
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Group", "Level", "Answered"))
    return (
        '<div class="q-scroll" role="region" aria-label="Groups in this wave" tabindex="0">'
        f'<table class="q-numbers"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _band(group: Group) -> str:
    share = words.response_words(group.response_band)
    if not share or group.respondents_n is None:
        return words.HIDDEN
    return f"{words.count(group.respondents_n, 'person', 'people')}, {share}"
