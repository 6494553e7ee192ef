"""The one clock of the program, and what it says about a wave. Tests and rehearsals set it here and nowhere else."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flows.errors import UsageError
from flows.settings import Wave

_rehearsed: ContextVar[datetime.date | None] = ContextVar("rehearsed_day", default=None)


def today() -> datetime.date:
    """The date on this machine, or the one that a rehearsal plays."""
    return _rehearsed.get() or datetime.date.today()


def now() -> datetime.datetime:
    """The time in UTC; in a rehearsal noon of its day."""
    played = _rehearsed.get()
    if played is not None:
        return datetime.datetime.combine(played, datetime.time(12), datetime.UTC)
    return datetime.datetime.now(datetime.UTC)


@contextmanager
def rehearsing(on: datetime.date) -> Iterator[None]:
    """Inside, it is noon of this day: for rehearsals of a year with invented answers, and for tests."""
    token = _rehearsed.set(on)
    try:
        yield
    finally:
        _rehearsed.reset(token)


def day(date: datetime.date) -> str:
    """`2 November 2026`."""
    return f"{date.day} {date:%B %Y}"


def open_until(wave: Wave, on: datetime.date) -> datetime.date | None:
    """The closing day of a wave that answers may still come for; None once it is reached, or where none is declared."""
    return wave.closes_on if wave.closes_on is not None and on < wave.closes_on else None


def refuse_unfinished(wave: Wave, on: datetime.date) -> None:
    """Raises UsageError for a wave that has not opened or not closed yet: no results before the close (PRIVACY 4)."""
    if wave.opens_on is not None and on < wave.opens_on:
        raise UsageError(
            f"wave {wave.wave_id} opens on {day(wave.opens_on)}: there can be no answers of it yet. "
            "Name the wave that these answers belong to, or correct opens_on in quorum.toml. Nothing was changed."
        )
    until = open_until(wave, on)
    if until is not None:
        raise UsageError(
            f"wave {wave.wave_id} is open until {day(until)}: no results before it closes. Run it from that day on; "
            "where the survey closed earlier, correct closes_on in quorum.toml. Nothing was changed."
        )
