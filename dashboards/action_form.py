"""Forms with which leadership writes actions down, changes them, and takes a change back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date
from pathlib import Path

import streamlit as st

from dashboards import words
from dashboards.actions import MOST_LETTERS, STATUSES, Action, remove_action, save_action, undo_action
from dashboards.frame import View
from dashboards.selection import trend_groups
from flows.errors import UsageError


def action_form(view: View) -> None:
    """A new action; nothing is written before the button."""
    with st.expander(words.ADD_ACTION, expanded=not view.actions), st.form("q-add-action", clear_on_submit=True):
        drafted = _fields(view, None)
        if st.form_submit_button(words.SAVE, type="primary"):
            _do(lambda file: save_action(file, drafted), view, words.ACTION_SAVED)


def change_form(view: View) -> None:
    """Change one action, take the last change back, or take it off the pages."""
    with st.expander(words.CHANGE_ACTION):
        titles = {action.action_id: action for action in view.actions}
        chosen = st.selectbox(words.ACTION, list(titles), format_func=lambda key: titles[key].title, key="q-action")
        action = titles[chosen]
        with st.form(f"q-change-{action.action_id}-{action.version}"):
            drafted = _fields(view, action)
            if st.form_submit_button(words.SAVE, type="primary"):
                _do(lambda file: save_action(file, drafted), view, words.ACTION_SAVED)
        with st.container(horizontal=True):
            if action.version > 1 and st.button(words.UNDO_CHANGE):
                _do(lambda file: undo_action(file, action.action_id), view, words.CHANGE_UNDONE)
            if st.button(words.REMOVE_ACTION):
                st.session_state["q-removed"] = action.action_id
                _do(lambda file: remove_action(file, action.action_id), view, words.ACTION_REMOVED)


def bring_back_form(view: View) -> None:
    """Bring back the action that this visitor took off the pages."""
    removed = st.session_state.get("q-removed")
    if removed and st.button(words.BRING_BACK):
        del st.session_state["q-removed"]
        _do(lambda file: undo_action(file, removed), view, words.CHANGE_UNDONE)


def _fields(view: View, action: Action | None) -> Action:
    groups = trend_groups(view.wave)
    names = {each.measure_id: each.name for each in view.wave.measures}
    start = action or Action("", date.today(), date.today(), "")
    title = st.text_input(words.ACTION_TITLE, start.title, max_chars=MOST_LETTERS)
    owner = st.text_input(words.ACTION_OWNER_ASKED, start.owner, max_chars=MOST_LETTERS)
    chosen = st.multiselect(
        words.ACTION_FOR_ASKED,
        list(groups),
        [each for each in start.group_ids if each in groups],
        format_func=lambda key: groups[key],
    )
    measures = st.multiselect(
        words.ACTION_ABOUT_ASKED,
        list(names),
        [each for each in start.measure_ids if each in names],
        format_func=lambda key: names[key],
    )
    status = st.selectbox(
        words.ACTION_STATE, STATUSES, STATUSES.index(start.status), format_func=words.ACTION_STATUS.__getitem__
    )
    return replace(
        start,
        title=title,
        owner=owner,
        group_ids=(*chosen, *_not_offered(start.group_ids, groups)),
        measure_ids=(*measures, *_not_offered(start.measure_ids, names)),
        decided_on=st.date_input(words.ACTION_DECIDED, start.decided_on),
        starts_on=st.date_input(words.ACTION_STARTS, start.starts_on),
        status=status,
        note=st.text_area(words.ACTION_NOTE, start.note, max_chars=MOST_LETTERS * 4),
    )


def _not_offered(ids: tuple[str, ...], offered: Collection[str]) -> tuple[str, ...]:
    """What this wave does not have (a module that takes turns, a unit of another tree) stays with the action."""
    return tuple(each for each in ids if each not in offered)


def _do(deed: Callable[[Path], object], view: View, said: str) -> None:
    """Do it and draw the page anew; a refusal is said in its own words and nothing is written."""
    file = view.settings.actions_file
    if file is None or not view.scope.may_decide:
        return
    try:
        deed(file)
    except UsageError as error:
        st.error(str(error))
        return
    st.toast(said)
    st.rerun()
