"""The sections [up], [schedule] and [messages] of quorum.toml, checked into frozen objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.errors import SettingsError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
DATABASES = ("sqlite", "postgresql")
RELEASES = ("by_itself", "after_approval")
OCCASIONS = (
    "failure",
    "question",
    "approval",
    "low_response",
    "reminder",
    "retention",
    "open_page",
    "print_ballots",
    "mix",
    "released",
)
UP_KEYS = ("dashboards", "prefect", "staff", "database")
SCHEDULE_KEYS = ("release", "at", "remind_days", "wait_days", "low_response_pct")
MESSAGE_KEYS = ("on",)
_PLACE = re.compile(r"(?P<address>[A-Za-z0-9.:\[\]-]+):(?P<port>\d{1,5})")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service listens."""

    address: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return self.address in LOOPBACK

    @property
    def url(self) -> str:
        """Its address for a browser."""
        return f"http://{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class UpSettings:
    """What `quorum up` starts, and where. `database`: where Prefect keeps its states."""

    dashboards: Place = Place("127.0.0.1", 8501)
    prefect: Place = Place("127.0.0.1", 4200)
    staff: Place = Place("127.0.0.1", 8600)
    database: str = "sqlite"


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """How the year runs itself.

    release: `by_itself`, or `after_approval`. at: time of the daily look, HH:MM. remind_days: days before the close,
    and before a shred, on which stewards are reminded. wait_days: days after the close on which a wave without input
    is late. low_response_pct: below this share of eligible people a wave stops with a question.
    """

    release: str = "by_itself"
    at: str = "06:00"
    remind_days: int = 3
    wait_days: int = 7
    low_response_pct: int = 20


def up_settings(table: Mapping[str, Any], where: str) -> UpSettings:
    """[up]. Raises SettingsError."""
    usual = UpSettings()
    chosen = UpSettings(
        dashboards=_place(table.get("dashboards"), usual.dashboards, f"{where} [up] dashboards"),
        prefect=_place(table.get("prefect"), usual.prefect, f"{where} [up] prefect"),
        staff=_place(table.get("staff"), usual.staff, f"{where} [up] staff"),
        database=_one_of(table.get("database", usual.database), DATABASES, f"{where} [up] database"),
    )
    places = {"dashboards": chosen.dashboards, "prefect": chosen.prefect, "staff": chosen.staff}
    for place in places.values():
        same = [other for other, at in places.items() if at == place]
        if len(same) > 1:
            raise SettingsError(f"{where} [up]: {' and '.join(same)} share port {place.port}. Give each its own.")
    return chosen


def schedule_settings(table: Mapping[str, Any], where: str) -> ScheduleSettings:
    """[schedule]. Raises SettingsError."""
    usual = ScheduleSettings()
    at = table.get("at", usual.at)
    if not isinstance(at, str) or not _TIME.fullmatch(at):
        raise SettingsError(f'{where} [schedule] at: expected a time such as "06:00".')
    return ScheduleSettings(
        release=_one_of(table.get("release", usual.release), RELEASES, f"{where} [schedule] release"),
        at=at,
        remind_days=_days(table.get("remind_days", usual.remind_days), f"{where} [schedule] remind_days"),
        wait_days=_days(table.get("wait_days", usual.wait_days), f"{where} [schedule] wait_days"),
        low_response_pct=_percent(table.get("low_response_pct", usual.low_response_pct), f"{where} [schedule]"),
    )


def message_occasions(table: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """[messages] on: the occasions on which stewards get a message; all where it is left out. Raises SettingsError."""
    chosen = table.get("on", list(OCCASIONS))
    if not isinstance(chosen, list):
        raise SettingsError(f'{where} [messages] on: expected a list such as ["failure", "approval"].')
    return tuple(_one_of(word, OCCASIONS, f"{where} [messages] on") for word in chosen)


def _place(value: Any, usual: Place, where: str) -> Place:
    if value is None:
        return usual
    found = _PLACE.fullmatch(value) if isinstance(value, str) else None
    if found is None or not 1 <= int(found["port"]) <= 65535:
        raise SettingsError(f'{where}: expected address and port, such as "{usual.address}:{usual.port}".')
    return Place(found["address"], int(found["port"]))


def _one_of(value: Any, known: tuple[str, ...], where: str) -> str:
    if value not in known:
        raise SettingsError(f"{where}: choose one of {', '.join(known)}.")
    return str(value)


def _days(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 365:
        raise SettingsError(f"{where}: expected a whole number of days, 0 to 365.")
    return value


def _percent(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise SettingsError(f"{where} low_response_pct: expected a whole number, 0 to 100.")
    return value
