"""A wave in two halves without Prefect: up to the audit, and the release. For rehearsals, and where no server runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flows import log
from flows.account import recall, refuse_lopsided
from flows.plan import freeze
from flows.steps import (
    aggregate_step,
    audit_step,
    checks_json,
    collect_step,
    publish_step,
    refuse_repeated,
    score_step,
    stage_step,
    validate_step,
)
from flows.wave_report import RunResult, write_wave_report
from flows.workbench import open_workbench, sources_of


@dataclass(frozen=True, slots=True)
class Prepared:
    """A wave whose tables are staged and audited."""

    root: Path
    wave_id: str
    result: RunResult


def prepare(root: Path, wave_id: str) -> Prepared:
    """Collect to audit, from the sources that the settings name. Raises what the steps raise."""
    bench = open_workbench(root, wave_id)
    with bench.new_store() as con:
        sources = sources_of(bench, ())
        collected = collect_step(con, bench, sources)
    log.append(bench.zones, "collected", wave_id=wave_id, read_n=collected.read_n, files_n=len(sources))
    with bench.store() as con:
        checked = validate_step(con, bench, collected, sources)
        refuse_lopsided(checked.account)
        refuse_repeated(con, bench)
    if not bench.is_frozen:
        freeze(bench.zones, bench.plan)
        log.append(bench.zones, "plan_fixed", wave_id=wave_id, policy_fixed=bench.plan.policy_fixed)
        bench = open_workbench(root, wave_id)
    with bench.store() as con:
        scored, aggregated = score_step(con, bench), aggregate_step(con)
        protected = stage_step(con, bench)
        audited = audit_step(con, bench, bench.zones.staging(wave_id))
    return Prepared(root, wave_id, RunResult(checked, scored, aggregated, protected, audited))


def publish_prepared(prepared: Prepared) -> None:
    """Sign the staged tables and move them into place."""
    bench = open_workbench(prepared.root, prepared.wave_id)
    write_wave_report(bench.zones, prepared.wave_id, prepared.result)
    with bench.store() as con:
        publish_step(con, bench, checks_json(prepared.result.audited))
        digest = recall(con).input_digest
    shown_n = prepared.result.protected.shown_n
    log.append(bench.zones, "released", wave_id=prepared.wave_id, shown_n=shown_n, input_digest=digest)
