"""What leadership decided: the one module that reads and writes `data/actions.sqlite3`.

Every change is a new version of an action, so nothing that was written is lost and each change can be undone. Actions
are decisions about groups; no answer and no figure is ever stored here.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from dashboards.language import say
from flows.errors import UsageError

__all__ = ["MOST_LETTERS", "STATUSES", "Action", "list_actions", "remove_action", "save_action", "undo_action"]

STATUSES = ("planned", "running", "done", "dropped")
MOST_LETTERS = 500
_SCHEMA = """
create table if not exists action_version (
    action_id text not null, version integer not null, title text not null, group_ids text not null,
    measure_ids text not null, decided_on text not null, starts_on text not null, owner text not null,
    status text not null, note text not null, is_removed integer not null, primary key (action_id, version)
)
"""
_COLUMNS = "action_id, title, group_ids, measure_ids, decided_on, starts_on, owner, status, note, is_removed"
_LATEST = f"""
select {_COLUMNS}, version from action_version as one
where version = (select max(version) from action_version as other where other.action_id = one.action_id)
order by starts_on desc, decided_on desc, action_id
"""  # noqa: S608 - made of constants of this module


@dataclass(frozen=True, slots=True)
class Action:
    """One decision. `group_ids` empty: the whole organisation. `owner`: an office or a role, in leadership's words."""

    title: str
    decided_on: date
    starts_on: date
    owner: str
    status: str = "planned"
    group_ids: tuple[str, ...] = ()
    measure_ids: tuple[str, ...] = ()
    note: str = ""
    action_id: str = ""
    version: int = 0


def list_actions(file: Path) -> tuple[Action, ...]:
    """All actions that were not removed, the latest start first; none where the file is not there yet."""
    if not file.exists():
        return ()
    with _opened(file) as con:
        return tuple(action for action, is_removed in _rows(con, _LATEST) if not is_removed)


def save_action(file: Path, action: Action) -> Action:
    """Write a new action, or a new version of one. Raises UsageError for one that lacks a title, owner or status."""
    checked = _checked(action)
    if not checked.action_id:
        checked = replace(checked, action_id=uuid.uuid4().hex)
    with _opened(file) as con, con:
        return _append(con, checked, is_removed=False)


def remove_action(file: Path, action_id: str) -> None:
    """Take an action off the pages; `undo_action` brings it back."""
    with _opened(file) as con, con:
        latest, is_removed = _latest(con, action_id)
        if not is_removed:
            _append(con, latest, is_removed=True)


def undo_action(file: Path, action_id: str) -> None:
    """Bring back what the action was before its last change; the first version has nothing before it."""
    with _opened(file) as con, con:
        latest, _ = _latest(con, action_id)
        before = _rows(
            con,
            f"select {_COLUMNS}, version from action_version where action_id = ? and version = ?",  # noqa: S608
            (action_id, latest.version - 1),
        )
        if not before:
            raise UsageError(say("error_nothing_to_undo"))
        action, is_removed = before[0]
        _append(con, replace(action, version=latest.version), is_removed=is_removed)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file, timeout=10)) as con:
        con.execute(_SCHEMA)
        yield con


def _checked(action: Action) -> Action:
    clean = replace(
        action, title=_clean(action.title), owner=_clean(action.owner), note=_clean(action.note, MOST_LETTERS * 4)
    )
    if not clean.title:
        raise UsageError(say("error_no_title"))
    if not clean.owner:
        raise UsageError(say("error_no_owner"))
    if clean.status not in STATUSES:
        raise UsageError(say("error_status", statuses=", ".join(STATUSES)))
    return clean


def _clean(text: str, most: int = MOST_LETTERS) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:most]


def _latest(con: sqlite3.Connection, action_id: str) -> tuple[Action, bool]:
    for action, is_removed in _rows(con, _LATEST):
        if action.action_id == action_id:
            return action, is_removed
    raise UsageError(say("error_not_on_record"))


def _append(con: sqlite3.Connection, action: Action, *, is_removed: bool) -> Action:
    """Raises UsageError where somebody else changed the action since it was read."""
    found = con.execute("select max(version) from action_version where action_id = ?", (action.action_id,)).fetchone()
    version = found[0] or 0
    if version != action.version:
        raise UsageError(say("error_changed_meanwhile"))
    saved = replace(action, version=version + 1)
    con.execute(
        "insert into action_version (action_id, title, group_ids, measure_ids, decided_on, starts_on, owner, status, "
        "note, is_removed, version) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            saved.action_id,
            saved.title,
            json.dumps(saved.group_ids),
            json.dumps(saved.measure_ids),
            saved.decided_on.isoformat(),
            saved.starts_on.isoformat(),
            saved.owner,
            saved.status,
            saved.note,
            int(is_removed),
            saved.version,
        ),
    )
    return saved


def _rows(con: sqlite3.Connection, query: str, values: Sequence[object] = ()) -> list[tuple[Action, bool]]:
    return [
        (
            Action(
                action_id=row[0],
                title=row[1],
                group_ids=tuple(json.loads(row[2])),
                measure_ids=tuple(json.loads(row[3])),
                decided_on=date.fromisoformat(row[4]),
                starts_on=date.fromisoformat(row[5]),
                owner=row[6],
                status=row[7],
                note=row[8],
                version=row[10],
            ),
            bool(row[9]),
        )
        for row in con.execute(query, values).fetchall()
    ]
