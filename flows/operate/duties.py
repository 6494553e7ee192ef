"""What the calendar asks for on a day: a plain function of settings, folders, log and date. Nothing is done here.

Every duty that was done stands in the log, so a look that is cut off, or missed for days, is made good by the next.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from flows import log
from flows.ballots.take_in import is_ballot_wave
from flows.operate.retention import kept_waves, shredded_waves
from flows.settings import Settings, Wave
from flows.zones import Zones


class Kind(Enum):
    """What is to be done about a wave."""

    PLAN = "plan"
    OPEN_PAGE = "open_page"
    OPEN = "open"
    REMIND = "remind"
    CLOSE = "close"
    MIX = "mix"
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
    days = datetime.timedelta(days=max(1, settings.schedule.remind_days))
    if opens_on - days <= on < opens_on and not zones.plan_file(name).exists():
        yield Duty(Kind.PLAN, name, opens_on)
    may_open = settings.manage_nobody_asked or not history.has("page_open_asked", name)
    if wave.staff_page and may_open and opens_on - days <= on <= closes_on and not is_ballot_wave(zones, name):
        yield Duty(Kind.OPEN_PAGE, name, opens_on)
    if opens_on <= on and not history.has("wave_opened", name):
        yield Duty(Kind.OPEN, name, opens_on)
    if closes_on - days <= on < closes_on and not history.has("close_reminded", name):
        yield Duty(Kind.REMIND, name, closes_on)
    if on >= first_closed_day(zones, wave):
        yield from _of_closed_wave(zones, settings, name, closes_on, history, on)


def first_closed_day(zones: Zones, wave: Wave) -> datetime.date:
    """The day on which a wave is closed: its closing day, or the day after the last day that its ballots print."""
    closes_on = wave.closes_on or datetime.date.max
    return closes_on + datetime.timedelta(days=1) if is_ballot_wave(zones, wave.wave_id) else closes_on


def _of_closed_wave(
    zones: Zones, settings: Settings, name: str, closes_on: datetime.date, history: History, on: datetime.date
) -> Iterator[Duty]:
    has_inbox, has_batch = (zones.inbox_file(name, kind).exists() for kind in ("sqlite", "batch"))
    if not history.has("wave_closed", name) or (has_inbox and not has_batch):
        yield Duty(Kind.CLOSE, name, closes_on)
    is_mixed = zones.inbox_file(name, "mixed").exists()
    if has_inbox and not is_mixed and (is_mixer_here(zones, name) or not history.has("mix_asked", name)):
        yield Duty(Kind.MIX, name, closes_on)
    is_late = closes_on + datetime.timedelta(days=settings.schedule.wait_days) <= on
    # What closing and mixing on this same day bring is released on it too.
    if has_input(zones, settings, name) or (has_inbox and is_mixer_here(zones, name)):
        yield Duty(Kind.RELEASE, name, closes_on)
    elif is_late and not history.has("wave_late", name):
        yield Duty(Kind.LATE, name, closes_on)


def is_mixer_here(zones: Zones, wave_id: str) -> bool:
    """Whether the mixer's key of a wave lies on this machine, so that the calendar can mix."""
    return zones.ballot_key_file(wave_id, "mixer").exists()


def has_input(zones: Zones, settings: Settings, wave_id: str) -> bool:
    """Whether the answers of a wave are here or can be fetched: its mixed batch, its files, its survey tools."""
    if is_ballot_wave(zones, wave_id):
        return zones.inbox_file(wave_id, "mixed").is_file()
    paths = [source.path for source in settings.sources if source.wave_id == wave_id]
    is_pulled = any(source.wave_id == wave_id for source in settings.api_sources)
    return all(path.is_file() for path in paths) and (bool(paths) or is_pulled)


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
