"""The year as Prefect flows: a look at the calendar a day, and a wave that pauses for a steward's answer.

As in `flows/pulse_wave.py`, tasks take ids and return counts: no row and no answer reaches Prefect.
"""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from prefect import flow, serve
from prefect.deployments import run_deployment
from prefect.deployments.runner import RunnerDeployment
from prefect.flow_runs import pause_flow_run
from prefect.input import RunInput
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.account import recall
from flows.errors import ExportRefused, WorkspaceError
from flows.operate.approval import Answer, answer_question, asked_about
from flows.operate.day import Day, announce, waits_for_answer
from flows.operate.operate_settings import ScheduleSettings
from flows.operate.questions import QUESTIONS
from flows.pulse_wave import account_artifact, as_task
from flows.wave_steps import to_audit, to_release
from flows.workbench import only_run, open_workbench
from flows.zones import Zones

WAVE_DEPLOYMENT = "scheduled-wave/wave"
PATIENCE = datetime.timedelta(days=14)


class ReleaseAnswer(RunInput):
    """What a steward answers in Prefect's pages."""

    is_approved: bool = False
    answered_by: str = ""


@flow(name="scheduled-wave")
def scheduled_wave(workspace: str, wave_id: str) -> str:
    """One closed wave to its release; where something looks unusual, it pauses for an answer first."""
    root, zones = Path(workspace), Zones(Path(workspace))
    with only_run(zones):
        result = to_audit(as_task, workspace, wave_id)
        account_artifact(wave_id, result.checked.account)
        is_waiting = waits_for_answer(root, wave_id, result)
    if is_waiting and not _is_approved(zones, wave_id):
        return "declined"
    with only_run(zones):
        if is_waiting:
            refuse_changed_input(workspace, wave_id)
        to_release(as_task, workspace, wave_id, result)
    announce(root, wave_id)
    return "released"


def refuse_changed_input(workspace: str, wave_id: str) -> None:
    """Raises ExportRefused where the wave now holds another input than the one that was approved."""
    bench = open_workbench(Path(workspace), wave_id)
    asked = asked_about(bench.zones, wave_id)
    with bench.store() as con:
        digest = recall(con).input_digest
    if asked is None or asked.answer is not Answer.APPROVED or asked.input_digest != digest:
        raise ExportRefused("the input of the wave has changed since it was shown. Nothing was released.")


def _is_approved(zones: Zones, wave_id: str) -> bool:
    """Pause until a steward has answered in Prefect's pages, or with `quorum approve`; the log gets the answer."""
    asked = asked_about(zones, wave_id)
    if asked is None:
        return False
    counts = "\n".join(f"- {name}: {n:,}" for name, n in asked.counts.items())
    text = "\n".join(f"- {QUESTIONS[word]}" for word in asked.questions)
    described = ReleaseAnswer.with_initial_data(
        description=f"Release wave {wave_id}? It is final.\n\n{text}\n\nAudit passed. Whole organisation:\n\n{counts}",
        is_approved=False,
        answered_by="",
    )
    answer = pause_flow_run(wait_for_input=described, timeout=int(PATIENCE.total_seconds()), poll_interval=5)
    is_approved = answer is not None and answer.is_approved
    by = (answer.answered_by if answer is not None else "") or "Prefect's pages"
    answer_question(zones, wave_id, is_approved=is_approved, by=by)
    return is_approved


@flow(name="daily-look")
def daily_look(workspace: str) -> list[str]:
    """What the calendar asks for today; each wave that is to be released becomes a run of its own."""
    return Day(Path(workspace), _start_wave).look()


def _start_wave(root: Path, wave_id: str) -> str:
    run_deployment(
        WAVE_DEPLOYMENT, parameters={"workspace": str(root), "wave_id": wave_id}, timeout=0, as_subflow=False
    )
    return "is on its way to its release"


def serve_year(workspace: Path, schedule: ScheduleSettings) -> None:
    """Serve both deployments until stopped."""
    hour, minute = schedule.at.split(":")
    cron = Cron(f"{int(minute)} {int(hour)} * * *", timezone=_local_zone())
    look = daily_look.to_deployment(
        name="calendar",
        schedules=[cron],
        parameters={"workspace": str(workspace)},
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    wave = scheduled_wave.to_deployment(name="wave", entrypoint_type=EntrypointType.MODULE_PATH)
    if not isinstance(look, RunnerDeployment) or not isinstance(wave, RunnerDeployment):
        raise WorkspaceError("Prefect gave no deployments: this is not the version that Quorum was made for.")
    serve(look, wave, pause_on_shutdown=False, print_starting_message=False, limit=10)


def _local_zone() -> str:
    """Name of this machine's time zone; UTC where it does not say."""
    name = os.environ.get("TZ") or os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    return name or "UTC"
