"""`quorum log`: what was done in this workspace, and whether the chain of entries is whole."""

from __future__ import annotations

import json
from pathlib import Path

import click

from flows import log
from flows.errors import AuditFailed
from flows.say import people
from flows.zones import Zones

FRAME = ("number", "at", "event", "previous")


def show_log(
    root: Path, *, event: str | None, wave_id: str | None, last_n: int, head: str | None, is_json: bool
) -> None:
    """Print entries. Raises WorkspaceError where the chain is broken, AuditFailed where `head` is no more in it."""
    zones = Zones(root.resolve()).require()
    entries = list(log.entries(zones))
    if head is not None and head not in log.digests(zones):
        raise AuditFailed(
            "the log holds no entry with this digest: entries that once were there have been cut off or replaced. "
            "Compare log/audit.jsonl with your backup."
        )
    chosen = [
        entry
        for entry in entries
        if (event is None or entry["event"] == event) and (wave_id is None or entry.get("wave_id") == wave_id)
    ][-last_n:]
    newest = log.head(zones)
    if is_json:
        report = {"entries_n": len(entries), "is_chain_unbroken": True, "head": newest, "entries": chosen}
        click.echo(json.dumps(report, indent=1, ensure_ascii=False))
        return
    for entry in chosen:
        click.echo(entry_line(entry))
    if entries and not chosen:
        events, waves = (", ".join(_known(entries, name)) or "none" for name in ("event", "wave_id"))
        click.echo(f"No entry is about that. Events in this log: {events}. Waves: {waves}.")
    click.echo(f"{people(len(entries), 'entry', 'entries')}, chain unbroken. Digest of the last: {newest}")
    click.echo("Note the digest outside this machine; later  quorum log --head DIGEST  shows that nothing was cut off.")


def _known(entries: list[log.Entry], name: str) -> list[str]:
    return sorted({str(entry[name]) for entry in entries if entry.get(name)})


def entry_line(entry: log.Entry) -> str:
    """One entry as a line: number, time, event, facts."""
    facts = "  ".join(f"{name}={_fact(fact)}" for name, fact in entry.items() if name not in FRAME)
    return f"{entry['number']:>5}  {entry['at'][:19].replace('T', ' ')}  {entry['event']:<18} {facts}".rstrip()


def _fact(fact: object) -> str:
    if isinstance(fact, dict):
        return "/".join(f"{name}:{part}" for name, part in fact.items())
    text = ",".join(map(str, fact)) if isinstance(fact, list) else str(fact)
    return text[:16] + "…" if len(text) == 64 and " " not in text else text
