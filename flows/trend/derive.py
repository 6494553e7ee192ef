"""From releases to derived files: history, panels level by level, labels of whole families (TRENDS 3-5, 12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from flows.trend.analysis import BACK, BACK_WEEKLY, Analysis, analyse
from flows.trend.history import History, level_places
from flows.trend.judge import change_rows, compare_rows, judge_changes, judge_differences, trend_rows
from flows.trend.panel import build_panels, runs_of
from flows.trend.read import Noise
from flows.trend.tables import DERIVED, DERIVED_KEY


@dataclass(frozen=True, slots=True, eq=False)
class DerivedTables:
    """The three tables, sorted by their key, and the parameters that they rest on."""

    trend: pl.DataFrame
    change: pl.DataFrame
    compare: pl.DataFrame
    noise: tuple[Noise, ...]


@dataclass(slots=True, eq=False)
class _Found:
    trend: list[pl.DataFrame]
    change: dict[tuple[str, str], list[pl.DataFrame]]
    compare: dict[tuple[str, str], list[pl.DataFrame]]
    noise: list[Noise]


def derive(history: History, on_measure: Callable[[str], None] | None = None) -> DerivedTables:
    """Everything that follows from a history. Families of false discoveries: one tree level of one release."""
    found = _Found([], {}, {}, [])
    for measure_id in sorted({name for measures in history.measures for name in measures}):
        _derive_measure(history, measure_id, found)
        if on_measure is not None:
            on_measure(measure_id)
    changes = [judge_changes(pl.concat(frames)) for _, frames in sorted(found.change.items())]
    differences = [judge_differences(pl.concat(frames)) for _, frames in sorted(found.compare.items())]
    return DerivedTables(_sorted(found.trend), _sorted(changes), _sorted(differences), tuple(found.noise))


def _derive_measure(history: History, measure_id: str, found: _Found) -> None:
    """Runs of earlier versions keep their lines; only the current one is judged."""
    back = BACK_WEEKLY if history.is_weekly() else BACK
    for run in runs_of(history, measure_id):
        drift_below: float | None = None
        for panel in build_panels(history, run, level_places()):
            analysis = analyse(panel, drift_below)
            drift_below = analysis.drift.q
            found.trend.append(trend_rows(analysis))
            if not run.is_current:
                continue
            compared, differs = compare_rows(analysis)
            family = (panel.level, panel.wave_ids[-1])
            found.change.setdefault(family, []).append(change_rows(analysis, back))
            found.compare.setdefault(family, []).append(compared)
            found.noise.append(_noise(analysis, differs))


def _noise(analysis: Analysis, differs: bool | None) -> Noise:
    panel = analysis.panel
    return Noise(
        level=panel.level,
        measure_id=panel.run.measure_id,
        c2=analysis.drift.c2,
        q=analysis.drift.q,
        tau2=analysis.tau2,
        groups_n=len(panel.group_ids),
        waves_n=len(panel.wave_ids),
        is_drift_of_level_below=analysis.drift.is_of_level_below,
        is_mostly_bounds=panel.is_mostly_bounds,
        differs_at_all=differs,
    )


def _sorted(frames: list[pl.DataFrame]) -> pl.DataFrame:
    if not frames:
        return pl.DataFrame(schema=DERIVED)
    return pl.concat([frame.select(list(DERIVED)) for frame in frames]).sort(DERIVED_KEY)
