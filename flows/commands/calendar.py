"""The calendar of `quorum plan`: what each wave of a year asks, how long it takes, and what a quarter covers."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from flows import clock
from flows.errors import InstrumentError
from flows.settings import Settings, Wave
from flows.wave_positions import dates_after, declared_in_order, first_position, position_of
from surveys.battery import (
    Battery,
    BatteryError,
    battery_for,
    check_battery,
    check_recall,
    constructs_asked,
    missing_challenges,
    seconds_of,
)
from surveys.instrument import Catalogue
from surveys.measure_file import CHALLENGES, SUPPORTS
from surveys.rotation import MODULES, WAVES_A_QUARTER

_OWN_CHOICE = "own choice"


@dataclass(frozen=True, slots=True)
class CalendarWave:
    """One wave of the calendar; no id: not declared yet. No date: nothing is declared at all."""

    wave_id: str | None
    opens_on: datetime.date | None
    position: int
    battery: Battery

    @property
    def words(self) -> str:
        """Its modules in words."""
        return ", ".join(MODULES[module].words for module in self.battery.modules) or _OWN_CHOICE


@dataclass(frozen=True, slots=True)
class QuarterCoverage:
    """What the waves of one quarter ask. is_whole: the calendar holds all its waves."""

    is_whole: bool
    missing_challenges: tuple[str, ...]
    missing_supports: tuple[str, ...]


def battery_of(settings: Settings, catalogue: Catalogue, wave_id: str) -> tuple[str, ...]:
    """Item ids that a wave asks, in their order; empty where neither settings nor its id tell its turn.

    Raises InstrumentError for a battery that breaks a rule.
    """
    try:
        _check_declared(settings, catalogue)
        battery = _battery(settings, settings.wave(wave_id), position_of(settings, wave_id))
        if battery.items:
            check_battery(battery.items, settings.rhythm, catalogue)
    except BatteryError as error:
        raise InstrumentError(f"wave {wave_id}: {error}") from None
    return battery.items


def calendar_lines(settings: Settings, catalogue: Catalogue) -> list[str]:
    """The year as lines of text. Raises InstrumentError."""
    waves = _year(settings, catalogue)
    lines = [
        f"The year, {settings.rhythm}. Every wave asks about burnout, stress and emotional exhaustion.",
        f"{'wave':12}{'opens':12}{'questions':>9}{'time':>6}  asks besides",
    ]
    for _, quarter in groupby(waves, key=lambda wave: wave.position // WAVES_A_QUARTER[settings.rhythm]):
        members = list(quarter)
        lines += [_wave_line(wave) for wave in members]
        lines.append(_coverage_line(_coverage(members, settings, catalogue)))
    return lines


def calendar_json(settings: Settings, catalogue: Catalogue) -> list[dict[str, object]]:
    """The year, one entry a wave; coverage is that of the quarter that the wave belongs to. Raises InstrumentError."""
    entries: list[dict[str, object]] = []
    waves = _year(settings, catalogue)
    for _, quarter in groupby(waves, key=lambda wave: wave.position // WAVES_A_QUARTER[settings.rhythm]):
        members = list(quarter)
        coverage = _coverage(members, settings, catalogue)
        entries += [_entry(wave, coverage) for wave in members]
    return entries


def _battery(settings: Settings, wave: Wave, position: int | None) -> Battery:
    if wave.items:
        return Battery(wave.items, (), seconds_of(wave.items))
    if position is None:
        return Battery((), (), 0)
    return battery_for(settings.rhythm, position, core_swap=settings.core_swap)


def _year(settings: Settings, catalogue: Catalogue) -> list[CalendarWave]:
    """Four whole quarters, from the one of the next wave on."""
    try:
        _check_declared(settings, catalogue)
        waves = list(_all_waves(settings))
        for wave in waves:
            check_battery(wave.battery.items, settings.rhythm, catalogue)
        _check_coverage(waves, settings, catalogue)
    except BatteryError as error:
        raise InstrumentError(str(error)) from None
    size = WAVES_A_QUARTER[settings.rhythm]
    coming = (wave.position // size for wave in waves if wave.opens_on and wave.opens_on >= clock.today())
    first = next(coming, waves[0].position // size)
    is_partial = sum(wave.position // size == first for wave in waves) < size
    return [wave for wave in waves if first <= wave.position // size < first + 4 + is_partial]


def _all_waves(settings: Settings) -> Iterator[CalendarWave]:
    """Every declared wave, then projected ones: five quarters beyond today, so that a year from today on is there."""
    declared, position = declared_in_order(settings), first_position(settings)
    for wave in declared:
        yield CalendarWave(wave.wave_id, wave.opens_on, position, _battery(settings, wave, position))
        position += 1
    last = declared[-1].opens_on if declared else None
    dates = dates_after(last, settings.rhythm) if last else None
    left = 5 * WAVES_A_QUARTER[settings.rhythm] if dates else 4 * WAVES_A_QUARTER[settings.rhythm]
    while left:
        date = next(dates) if dates else None
        left -= date is None or date >= clock.today()
        yield CalendarWave(None, date, position, battery_for(settings.rhythm, position, core_swap=settings.core_swap))
        position += 1


def _check_declared(settings: Settings, catalogue: Catalogue) -> None:
    """A wave is one survey, asked of everybody once: no id twice, no two waves open at once, no window cut short."""
    declared = declared_in_order(settings)
    ids = [wave.wave_id for wave in settings.waves]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise BatteryError(f"wave {', '.join(twice)} is declared twice", "Declare each wave once in quorum.toml.")
    for earlier, later in pairwise(declared):
        if earlier.closes_on and later.opens_on and later.opens_on < earlier.closes_on:
            problem = f"wave {later.wave_id} opens before wave {earlier.wave_id} closes"
            raise BatteryError(problem, "Two surveys would ask the same question at once: move one of the dates.")
    first = first_position(settings)
    asked = [_battery(settings, wave, first + place).items for place, wave in enumerate(declared)]
    opened = [wave.opens_on.toordinal() for wave in declared if wave.opens_on]
    check_recall(asked, settings.rhythm, catalogue, opened)


def _check_coverage(waves: Sequence[CalendarWave], settings: Settings, catalogue: Catalogue) -> None:
    """Every whole quarter asks all twelve challenges; only waves with questions of their own can break that."""
    for _, quarter in groupby(waves, key=lambda wave: wave.position // WAVES_A_QUARTER[settings.rhythm]):
        members = list(quarter)
        coverage = _coverage(members, settings, catalogue)
        if coverage.is_whole and coverage.missing_challenges:
            names = ", ".join(coverage.missing_challenges)
            problem = f"the quarter that begins with wave {members[0].wave_id} leaves out {names}"
            raise BatteryError(problem, "Ask at least one of their measures in each quarter.")


def _coverage(waves: Sequence[CalendarWave], settings: Settings, catalogue: Catalogue) -> QuarterCoverage:
    asked = frozenset().union(*(constructs_asked(wave.battery.items, catalogue) for wave in waves))
    return QuarterCoverage(
        is_whole=len(waves) == WAVES_A_QUARTER[settings.rhythm],
        missing_challenges=missing_challenges([wave.battery.items for wave in waves], catalogue),
        missing_supports=tuple(support for support in SUPPORTS if support not in asked),
    )


def _wave_line(wave: CalendarWave) -> str:
    minutes, seconds = divmod(wave.battery.seconds, 60)
    opens_on = "" if wave.opens_on is None else wave.opens_on.isoformat()
    name = wave.wave_id or "later"
    time = f"{minutes}:{seconds:02d}"
    return f"{name:12}{opens_on:12}{len(wave.battery.items):>9}{time:>6}  {wave.words}".rstrip()


def _coverage_line(coverage: QuarterCoverage) -> str:
    head = "Quarter" if coverage.is_whole else "Part of a quarter"
    challenges = _counted(CHALLENGES, coverage.missing_challenges, "challenges")
    return f"  {head}: {challenges}; {_counted(SUPPORTS, coverage.missing_supports, 'supports')}."


def _counted(all_: Sequence[str], missing: Sequence[str], what: str) -> str:
    not_asked = f" (not {', '.join(name.replace('_', ' ') for name in missing)})" if missing else ""
    return f"{len(all_) - len(missing)} of {len(all_)} {what}{not_asked}"


def _entry(wave: CalendarWave, coverage: QuarterCoverage) -> dict[str, object]:
    return {
        "wave_id": wave.wave_id,
        "opens_on": None if wave.opens_on is None else wave.opens_on.isoformat(),
        "modules": list(wave.battery.modules),
        "asks": wave.words,
        "items": list(wave.battery.items),
        "items_n": len(wave.battery.items),
        "seconds": wave.battery.seconds,
        "quarter_is_whole": coverage.is_whole,
        "quarter_without_challenges": list(coverage.missing_challenges),
        "quarter_without_supports": list(coverage.missing_supports),
    }
