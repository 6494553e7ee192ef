"""`quorum audit`: attack releases of this workspace, or any release folder as an outsider."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from flows.audit.audit_release import audit_folder
from flows.audit.floors import FLOOR_K, least_residual
from flows.audit.report import AuditReport
from flows.commands.run import released_ids
from flows.errors import AuditFailed, UsageError
from flows.progress import listening
from flows.publish.read import load_release
from flows.steps import audit_cells, cells_of
from flows.workbench import open_workbench
from flows.zones import Zones

CELLS_FILE = "cells.parquet"


def audit_releases(root: Path, asked: Sequence[str], *, is_public: bool, is_json: bool) -> None:
    """Attack the waves and folders named, or all waves. Raises AuditFailed, naming every attack that succeeded."""
    folders = [Path(name) for name in asked if (Path(name) / CELLS_FILE).is_file()]
    waves = [name for name in asked if not (Path(name) / CELLS_FILE).is_file()]
    attacks: list[tuple[str, Callable[[], AuditReport]]] = []
    if waves or not folders:
        zones = Zones(root.resolve()).require()
        chosen = _known(released_ids(zones), waves)
        attacks += [(wave, partial(_audit_wave, zones, wave, is_public=is_public)) for wave in chosen]
    attacks += [(folder.name, partial(_audit_bare, folder)) for folder in folders]
    reports = []
    for place, (name, attack) in enumerate(attacks):
        with _busy(f"attack {name} ({place + 1} of {len(attacks)})"):
            reports.append(attack())
    _say(reports, is_json=is_json)
    _refuse_leaks(reports)


def _known(released: Sequence[str], waves: Sequence[str]) -> Sequence[str]:
    for wave_id in waves:
        if wave_id not in released:
            raise UsageError(
                f"{wave_id} is neither a released wave nor a folder with {CELLS_FILE}. "
                f"Released: {', '.join(released) or 'none'}."
            )
    return waves or released


@contextmanager
def _busy(what: str) -> Iterator[None]:
    """A bar on a terminal while a release is attacked, measure by measure; cleared at the end."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        with listening(lambda _: None, lambda done_n, of_n: progress.update(task, completed=done_n, total=of_n)):
            yield


def _audit_wave(zones: Zones, wave_id: str, *, is_public: bool) -> AuditReport:
    manifest = load_release(zones.release(wave_id), None).manifest
    # Without a store the answers are gone (shredded): what is left to judge is the release itself.
    if not is_public and zones.wave_store(wave_id).exists():
        bench = open_workbench(zones.root, wave_id)
        with bench.store() as con:
            return audit_cells(cells_of(con, bench), bench, zones.release(wave_id))
    return audit_folder(zones.release(wave_id), None, k=manifest.k, k_res=manifest.k_res)


def _audit_bare(folder: Path) -> AuditReport:
    """A folder from anywhere: under the policy it is signed with, or under the floors where it has no manifest."""
    if (folder / "manifest.json").exists():
        manifest = load_release(folder, None).manifest
        return audit_folder(folder, None, k=manifest.k, k_res=manifest.k_res)
    floors = {tier: least_residual(k) for tier, k in FLOOR_K.items()}
    return audit_folder(folder, None, k=FLOOR_K, k_res=floors)


def _say(reports: Sequence[AuditReport], *, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps({"audits": [_report_json(report) for report in reports]}, indent=1))
        return
    named: str | None = None
    for report in reports:
        names = ", ".join(check.name for check in report.checks)
        for line in _report_lines(report, f"the same {len(report.checks)} checks" if names == named else names):
            click.echo(line)
        named = names
    if not reports:
        click.echo("No release yet. Next: quorum run --wave W FILE")
    elif all(report.passed for report in reports):
        click.echo("Nothing was stored.")


def _refuse_leaks(reports: Sequence[AuditReport]) -> None:
    details = [f"{report.wave_id}: {check.name}: {check.detail}" for report in reports for check in report.failed]
    if details:
        raise AuditFailed("An attack succeeded:\n" + "\n".join(details))


def _report_json(report: AuditReport) -> dict[str, object]:
    return {
        "wave_id": report.wave_id,
        "is_public_only": report.is_public_only,
        "passed": report.passed,
        "checks": [{"name": c.name, "passed": c.passed, "detail": c.detail} for c in report.checks],
    }


def _report_lines(report: AuditReport, names: str) -> list[str]:
    """The verdict, the attacks by name, and what is told without being an attack."""
    seen = "from the release alone" if report.is_public_only else "with the confidential counts"
    verdict = "nothing below k derivable" if report.passed else "LEAK"
    told = [f"  {check.name}: {check.detail}" for check in report.checks if check.is_reported]
    return [f"{report.wave_id}, {seen}: {names}: {verdict}", *told]
