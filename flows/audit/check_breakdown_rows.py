"""Breakdown rows in a state that the contract does not allow (CONTRACTS 5, PRIVACY 3.3); needs no confidential data."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from flows.audit.floors import FLOOR_K, GUARDED, SHARE_K, threshold_of
from flows.audit.read_folder import ReleaseTables
from flows.publish.contract import ALL, STATUS_PUBLISHED

OTHER_VALUE = "other:"
LEVELS_BROKEN_DOWN = ("organisation", "division", "department")
Z = 1.959964
GRAIN = 0.05

IS_BROKEN_DOWN = (pl.col("breakdown_id") != ALL) | (pl.col("breakdown_value") != ALL)
IS_OTHER_VALUE = pl.col("breakdown_value") == OTHER_VALUE
SHOWN = pl.col("status") == STATUS_PUBLISHED
IS_GUARDED = pl.col("tier") == GUARDED


def least_cell(tier: str, k: Mapping[str, int], k_res: Mapping[str, int]) -> int:
    """k_cell: twice the threshold of the tier, of its share programme where only shares are shown."""
    threshold = threshold_of(tier, k, k_res)
    return 2 * (threshold.for_share().k if tier == GUARDED else threshold.k)


def breakdown_rules(k: Mapping[str, int], k_res: Mapping[str, int]) -> dict[str, pl.Expr]:
    """Rules of single breakdown rows, joined with kind and level of their group and tier of their measure."""
    least = pl.col("tier").replace_strict(
        {tier: least_cell(tier, k, k_res) for tier in FLOOR_K}, default=2 * SHARE_K, return_dtype=pl.Int64
    )
    small = pl.when(IS_OTHER_VALUE).then(least // 2).otherwise(least)
    return {
        "half a breakdown row": (pl.col("breakdown_id") == ALL) != (pl.col("breakdown_value") == ALL),
        "a breakdown row of a team, a pool or other teams": IS_BROKEN_DOWN
        & ((pl.col("kind") != "unit") | ~pl.col("level").is_in(LEVELS_BROKEN_DOWN)),
        "a bound in a breakdown row": IS_BROKEN_DOWN & (pl.col("is_mean_bounded") | pl.col("is_pct_bounded")),
        "a share in a breakdown row": IS_BROKEN_DOWN & ~IS_GUARDED & pl.col("at_risk_pct").is_not_null(),
        "a suppressed row of other values": ~SHOWN & IS_OTHER_VALUE,
        "a breakdown cell of too few people": IS_BROKEN_DOWN & SHOWN & (pl.col("respondents_n") < small),
    }


def breakdown_faults(tables: ReleaseTables) -> list[str]:
    """One family; its cells only where the group's own figure is exact; `other:` only beside a published cell."""
    rows = tables.cells.filter(IS_BROKEN_DOWN)
    if rows.height == 0:
        return []
    families = sorted(rows["breakdown_id"].unique().to_list())
    faults = [f"families {', '.join(families)}: one family a release at most"] if len(families) > 1 else []
    tiers = tables.measures.select("measure_id", "tier")
    whole = tables.cells.filter(~IS_BROKEN_DOWN).join(tiers, on="measure_id", how="left")
    bound = pl.when(IS_GUARDED).then(pl.col("is_pct_bounded")).otherwise(pl.col("is_mean_bounded"))
    exact = whole.filter(SHOWN & ~bound).select("group_id", "measure_id")
    shown = rows.filter(SHOWN)
    faults += _named(shown.join(exact, on=["group_id", "measure_id"], how="anti"), "its group shows no exact figure")
    cells = shown.filter(~IS_OTHER_VALUE).select("group_id", "measure_id")
    lonely = shown.filter(IS_OTHER_VALUE).join(cells, on=["group_id", "measure_id"], how="anti")
    faults += _named(lonely, "other values without a published cell beside them")
    return [*faults, *_coverage(tables, rows)]


def _coverage(tables: ReleaseTables, rows: pl.DataFrame) -> list[str]:
    """Every unit's group from department up times every value times every measure once."""
    is_wide = (pl.col("kind") == "unit") & pl.col("level").is_in(LEVELS_BROKEN_DOWN)
    groups_n = tables.groups.filter(is_wide).height
    cells = rows.filter(~IS_OTHER_VALUE)
    values = sorted(cells["breakdown_value"].unique().to_list())
    counts = cells.group_by("measure_id", "breakdown_value").len()
    have = {(measure, value): n for measure, value, n in counts.iter_rows()}
    asked = tables.measures["measure_id"].to_list()
    return [f"{v} / {m}: not one row for every group" for m in asked for v in values if have.get((m, v), 0) != groups_n]


def breakdown_interval_faults(tables: ReleaseTables) -> list[str]:
    """Intervals of breakdown rows that are not those of n, mean and phi alone, as if nobody else could have answered.

    Nothing of a response band may enter: the head-count of a category is not released.
    """
    rows = tables.cells.filter(IS_BROKEN_DOWN & pl.col("mean_low").is_not_null() & pl.col("mean_high").is_not_null())
    joined = rows.join(tables.measures.select("measure_id", "phi"), on="measure_id", how="left")
    p, spread = pl.col("score_mean") / 100, Z * Z * pl.col("phi") / pl.col("respondents_n")
    half = (spread * p * (1 - p) + spread * spread / 4).sqrt()
    low = (100 * (p + spread / 2 - half) / (1 + spread)).clip(0, 100)
    high = (100 * (p + spread / 2 + half) / (1 + spread)).clip(0, 100)
    off = ((pl.col("mean_low") - low).abs() > GRAIN + 1e-9) | ((pl.col("mean_high") - high).abs() > GRAIN + 1e-9)
    return _named(joined.filter(off.fill_null(True)), "its interval is not that of n, mean and phi")


def _named(rows: pl.DataFrame, fault: str) -> list[str]:
    columns = (rows[name].to_list() for name in ("group_id", "breakdown_value", "measure_id"))
    return [f"{group} x {value} / {measure}: {fault}" for group, value, measure in zip(*columns, strict=True)]
