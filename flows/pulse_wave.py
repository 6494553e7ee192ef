"""How a wave becomes a release. Read this first.

collect   export files -> `collected`: complete rows, mapped, without identity, in random order
validate  `collected` -> `response`, `quarantine`, `value_fault`; Great Expectations judges what is left
score     `response` -> `scored_response`: exact integer scores, missing-data rules
aggregate `scored_response` -> `cell`, `participation`: counts and sums per unit
protect   cells -> protected tables, staged: the only way out for figures
audit     an attacker who shares no code with protect tries the staged tables; a success ends the run
publish   the audited tables, signed, appear in data/released by one rename
trend     releases -> data/derived: levels, changes, comparisons; a fault here leaves the release as it is

Each step reads what the one before it wrote into the wave's encrypted store. Tasks take ids and return
counts: Prefect stores messages, parameters and states, so no row and no answer ever reaches them.
"""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from flows import log
from flows.account import Account, recall, refuse_lopsided
from flows.aggregate.aggregate import AggregateSummary
from flows.audit.report import AuditReport
from flows.collect.collect import CollectSummary
from flows.collect.pulls import PullMayPass
from flows.collect.sealed import remove_pulled
from flows.errors import QuorumError
from flows.plan import freeze
from flows.progress import report
from flows.protect.protect import ProtectSummary
from flows.pull_sources import pull_sources
from flows.score.score import ScoreSummary
from flows.steps import (
    CheckedInput,
    TransientFault,
    aggregate_step,
    audit_step,
    checks_json,
    collect_step,
    guarded,
    publish_step,
    refuse_repeated,
    score_step,
    stage_step,
    trend_step,
    validate_step,
)
from flows.wave_report import RunResult, write_wave_report
from flows.workbench import open_workbench, sources_at_hand
from flows.zones import Zones


@flow(name="pulse-wave")
def pulse_wave(workspace: str, wave_id: str, files: list[str]) -> RunResult:
    """One wave from its export files to its release."""
    if not files:
        pull(workspace, wave_id)
    collected = collect(workspace, wave_id, files)
    checked = validate(workspace, wave_id, files, collected)
    scored = score(workspace, wave_id)
    aggregated = aggregate(workspace, wave_id)
    protected = protect(workspace, wave_id)
    audited = audit(workspace, wave_id)
    result = publish(workspace, wave_id, checked, scored, aggregated, protected, audited)
    trend(workspace)
    return result


async def _is_transient(_task: Task[..., object], _run: TaskRun, state: State[object]) -> bool:
    """Only what may pass by itself is tried again: a network share that dropped, a disk that was busy."""
    return isinstance(await state.aresult(raise_on_failure=False), TransientFault | PullMayPass)


@task(retries=4, retry_delay_seconds=[5, 30, 120, 300], retry_condition_fn=_is_transient)
@guarded
def pull(workspace: str, wave_id: str) -> int:
    """Answers from the survey tools that the settings name, encrypted in the restricted zone. Returns how many pulls.

    The secret is looked up here: it is no parameter, no result and in no message.
    """
    bench = open_workbench(Path(workspace), wave_id)
    pulled_n = pull_sources(bench)
    if pulled_n:
        log.append(bench.zones, "pulled", wave_id=wave_id, sources_n=pulled_n)
        report(f"pull {pulled_n}")
    return pulled_n


@task(retries=3, retry_delay_seconds=[2, 10, 30], retry_condition_fn=_is_transient)
@guarded
def collect(workspace: str, wave_id: str, files: list[str]) -> CollectSummary:
    """Export files into the encrypted store, which replaces what the wave held."""
    bench = open_workbench(Path(workspace), wave_id)
    with sources_at_hand(bench, files) as sources, bench.new_store() as con:
        collected = collect_step(con, bench, sources)
    log.append(bench.zones, "collected", wave_id=wave_id, read_n=collected.read_n, files_n=len(files))
    report(f"collect {collected.collected_n:,}")
    return collected


@task
@guarded
def validate(workspace: str, wave_id: str, files: list[str], collected: CollectSummary) -> CheckedInput:
    """Judge rows and values; from here on policy and units of the wave are fixed."""
    bench = open_workbench(Path(workspace), wave_id)
    with sources_at_hand(bench, files) as sources, bench.store() as con:
        checked = validate_step(con, bench, collected, sources)
        refuse_lopsided(checked.account)
        refuse_repeated(con, bench)
    if not bench.is_frozen:
        freeze(bench.zones, bench.plan)
        log.append(bench.zones, "plan_fixed", wave_id=wave_id, policy_fixed=bench.plan.policy_fixed)
    _account_artifact(wave_id, checked.account)
    report("validate passed")
    return checked


@task
@guarded
def score(workspace: str, wave_id: str) -> ScoreSummary:
    """Answers into scores."""
    bench = open_workbench(Path(workspace), wave_id)
    with bench.store() as con:
        scored = score_step(con, bench)
    report(f"score {len(scored.scored_n)} measures")
    return scored


@task
@guarded
def aggregate(workspace: str, wave_id: str) -> AggregateSummary:
    """Scores into cells per unit."""
    bench = open_workbench(Path(workspace), wave_id)
    with bench.store() as con:
        aggregated = aggregate_step(con)
    report(f"aggregate {aggregated.units_n:,} units")
    return aggregated


@task
@guarded
def protect(workspace: str, wave_id: str) -> ProtectSummary:
    """Cells into protected tables, staged for the audit."""
    bench = open_workbench(Path(workspace), wave_id)
    with bench.store() as con:
        protected = stage_step(con, bench)
    report(f"protect {protected.shown_n + protected.other_n:,} groups")
    return protected


@task
@guarded
def audit(workspace: str, wave_id: str) -> AuditReport:
    """Attack the staged tables; a success ends the run before anything is published."""
    bench = open_workbench(Path(workspace), wave_id)
    with bench.store() as con:
        audited = audit_step(con, bench, bench.zones.staging(wave_id))
    report("audit passed")
    return audited


@task
@guarded
def publish(
    workspace: str,
    wave_id: str,
    checked: CheckedInput,
    scored: ScoreSummary,
    aggregated: AggregateSummary,
    protected: ProtectSummary,
    audited: AuditReport,
) -> RunResult:
    """Write the wave's report, sign, rename, log."""
    bench = open_workbench(Path(workspace), wave_id)
    result = RunResult(checked, scored, aggregated, protected, audited)
    # The report first: a kill between the two must not leave a release, which is final, without its counts.
    write_wave_report(bench.zones, wave_id, result)
    with bench.store() as con:
        publish_step(con, bench, checks_json(audited))
        digest = recall(con).input_digest
    log.append(bench.zones, "released", wave_id=wave_id, shown_n=protected.shown_n, input_digest=digest)
    remove_pulled(bench.zones, wave_id)
    report("publish")
    return result


@task
def trend(workspace: str) -> str:
    """Derived files of the newest wave. The release is out and final, so a fault is told and ends nothing."""
    try:
        derived = trend_step(Zones(Path(workspace)))
    except QuorumError as error:
        report("trend failed: run `quorum trend`")
        return type(error).__name__
    report(f"trend {len(derived.shown)} waves")
    return "made"


def _account_artifact(wave_id: str, account: Account) -> None:
    """The account of rows where Prefect's pages show it: whole-organisation counts."""
    key = f"account-{wave_id.lower().replace('_', '-')}"
    rows = [{"rows": name, "count": account.part(name)} for name in Account.__dataclass_fields__]
    create_table_artifact(key=key, table=rows, description=f"Account of every row read for wave {wave_id}")
