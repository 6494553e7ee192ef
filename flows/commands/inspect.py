"""`quorum verify`, `quorum audit`, `quorum retract`: looking at releases that exist."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path

import click

from flows import log
from flows.audit.audit_release import audit_folder
from flows.audit.report import AuditReport
from flows.commands.run import released_ids
from flows.errors import AuditFailed, ReleaseInvalid, UsageError
from flows.keys import public_key
from flows.publish.read import list_releases, load_release
from flows.publish.write import write_retraction
from flows.say import people
from flows.steps import audit_cells, cells_of, trend_step
from flows.workbench import open_workbench
from flows.zones import Zones


def verify_releases(root: Path, *, is_json: bool) -> None:
    """Print the state of every release. Raises AuditFailed where one does not verify."""
    zones = Zones(root.resolve()).require()
    key = public_key(zones)
    entries_n = sum(1 for _ in log.entries(zones))
    reports = []
    for wave_id in released_ids(zones):
        try:
            manifest = load_release(zones.release(wave_id), key).manifest
        except ReleaseInvalid as error:
            reports.append({"wave_id": wave_id, "is_good": False, "says": str(error)})
            continue
        k = "/".join(str(manifest.k[tier]) for tier in ("work", "sensitive", "guarded"))
        note, is_note_good = _retraction_state(zones, wave_id, key)
        says = f"checksums good, signature good, policy {manifest.preset} {k}, not below the floors{note}"
        reports.append({"wave_id": wave_id, "is_good": is_note_good, "says": says})
    if is_json:
        click.echo(json.dumps({"releases": reports, "log_entries_n": entries_n}, indent=1))
    else:
        for report in reports:
            click.echo(f"{report['wave_id']}: {report['says']}")
        click.echo(f"log: {people(entries_n, 'entry', 'entries')}, chain unbroken")
        if not reports:
            click.echo("No release yet. Next: quorum run --wave W FILE")
    bad = [str(report["wave_id"]) for report in reports if not report["is_good"]]
    if bad:
        raise AuditFailed(f"{', '.join(bad)} did not verify. Put the folder back from your backup.")


def _retraction_state(zones: Zones, wave_id: str, key: bytes) -> tuple[str, bool]:
    retracted = [note for note in list_releases(zones.released, key).retracted if note.wave_id == wave_id]
    if not retracted:
        return "", True
    if retracted[0].is_signed:
        return "; retracted, note signed", True
    return "; retracted by a note that is not signed with this workspace's key", False


def audit_releases(root: Path, waves: Sequence[str], *, is_public: bool, is_json: bool) -> None:
    """Attack the named releases, or all. Raises AuditFailed naming those on which an attack succeeded."""
    zones = Zones(root.resolve()).require()
    known = released_ids(zones)
    for wave_id in waves:
        if wave_id not in known:
            raise UsageError(f"wave {wave_id} has no release. Released: {', '.join(known) or 'none'}.")
    reports = [_audit_one(zones, wave_id, is_public=is_public) for wave_id in (waves or known)]
    if is_json:
        click.echo(json.dumps({"audits": [_report_json(report) for report in reports]}, indent=1))
    else:
        for report in reports:
            click.echo(_report_line(report))
        if not reports:
            click.echo("No release yet. Next: quorum run --wave W FILE")
    failed = [report for report in reports if not report.passed]
    if failed:
        details = [
            f"{report.wave_id}: {check.name}: {check.detail}"
            for report in failed
            for check in report.checks
            if not check.passed
        ]
        raise AuditFailed("An attack succeeded:\n" + "\n".join(details))


def _audit_one(zones: Zones, wave_id: str, *, is_public: bool) -> AuditReport:
    manifest = load_release(zones.release(wave_id), None).manifest
    # Without a store the answers are gone (shredded): what is left to judge is the release itself.
    if not is_public and zones.wave_store(wave_id).exists():
        bench = open_workbench(zones.root, wave_id)
        with bench.store() as con:
            return audit_cells(cells_of(con, bench), bench, zones.release(wave_id))
    return audit_folder(zones.release(wave_id), None, k=manifest.k, k_res=manifest.k_res)


def _report_json(report: AuditReport) -> dict[str, object]:
    return {
        "wave_id": report.wave_id,
        "is_public_only": report.is_public_only,
        "passed": report.passed,
        "checks": [{"name": c.name, "passed": c.passed, "detail": c.detail} for c in report.checks],
    }


def _report_line(report: AuditReport) -> str:
    seen = "from the release alone" if report.is_public_only else "with the confidential counts"
    verdict = "nothing below k derivable" if report.passed else "LEAK"
    names = ", ".join(check.name for check in report.checks)
    return f"{report.wave_id}, {seen}: {names}: {verdict}"


def retract_release(root: Path, wave_id: str, reason: str) -> list[str]:
    """Sign the note and log it. Raises UsageError where there is no such release or no reason."""
    zones = Zones(root.resolve()).require()
    if wave_id not in released_ids(zones):
        raise UsageError(f"wave {wave_id} has no release. Released: {', '.join(released_ids(zones)) or 'none'}.")
    if not reason.strip():
        raise UsageError("--reason is empty. Say why, in words that everybody may read.")
    if any(note.wave_id == wave_id for note in list_releases(zones.released, public_key(zones)).retracted):
        return [f"Wave {wave_id} is retracted already. Nothing was changed."]
    write_retraction(zones, wave_id, reason.strip(), datetime.date.today().isoformat())
    log.append(zones, "retracted", wave_id=wave_id, reason=reason.strip())
    trend_step(zones)
    return [
        f"Retracted {wave_id}: a signed note lies beside the release. It is off the dashboards and stays on record.",
        "Trends were made anew without it.",
        f"Wave {wave_id} cannot be released again: a second release would tell the difference between the two.",
    ]
