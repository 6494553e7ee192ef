"""`quorum verify` and `quorum retract`: looking at releases that exist."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import click

from flows import log
from flows.commands.run import released_ids
from flows.errors import AuditFailed, ReleaseInvalid, UsageError
from flows.keys import signers
from flows.publish.read import list_releases, load_release
from flows.publish.signers import Signers
from flows.publish.write import write_retraction
from flows.say import people
from flows.steps import trend_step
from flows.zones import Zones


def verify_releases(root: Path, *, is_json: bool) -> None:
    """Print the state of every release. Raises AuditFailed where one does not verify."""
    zones = Zones(root.resolve()).require()
    key = signers(zones)
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


def _retraction_state(zones: Zones, wave_id: str, key: Signers) -> tuple[str, bool]:
    retracted = [note for note in list_releases(zones.released, key).retracted if note.wave_id == wave_id]
    if not retracted:
        return "", True
    if retracted[0].is_signed:
        return "; retracted, note signed", True
    return "; retracted by a note that is not signed with this workspace's key", False


def retract_release(root: Path, wave_id: str, reason: str) -> list[str]:
    """Sign the note and log it. Raises UsageError where there is no such release or no reason."""
    zones = Zones(root.resolve()).require()
    if wave_id not in released_ids(zones):
        raise UsageError(f"wave {wave_id} has no release. Released: {', '.join(released_ids(zones)) or 'none'}.")
    if not reason.strip():
        raise UsageError("--reason is empty. Say why, in words that everybody may read.")
    if any(note.wave_id == wave_id for note in list_releases(zones.released, signers(zones)).retracted):
        return [f"Wave {wave_id} is retracted already. Nothing was changed."]
    write_retraction(zones, wave_id, reason.strip(), datetime.date.today().isoformat())
    log.append(zones, "retracted", wave_id=wave_id, reason=reason.strip())
    trend_step(zones)
    return [
        f"Retracted {wave_id}: a signed note lies beside the release. It is off the dashboards and stays on record.",
        "Trends were made anew without it.",
        f"Wave {wave_id} cannot be released again: a second release would tell the difference between the two.",
    ]
