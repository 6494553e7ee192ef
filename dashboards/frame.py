"""What is around every page: style sheet, caution line, empty state, foot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboards import parts, sign_in, words
from dashboards.access import Scope
from dashboards.actions import Action, list_actions
from dashboards.levels import read_derived
from dashboards.releases import Settings, Shelf, load_shelf
from dashboards.theme import Tokens, style_sheet, tokens_for
from dashboards.waves import Wave
from flows.errors import KeyMissing
from flows.trend.read import Derived


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a page gets: waves as far as the visitor may see them, the one it shows, the theme, the way to a trend."""

    shelf: Shelf
    wave: Wave
    derived: Derived | None
    tokens: Tokens
    open_trend: Callable[[str], None]
    scope: Scope
    actions: tuple[Action, ...]
    settings: Settings


def visible_actions(actions: tuple[Action, ...], shelf: Shelf) -> tuple[Action, ...]:
    """Actions for the whole organisation, and those for a group that the visitor may see."""
    seen = {group.group_id for wave in shelf.waves for group in wave.groups}
    return tuple(each for each in actions if not each.group_ids or seen & set(each.group_ids))


def show_page(
    settings: Settings, content: Callable[[View], None], title: str, open_trend: Callable[[str], None]
) -> None:
    """One page inside its frame; without a release it says so instead."""
    tokens = tokens_for(st.context.theme.type)
    st.html(f"<style>{style_sheet(tokens)}</style>")
    if settings.is_demo:
        st.html(parts.page(parts.demo_line()))
    scope = sign_in.admitted(settings.access)
    if scope is None:
        return
    try:
        shelf = load_shelf(settings, scope)
    except KeyMissing as error:
        st.html(parts.page(parts.head(title, words.KEY_TROUBLE_TITLE, str(error))))
        return
    if shelf.latest is None:
        st.html(parts.page(parts.head(title, words.NO_RELEASE_TITLE, words.NO_RELEASE)))
        if shelf.refused or shelf.retracted:
            st.html(parts.page(parts.refused(shelf), parts.retracted(shelf)))
        return
    derived = read_derived(settings.derived_dir, settings.released_dir, shelf.waves)
    actions = () if settings.actions_file is None else list_actions(settings.actions_file)
    seen = visible_actions(actions, shelf)
    content(View(shelf, shelf.latest, derived, tokens, open_trend, scope, seen, settings))
    st.html(parts.page(parts.foot(shelf.latest, settings.is_demo)))
    sign_in.signed_in_line(scope)
