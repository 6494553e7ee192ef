"""What the calendar asks for on a day: a plain function of settings, folders, log and date. Nothing is done here.

Every duty that was done stands in the log, so a look that is cut off, or missed for days, is made good by the next.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from flows import log
from flows.operate.retention import kept_waves, shredded_waves
from flows.settings import Settings, Wave
from flows.zones import Zones


class Kind(Enum):
    """What is to be done about a wave."""

    PLAN = "plan"
    OPEN = "open"
    REMIND = "remind"
    CLOSE = "close"
    RELEASE = "release"
    LATE = "late"
    WARN_SHRED = "warn_shred"
    SHRED = "shred"


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do about one wave. `day`: the day it is about, such as the closing day."""

    kind: Kind
    wave_id: str
    day: datetime.date


@dataclass(frozen=True, slots=True)
class History:
    """What the log tells about waves: events by wave."""

    events: frozenset[tuple[str, str]]
    shredded: frozenset[str]

    def has(self, event: str, wave_id: str) -> bool:
        """Whether the log holds an event about a wave."""
        return (event, wave_id) in self.events


def history_of(zones: Zones) -> History:
    """Read once a look. Raises WorkspaceError where the chain is broken: nothing is released on a broken log."""
    pairs = frozenset((entry["event"], str(entry["wave_id"])) for entry in log.entries(zones) if "wave_id" in entry)
    return History(pairs, shredded_waves(zones))


def duties(zones: Zones, settings: Settings, on: datetime.date) -> list[Duty]:
    """Everything due on this day, in the order in which it is to be done: openings, closes, releases, shreds."""
    history = history_of(zones)
    found = [duty for wave in settings.waves for duty in _of_wave(zones, settings, wave, history, on)]
    order = list(Kind)
    return sorted(
        [*found, *_of_retention(zones, settings, history, on)],
        key=lambda duty: (order.index(duty.kind), duty.day, duty.wave_id),
    )


def _of_wave(zones: Zones, settings: Settings, wave: Wave, history: History, on: datetime.date) -> Iterator[Duty]:
    name, opens_on, closes_on = wave.wave_id, wave.opens_on, wave.closes_on
    if opens_on is None or closes_on is None or zones.release(name).exists() or name in history.shredded:
        return
    schedule = settings.schedule
    days = datetime.timedelta(days=max(1, schedule.remind_days))
    if opens_on - days <= on < opens_on and not zones.plan_file(name).exists():
        yield Duty(Kind.PLAN, name, opens_on)
    if opens_on <= on and not history.has("wave_opened", name):
        yield Duty(Kind.OPEN, name, opens_on)
    if closes_on - days <= on < closes_on and not history.has("close_reminded", name):
        yield Duty(Kind.REMIND, name, closes_on)
    if on < closes_on:
        return
    if not history.has("wave_closed", name):
        yield Duty(Kind.CLOSE, name, closes_on)
    if has_input(zones, settings, name):
        yield Duty(Kind.RELEASE, name, closes_on)
    elif closes_on + datetime.timedelta(days=schedule.wait_days) <= on and not history.has("wave_late", name):
        yield Duty(Kind.LATE, name, closes_on)


def has_input(zones: Zones, settings: Settings, wave_id: str) -> bool:
    """Whether the answers of a wave have arrived: all its configured files, or the mixed batch of the staff page."""
    paths = [source.path for source in settings.sources if source.wave_id == wave_id]
    return all(path.is_file() for path in paths) if paths else (zones.inbox / f"{wave_id}.mixed").is_file()


def _of_retention(zones: Zones, settings: Settings, history: History, on: datetime.date) -> Iterator[Duty]:
    days = datetime.timedelta(days=settings.schedule.remind_days)
    for wave in kept_waves(zones, settings.retention_days):
        if wave.due_on is None:
            continue
        if wave.is_due(on):
            yield Duty(Kind.SHRED, wave.wave_id, wave.due_on)
        elif wave.due_on - days <= on and not history.has("shred_announced", wave.wave_id):
            yield Duty(Kind.WARN_SHRED, wave.wave_id, wave.due_on)


def kinds_of(found: Sequence[Duty]) -> list[tuple[str, str]]:
    """Kind and wave of each duty, for reports."""
    return [(duty.kind.value, duty.wave_id) for duty in found]
