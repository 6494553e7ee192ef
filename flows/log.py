"""The hash-chained log of a workspace: what was done, never an answer (CONTRACTS: workspace)."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from flows import clock
from flows.errors import WorkspaceError
from flows.zones import Zones

FIRST = "0" * 64
Entry = dict[str, Any]


def append(zones: Zones, event: str, **facts: str | int | bool | list[str] | Mapping[str, int] | None) -> None:
    """Add one entry, chained to the one before it and flushed to disk."""
    zones.log_file.parent.mkdir(parents=True, exist_ok=True)
    with zones.log_file.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        previous, number = _end_of(file.name)
        entry: Entry = {
            "number": number,
            "at": clock.now().isoformat(timespec="seconds"),
            "event": event,
            **{name: fact for name, fact in facts.items() if fact is not None},
            "previous": previous,
        }
        line = json.dumps(entry, sort_keys=True, ensure_ascii=False)
        file.write(f"{_cure(file.name)}{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def entries(zones: Zones) -> Iterator[Entry]:
    """All entries, oldest first. Raises WorkspaceError where the chain is broken."""
    if not zones.log_file.exists():
        return
    previous = FIRST
    for number, line in enumerate(_whole_lines(zones.log_file.read_bytes()), 1):
        entry = _parse(line)
        if entry is None or entry.get("previous") != previous:
            raise WorkspaceError(
                f"{zones.log_file} line {number}: the chain is broken; the log was changed after it was written. "
                "Compare it with your backup."
            )
        previous = hashlib.sha256(line).hexdigest()
        yield entry


def digests(zones: Zones) -> list[str]:
    """SHA-256 of every entry, oldest first."""
    if not zones.log_file.exists():
        return []
    return [hashlib.sha256(line).hexdigest() for line in _whole_lines(zones.log_file.read_bytes())]


def head(zones: Zones) -> str:
    """SHA-256 of the last entry; 64 zeros for an empty log."""
    return (digests(zones) or [FIRST])[-1]


def has_event(zones: Zones, event: str, wave_id: str) -> bool:
    """Whether the log holds an event about a wave."""
    return any(entry["event"] == event and entry.get("wave_id") == wave_id for entry in entries(zones))


def _whole_lines(raw: bytes) -> list[bytes]:
    """Lines that were written whole: a kill in the middle of a write leaves a torn one, which counts for nothing."""
    return [line for line in raw.split(b"\n") if line and _parse(line) is not None]


def _parse(line: bytes) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _end_of(path: str) -> tuple[str, int]:
    with open(path, "rb") as file:
        lines = _whole_lines(file.read())
    return (hashlib.sha256(lines[-1]).hexdigest(), len(lines) + 1) if lines else (FIRST, 1)


def _cure(path: str) -> str:
    """A line end where the last write was torn off."""
    with open(path, "rb") as file:
        content = file.read()
    return "\n" if content and not content.endswith(b"\n") else ""
