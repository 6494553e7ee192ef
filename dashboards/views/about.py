"""About: the rules in plain words, the facts of the release, the marks, releases that are not shown."""

from __future__ import annotations

import streamlit as st

from dashboards import parts
from dashboards.asked import asked_card
from dashboards.frame import View
from dashboards.language import say
from dashboards.release_facts import marks_card, policy_lead, release_card, rules_card, survey_card


def content(view: View) -> None:
    """Lay out the page."""
    wave = view.wave
    st.html(parts.page(parts.head(say("about_kicker"), say("how_protected"), policy_lead(wave))))
    if view.shelf.refused or view.shelf.retracted:
        st.html(parts.page(parts.refused(view.shelf), parts.retracted(view.shelf)))
    if not wave.is_signature_trusted:
        st.html(parts.page(parts.alert(say("unverified_title"), say("unverified"))))
    st.html(parts.page(parts.grid([rules_card(wave), release_card(wave)], "3to2")))
    st.html(parts.page(parts.grid([marks_card(), survey_card(wave)], "3to2")))
    st.html(parts.page(asked_card(wave)))
