"""One group and measure over all waves, as released: points, ranges, bounds, hidden waves. No trend is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards import words
from dashboards.language import say
from dashboards.waves import NO_FIGURE, Figure, Group, Measure, State, Wave
from flows.trend.response import FULL_ENOUGH, sensitivity_band


@dataclass(frozen=True, slots=True)
class Point:
    """One wave of a series; `place` is its number on the axis, `note` says in words where answers count instead."""

    place: int
    wave_id: str
    figure: Figure
    is_low_response: bool = False
    is_new_composition: bool = False
    note: str = ""
    silence: tuple[float, float] | None = None
    """The range, had those who did not answer been ten points better or worse off; only below 70 % response."""

    @property
    def has_dot(self) -> bool:
        """Whether an exact figure is shown."""
        return self.figure.state is State.SHOWN and self.figure.value is not None


@dataclass(frozen=True, slots=True)
class Series:
    """A named sequence with one point a wave, in wave order."""

    name: str
    measure: Measure
    points: tuple[Point, ...]

    @property
    def last(self) -> Point | None:
        """The last wave with a figure or a bound."""
        return next((point for point in reversed(self.points) if point.figure.value is not None), None)

    def runs(self) -> tuple[tuple[Point, ...], ...]:
        """Stretches that a line may join: neighbouring waves with figures and the same members."""
        found: list[list[Point]] = []
        is_joined = False
        for point in self.points:
            if not point.has_dot:
                is_joined = False
                continue
            if not is_joined or point.is_new_composition:
                found.append([])
            found[-1].append(point)
            is_joined = True
        return tuple(tuple(run) for run in found)


def build_series(waves: Sequence[Wave], group: Group, measure: Measure) -> Series:
    """The series of a group; a change of its members since the wave before starts a new stretch."""
    points: list[Point] = []
    members: tuple[str, ...] | None = None
    for place, wave in enumerate(waves):
        here = wave.group(group.group_id)
        if here is None:
            points.append(_absent(place, wave, group))
            continue
        is_new = members is not None and here.member_unit_ids != members
        members = here.member_unit_ids
        figure = wave.figure(here.group_id, measure.measure_id)
        note = _where_counted(wave, here) if figure.state is State.HIDDEN else ""
        silence = _silence(figure, here.response_band)
        points.append(Point(place, wave.wave_id, figure, here.is_low_response, is_new, note, silence))
    return Series(group.name, measure, tuple(points))


def _silence(figure: Figure, band: str | None) -> tuple[float, float] | None:
    if figure.low is None or figure.high is None or band is None or band in FULL_ENOUGH:
        return None
    return sensitivity_band(figure.low, figure.high, band)


def _absent(place: int, wave: Wave, group: Group) -> Point:
    """A wave without the group: its answers may be part of a pooled group."""
    pool = wave.pool_of(group.group_id)
    note = say("in_pool", pool=pool.name) if pool else say("not_in_wave")
    return Point(place, wave.wave_id, NO_FIGURE, note=note)


def _where_counted(wave: Wave, group: Group) -> str:
    shown = wave.nearest_shown(group)
    return words.counted_in(shown.name if shown else None)
