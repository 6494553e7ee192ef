"""`quorum today`, `quorum approve` and `quorum rehearse`: the year that runs itself, by hand."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import click

from flows import clock
from flows.errors import UsageError
from flows.operate.approval import Asked, answer_question, asked_about, open_questions
from flows.operate.questions import QUESTIONS
from flows.say import people
from flows.settings import read_settings
from flows.zones import Zones


def look_today(root: Path, *, is_dry_run: bool, is_json: bool) -> None:
    """Do what is due today, or say what would be done."""
    from flows.operate.day import look_directly
    from flows.operate.duties import duties, kinds_of

    zones = Zones(root.resolve()).require()
    due = duties(zones, read_settings(zones.settings_file), clock.today())
    lines = [] if is_dry_run else look_directly(root)
    waiting = [asked.wave_id for asked in open_questions(zones)]
    if is_json:
        facts = {"on": clock.today().isoformat(), "due": kinds_of(due), "done": lines, "waiting": waiting}
        click.echo(json.dumps(facts, indent=1))
        return
    for kind, wave_id in kinds_of(due) if is_dry_run else ():
        click.echo(f"due  {wave_id}  {kind}")
    for line in lines:
        click.echo(line)
    if not due:
        click.echo(f"{clock.day(clock.today())}: nothing is due.")
    for wave_id in waiting:
        click.echo(f"Waits for an answer: quorum approve --wave {wave_id}")
    if is_dry_run:
        click.echo("Nothing was changed.")


def approve(root: Path, wave_id: str, *, is_declined: bool, is_sure: Callable[[str], bool], is_json: bool) -> None:
    """Show what is asked, with counts and the audit's result; log the answer. Raises UsageError where nothing is."""
    zones = Zones(root.resolve()).require()
    asked = asked_about(zones, wave_id)
    if asked is not None and not is_json:
        for line in asked_lines(asked):
            click.echo(line)
    asks = f"Decline the release of wave {wave_id} from this input?"
    if not is_declined:
        asks = f"Approve the release of wave {wave_id}? It is final."
    if asked is not None and not is_sure(asks):
        click.echo("Nothing was changed.")
        return
    asked = answer_question(zones, wave_id, is_approved=not is_declined)
    if is_json:
        click.echo(json.dumps({"wave_id": wave_id, "is_approved": not is_declined, "counts": dict(asked.counts)}))
        return
    if is_declined:
        click.echo(f"Declined. Wave {wave_id} is not released from this input; with another export it is asked again.")
        return
    click.echo("Approved. It is released at the next look at the calendar; now:  quorum today")


def asked_lines(asked: Asked) -> list[str]:
    """What a steward sees before answering: whole-organisation counts, the audit, the reasons."""
    counts = asked.counts
    parts = " + ".join(f"{counts[name]:,} {name}" for name in ("accepted", "quarantined", "incomplete", "blank"))
    return [
        f"Wave {asked.wave_id}: {counts['read']:,} read, of these {parts}.",
        f"A release would show {people(counts['groups_shown'], 'group')}. "
        f"Audit: {people(counts['audit_checks_passed'], 'check')} passed, nothing below k derivable.",
        *(f"asked  {QUESTIONS[word]}" for word in asked.questions),
    ]


def rehearse(root: Path, until: str | None) -> None:
    """Make a rehearsal where there is none; play it on to a day, or to the next question."""
    from flows.operate.rehearsal import LAST_DAY, WAVES, play, start_rehearsal

    zones = Zones(root.resolve())
    if not zones.settings_file.exists():
        start_rehearsal(root)
        click.echo(f"A year of an invented organisation: {len(WAVES)} monthly waves. It is 27 December 2026 in {root}.")
        click.echo(f"Next: quorum rehearse {root} --until 2027-02-28")
        return
    try:
        last = LAST_DAY if until is None else min(datetime.date.fromisoformat(until), LAST_DAY)
    except ValueError:
        raise UsageError(f'--until "{until}": expected a date such as 2027-02-28.') from None
    for played in play(root, last):
        for line in played.lines:
            click.echo(line)
    waiting = open_questions(zones)
    for asked in waiting:
        click.echo(f"Waits for an answer:  quorum approve --wave {asked.wave_id} --workspace {root}")
    if not waiting:
        click.echo(f"{clock.day(last)} is over." + (" So is the year." if last == LAST_DAY else ""))
