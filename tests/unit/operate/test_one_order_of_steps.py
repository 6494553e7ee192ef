"""There is one order of the steps: the flow, the scheduled flow and the calendar all walk it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any
from unittest import mock

from flows import pulse_wave, wave_steps, year_flow
from flows.operate import day
from flows.wave_steps import to_audit, to_release

STORY = ["pull", "collect", "validate", "score", "aggregate", "protect", "audit", "publish", "trend"]


def walked(*files: str) -> list[str]:
    names: list[str] = []

    def note(step: Callable[..., Any], /) -> Callable[..., Any]:
        names.append(step.__name__)
        return mock.Mock()

    result = to_audit(note, "folder", "2026-11", files)
    to_release(note, "folder", "2026-11", result)
    return names


def test_the_steps_come_in_the_order_of_the_story() -> None:
    assert walked() == STORY


def test_files_that_are_named_are_the_whole_input_so_nothing_is_pulled() -> None:
    assert walked("export.csv") == STORY[1:]


def test_every_step_that_is_walked_is_told_in_the_story() -> None:
    told = [line.split()[0] for line in (pulse_wave.__doc__ or "").splitlines() if "   " in line or "->" in line]
    assert told == STORY[1:]


def test_flow_scheduled_flow_and_calendar_walk_this_order_and_call_no_step_by_themselves() -> None:
    for way in (pulse_wave.pulse_wave.fn, year_flow.scheduled_wave.fn, day.release_directly):
        text = inspect.getsource(way)
        assert text.count("to_audit(") == 1
        assert text.count("to_release(") == 1
        assert "_step(" not in text


def test_a_step_becomes_the_prefect_task_of_its_name_with_retries_only_where_they_can_help() -> None:
    tasks = {name: pulse_wave.as_task(getattr(wave_steps, name)) for name in STORY}
    retried = {name for name, made in tasks.items() if made.retries}  # type: ignore[attr-defined]
    assert [made.name for made in tasks.values()] == STORY  # type: ignore[attr-defined]
    assert retried == set(pulse_wave.RETRY_SECONDS)
