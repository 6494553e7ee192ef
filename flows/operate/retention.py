"""Until when the answers of a wave are kept: so many days after its release, counted from the log."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from flows import log
from flows.zones import Zones


@dataclass(frozen=True, slots=True)
class Kept:
    """A wave whose answers, or whose key, are still here. `due_on`: None while it has no release."""

    wave_id: str
    released_on: datetime.date | None
    due_on: datetime.date | None

    def is_due(self, on: datetime.date) -> bool:
        """Whether its answers are to be destroyed on this day."""
        return self.due_on is not None and self.due_on <= on


def kept_waves(zones: Zones, days: int) -> list[Kept]:
    """Every wave that holds answers or a key, the earliest due first, unreleased ones last."""
    released = released_days(zones)
    waves = [
        Kept(wave_id, day, None if day is None else day + datetime.timedelta(days=days))
        for wave_id in waves_held(zones)
        for day in [released.get(wave_id)]
    ]
    return sorted(waves, key=lambda wave: (wave.due_on or datetime.date.max, wave.wave_id))


def waves_held(zones: Zones) -> list[str]:
    """Ids of waves with a store or a key file."""
    stores = {path.stem for path in zones.wave_store("x").parent.glob("*.duckdb")}
    return sorted(stores | {path.stem for path in zones.wave_key_file("x").parent.glob("*.key")})


def released_days(zones: Zones) -> dict[str, datetime.date]:
    """The day of each release, by wave."""
    return {entry["wave_id"]: day_of(entry) for entry in log.entries(zones) if entry["event"] == "released"}


def shredded_waves(zones: Zones) -> frozenset[str]:
    """Waves whose answers were destroyed after they were last collected."""
    gone: set[str] = set()
    for entry in log.entries(zones):
        if entry["event"] == "shredded":
            gone.add(entry["wave_id"])
        elif entry["event"] == "collected":
            gone.discard(entry["wave_id"])
    return frozenset(gone)


def day_of(entry: log.Entry) -> datetime.date:
    """The day of an entry."""
    return datetime.date.fromisoformat(str(entry["at"])[:10])
