"""The steps from export to release in their one order; the flow, the calendar and the tests all walk this one.

`walk` is how each step is called: `directly`, or as a Prefect task (`flows/pulse_wave.py`). A step takes ids and
summaries of counts and opens the wave's store by itself, so no row and no answer reaches who calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from flows import log
from flows.account import recall, refuse_lopsided
from flows.aggregate.aggregate import AggregateSummary
from flows.audit.report import AuditReport
from flows.ballots.take_in import destroy_ballots, is_ballot_wave
from flows.collect.collect import CollectSummary, input_digest
from flows.collect.sealed import remove_pulled
from flows.errors import QuorumError
from flows.operate.approval import Answer, asked_about
from flows.plan import freeze
from flows.progress import report
from flows.protect.protect import ProtectSummary
from flows.pull_sources import pull_sources
from flows.say import people
from flows.score.score import ScoreSummary
from flows.steps import (
    CheckedInput,
    aggregate_step,
    audit_step,
    checks_json,
    collect_step,
    publish_step,
    refuse_repeated,
    refuse_same_input,
    score_step,
    stage_step,
    trend_step,
    validate_step,
)
from flows.wave_report import RunResult, write_wave_report
from flows.workbench import Workbench, api_sources_of, open_workbench, sources_at_hand
from flows.zones import Zones

P = ParamSpec("P")
R = TypeVar("R")


class Walk(Protocol):
    """How a step is called."""

    def __call__(self, step: Callable[P, R], /) -> Callable[P, R]:
        """The step, ready to be called."""


def directly(step: Callable[P, R], /) -> Callable[P, R]:
    """In this process, without Prefect."""
    return step


def to_audit(walk: Walk, workspace: str, wave_id: str, files: Sequence[str] = ()) -> RunResult:
    """From the files named, or else the sources of the settings, to audited tables that wait to be published."""
    names = list(files)
    if not names:
        walk(pull)(workspace, wave_id)
    collected = walk(collect)(workspace, wave_id, names)
    checked = walk(validate)(workspace, wave_id, names, collected)
    scored = walk(score)(workspace, wave_id)
    aggregated = walk(aggregate)(workspace, wave_id)
    protected = walk(protect)(workspace, wave_id)
    audited = walk(audit)(workspace, wave_id)
    return RunResult(checked, scored, aggregated, protected, audited)


def to_release(walk: Walk, workspace: str, wave_id: str, result: RunResult) -> None:
    """What was audited becomes the release, and the derived files follow."""
    walk(publish)(workspace, wave_id, result)
    walk(trend)(workspace)


def pull(workspace: str, wave_id: str) -> int:
    """Answers from the survey tools that the settings name, encrypted in the restricted zone. Returns how many pulls.

    The secret is looked up here: it is no parameter, no result and in no message. What was approved stays.
    """
    bench = open_workbench(Path(workspace), wave_id)
    if is_approved_pull(bench):
        return 0
    pulled_n = pull_sources(bench)
    if pulled_n:
        log.append(bench.zones, "pulled", wave_id=wave_id, sources_n=pulled_n)
        report(f"pull {pulled_n}")
    return pulled_n


def is_approved_pull(bench: Workbench) -> bool:
    """Whether a steward has approved what was pulled: then that is released, not what the tool holds by now."""
    asked = asked_about(bench.zones, bench.wave_id)
    pulls = [bench.zones.pulled(bench.wave_id, at) for at, _ in enumerate(api_sources_of(bench, ()), start=1)]
    is_approved = asked is not None and asked.answer is Answer.APPROVED
    return is_approved and bool(pulls) and all(path.exists() for path in pulls)


def collect(workspace: str, wave_id: str, files: list[str]) -> CollectSummary:
    """Export files into the encrypted store, which replaces what the wave held."""
    bench = open_workbench(Path(workspace), wave_id)
    with sources_at_hand(bench, files) as sources:
        refuse_same_input(bench, input_digest(sources))
        with bench.new_store() as con:
            collected = collect_step(con, bench, sources)
    log.append(bench.zones, "collected", wave_id=wave_id, read_n=collected.read_n, files_n=len(sources))
    report(f"collect {collected.collected_n:,}")
    return collected


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
    report("validate passed")
    return checked


def score(workspace: str, wave_id: str) -> ScoreSummary:
    """Answers into scores."""
    bench = open_workbench(Path(workspace), wave_id)
    with bench.store() as con:
        scored = score_step(con, bench)
    report(f"score {len(scored.scored_n)} measures")
    return scored


def aggregate(workspace: str, wave_id: str) -> AggregateSummary:
    """Scores into cells per unit."""
    bench = open_workbench(Path(workspace), wave_id)
    with bench.store() as con:
        aggregated = aggregate_step(con)
    report(f"aggregate {people(aggregated.units_n, 'unit')}")
    return aggregated


def protect(workspace: str, wave_id: str) -> ProtectSummary:
    """Cells into protected tables, staged for the audit."""
    bench = open_workbench(Path(workspace), wave_id)
    with bench.store() as con:
        protected = stage_step(con, bench)
    report(f"protect {protected.shown_n + protected.other_n:,} groups")
    return protected


def audit(workspace: str, wave_id: str) -> AuditReport:
    """Attack the staged tables; a success ends the run before anything is published."""
    bench = open_workbench(Path(workspace), wave_id)
    with bench.store() as con:
        audited = audit_step(con, bench, bench.zones.staging(wave_id))
    report("audit passed")
    return audited


def publish(workspace: str, wave_id: str, result: RunResult) -> None:
    """Write the wave's report, sign, rename, log; then destroy what the staff page and the pulls left behind."""
    bench = open_workbench(Path(workspace), wave_id)
    # The report first: a kill between the two must not leave a release, which is final, without its counts.
    write_wave_report(bench.zones, wave_id, result)
    with bench.store() as con:
        publish_step(con, bench, checks_json(result.audited))
        digest = recall(con).input_digest
    log.append(bench.zones, "released", wave_id=wave_id, shown_n=result.protected.shown_n, input_digest=digest)
    clear_inputs(bench.zones, wave_id)
    report("publish")


def clear_inputs(zones: Zones, wave_id: str) -> None:
    """Destroy the sealed answers, keys and pulls of a released wave: they are counted, in its store."""
    remove_pulled(zones, wave_id)
    if is_ballot_wave(zones, wave_id):
        destroy_ballots(zones, wave_id)


def trend(workspace: str) -> str:
    """Derived files of the newest wave. The release is out and final, so a fault is told and ends nothing."""
    try:
        derived = trend_step(Zones(Path(workspace)))
    except QuorumError as error:
        report("trend failed: run `quorum trend`")
        return type(error).__name__
    report(f"trend {people(len(derived.shown), 'wave')}")
    return "made"
