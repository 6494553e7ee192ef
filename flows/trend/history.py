"""All releases as compact columns: which series has which figure in which wave (TRENDS 4: time-major, read once).

A *series* is a unit or pooled group for as long as its level and its members stay the same; a change begins a new one.
Large waves lie outside memory (`large_table`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.publish.contract import ALL, LEVELS, RESPONSE_BANDS, STATUS_PUBLISHED
from flows.trend.angle import Flags, Floats
from flows.trend.large_table import filled

if TYPE_CHECKING:
    from flows.publish.read import Release

Places = npt.NDArray[np.int32]
Tenths = npt.NDArray[np.int16]
Bands = npt.NDArray[np.int8]
GUARDED = "guarded"
WEEKLY_DAYS = 10
NO_BAND = -1
FIELDS: Mapping[str, np.dtype[Any]] = {
    "series": np.dtype("<i4"),
    "people_n": np.dtype("<i4"),
    "tenths": np.dtype("<i2"),
    "is_bound": np.dtype("?"),
}
_BYTES = sum(dtype.itemsize for dtype in FIELDS.values())
_BANDS = {band: place for place, band in enumerate(RESPONSE_BANDS)}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The figures of one measure in one wave: series, tenths of a point, people, and which are bounds."""

    series: Places
    tenths: Tenths
    people_n: Places
    is_bound: Flags


@dataclass(frozen=True, slots=True)
class MeasureWave:
    """What a release says of a measure. `version` is what has to stay the same for a series to go on."""

    is_high_worse: bool
    is_share: bool
    phi: float
    version: tuple[str, int, float, float]


@dataclass(slots=True, eq=False)
class History:
    """Waves in order, series, and one column a wave and measure. `bands` are places in RESPONSE_BANDS, -1 unknown."""

    wave_ids: list[str] = field(default_factory=list)
    closes_on: list[date | None] = field(default_factory=list)
    series: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={"group_id": pl.String(), "fingerprint": pl.String(), "level": pl.String(), "series": pl.Int32()}
        )
    )
    all_series: list[pl.DataFrame] = field(default_factory=list)
    series_n: int = 0
    bands: list[Bands] = field(default_factory=list)
    measures: list[Mapping[str, MeasureWave]] = field(default_factory=list)
    columns: list[Mapping[str, Column]] = field(default_factory=list)

    def times(self) -> Floats:
        """When the waves closed, in waves: days over the usual distance; plain numbers where a date is missing."""
        dates = [day for day in self.closes_on if day is not None]
        if len(dates) < len(self.closes_on) or len(dates) < 2:
            return np.arange(len(self.closes_on), dtype=float)
        days = np.array([day.toordinal() for day in dates], dtype=float)
        usual = max(1.0, float(np.median(np.diff(days))))
        times: Floats = (days - days[0]) / usual
        return times

    def is_weekly(self) -> bool:
        """Whether waves usually come within ten days of each other."""
        dates = [day.toordinal() for day in self.closes_on if day is not None]
        return 2 <= len(dates) == len(self.closes_on) and float(np.median(np.diff(dates))) <= WEEKLY_DAYS

    def series_table(self) -> pl.DataFrame:
        """Every series: its number, group and level."""
        return pl.concat(self.all_series).sort("series") if self.all_series else self.series.clear()


def read_history(releases: Iterable[Release]) -> History:
    """The history of releases, in wave order; each is let go before the next one is read."""
    history = History()
    for release in releases:
        _add(history, release)
    return history


def _add(history: History, release: Release) -> None:
    groups = release.groups.filter(pl.col("kind") != "other").select(
        "group_id",
        pl.concat_str(
            "level", pl.col("member_unit_ids").list.sort().list.join("\n"), separator="\n", ignore_nulls=True
        ).alias("fingerprint"),
        "level",
        pl.col("response_band").replace_strict(_BANDS, default=NO_BAND, return_dtype=pl.Int8()).alias("band"),
    )
    numbered = _number_series(history, groups)
    bands = np.full(history.series_n, NO_BAND, np.int8)
    bands[numbered["series"].to_numpy()] = numbered["band"].fill_null(NO_BAND).to_numpy()
    history.wave_ids.append(release.manifest.wave_id)
    history.closes_on.append(release.manifest.closes_on)
    history.bands.append(bands)
    history.measures.append({row["measure_id"]: _measure(row) for row in release.measures.iter_rows(named=True)})
    history.columns.append(_columns(release, numbered))


def _measure(row: Mapping[str, object]) -> MeasureWave:
    is_share = row["tier"] == GUARDED
    phi = row["phi"] if isinstance(row["phi"], float) else 1.0
    low, high = (float(str(row[name])) if row[name] is not None else 0.0 for name in ("native_min", "native_max"))
    version = (str(row["instrument_id"]), int(str(row["instrument_version"])), low, high)
    return MeasureWave(row["direction"] == "higher_is_worse", is_share, 1.0 if is_share else phi, version)


def _number_series(history: History, groups: pl.DataFrame) -> pl.DataFrame:
    """The wave's groups with the number of their series; new ones where a group is new or has changed."""
    joined = groups.join(history.series.rename({"level": "old_level"}), on="group_id", how="left", suffix="_before")
    is_new = ~pl.col("fingerprint").eq_missing(pl.col("fingerprint_before"))
    joined = joined.sort("group_id").with_columns(
        pl.when(is_new)
        .then(history.series_n + is_new.cast(pl.Int32()).cum_sum() - 1)
        .otherwise(pl.col("series"))
        .cast(pl.Int32())
        .alias("series"),
        is_new.alias("is_new"),
    )
    new = joined.filter("is_new").select("series", "group_id", "level")
    history.series_n += new.height
    history.all_series.append(new)
    current = joined.select("group_id", "fingerprint", "level", "series")
    history.series = pl.concat([history.series.join(current, on="group_id", how="anti"), current])
    return joined.select("group_id", "series", "band")


def _columns(release: Release, numbered: pl.DataFrame) -> dict[str, Column]:
    is_share = pl.col("measure_id").is_in(release.measures.filter(pl.col("tier") == GUARDED)["measure_id"].implode())
    cells = (
        release.cells.lazy()
        .filter(
            (pl.col("breakdown_id") == ALL)
            & (pl.col("breakdown_value") == ALL)
            & (pl.col("status") == STATUS_PUBLISHED)
        )
        .select(
            "group_id",
            "measure_id",
            "respondents_n",
            pl.when(is_share).then("at_risk_pct").otherwise("score_mean").alias("score"),
            pl.when(is_share).then("is_pct_bounded").otherwise("is_mean_bounded").alias("is_bound"),
        )
        .filter(pl.col("score").is_not_null() & (pl.col("respondents_n") > 0))
        .join(numbered.lazy().select("group_id", "series"), on="group_id")
        .select(
            "measure_id",
            "series",
            (pl.col("score") * 10).round().cast(pl.Int16()).alias("tenths"),
            pl.col("respondents_n").cast(pl.Int32()).alias("people_n"),
            "is_bound",
        )
        .collect()
    )
    parts = cells.partition_by("measure_id", as_dict=True)

    def fill(place: npt.NDArray[Any]) -> None:
        for name, values in _fields(place, cells.height).items():
            np.concatenate([part[name].to_numpy() for part in parts.values()], out=values)

    fields = _fields(filled((cells.height * _BYTES,), np.dtype("u1"), fill), cells.height) if parts else {}
    found, start = {}, 0
    for key, part in parts.items():
        stop = start + part.height
        found[str(key[0])] = Column(**{name: values[start:stop] for name, values in fields.items()})
        start = stop
    return found


def _fields(place: npt.NDArray[Any], rows_n: int) -> dict[str, npt.NDArray[Any]]:
    """The fields of a wave's columns, each in one stretch of the bytes."""
    found: dict[str, npt.NDArray[Any]] = {}
    start = 0
    for name, dtype in FIELDS.items():
        stop = start + rows_n * dtype.itemsize
        found[name] = place[start:stop].view(dtype)
        start = stop
    return found


def level_places() -> tuple[str, ...]:
    """Levels from the lowest one up."""
    return tuple(reversed(LEVELS))
