"""Forms with which leadership writes actions down, changes them, and takes a change back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import streamlit as st

from dashboards.actions import MOST_LETTERS, STATUSES, Action, remove_action, save_action, undo_action
from dashboards.exports.take_along import check_still_allowed
from dashboards.frame import View
from dashboards.language import say, spoken
from dashboards.selection import group_options
from flows.errors import UsageError


def action_form(view: View) -> None:
    """A new action; nothing is written before the button."""
    with st.expander(say("add_action"), expanded=not view.actions):
        groups = group_options(view.wave, (), "add-action")
        with st.form("q-add-action", clear_on_submit=True):
            drafted = _fields(view, None, groups)
            if st.form_submit_button(say("save"), type="primary"):
                _do(lambda file: save_action(file, drafted), view, say("action_saved"))


def change_form(view: View) -> None:
    """Change one action, take the last change back, or take it off the pages."""
    with st.expander(say("change_action")):
        titles = {action.action_id: action for action in view.actions}
        chosen = st.selectbox(
            say("action"),
            list(titles),
            format_func=lambda key: titles[key].title,
            key="q-action",
            placeholder=say("choose_some"),
        )
        action = titles[chosen]
        groups = group_options(view.wave, action.group_ids, f"change-{action.action_id}")
        with st.form(f"q-change-{action.action_id}-{action.version}"):
            drafted = _fields(view, action, groups)
            if st.form_submit_button(say("save"), type="primary"):
                _do(lambda file: save_action(file, drafted), view, say("action_saved"))
        with st.container(horizontal=True):
            if action.version > 1 and st.button(say("undo_change")):
                _do(lambda file: undo_action(file, action.action_id), view, say("change_undone"))
            if st.button(say("remove_action")):
                st.session_state["q-removed"] = action.action_id
                _do(lambda file: remove_action(file, action.action_id), view, say("action_removed"))


def bring_back_form(view: View) -> None:
    """Bring back the action that this visitor took off the pages."""
    removed = st.session_state.get("q-removed")
    if removed and st.button(say("bring_back")):
        del st.session_state["q-removed"]
        _do(lambda file: undo_action(file, removed), view, say("change_undone"))


def _fields(view: View, action: Action | None, groups: Mapping[str, str]) -> Action:
    names = {each.measure_id: each.name for each in view.wave.measures}
    start = action or Action("", date.today(), date.today(), "")
    day_format = "DD.MM.YYYY" if spoken() == "de" else "DD/MM/YYYY"
    title = st.text_input(say("action_title"), start.title, max_chars=MOST_LETTERS)
    owner = st.text_input(say("action_owner_asked"), start.owner, max_chars=MOST_LETTERS)
    chosen = st.multiselect(
        say("action_for_asked"),
        list(groups),
        [each for each in start.group_ids if each in groups],
        format_func=lambda key: groups[key],
        placeholder=say("choose_some"),
    )
    measures = st.multiselect(
        say("action_about_asked"),
        list(names),
        [each for each in start.measure_ids if each in names],
        format_func=lambda key: names[key],
        placeholder=say("choose_some"),
    )
    status = st.selectbox(
        say("action_state"),
        STATUSES,
        STATUSES.index(start.status),
        format_func=lambda key: say(f"status_{key}"),
        placeholder=say("choose_some"),
    )
    return replace(
        start,
        title=title,
        owner=owner,
        group_ids=(*chosen, *_not_offered(start.group_ids, groups)),
        measure_ids=(*measures, *_not_offered(start.measure_ids, names)),
        decided_on=st.date_input(say("action_decided"), start.decided_on, format=day_format),
        starts_on=st.date_input(say("action_starts"), start.starts_on, format=day_format),
        status=status,
        note=st.text_area(say("action_note"), start.note, max_chars=MOST_LETTERS * 4),
    )


def _not_offered(ids: tuple[str, ...], offered: Collection[str]) -> tuple[str, ...]:
    """What this wave does not have (a module that takes turns, a unit of another tree) stays with the action."""
    return tuple(each for each in ids if each not in offered)


def _do(deed: Callable[[Path], object], view: View, said: str) -> None:
    """Do it and draw the page anew; a refusal is said in its own words and nothing is written.

    The right is asked for again here, just before the deed: a role may be gone since the form was drawn.
    """
    file = view.settings.actions_file
    if file is None or not view.scope.may_decide:
        return
    try:
        check_still_allowed(view)
        deed(file)
    except (UsageError, PermissionError) as error:
        st.error(str(error))
        return
    st.toast(said)
    st.rerun()
