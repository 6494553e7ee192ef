"""One measure at one level over the waves that asked it: figures, people, bands, on the angle scale (TRENDS 3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.trend.angle import Flags, Floats, angle, bound_middle, points
from flows.trend.history import NO_BAND, Bands, Column, History, MeasureWave, Places

ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring waves that asked a measure in one version; `waves` are places in the history."""

    measure_id: str
    waves: tuple[int, ...]
    measure: MeasureWave
    is_current: bool


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Waves x groups. `score` 0-100 (NaN: none), `n` people, `v` sampling variance of `g`, `centre` = organisation.

    `base` is what all groups of the level share; the organisation itself has none and is followed as it stands.
    """

    run: Run
    level: str
    wave_ids: tuple[str, ...]
    times: Floats
    series: Places
    group_ids: pl.Series
    score: Floats
    n: Floats
    is_bound: Flags
    bands: Bands
    phi: Floats
    g: Floats
    v: Floats
    base: Floats
    centre: Floats

    @property
    def d(self) -> Floats:
        """Distance from what the level shares."""
        return self.g - self.base[:, None]

    @property
    def is_alone(self) -> bool:
        """Whether this is the organisation, which has nothing to be compared with."""
        return self.level == ORGANISATION

    @property
    def is_mostly_bounds(self) -> bool:
        """More than half of the level's cells are bounds: no trends here, one level higher only (TRENDS 1.3)."""
        return int(self.is_bound.sum()) * 2 > int(np.isfinite(self.score).sum())

    @property
    def seen_n(self) -> Places:
        """Published waves of each group."""
        seen: Places = np.isfinite(self.score).sum(axis=0).astype(np.int32)
        return seen

    @property
    def shift(self) -> Floats:
        """What is added to a level to get a figure's angle: the organisation's path."""
        return np.zeros(len(self.centre)) if self.is_alone else angle(self.centre)


def runs_of(history: History, measure_id: str) -> Iterator[Run]:
    """Stretches of waves with one version of a measure, in order. The last one is current."""
    asked = [place for place, measures in enumerate(history.measures) if measure_id in measures]
    stretches: list[list[int]] = []
    for place in asked:
        version = history.measures[place][measure_id].version
        if not stretches or history.measures[stretches[-1][-1]][measure_id].version != version:
            stretches.append([])
        stretches[-1].append(place)
    for number, waves in enumerate(stretches):
        measure = history.measures[waves[-1]][measure_id]
        yield Run(measure_id, tuple(waves), measure, number == len(stretches) - 1)


def build_panels(history: History, run: Run, levels: tuple[str, ...]) -> Iterator[Panel]:
    """The panels of a run, from the lowest level up; levels without a figure are left out."""
    columns = [history.columns[place].get(run.measure_id) for place in run.waves]
    table = history.series_table()
    place_of = {level: table.filter(pl.col("level") == level) for level in levels}
    centre = _centre(columns, place_of[ORGANISATION]["series"].to_numpy())
    for level in levels:
        series = place_of[level]["series"].to_numpy()
        local = np.full(history.series_n, -1, np.int32)
        local[series] = np.arange(len(series), dtype=np.int32)
        score, n, is_bound = _dense(columns, local, len(series))
        is_used = np.isfinite(score).any(axis=0)
        if not is_used.any():
            continue
        yield _panel(
            history, run, level, place_of[level].filter(pl.Series(is_used)), centre,
            (score[:, is_used], n[:, is_used], is_bound[:, is_used]),
        )  # fmt: skip


def _dense(columns: list[Column | None], local: Places, width: int) -> tuple[Floats, Floats, Flags]:
    score, n = np.full((len(columns), width), np.nan), np.full((len(columns), width), np.nan)
    is_bound = np.zeros((len(columns), width), bool)
    for row, column in enumerate(columns):
        if column is None:
            continue
        place = local[column.series]
        is_here = place >= 0
        score[row, place[is_here]] = column.tenths[is_here] / 10
        n[row, place[is_here]] = column.people_n[is_here]
        is_bound[row, place[is_here]] = column.is_bound[is_here]
    return score, n, is_bound


def _centre(columns: list[Column | None], organisation: Places) -> Floats:
    """The organisation's published figure in each wave; where it is a bound the middle of its band, else NaN."""
    centre = np.full(len(columns), np.nan)
    for row, column in enumerate(columns):
        if column is None:
            continue
        found = np.flatnonzero(np.isin(column.series, organisation))
        if len(found):
            value = column.tenths[found[0]] / 10
            centre[row] = points(bound_middle(value)[0]) if column.is_bound[found[0]] else value
    return centre


def _panel(
    history: History,
    run: Run,
    level: str,
    table: pl.DataFrame,
    centre: Floats,
    figures: tuple[Floats, Floats, Flags],
) -> Panel:
    score, n, is_bound = figures
    series = table["series"].to_numpy()
    phi = np.array([history.measures[place][run.measure_id].phi for place in run.waves])
    middle, extra = bound_middle(score[is_bound])
    g, v = angle(score), phi[:, None] / (4 * n)
    g[is_bound] = middle
    v[is_bound] += extra
    base = _weighted(g, n)
    centre = np.where(np.isfinite(centre), centre, points(base))
    if level == ORGANISATION:
        base = np.zeros(len(base))
    else:
        base = np.where(np.isfinite(g).sum(axis=1) < 2, angle(centre), base)
    return Panel(
        run=run,
        level=level,
        wave_ids=tuple(history.wave_ids[place] for place in run.waves),
        times=history.times()[list(run.waves)],
        series=series,
        group_ids=table["group_id"],
        score=score,
        n=n,
        is_bound=is_bound,
        bands=np.stack([_bands(history.bands[place], series) for place in run.waves]),
        phi=phi,
        g=g,
        v=v,
        base=base,
        centre=_filled(centre),
    )


def _weighted(g: Floats, n: Floats) -> Floats:
    """Mean of the shown groups of each wave, weighted by people; NaN where none is shown."""
    is_shown = np.isfinite(g)
    weights = np.where(is_shown, n, 0.0)
    total = weights.sum(axis=1)
    summed = (weights * np.where(is_shown, g, 0.0)).sum(axis=1)
    mean: Floats = np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)
    return mean


def _filled(centre: Floats) -> Floats:
    """A wave in which nobody is shown takes the organisation's figure of the wave before, or of the next one."""
    series = pl.Series(centre).fill_nan(None).fill_null(strategy="forward").fill_null(strategy="backward")
    return series.fill_null(50.0).to_numpy()


def _bands(bands: Bands, series: Places) -> Bands:
    """Response bands of some series; those that began later than the wave have none."""
    is_known = series < len(bands)
    found = np.full(len(series), NO_BAND, np.int8)
    found[is_known] = bands[series[is_known]]
    return found
