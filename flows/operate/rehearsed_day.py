"""The day of a rehearsal. It counts only in a workspace whose log begins as one: a real one cannot play a date."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows import clock, log
from flows.errors import WorkspaceError
from flows.zones import Zones, write_atomically

STARTED = "rehearsal_started"


def is_rehearsal(zones: Zones) -> bool:
    """Whether this workspace was made by `quorum rehearse`: the first entry of its log says so."""
    try:
        return next(log.entries(zones), {}).get("event") == STARTED
    except WorkspaceError:
        return False


def rehearsed_day(zones: Zones) -> datetime.date | None:
    """The day that a rehearsal has come to; None in every other workspace."""
    if not zones.rehearsal_file.exists() or not is_rehearsal(zones):
        return None
    try:
        return datetime.date.fromisoformat(json.loads(zones.rehearsal_file.read_text("utf-8"))["today"])
    except (ValueError, KeyError, TypeError):
        return None


def keep_rehearsed_day(zones: Zones, on: datetime.date) -> None:
    """Remember the day for the next command."""
    write_atomically(zones.rehearsal_file, (json.dumps({"today": on.isoformat()}) + "\n").encode())


@contextmanager
def as_rehearsed(root: Path) -> Iterator[None]:
    """Inside, it is the day of the rehearsal where this workspace is one."""
    played = rehearsed_day(Zones(root.resolve()))
    if played is None:
        yield
        return
    with clock.rehearsing(played):
        yield
