"""What is around every page: style sheet, caution line, empty state, foot."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

import streamlit as st

from dashboards import parts, sign_in
from dashboards.access import Scope
from dashboards.actions import Action, list_actions
from dashboards.language import say
from dashboards.levels import read_derived
from dashboards.releases import Settings, Shelf, load_shelf
from dashboards.theme import Tokens, style_sheet, tokens_for
from dashboards.visitor_language import settle_language
from dashboards.waves import Wave
from flows.errors import KeyMissing
from flows.trend.read import Derived

# Room that is kept while releases are read, in pixels; it is drawn after half a second, and not at all before.
_LOG = logging.getLogger("quorum.dashboards")


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a page gets: waves as far as the visitor may see them, the one it shows, the theme, the way to a trend.

    `ask` tells what the visitor may see at a later click, when a role may be gone.
    """

    shelf: Shelf
    wave: Wave
    derived: Derived | None
    tokens: Tokens
    open_trend: Callable[[str], None]
    scope: Scope
    actions: tuple[Action, ...]
    settings: Settings
    ask: sign_in.Ask


def visible_actions(actions: tuple[Action, ...], shelf: Shelf) -> tuple[Action, ...]:
    """Actions for the whole organisation, and those for a group that the visitor may see."""
    return tuple(each for each in actions if not each.group_ids or _sees_any(shelf, each.group_ids))


def _sees_any(shelf: Shelf, group_ids: Iterable[str]) -> bool:
    return any(wave.group(group_id) is not None for group_id in group_ids for wave in shelf.waves)


def is_nothing_of_theirs(wave: Wave, scope: Scope) -> bool:
    """Whether none of a viewer's units, nor a pool that holds one, is in the wave."""
    if scope.sees_all:
        return False
    return not any(
        group.group_id in scope.unit_ids or not scope.unit_ids.isdisjoint(group.member_unit_ids)
        for group in wave.groups
    )


def _place_of(error: Exception) -> str:
    """File and line where it was raised; the message is left out, as it might hold what was read."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


@contextmanager
def _room() -> Iterator[None]:
    """Still room for a page while releases are read. The style sheet lets it be seen after half a second."""
    room = st.empty()
    room.html(parts.page(parts.waiting(say("checking_releases"))))
    try:
        yield
    finally:
        room.empty()


def show_page(
    settings: Settings, content: Callable[[View], None], title: str, open_trend: Callable[[str], None]
) -> None:
    """One page inside its frame; without a release, or after a fault, it says so instead."""
    settle_language()
    tokens = tokens_for(st.context.theme.type)
    st.html(f"<style>{style_sheet(tokens)}</style>")
    if settings.is_demo:
        st.html(parts.page(parts.demo_line()))
    ask = sign_in.standing(settings.access)
    scope = sign_in.admitted(settings.access, ask)
    if scope is None:
        return
    try:
        with _room():
            shelf = load_shelf(settings, scope)
            derived = read_derived(settings.derived_dir, settings.released_dir, shelf.waves)
    except KeyMissing as error:
        detail = f'<p class="q-small" lang="en">{escape(str(error))}</p>'
        st.html(parts.page(parts.head(title, say("key_trouble_title"), say("key_trouble")), detail))
        return
    if shelf.latest is None:
        st.html(parts.page(parts.head(title, say("no_release_title"), say("no_release"))))
        if shelf.refused or shelf.retracted:
            st.html(parts.page(parts.refused(shelf), parts.retracted(shelf)))
        return
    actions = () if settings.actions_file is None else list_actions(settings.actions_file)
    seen = visible_actions(actions, shelf)
    view = View(shelf, shelf.latest, derived, tokens, open_trend, scope, seen, settings, ask)
    if is_nothing_of_theirs(shelf.latest, scope):
        st.html(parts.page(parts.quiet(f"{say('nothing_for_you_title')}.", say("nothing_for_you"))))
    try:
        content(view)
    except Exception as error:
        _LOG.error("page %s failed: %s at %s", title, type(error).__name__, _place_of(error))
        st.html(parts.page(parts.trouble()))
    st.html(parts.page(parts.foot(shelf.latest, settings.is_demo)))
    sign_in.signed_in_line(scope)
