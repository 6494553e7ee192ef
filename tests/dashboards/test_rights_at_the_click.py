"""A role that is withdrawn after a page was drawn: the next click gives no file and writes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st

from dashboards.access import Access, Refusal, Scope
from dashboards.actions import list_actions
from dashboards.exports.take_along import while_shown
from dashboards.frame import View
from dashboards.releases import Settings, load_shelf
from dashboards.sign_in import Ask, standing
from dashboards.theme import LIGHT
from tests.dashboards.drawn_page import page

LEADER = Scope("leadership", sees_all=True)
VIEWER = Scope("viewer", frozenset({"fern"}))
CLAIMS = {
    "is_logged_in": True,
    "iss": "https://id.example",
    "aud": "quorum",
    "sub": "1",
    "email": "ada@example.org",
    "email_verified": True,
}


@pytest.fixture
def roles_file(tmp_path: Path) -> Path:
    path = tmp_path / "access.csv"
    path.write_text("person,role,unit_ids\nada@example.org,leadership,\n", "utf-8")
    return path


@pytest.fixture
def asked_by(monkeypatch: pytest.MonkeyPatch, roles_file: Path) -> Callable[[float], Ask]:
    """What a page asks with for Ada, whose sign-in ends in so many seconds."""

    def made(seconds: float) -> Ask:
        claims = {**CLAIMS, "exp": time.time() + seconds}
        monkeypatch.setattr(st, "user", SimpleNamespace(to_dict=lambda: claims))
        rules = Access("openid", roles_file=str(roles_file), issuer="https://id.example", client_id="quorum")
        return standing(rules)

    return made


def file_of(northfield: Path, ask: Ask) -> tuple[Callable[[], bytes], list[str]]:
    """A file to take along from a page drawn for a leader, and how often it was made."""
    settings = Settings(northfield / "released", northfield / "release.pub", False)
    shelf = load_shelf(settings, LEADER)
    assert shelf.latest is not None
    view = View(shelf, shelf.latest, None, LIGHT, lambda _: None, LEADER, (), settings, ask)
    made: list[str] = []
    return while_shown(view, lambda: (made.append("made"), b"file")[1]), made


def test_a_file_is_made_while_the_role_stands(northfield: Path, asked_by: Callable[[float], Ask]) -> None:
    take, made = file_of(northfield, asked_by(60))
    assert (take(), made) == (b"file", ["made"])


@pytest.mark.parametrize("left", ["", "ada@example.org,viewer,fern\n", "ada@example.org,nonsense,\n"])
def test_no_file_is_made_once_the_roles_file_says_otherwise(
    northfield: Path, asked_by: Callable[[float], Ask], roles_file: Path, left: str
) -> None:
    take, made = file_of(northfield, asked_by(60))
    roles_file.write_text(f"person,role,unit_ids\n{left}", "utf-8")
    with pytest.raises(PermissionError, match="Load the page again"):
        take()
    assert made == []


def test_no_file_is_made_once_the_sign_in_has_ended(
    northfield: Path, asked_by: Callable[[float], Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    take, made = file_of(northfield, asked_by(60))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)
    with pytest.raises(PermissionError):
        take()
    assert made == []


def _form(northfield: Path, monkeypatch: pytest.MonkeyPatch, answers: list[Scope | Refusal]) -> Any:
    """The page of actions with a filled form, drawn for a leader; later questions get the other answers in turn."""
    monkeypatch.setattr("dashboards.sign_in.standing", lambda access: lambda: answers.pop(0))
    test = page("actions", northfield)
    test.text_input[0].input("Two nights fewer a month")
    test.text_input[1].input("Nursing directorate")
    return test


@pytest.mark.usefixtures("_empty_cache")
@pytest.mark.parametrize(
    ("later", "said"),
    [
        ([LEADER, Refusal.NO_ROLE], "What you may see or do has changed"),
        ([LEADER, VIEWER], "What you may see or do has changed"),
        ([VIEWER], ""),
        ([Refusal.NO_ROLE], ""),
    ],
    ids=["gone-in-the-run", "less-in-the-run", "less-before-the-run", "gone-before-the-run"],
)
def test_a_form_writes_nothing_once_the_role_is_gone(
    northfield: Path, monkeypatch: pytest.MonkeyPatch, later: list[Scope | Refusal], said: str
) -> None:
    test = _form(northfield, monkeypatch, [LEADER, *later])
    test.button[0].click().run()
    assert list_actions(northfield / "actions.sqlite3") == ()
    assert [said in error.value for error in test.error] == ([True] if said else [])


@pytest.mark.usefixtures("_empty_cache")
def test_the_same_form_writes_while_the_role_stands(northfield: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = _form(northfield, monkeypatch, [LEADER] * 9)
    test.button[0].click().run()
    assert [action.title for action in list_actions(northfield / "actions.sqlite3")] == ["Two nights fewer a month"]
    (northfield / "actions.sqlite3").unlink()
