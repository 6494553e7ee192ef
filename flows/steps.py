"""The steps of a wave on an open store, without Prefect: `quorum check` and the flow both call these."""

from __future__ import annotations

import errno
import importlib.metadata
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from flows import log
from flows.account import Account, WaveFacts, account_of, faults_of, recall, remember
from flows.aggregate.aggregate import AggregateSummary, aggregate, read_cells
from flows.aggregate.cells import ConfidentialCells
from flows.audit.audit_release import audit_folder
from flows.audit.report import AuditReport
from flows.ballots.take_in import ballots_account
from flows.collect.collect import CollectSummary, SourceFile, collect, input_digest
from flows.collect.unit_rules import UnitRules, rules_of
from flows.errors import AuditFailed, ExportRefused, QuorumError, WorkspaceError
from flows.keys import signers
from flows.progress import report_part
from flows.protect.policy import TIERS
from flows.protect.protect import Protected, ProtectSummary, protect
from flows.publish.write import ReleaseFacts, publish_staged, stage_release
from flows.score.score import ScoreSummary, scales_of, score
from flows.validate.expectations import ExpectationOutcome, expect
from flows.validate.repeated import answer_columns, is_repeated, row_hashes
from flows.validate.validate import ValidateSummary, validate
from flows.workbench import Workbench
from flows.zones import DISK_FULL, Zones, is_disk_full

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from flows.trend.write import Report

PASSING = (errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.ESTALE, errno.ETIMEDOUT)
P = ParamSpec("P")
R = TypeVar("R")


class StepFailed(WorkspaceError):
    """A step met something that no rule foresaw. The cause is named by its type only: its text may hold an answer."""


def guarded(step: Callable[P, R]) -> Callable[P, R]:
    """Let only Quorum's own errors out of a step: Prefect stores the text of an exception, and texts may hold rows."""

    @wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return step(*args, **kwargs)
        except QuorumError as error:
            raise error from None
        except Exception as error:
            raise _named(error, step.__name__) from None

    return run


def _named(error: Exception, step: str) -> QuorumError:
    if is_disk_full(error):
        return WorkspaceError(DISK_FULL)
    if isinstance(error, OSError):
        answer = errno.errorcode.get(error.errno or 0, type(error).__name__)
        kind = TransientFault if error.errno in PASSING else WorkspaceError
        return kind(f"{step}: the disk answered {answer}. Nothing was released: mend it and run again.")
    return StepFailed(f"{step} failed ({type(error).__name__}). Nothing was released. Please report this.")


class TransientFault(WorkspaceError):
    """A fault of the disk or the network share that may pass by itself."""


@dataclass(frozen=True, slots=True)
class CheckedInput:
    """What collecting and validating found, with the account of every row."""

    collected: CollectSummary
    validated: ValidateSummary
    account: Account
    expectations: tuple[ExpectationOutcome, ...]


@guarded
def collect_step(
    con: DuckDBPyConnection, bench: Workbench, sources: Sequence[SourceFile], rules: UnitRules | None = None
) -> CollectSummary:
    """Files into `collected`. rules: those of the wave, where none are given."""
    family = bench.plan.breakdown
    if rules is None:
        rules = rules_of(bench.zones.unit_rules(bench.wave_id), frozenset(bench.plan.units.by_id))
    breakdown_id = None if family is None else family.id
    return collect(
        con, bench.wave_id, sources, bench.zones.maps, bench.catalogue, breakdown_id, bench.wave.closes_on, rules
    )


@guarded
def validate_step(
    con: DuckDBPyConnection, bench: Workbench, collected: CollectSummary, sources: Sequence[SourceFile]
) -> CheckedInput:
    """`collected` into `response`, judged by rules and by Great Expectations; the account is kept in the store."""
    validated = validate(con, bench.catalogue, bench.plan.units)
    account = account_of(collected, validated)
    allowed = () if bench.plan.breakdown is None else bench.plan.breakdown.values
    expectations = expect(con, bench.catalogue, bench.plan.units, allowed)
    remember(
        con,
        WaveFacts(
            account=account,
            source_grade=collected.source_grade,
            items=collected.items,
            faults=faults_of(collected, validated),
            input_digest=input_digest(sources),
        ),
    )
    return CheckedInput(collected, validated, account, expectations)


@guarded
def refuse_repeated(con: DuckDBPyConnection, bench: Workbench) -> None:
    """Raises ExportRefused where these answers are already released under another wave id."""
    columns = answer_columns(con)
    rows = row_hashes(con, columns)
    for other in bench.released_elsewhere():
        with other.store() as store:
            if "response" not in {name for (name,) in store.execute("show tables").fetchall()}:
                continue
            common = sorted(set(columns) & set(answer_columns(store)))
            is_same = is_repeated(row_hashes(con, common) if common != columns else rows, row_hashes(store, common))
        if is_same:
            raise ExportRefused(
                f"most of these answers are already released as wave {other.wave_id}. A second release of the same "
                "answers, with some added or left out, would give single people away by subtraction. "
                "Late answers are not released; use the file of this wave alone. Nothing was released."
            )


def refuse_same_input(bench: Workbench, digest: str) -> None:
    """Raises ExportRefused where this very input was released as another wave, shredded or not."""
    for entry in log.entries(bench.zones):
        if entry["event"] == "released" and entry.get("input_digest") == digest and entry["wave_id"] != bench.wave_id:
            raise ExportRefused(
                f"this input is already released as wave {entry['wave_id']}. The same answers are released once. "
                "Name the file of this wave. Nothing was changed."
            )


@guarded
def score_step(con: DuckDBPyConnection, bench: Workbench) -> ScoreSummary:
    """`response` into `scored_response`."""
    return score(con, bench.catalogue)


@guarded
def aggregate_step(con: DuckDBPyConnection) -> AggregateSummary:
    """`scored_response` into `cell` and `participation`."""
    return aggregate(con)


def cells_of(con: DuckDBPyConnection, bench: Workbench) -> ConfidentialCells:
    """The confidential cells of the wave."""
    scales = scales_of(bench.catalogue, frozenset(recall(con).items))
    return read_cells(con, bench.wave_id, bench.plan.units, scales, bench.plan.breakdown)


@guarded
def protect_step(con: DuckDBPyConnection, bench: Workbench) -> Protected:
    """Cells into protected tables."""
    plan = bench.plan
    return protect(cells_of(con, bench), plan.units, plan.pools, plan.policy, bench.catalogue)


@guarded
def stage_step(con: DuckDBPyConnection, bench: Workbench) -> ProtectSummary:
    """Protect, and write the tables where the audit can attack them."""
    protected = protect_step(con, bench)
    stage_release(protected.tables, bench.zones.staging(bench.wave_id))
    return protected.summary


@guarded
def audit_step(con: DuckDBPyConnection, bench: Workbench, folder: Path) -> AuditReport:
    """Attack the staged tables. Raises AuditFailed, and removes them, where an attack succeeds."""
    report = audit_cells(cells_of(con, bench), bench, folder)
    if not report.passed:
        shutil.rmtree(folder, ignore_errors=True)
        failed = "; ".join(f"{check.name}: {check.detail}" for check in report.checks if not check.passed)
        raise AuditFailed(f"audit of wave {bench.wave_id} failed: {failed}. Nothing was released. Please report this.")
    return report


def audit_cells(cells: ConfidentialCells | None, bench: Workbench, folder: Path) -> AuditReport:
    """The auditor's judgement of a folder under this wave's policy."""
    policy = bench.plan.policy
    return audit_folder(
        folder,
        cells,
        k={tier: policy.k(tier) for tier in TIERS},
        k_res={tier: policy.k_res(tier) for tier in TIERS},
        on_part=report_part,
    )


def checks_json(report: AuditReport) -> list[dict[str, object]]:
    """The audit's checks as the manifest and the reports carry them."""
    return [{"name": check.name, "passed": check.passed} for check in report.checks]


@guarded
def publish_step(con: DuckDBPyConnection, bench: Workbench, checks: Sequence[dict[str, object]]) -> str:
    """Sign the staged tables and move them into place. Returns the release id."""
    facts = recall(con)
    account = facts.account
    release = ReleaseFacts(
        wave=bench.wave,
        policy=bench.plan.policy,
        policy_fixed=bench.plan.policy_fixed,
        source_grade=facts.source_grade,
        instruments=_instruments_asked(bench, facts.items),
        counts={
            "eligible": bench.plan.units.eligible_n,
            **{name: account.part(name) for name in Account.__dataclass_fields__},
        },
        software=software(),
        ballots=ballots_account(bench.zones, bench.wave_id),
    )
    publish_staged(bench.zones, release, checks)
    return bench.wave_id


@guarded
def trend_step(
    zones: Zones, *, is_rebuilt: bool = False, on_step: Callable[[str], None] = lambda _step: None
) -> Report:
    """Derived files from releases alone. The public key is the only thing taken from outside the released zone."""
    # SciPy and statsmodels cost seconds to import, and only this step needs them.
    from flows.trend.write import bring_up_to_date

    key = signers(zones)
    return bring_up_to_date(zones.derived, zones.released, key, is_rebuilt=is_rebuilt, on_step=on_step)


def _instruments_asked(bench: Workbench, items: Sequence[str]) -> dict[str, dict[str, object]]:
    measures = bench.catalogue.measures_asked(frozenset(items))
    asked = {bench.catalogue.instrument_of(measure.id).id for measure in measures}
    return {name: dict(version) for name, version in sorted(bench.plan.instruments.items()) if name in asked}


def software() -> str:
    """Name and version of this program, as the manifest carries it."""
    return f"quorum-pulse {importlib.metadata.version('quorum-pulse')}"
