"""How a wave becomes a release. Read this first.

collect   export files -> `collected`: complete rows, mapped, without identity, in random order
validate  `collected` -> `response`, `quarantine`, `value_fault`; Great Expectations judges what is left
score     `response` -> `scored_response`: exact integer scores, missing-data rules
aggregate `scored_response` -> `cell`, `participation`: counts and sums per unit
protect   cells -> protected tables, staged: the only way out for figures
audit     an attacker who shares no code with protect tries the staged tables; a success ends the run
publish   the audited tables, signed, appear in data/released by one rename
trend     releases -> data/derived: levels, changes, comparisons; a fault here leaves the release as it is

Each step reads what the one before it wrote into the wave's encrypted store. The order stands in
`flows/wave_steps.py`; here the steps become Prefect tasks. Tasks take ids and return counts: Prefect stores
messages, parameters and states, so no row and no answer ever reaches them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from flows.account import Account
from flows.collect.pulls import PullMayPass
from flows.steps import TransientFault, guarded
from flows.wave_report import RunResult
from flows.wave_steps import to_audit, to_release

RETRY_SECONDS = {"pull": [5.0, 30.0, 120.0, 300.0], "collect": [2.0, 10.0, 30.0]}
"""Waits before a step is tried again, by its name; the other steps read what is here already."""
P = ParamSpec("P")
R = TypeVar("R")


@flow(name="pulse-wave")
def pulse_wave(workspace: str, wave_id: str, files: list[str]) -> RunResult:
    """One wave from its export files to its release."""
    result = to_audit(as_task, workspace, wave_id, files)
    account_artifact(wave_id, result.checked.account)
    to_release(as_task, workspace, wave_id, result)
    return result


def as_task(step: Callable[P, R], /) -> Callable[P, R]:
    """A step as the Prefect task of its name. Only Quorum's own errors leave it; only what may pass is tried again."""
    waits = RETRY_SECONDS.get(step.__name__, [])
    as_named = task(
        name=step.__name__,
        retries=len(waits),
        retry_delay_seconds=waits,
        retry_condition_fn=_is_transient if waits else None,
    )
    return cast("Callable[P, R]", as_named(guarded(step)))


async def _is_transient(_task: Task[..., object], _run: TaskRun, state: State[object]) -> bool:
    """Only what may pass by itself is tried again: a network share that dropped, a disk that was busy."""
    return isinstance(await state.aresult(raise_on_failure=False), TransientFault | PullMayPass)


def account_artifact(wave_id: str, account: Account) -> None:
    """The account of rows where Prefect's pages show it: whole-organisation counts."""
    key = f"account-{wave_id.lower().replace('_', '-')}"
    rows = [{"rows": name, "count": account.part(name)} for name in Account.__dataclass_fields__]
    create_table_artifact(key=key, table=rows, description=f"Account of every row read for wave {wave_id}")
