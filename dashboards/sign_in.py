"""The gate before every page: who is there, and what is said to those who are not let in."""

from __future__ import annotations

import time

import streamlit as st

from dashboards import parts
from dashboards.access import Access, Refusal, Scope, admit_local, admit_signed_in
from dashboards.language import say


def outcome_of(access: Access | None) -> Scope | Refusal:
    """What this run's visitor may see. Anything that does not fit is a refusal."""
    if access is None:
        return Refusal.NOT_SET_UP
    if access.sign_in == "local":
        return admit_local(st.get_option("server.address"), st.context.headers.to_dict())
    try:
        user = st.user.to_dict()
    except (AttributeError, KeyError, RuntimeError):
        return Refusal.NOT_SET_UP
    return admit_signed_in(user, access, time.time())


def admitted(access: Access | None) -> Scope | None:
    """The visitor's scope; for all others the page says why and offers to sign in, and None comes back."""
    outcome = outcome_of(access)
    if isinstance(outcome, Scope):
        return outcome
    st.html(parts.page(parts.head("Quorum", say("sign_in_title"), say(f"refusal_{outcome}"))))
    if access is not None and access.sign_in == "openid":
        if outcome is not Refusal.SIGNED_OUT and st.button(say("sign_out")):
            st.logout()
        if st.button(say("sign_in"), type="primary"):
            st.login()
    return None


def signed_in_line(scope: Scope) -> None:
    """Under every page: that this is local mode, or the way out."""
    if scope.is_local:
        st.html(parts.page(parts.paragraph(say("local_note"), "q-small")))
    elif st.button(say("sign_out"), type="tertiary"):
        st.logout()
