"""What leadership decided is kept, changed and undone without a loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from dashboards.action_form import _not_offered
from dashboards.actions import Action, list_actions, remove_action, save_action, undo_action
from flows.errors import UsageError

ROTA = Action("Two nights fewer a month", date(2026, 9, 1), date(2026, 10, 1), "Nursing directorate")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "actions.sqlite3"


def test_there_are_no_actions_before_the_first_and_looking_makes_no_file(file: Path) -> None:
    assert (list_actions(file), file.exists()) == ((), False)


def test_an_action_is_found_again_as_it_was_written(file: Path) -> None:
    saved = save_action(file, replace(ROTA, group_ids=("ward-fern",), measure_ids=("bo1", "st1"), note="Until May"))
    assert list_actions(file) == (saved,)


def test_a_change_can_be_undone(file: Path) -> None:
    saved = save_action(file, ROTA)
    save_action(file, replace(saved, status="running"))
    undo_action(file, saved.action_id)
    assert [action.status for action in list_actions(file)] == ["planned"]


def test_a_removed_action_leaves_the_pages_and_can_be_brought_back(file: Path) -> None:
    saved = save_action(file, ROTA)
    remove_action(file, saved.action_id)
    gone = list_actions(file)
    undo_action(file, saved.action_id)
    assert (gone, [action.title for action in list_actions(file)]) == ((), [ROTA.title])


def test_a_first_version_has_nothing_to_undo(file: Path) -> None:
    saved = save_action(file, ROTA)
    with pytest.raises(UsageError, match="nothing to undo"):
        undo_action(file, saved.action_id)


def test_of_two_people_who_change_the_same_version_the_second_is_told(file: Path) -> None:
    saved = save_action(file, ROTA)
    save_action(file, replace(saved, status="running"))
    with pytest.raises(UsageError, match="Somebody changed"):
        save_action(file, replace(saved, status="dropped"))


@pytest.mark.parametrize("wrong", [{"title": " \n"}, {"owner": ""}, {"status": "perhaps"}])
def test_an_action_that_says_too_little_is_refused(file: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        save_action(file, replace(ROTA, **wrong))


def test_actions_stand_with_the_latest_start_first(file: Path) -> None:
    for month in (3, 9, 6):
        save_action(file, replace(ROTA, title=f"from {month}", starts_on=date(2026, month, 1)))
    assert [action.title for action in list_actions(file)] == ["from 9", "from 6", "from 3"]


def test_a_change_keeps_the_measures_that_this_wave_did_not_ask() -> None:
    assert _not_offered(("bo1", "vr1"), {"bo1": "Burnout"}) == ("vr1",)
