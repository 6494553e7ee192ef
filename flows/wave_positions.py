"""At which place of the rotation a wave stands: told by declared dates or by its id, never by results."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterator

from flows.settings import Breakdown, Settings, Wave
from surveys.rotation import RHYTHM_DAYS, WAVES_A_QUARTER

_MONTHS: dict[str, int] = {"monthly": 1, "quarterly": 3}
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_WEEK = re.compile(r"(\d{4})[-_]?[wW](\d{1,2})")
_MONTH = re.compile(r"(\d{4})[-_](\d{2})")
_QUARTER = re.compile(r"(\d{4})[-_]?[qQ]([1-4])")


def declared_in_order(settings: Settings) -> tuple[Wave, ...]:
    """Declared waves with an opening date, by that date."""
    dated = [wave for wave in settings.waves if wave.opens_on is not None]
    return tuple(sorted(dated, key=lambda wave: (str(wave.opens_on), wave.wave_id)))


def position_of(settings: Settings, wave_id: str) -> int | None:
    """The wave's place in the rotation, or None where neither settings nor id tell it.

    A declared wave: its place among declared waves, counted on from the calendar place of the first one.
    Any other: the calendar place of the day, week, month or quarter that the id names.
    """
    declared = declared_in_order(settings)
    for place, wave in enumerate(declared):
        if wave.wave_id == wave_id:
            return first_position(settings) + place
    date = _date_named(wave_id, settings.rhythm)
    return None if date is None else calendar_position(date, settings.rhythm)


def family_of(settings: Settings, wave_id: str) -> Breakdown | None:
    """The one breakdown of a wave: the one it names, else families in turn by the wave's place (PRIVACY 3.3).

    Where neither dates nor the id tell a place, it is that among the declared waves, or the first.
    """
    families, wave = settings.breakdowns, settings.wave(wave_id)
    if not families:
        return None
    if wave.breakdown is not None:
        return next(family for family in families if family.id == wave.breakdown)
    place = position_of(settings, wave_id)
    if place is None:
        place = next((turn for turn, each in enumerate(settings.waves) if each.wave_id == wave_id), 0)
    return families[place % len(families)]


def first_position(settings: Settings) -> int:
    """The calendar place of the first declared wave; 0 where none has a date."""
    first = next(iter(declared_in_order(settings)), None)
    return 0 if first is None or first.opens_on is None else calendar_position(first.opens_on, settings.rhythm)


def calendar_position(date: datetime.date, rhythm: str) -> int:
    """Waves since the year 0 of a rhythm whose quarters begin in January, April, July and October.

    Counted from a fixed day, so that removing old waves from the settings does not turn the rotation.
    """
    quarter = date.year * 4 + (date.month - 1) // 3
    size = WAVES_A_QUARTER[rhythm]
    if rhythm == "monthly":
        return quarter * size + (date.month - 1) % 3
    begin = datetime.date(date.year, (date.month - 1) // 3 * 3 + 1, 1)
    return quarter * size + min((date - begin).days // RHYTHM_DAYS[rhythm], size - 1)


def dates_after(date: datetime.date, rhythm: str) -> Iterator[datetime.date]:
    """Opening dates that follow in the rhythm: the same weekday, or the same day of later months."""
    step = 0
    while True:
        step += 1
        months = _MONTHS.get(rhythm)
        yield date + datetime.timedelta(RHYTHM_DAYS[rhythm] * step) if months is None else _later(date, months * step)


def _later(date: datetime.date, months: int) -> datetime.date:
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def _date_named(wave_id: str, rhythm: str) -> datetime.date | None:
    """First day of the period that the id names; None where it names none, or one too long for the rhythm."""
    try:
        if found := _DAY.fullmatch(wave_id):
            return datetime.date(*map(int, found.groups()))
        if found := _WEEK.fullmatch(wave_id):
            return datetime.date.fromisocalendar(int(found[1]), int(found[2]), 1)
        if (found := _MONTH.fullmatch(wave_id)) and rhythm in _MONTHS:
            return datetime.date(int(found[1]), int(found[2]), 1)
        if (found := _QUARTER.fullmatch(wave_id)) and rhythm == "quarterly":
            return datetime.date(int(found[1]), int(found[2]) * 3 - 2, 1)
    except ValueError:
        return None
    return None
