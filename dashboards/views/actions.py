"""Actions: what was decided, by whom, from when on, and what came of it."""

from __future__ import annotations

import streamlit as st

from dashboards import parts, words
from dashboards.action_form import action_form, bring_back_form, change_form
from dashboards.action_words import action_cards, what_we_did
from dashboards.exports.take_along import while_shown
from dashboards.frame import View
from dashboards.language import say


def content(view: View) -> None:
    """Lay out the page; people who lead may write, all others read."""
    st.html(parts.page(parts.head(say("actions"), words.actions_title(view.actions), say("actions_lead"))))
    st.html(parts.page(action_cards(view)))
    if view.actions:
        made = while_shown(view, lambda: what_we_did(view).encode())
        st.download_button(say("download_done"), made, "what-we-did.html", "text/html", on_click="ignore")
    if view.scope.may_decide and view.settings.actions_file is not None:
        action_form(view)
        if view.actions:
            change_form(view)
        bring_back_form(view)
