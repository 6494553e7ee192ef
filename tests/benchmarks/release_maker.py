"""Made-up national releases, written fast: signed, whole, and within the contract, so that every check is paid for.

Figures drift per group; one cell in eight is hidden, one in twenty is a bound. Nothing else is like a real wave.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from flows.publish.contract import CELLS, GROUPS, MEASURES
from flows.publish.write import PARQUET_SETTINGS
from tests.benchmarks.wave_maker import SEED, WaveSize, team_frame
from tests.release_builder import Draft, manifest, sign_manifest

FIRST_WAVE = date(2025, 1, 10)
DAYS_APART = 28
HIDDEN_SHARE = 0.125
BOUND_SHARE = 0.05
PHI = 0.3
TOP_PEOPLE = 40


class Country:
    """An organisation whose groups stand still while their figures drift; `release` writes the next wave."""

    def __init__(self, size: WaveSize, measures_n: int) -> None:
        """`size`: teams, departments, divisions; `measures_n`: measures asked in every wave."""
        rng = np.random.default_rng(SEED)
        eligible = np.clip(rng.poisson(size.people_per_team, size.teams_n) + 4, 5, TOP_PEOPLE)
        frame = team_frame(size, eligible).sort("unit_id")
        inner = size.divisions_n + size.departments_n + 1
        self._groups = frame.with_columns(_level(pl.col("unit_id")).alias("level"))
        self._people = np.maximum(frame["eligible_n"].to_numpy(), 200)
        self._people[frame["eligible_n"].to_numpy() > 0] = eligible
        self._is_team = frame["eligible_n"].to_numpy() > 0
        self._measures = [f"m{place:02d}" for place in range(measures_n)]
        self._rng = rng
        self._level = rng.normal(45, 9, (frame.height, measures_n)) * np.where(self._is_team, 1, 0.3)[:, None]
        self._level += np.where(self._is_team, 0, 31)[:, None]
        self.groups_n, self.inner_n, self.waves_n = frame.height, inner, 0

    def release(self, released_dir: Path) -> Path:
        """Write one wave; the figures move on for the next one."""
        wave_id = f"w{self.waves_n + 1:03d}"
        closes_on = FIRST_WAVE + timedelta(days=DAYS_APART * self.waves_n)
        tables = {"cells": self._cells(wave_id), "groups": self._group_rows(wave_id), "measures": self._measure_rows()}
        folder = released_dir / wave_id
        folder.mkdir(parents=True)
        hashes = {}
        for name, table in tables.items():
            path = folder / f"{name}.parquet"
            table.write_parquet(path, **{**PARQUET_SETTINGS, "compression_level": 1})
            hashes[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        draft = Draft(wave_id, closes_on.isoformat(), [], [], [])
        sign_manifest(folder, manifest(draft, hashes))
        self.waves_n += 1
        self._level += self._rng.normal(0, 1.2, self._level.shape)
        return folder

    def _cells(self, wave_id: str) -> pl.DataFrame:
        shape, rng = self._level.shape, self._rng
        n = np.maximum(5, rng.binomial(self._people, 0.7))[:, None] * np.ones(shape[1], int)
        noise = rng.normal(0, 1, shape) * np.sqrt(PHI * 2500 / n)
        mean = np.round(np.clip(self._level + noise, 1, 99), 1)
        is_hidden = (rng.random(shape) < HIDDEN_SHARE) & self._is_team[:, None]
        is_bound = (rng.random(shape) < BOUND_SHARE) & self._is_team[:, None]
        half = 196 * np.sqrt(PHI * 0.25 * 0.3 / n)
        ids = pl.Series("group_id", self._groups["unit_id"]).gather(np.repeat(np.arange(shape[0]), shape[1]))
        shown = pl.col("is_hidden").not_()
        frame = pl.DataFrame(
            {
                "group_id": ids,
                "measure_id": pl.Series(self._measures).gather(np.tile(np.arange(shape[1]), shape[0])),
                "respondents_n": n.ravel(),
                "score_mean": mean.ravel(),
                "half": half.ravel(),
                "is_hidden": is_hidden.ravel(),
                "is_mean_bounded": is_bound.ravel(),
            }
        )
        with_range = shown & pl.col("is_mean_bounded").not_()
        return frame.select(
            pl.lit(wave_id).alias("wave_id"),
            "group_id",
            pl.lit("all").alias("breakdown_id"),
            pl.lit("all").alias("breakdown_value"),
            "measure_id",
            pl.when(shown).then(pl.lit("published")).otherwise(pl.lit("suppressed")).alias("status"),
            pl.when(shown).then("respondents_n").alias("respondents_n"),
            pl.when(shown).then("score_mean").alias("score_mean"),
            pl.when(with_range).then((pl.col("score_mean") - pl.col("half")).clip(0, 100).round(1)).alias("mean_low"),
            pl.when(with_range).then((pl.col("score_mean") + pl.col("half")).clip(0, 100).round(1)).alias("mean_high"),
            pl.lit(None, pl.Float64()).alias("at_risk_pct"),
            (pl.col("is_mean_bounded") & shown).alias("is_mean_bounded"),
            pl.lit(False).alias("is_pct_bounded"),
        ).cast(CELLS)  # type: ignore[arg-type]

    def _group_rows(self, wave_id: str) -> pl.DataFrame:
        bands = self._rng.choice(["50-69", "70-84", ">=85"], self.groups_n)
        return self._groups.select(
            pl.lit(wave_id).alias("wave_id"),
            pl.col("unit_id").alias("group_id"),
            pl.col("parent_id").alias("parent_group_id"),
            pl.col("unit_name").alias("group_name"),
            "level",
            pl.lit("unit").alias("kind"),
            pl.concat_list("unit_id").alias("member_unit_ids"),
            pl.Series("respondents_n", np.maximum(5, (self._people * 0.7).astype(int))),
            pl.Series("response_band", bands),
        ).cast(GROUPS)  # type: ignore[arg-type]

    def _measure_rows(self) -> pl.DataFrame:
        rows: list[dict[str, Any]] = [
            {
                "measure_id": name,
                "name": f"Measure {name}",
                "construct": "burnout" if place % 3 else "culture",
                "instrument_id": f"{name}_instrument",
                "instrument_version": 1,
                "tier": "work",
                "direction": "higher_is_worse" if place % 3 else "higher_is_better",
                "native_min": 0.0,
                "native_max": 4.0,
                "validated": False,
                "note": None,
                "phi": PHI,
                "phi_basis": "pooled",
            }
            for place, name in enumerate(self._measures)
        ]
        return pl.DataFrame(rows, schema=MEASURES)


def _level(unit_id: pl.Expr) -> pl.Expr:
    names = {"O": "organisation", "D": "division", "P": "department", "T": "team"}
    return unit_id.str.slice(0, 1).replace_strict(names, return_dtype=pl.String())
