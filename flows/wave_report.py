"""Counts of a run for stewards: as JSON (`--json`, data/reports) and as the lines of a command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flows.account import Account, faults_of
from flows.aggregate.aggregate import AggregateSummary
from flows.audit.report import AuditReport
from flows.collect.collect import SourceRead
from flows.protect.protect import ProtectSummary
from flows.score.score import ScoreSummary
from flows.steps import CheckedInput, checks_json
from flows.zones import Zones, write_atomically

SMALL_SOURCE_N = 50
"""Below so many rows a source may be one team, whose count is nobody's to see."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a complete run, or a check, found; counts only."""

    checked: CheckedInput
    scored: ScoreSummary
    aggregated: AggregateSummary
    protected: ProtectSummary
    audited: AuditReport


def shown_reads(sources: Sequence[SourceRead]) -> list[int | None]:
    """Rows read from each source; None for a small one, which may be one team, and for one more that would tell it.

    The total of the wave is known, so a single hidden count would be what is left of it.
    """
    by_size = sorted(range(len(sources)), key=lambda at: sources[at].read_n)
    hidden = {at for at in by_size if sources[at].read_n < SMALL_SOURCE_N}
    if len(sources) == 1:
        return [sources[0].read_n]
    if len(hidden) == 1:
        hidden |= set(by_size[:2])
    return [None if at in hidden else source.read_n for at, source in enumerate(sources)]


def report_json(wave_id: str | None, result: RunResult, next_step: str) -> dict[str, Any]:
    """The shared keys of JSON reports (CONTRACTS 5). What a file cannot tell is null, not 0."""
    checked = result.checked
    cannot_tell = set(checked.collected.cannot_tell)
    counts = {
        f"{name}_n": None if name in cannot_tell else checked.account.part(name)
        for name in Account.__dataclass_fields__
    }
    faults = faults_of(checked.collected, checked.validated)
    return {
        "wave_id": wave_id,
        **counts,
        "source_grade": checked.collected.source_grade,
        "sources": [
            {"name": source.name, "tool": source.tool, "read_n": read_n}
            for source, read_n in zip(checked.collected.sources, shown_reads(checked.collected.sources), strict=True)
        ],
        "faults": [{"reason": reason, "n": n} for reason, n in faults.items()],
        "items": [
            {
                "item_id": item.item_id,
                "answered_n": item.answered_n,
                "skipped_n": item.skipped_n,
                "prefer_not_to_say_n": item.prefer_not_to_say_n,
                "not_applicable_n": item.not_applicable_n,
                "value_faults_n": item.faults_n,
            }
            for item in checked.validated.items
        ],
        "validation": [{"expectation": outcome.name, "passed": outcome.success} for outcome in checked.expectations],
        "groups": {
            "shown": result.protected.shown_n,
            "pooled": result.protected.pooled_n,
            "other": result.protected.other_n,
            "hidden": result.protected.hidden_n,
        },
        "audit": {"passed": result.audited.passed, "checks": checks_json(result.audited)},
        "next": next_step,
    }


def write_wave_report(zones: Zones, wave_id: str, result: RunResult) -> None:
    """Keep the counts of a released wave for stewards."""
    content = json.dumps(report_json(wave_id, result, "quorum show"), indent=1, sort_keys=True) + "\n"
    write_atomically(zones.reports / f"{wave_id}.json", content.encode())
