"""What protects: each with what it asks and what it cannot say."""

from __future__ import annotations

import streamlit as st

from dashboards import parts, words
from dashboards.constructs import construct_cards
from dashboards.exports.page_rows import construct_rows
from dashboards.exports.take_along import take_along
from dashboards.frame import View
from dashboards.language import say


def content(view: View) -> None:
    """Lay out the page for the whole organisation."""
    wave = view.wave
    kicker = say("wave_kicker_inside", name=wave.root.name, wave=words.wave_name(wave.wave_id))
    st.html(parts.page(parts.head(kicker, say("page_protection"), say("protection_lead"))))
    st.html(parts.page(construct_cards(wave, view.derived, ("practice", "institution"))))
    take_along(view, "protection", lambda: construct_rows(view, "protection", ("practice", "institution")))
