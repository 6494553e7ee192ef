"""From releases to derived files: history, panels level by level, labels of whole families (TRENDS 3-5, 12).

Rows go to disk measure by measure. What is said of a change or a difference needs every measure of its family, so these
rows wait in drafts beside the files until the last measure was seen; in memory stay their p values alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import polars as pl
import pyarrow.parquet as pq

from flows.trend.analysis import BACK, BACK_WEEKLY, Analysis, analyse
from flows.trend.angle import Floats
from flows.trend.history import History, level_places
from flows.trend.judge import change_rows, compare_rows, discovery_limit, judge_changes, judge_differences, trend_rows
from flows.trend.panel import build_panels, runs_of
from flows.trend.read import Noise
from flows.trend.tables import DERIVED, DERIVED_KEY

ROW_GROUP = 25_000
AT_ONCE = 2
"""Measures that are followed at the same time: arrays let go of Python's lock, and each holds its tables in memory."""
Found = TypeVar("Found")
Family = tuple[str, str]
Rows = list[tuple[Family, pl.DataFrame]]


@dataclass(slots=True, eq=False)
class _Found:
    """Rows of one measure, and its parameters. A family is a level and its last wave."""

    trend: list[pl.DataFrame] = field(default_factory=list)
    change: Rows = field(default_factory=list)
    compare: Rows = field(default_factory=list)
    noise: list[Noise] = field(default_factory=list)


def derive(history: History, folder: Path, on_measure: Callable[[str], None] | None = None) -> tuple[Noise, ...]:
    """Write `trend`, `change` and `compare` of everything that follows from a history into an empty folder.

    Rows are sorted by measure, group and wave; row groups hold rows of one measure alone. Families of false
    discoveries: one tree level of one release. Returns the parameters that the files rest on.
    """
    noise: list[Noise] = []
    measure_ids = sorted({name for measures in history.measures for name in measures})
    changes = _Drafts(folder, "change", judge_changes)
    differences = _Drafts(folder, "compare", judge_differences)
    with _Table(folder / "trend.parquet") as trend:
        for measure_id, found in zip(measure_ids, in_turn(partial(_derive_measure, history), measure_ids), strict=True):
            trend.write(found.trend)
            changes.keep(measure_id, found.change)
            differences.keep(measure_id, found.compare)
            noise += found.noise
            if on_measure is not None:
                on_measure(measure_id)
    changes.judge()
    differences.judge()
    return tuple(noise)


def in_turn(work: Callable[[str], Found], measure_ids: Sequence[str]) -> Iterator[Found]:
    """What the work finds for each measure, in their order; `AT_ONCE` at a time, and none further ahead."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun: deque[Future[Found]] = deque()
        for measure_id in measure_ids:
            begun.append(pool.submit(work, measure_id))
            if len(begun) == AT_ONCE:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _derive_measure(history: History, measure_id: str) -> _Found:
    """Runs of earlier versions keep their lines; only the current one is judged."""
    found = _Found()
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
            found.change.append((family, change_rows(analysis, back)))
            found.compare.append((family, compared))
            found.noise.append(_noise(analysis, differs))
    return found


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


class _Table:
    """One file, written measure by measure in the order of its key; statistics let a page read few rows."""

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(
            path, pl.DataFrame(schema=DERIVED).to_arrow().schema, compression="zstd", compression_level=3
        )

    def __enter__(self) -> _Table:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, frames: Sequence[pl.DataFrame]) -> None:
        """All rows of the next measure."""
        if not frames:
            return
        rows = pl.concat([frame.select(list(DERIVED)) for frame in frames]).sort(DERIVED_KEY)
        if rows.height:
            self._writer.write_table(rows.to_arrow(), row_group_size=ROW_GROUP)


class _Drafts:
    """Rows whose labels wait for their family, one file a panel, in the order of the measures."""

    def __init__(self, folder: Path, name: str, judge: Callable[[pl.DataFrame, float], pl.DataFrame]) -> None:
        self._folder, self._name, self._judge = folder, name, judge
        self._p_values: dict[Family, list[Floats]] = {}
        self._kept: dict[str, list[tuple[Family, Path]]] = {}

    def keep(self, measure_id: str, rows: Rows) -> None:
        """Rows of the next measure."""
        paths = self._kept.setdefault(measure_id, [])
        for family, frame in rows:
            paths.append((family, self._folder / f".{self._name}-{len(self._kept)}-{len(paths)}.arrow"))
            frame.write_ipc(paths[-1][1])
            self._p_values.setdefault(family, []).append(frame["p_value"].to_numpy())

    def judge(self) -> None:
        """Write the file, every family judged as a whole; no draft is left."""
        limits = {family: discovery_limit(p_values) for family, p_values in self._p_values.items()}
        with _Table(self._folder / f"{self._name}.parquet") as table:
            for paths in self._kept.values():
                drafts = ((family, pl.read_ipc(path)) for family, path in paths)
                table.write([self._judge(frame, limits[family]) for family, frame in drafts])
                for _, path in paths:
                    path.unlink()
