"""The gate before every page: who is there, and what is said to those who are not let in."""

from __future__ import annotations

import time
from collections.abc import Mapping

import streamlit as st

from dashboards import parts
from dashboards.access import Access, Refusal, Scope, admit_local, admit_signed_in

TITLE = {"en": "Sign in to see these pages", "de": "Anmelden, um diese Seiten zu sehen"}
SENTENCES: Mapping[Refusal, Mapping[str, str]] = {
    Refusal.SIGNED_OUT: {
        "en": "These pages are open to people whom your organisation has named.",
        "de": "Diese Seiten sind für Personen, die Ihre Organisation benannt hat.",
    },
    Refusal.EXPIRED: {
        "en": "Your sign-in has come to its end. Sign in again.",
        "de": "Ihre Anmeldung ist abgelaufen. Bitte neu anmelden.",
    },
    Refusal.FOREIGN: {
        "en": "This sign-in was made for another service. Sign out, then sign in here.",
        "de": "Diese Anmeldung gilt für einen anderen Dienst. Erst abmelden, dann hier anmelden.",
    },
    Refusal.UNVERIFIED: {
        "en": "Your address is not verified by your sign-in service. Ask your data steward.",
        "de": "Ihre Adresse ist beim Anmeldedienst nicht bestätigt. Fragen Sie Ihre Datenverantwortlichen.",
    },
    Refusal.NO_ROLE: {
        "en": "You are signed in, but no role is noted for you. Ask your data steward.",
        "de": "Sie sind angemeldet, aber ohne Rolle. Fragen Sie Ihre Datenverantwortlichen.",
    },
    Refusal.NO_UNITS: {
        "en": "You are signed in, but no unit is noted for you. Ask your data steward.",
        "de": "Sie sind angemeldet, aber ohne Einheit. Fragen Sie Ihre Datenverantwortlichen.",
    },
    Refusal.ROLES_UNREADABLE: {
        "en": "The list of roles cannot be read, so nobody is let in. Ask your data steward.",
        "de": "Die Liste der Rollen ist nicht lesbar, daher wird niemand eingelassen. Fragen Sie Ihre "
        "Datenverantwortlichen.",
    },
    Refusal.NOT_LOCAL: {
        "en": "Without sign-in, these pages open on the machine that serves them, and nowhere else.",
        "de": "Ohne Anmeldung öffnen sich diese Seiten an dem Rechner, der sie ausliefert, sonst nirgends.",
    },
    Refusal.NOT_SET_UP: {
        "en": "Sign-in is not set up as it should be, so nobody is let in. Ask your data steward.",
        "de": "Die Anmeldung ist nicht richtig eingerichtet, daher wird niemand eingelassen. Fragen Sie Ihre "
        "Datenverantwortlichen.",
    },
}
LOCAL_NOTE = {
    "en": "Local mode: no sign-in, and this machine alone can open these pages.",
    "de": "Lokaler Betrieb: ohne Anmeldung, nur dieser Rechner kann diese Seiten öffnen.",
}
SIGN_IN = {"en": "Sign in", "de": "Anmelden"}
SIGN_OUT = {"en": "Sign out", "de": "Abmelden"}


def outcome_of(access: Access | None) -> Scope | Refusal:
    """What this run's visitor may see. Anything that does not fit is a refusal."""
    if access is None:
        return Refusal.NOT_SET_UP
    if access.sign_in == "local":
        return admit_local(st.get_option("server.address"), st.context.headers.keys())
    try:
        user = st.user.to_dict()
    except (AttributeError, KeyError, RuntimeError):
        return Refusal.NOT_SET_UP
    return admit_signed_in(user, access, time.time())


def admitted(access: Access | None, language: str = "en") -> Scope | None:
    """The visitor's scope; for all others the page says why and offers to sign in, and None comes back."""
    outcome = outcome_of(access)
    if isinstance(outcome, Scope):
        return outcome
    sentence = SENTENCES[outcome].get(language, SENTENCES[outcome]["en"])
    st.html(parts.page(parts.head("Quorum", TITLE.get(language, TITLE["en"]), sentence)))
    if access is not None and access.sign_in == "openid":
        if outcome is not Refusal.SIGNED_OUT and st.button(SIGN_OUT.get(language, SIGN_OUT["en"])):
            st.logout()
        if st.button(SIGN_IN.get(language, SIGN_IN["en"]), type="primary"):
            st.login()
    return None


def signed_in_line(scope: Scope, language: str = "en") -> None:
    """Under every page: that this is local mode, or the way out."""
    if scope.is_local:
        st.html(parts.page(parts.paragraph(LOCAL_NOTE.get(language, LOCAL_NOTE["en"]), "q-small")))
    elif st.button(SIGN_OUT.get(language, SIGN_OUT["en"]), type="tertiary"):
        st.logout()
