"""Home: the finding, a card for each of the first measures, what is hidden, how to read a range."""

from __future__ import annotations

import streamlit as st

from dashboards import parts, words
from dashboards.action_words import done_card
from dashboards.attention import attention_card, finding
from dashboards.exports.home_picture import home_picture
from dashboards.exports.page_rows import home_rows
from dashboards.exports.take_along import board_paper, take_along
from dashboards.figure_card import figure_card
from dashboards.frame import View
from dashboards.language import say
from dashboards.overview import first_measures, headline, range_note, shown_card


def content(view: View) -> None:
    """Lay out the page."""
    wave = view.wave
    people = words.answered(wave.root.respondents_n, wave.root.response_band, words.wave_long_name(wave.wave_id))
    lead = say("home_lead", name=wave.root.name, answered=people)
    st.html(
        parts.page(
            parts.head(
                words.wave_kicker(wave.wave_id),
                finding(wave, view.derived, first_measures(wave)) or headline(wave, first_measures(wave)),
                lead,
            )
        )
    )
    if view.shelf.refused or view.shelf.retracted:
        st.html(parts.page(parts.refused(view.shelf), parts.retracted(view.shelf)))
    cards = [figure_card(view.shelf.waves, measure, view.tokens, view.derived) for measure in first_measures(wave)]
    if cards:
        st.html(parts.page(parts.grid(cards, str(min(3, len(cards))))))
    st.html(parts.page(parts.grid([attention_card(view.shelf.waves, view.derived), done_card(view)], "3to2")))
    st.html(parts.page(parts.grid([shown_card(wave), range_note(wave)], "3to2")))
    pictures = (lambda: home_picture(view.shelf.waves, view.derived, first_measures(wave))) if cards else None
    take_along(view, "home", lambda: home_rows(view), pictures, board_paper(view))
