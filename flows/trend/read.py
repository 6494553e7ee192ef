"""The one way into derived files: missing, stale, half-written or foreign ones are simply not there.

Derived files are made from releases alone and may be deleted at any time, so a page that finds none shows the figures
of the release without lines and labels. Frames are scanned lazily: a page reads the rows it asks for, no more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from flows.trend.tables import CLEAR, DERIVED, DERIVED_VERSION, FILES

__all__ = ["Change", "Comparison", "Derived", "Noise", "load_derived", "release_digest"]


FEW = 8


@dataclass(frozen=True, slots=True)
class Noise:
    """Parameters of one level and measure: noise factor, drift and spread on the angle scale.

    `tau2` is None for the organisation. `is_mostly_bounds`: no trends here, see one level higher. `differs_at_all`:
    whether groups of the last wave differ more than chance allows; None where nothing is compared.
    """

    level: str
    measure_id: str
    c2: float
    q: float
    tau2: float | None
    groups_n: int
    waves_n: int
    is_drift_of_level_below: bool
    is_mostly_bounds: bool
    differs_at_all: bool | None


@dataclass(frozen=True, slots=True)
class Change:
    """What is said about the change of one group and measure up to `wave_id`; `change` and its range in points."""

    wave_id: str
    group_id: str
    measure_id: str
    since_wave_id: str
    label: str
    change: float
    change_low: float
    change_high: float
    smallest_change: float
    p_rose: float | None
    unusual: bool
    basis: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One group and measure beside the organisation; `line` is the best estimate, None before it can be told."""

    wave_id: str
    group_id: str
    measure_id: str
    label: str | None
    line: float | None
    band_low: float | None
    band_high: float | None
    worst: str | None
    p_worst: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """The derived files of one wave: `releases` are the SHA-256 of the manifests used, by wave."""

    wave_id: str
    folder: Path
    releases: Mapping[str, str]
    noise: tuple[Noise, ...]

    def rows(
        self,
        file: str,
        group_ids: Collection[str] | None = None,
        measure_ids: Collection[str] | None = None,
        wave_id: str | None = None,
    ) -> pl.DataFrame:
        """Rows of `trend`, `change` or `compare`, sorted by measure, group and wave; None means all.

        What was asked of a few groups is kept for a while: many people look at the same figures.
        """
        if group_ids is None or measure_ids is None or len(group_ids) > FEW or len(measure_ids) > FEW:
            return self._read(file, group_ids, measure_ids, wave_id)
        return _kept_rows(self, file, tuple(sorted(group_ids)), tuple(sorted(measure_ids)), wave_id)

    def _read(
        self,
        file: str,
        group_ids: Collection[str] | None,
        measure_ids: Collection[str] | None,
        wave_id: str | None,
    ) -> pl.DataFrame:
        frame = pl.scan_parquet(self.folder / f"{file}.parquet", glob=False)
        if measure_ids is not None:
            frame = frame.filter(pl.col("measure_id").is_in(list(measure_ids)))
        if group_ids is not None:
            frame = frame.filter(pl.col("group_id").is_in(list(group_ids)))
        if wave_id is not None:
            frame = frame.filter(pl.col("wave_id") == wave_id)
        return frame.collect()

    def lines(self, group_ids: Collection[str], measure_ids: Collection[str] | None = None) -> pl.DataFrame:
        """Level, band and unusual waves of some groups, one row a wave (at most the last 14)."""
        return self.rows("trend", group_ids, measure_ids)

    def changes(
        self, group_ids: Collection[str] | None = None, measure_ids: Collection[str] | None = None
    ) -> dict[tuple[str, str], Change]:
        """Changes by group and measure. `wave_id` is older than this wave where the measure was asked before."""
        names = list(Change.__dataclass_fields__)
        rows = self.rows("change", group_ids, measure_ids).select(names).iter_rows(named=True)
        return {(row["group_id"], row["measure_id"]): Change(**row) for row in rows}

    def surest_changes(
        self, measure_ids: Collection[str], most: int, group_ids: Collection[str] | None = None
    ) -> list[Change]:
        """The clear changes and unusual waves of this wave, at most so many: clear ones first, then the surest.

        A change of two waves carries no probability and stands behind.
        """
        seen = None if group_ids is None else frozenset(group_ids)
        return list(_surest(self, tuple(sorted(measure_ids)), most, seen))

    def _find_surest(self, measure_ids: Sequence[str], most: int, group_ids: frozenset[str] | None) -> list[Change]:
        is_clear = pl.col("label").is_in([str(label) for label in CLEAR]).fill_null(False)
        doubt = pl.min_horizontal("p_rose", 1 - pl.col("p_rose")).fill_null(0.5)
        frame = pl.scan_parquet(self.folder / "change.parquet", glob=False)
        if group_ids is not None:
            frame = frame.filter(pl.col("group_id").is_in(list(group_ids)))
        found = (
            frame.filter((pl.col("wave_id") == self.wave_id) & pl.col("measure_id").is_in(list(measure_ids)))
            .filter(is_clear | pl.col("unusual"))
            .sort(is_clear.not_(), doubt, "group_id", "measure_id")
            .select(list(Change.__dataclass_fields__))
            .head(most)
            .collect()
        )
        return [Change(**row) for row in found.iter_rows(named=True)]

    def comparisons(
        self, group_ids: Collection[str] | None = None, measure_ids: Collection[str] | None = None
    ) -> dict[tuple[str, str], Comparison]:
        """Comparisons by group and measure."""
        names = list(Comparison.__dataclass_fields__)
        rows = self.rows("compare", group_ids, measure_ids).select(names).iter_rows(named=True)
        return {(row["group_id"], row["measure_id"]): Comparison(**row) for row in rows}

    def labels(self, file: str, measure_id: str, wave_id: str) -> pl.DataFrame:
        """`group_id` and `label` of every group of one measure, as far as something is said of this wave."""
        return _kept_labels(self, file, measure_id, wave_id)

    def _read_labels(self, file: str, measure_id: str, wave_id: str) -> pl.DataFrame:
        frame = pl.scan_parquet(self.folder / f"{file}.parquet", glob=False)
        is_here = (pl.col("measure_id") == measure_id) & (pl.col("wave_id") == wave_id)
        return frame.filter(is_here).select("group_id", "label").collect()

    def noise_of(self, level: str, measure_id: str) -> Noise | None:
        """Parameters of one level and measure."""
        return next((each for each in self.noise if (each.level, each.measure_id) == (level, measure_id)), None)


@lru_cache(maxsize=2_000)
def _kept_rows(
    derived: Derived, file: str, group_ids: tuple[str, ...], measure_ids: tuple[str, ...], wave_id: str | None
) -> pl.DataFrame:
    """Rows of exactly this question; other files make a new `Derived`, and nothing kept for an old one is found."""
    return derived._read(file, group_ids, measure_ids, wave_id)


@lru_cache(maxsize=32)
def _kept_labels(derived: Derived, file: str, measure_id: str, wave_id: str) -> pl.DataFrame:
    return derived._read_labels(file, measure_id, wave_id)


@lru_cache(maxsize=256)
def _surest(
    derived: Derived, measure_ids: tuple[str, ...], most: int, group_ids: frozenset[str] | None
) -> tuple[Change, ...]:
    return tuple(derived._find_surest(measure_ids, most, group_ids))


def release_digest(folder: Path) -> str | None:
    """SHA-256 of a release's manifest, which itself holds those of its tables; None where there is none."""
    try:
        return hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    except OSError:
        return None


def load_derived(derived_dir: Path, released_dir: Path, wave_ids: Sequence[str], wave_id: str) -> Derived | None:
    """Derived files of `wave_id`, or None where they are missing, broken, or made from other releases.

    `wave_ids`: the releases that are shown now, in wave order. A retraction, or an older wave that was released later,
    makes derived files stale until `quorum trend` has made them anew.
    """
    if wave_id not in wave_ids:
        return None
    folder = derived_dir / wave_id
    note = _read_note(folder)
    if note is None or note.get("derived_version") != DERIVED_VERSION or note.get("wave_id") != wave_id:
        return None
    used = wave_ids[: list(wave_ids).index(wave_id) + 1]
    if note.get("releases") != {each: release_digest(released_dir / each) for each in used}:
        return None
    if not _has_whole_files(folder, note):
        return None
    try:
        noise = tuple(Noise(**entry) for entry in note["noise"])
    except (KeyError, TypeError):
        return None
    return Derived(wave_id, folder, note["releases"], noise)


def _read_note(folder: Path) -> dict[str, Any] | None:
    try:
        note = json.loads((folder / "derived.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return note if isinstance(note, dict) else None


def _has_whole_files(folder: Path, note: Mapping[str, Any]) -> bool:
    """Whether the tables are those that the note was written with, with the columns of this version."""
    files = note.get("files")
    if not isinstance(files, dict):
        return False
    for name in FILES:
        path = folder / f"{name}.parquet"
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != files.get(path.name) or pl.read_parquet_schema(path) != DERIVED:
                return False
        except (OSError, pl.exceptions.PolarsError):
            return False
    return True
