"""Which language a visitor reads: chosen on the page, kept in the session and in the address."""

from __future__ import annotations

import streamlit as st

from dashboards.document_frame import document_frame
from dashboards.language import LANGUAGE_NAMES, LANGUAGES, say, speak, spoken

PARAMETER = "lang"
_CHOSEN = "q-language-chosen"
_CONTROL = "q-language"


def language_of(asked: str | None, chosen: str | None, locale: str | None) -> str:
    """The address wins, then what was chosen in this session, then the browser's language; else English.

    `asked` is whatever stands in the address: anything but a language of ours counts as nothing.
    """
    if asked in LANGUAGE_NAMES:
        return str(asked)
    if chosen in LANGUAGE_NAMES:
        return str(chosen)
    primary = (locale or "").split("-")[0].casefold()
    return primary if primary in LANGUAGE_NAMES else LANGUAGES[0]


def settle_language() -> None:
    """Draw this run in the visitor's language, and keep what was asked for."""
    asked = st.query_params.get(PARAMETER)
    speak(language_of(asked, st.session_state.get(_CHOSEN), st.context.locale))
    if asked is not None:
        st.session_state[_CHOSEN] = spoken()
    if st.session_state.get(_CHOSEN) is not None and asked != spoken():
        st.query_params[PARAMETER] = spoken()


def language_choice() -> None:
    """The choice itself, above every page; each language stands under its own name."""
    with st.container(key="q-language-row", horizontal=True, horizontal_alignment="right"):
        document_frame()
        st.segmented_control(
            say("language"),
            LANGUAGES,
            default=spoken(),
            required=True,
            format_func=lambda language: LANGUAGE_NAMES[language],
            label_visibility="collapsed",
            key=_CONTROL,
            on_change=_choose,
        )


def _choose() -> None:
    chosen = st.session_state.get(_CONTROL)
    if chosen in LANGUAGE_NAMES:
        st.session_state[_CHOSEN] = chosen
        st.query_params[PARAMETER] = str(chosen)
