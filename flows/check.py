"""`quorum check`: collect to audit in memory, and a forecast of what a release would show. Stores nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from flows.collect.unit_rules import UnitRules
from flows.progress import report
from flows.publish.write import stage_release
from flows.steps import (
    aggregate_step,
    audit_cells,
    cells_of,
    collect_step,
    protect_step,
    score_step,
    validate_step,
)
from flows.wave_report import RunResult
from flows.workbench import Workbench, sources_of
from flows.zones import memory_store


def check(bench: Workbench, files: Sequence[str], rules: UnitRules | None = None) -> RunResult:
    """Everything that a run would do but publishing. Answers stay in memory; only protected tables, for the audit's
    eyes, touch a private temporary folder, which is removed.
    """
    sources = sources_of(bench, files)
    with memory_store() as con, tempfile.TemporaryDirectory(prefix="quorum-check-") as folder:
        collected = collect_step(con, bench, sources, rules)
        report(f"collect {collected.collected_n:,}")
        checked = validate_step(con, bench, collected, sources)
        report("validate passed")
        scored = score_step(con, bench)
        aggregated = aggregate_step(con)
        protected = protect_step(con, bench)
        report(f"protect {protected.summary.shown_n + protected.summary.other_n:,} groups")
        staged = Path(folder) / bench.wave_id
        stage_release(protected.tables, staged)
        audited = audit_cells(cells_of(con, bench), bench, staged)
        report("audit passed" if audited.passed else "audit failed")
    return RunResult(checked, scored, aggregated, protected.summary, audited)
