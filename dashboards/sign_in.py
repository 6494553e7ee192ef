"""The gate before every page: who is there, and what is said to those who are not let in."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from dashboards import parts
from dashboards.access import Access, Refusal, Scope, admit_local, admit_signed_in
from dashboards.language import say

Ask = Callable[[], Scope | Refusal]


def standing(access: Access | None) -> Ask:
    """Asks what this run's visitor may see, now and at any later click; anything that does not fit is a refusal.

    Who the visitor is stays as it was in this run; the roles file and the end of the sign-in are looked at each time.
    """
    if access is None:
        return lambda: Refusal.NOT_SET_UP
    if access.sign_in == "local":
        address, headers = st.get_option("server.address"), st.context.headers.to_dict()
        return lambda: admit_local(address, headers)
    try:
        user = st.user.to_dict()
    except (AttributeError, KeyError, RuntimeError):
        return lambda: Refusal.NOT_SET_UP
    return lambda: admit_signed_in(user, access, time.time())


def admitted(access: Access | None, ask: Ask) -> Scope | None:
    """The visitor's scope; for all others the page says why and offers to sign in, and None comes back."""
    outcome = ask()
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
