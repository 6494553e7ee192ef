"""Forbidden fields and impossible states of a release (PRIVACY 3.4-f, CONTRACTS 5); needs no confidential data."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from flows.audit.check_breakdown_rows import IS_BROKEN_DOWN, breakdown_rules
from flows.audit.floors import FLOOR_K, GUARDED, SHARE_K, threshold_of
from flows.audit.group_tree import GroupTree
from flows.audit.read_folder import ReleaseTables
from flows.publish.contract import ALL, KINDS, LEVELS, RESPONSE_BANDS, STATUS_PUBLISHED, STATUS_SUPPRESSED

FIGURES = ("respondents_n", "score_mean", "mean_low", "mean_high", "at_risk_pct")
BOUNDS = ("is_mean_bounded", "is_pct_bounded")
OTHER = "other:"
POOL = "pool:"
SHOWN = pl.col("status") == STATUS_PUBLISHED
IS_OTHER = pl.col("kind") == "other"
IS_GUARDED = pl.col("tier") == GUARDED


def cell_faults(tables: ReleaseTables, k: Mapping[str, int], k_res: Mapping[str, int]) -> list[str]:
    """Rows of cells.parquet in a state that the contract does not allow, by group and measure."""
    rules = {**_state_rules(), **_guarded_rules(), **_figure_rules(k, k_res), **breakdown_rules(k, k_res)}
    return _named(_with_context(tables), rules)


def _state_rules() -> dict[str, pl.Expr]:
    """Rows that should not exist, or whose status and figures contradict."""
    return {
        "unknown status": ~pl.col("status").is_in([STATUS_PUBLISHED, STATUS_SUPPRESSED]) | pl.col("status").is_null(),
        "no such group in groups": pl.col("kind").is_null(),
        "no such measure in measures": pl.col("tier").is_null(),
        "a suppressed row with a figure": ~SHOWN & pl.any_horizontal(pl.col(c).is_not_null() for c in FIGURES),
        "a suppressed row marked as a bound": ~SHOWN & pl.any_horizontal(BOUNDS),
        "a suppressed row of other teams": ~SHOWN & IS_OTHER,
        "a null flag": pl.any_horizontal(pl.col(c).is_null() for c in BOUNDS),
        "published without n": SHOWN & (pl.col("respondents_n").fill_null(0) <= 0),
        "published without a mean": SHOWN & ~IS_GUARDED & pl.col("score_mean").is_null(),
    }


def _guarded_rules() -> dict[str, pl.Expr]:
    """Guarded measures show a share, from department up, and nothing else."""
    return {
        "a guarded mean": IS_GUARDED & pl.any_horizontal(pl.col(c).is_not_null() for c in FIGURES[1:4]),
        "a guarded group below department": SHOWN & IS_GUARDED & (pl.col("level") == "team") & ~IS_OTHER,
        "guarded without a share": SHOWN & IS_GUARDED & ~IS_OTHER & pl.col("at_risk_pct").is_null(),
        "a share of other teams": IS_OTHER & ~IS_GUARDED & pl.col("at_risk_pct").is_not_null(),
    }


def _figure_rules(k: Mapping[str, int], k_res: Mapping[str, int]) -> dict[str, pl.Expr]:
    """Figures, bounds and intervals that the contract does not allow."""
    least = pl.col("tier").replace_strict(
        {tier: threshold_of(tier, k, k_res).for_share().k for tier in FLOOR_K},
        default=SHARE_K,
        return_dtype=pl.Int64,
    )
    mean, low, high = pl.col("score_mean"), pl.col("mean_low"), pl.col("mean_high")
    return {
        "a bound without a figure": (pl.col("is_mean_bounded") & mean.is_null())
        | (pl.col("is_pct_bounded") & pl.col("at_risk_pct").is_null()),
        "a bound among other teams": IS_OTHER & pl.any_horizontal(BOUNDS),
        "a bound with an interval": pl.col("is_mean_bounded") & (low.is_not_null() | high.is_not_null()),
        "half an interval": low.is_null() != high.is_null(),
        "an interval that does not hold its mean": low.is_not_null() & ~((low <= mean + 0.05) & (mean - 0.05 <= high)),
        "a share of too few people": pl.col("at_risk_pct").is_not_null() & (pl.col("respondents_n") < least),
        "a figure off the scale": _off_scale(),
        "a mean finer than 0.1 or a share finer than 1": _too_fine(),
    }


def _with_context(tables: ReleaseTables) -> pl.DataFrame:
    groups = tables.groups.select("group_id", "kind", "level")
    measures = tables.measures.select("measure_id", "tier")
    return tables.cells.join(groups, on="group_id", how="left").join(measures, on="measure_id", how="left")


def _off_scale() -> pl.Expr:
    return pl.any_horizontal(
        pl.col(column).is_not_null() & ~pl.col(column).is_between(0.0, 100.0) for column in FIGURES[1:]
    )


def _too_fine() -> pl.Expr:
    mean, share = pl.col("score_mean") * 10, pl.col("at_risk_pct")
    return (((mean - mean.round()).abs() > 1e-6) | ((share - share.round()).abs() > 1e-9)).fill_null(False)


def _named(cells: pl.DataFrame, rules: Mapping[str, pl.Expr]) -> list[str]:
    """`<group> / <measure>: <rule>` for every row that breaks a rule."""
    flags = cells.select([rule.fill_null(False).alias(name) for name, rule in rules.items()])
    faults = []
    for name in rules:
        if flags[name].any():
            broken = cells.filter(flags[name])
            columns = (broken[column].to_list() for column in ("group_id", "breakdown_value", "measure_id"))
            faults += [
                f"{group if value == ALL else f'{group} x {value}'} / {measure}: {name}"
                for group, value, measure in zip(*columns, strict=True)
            ]
    return faults


def coverage_faults(tables: ReleaseTables) -> list[str]:
    """Every unit's group and pool times every measure exactly once: a missing row would tell why it is missing."""
    named = tables.groups.filter(pl.col("kind") != "other")["group_id"]
    cells = tables.cells.filter((pl.col("breakdown_id") == ALL) & pl.col("group_id").is_in(named.implode()))
    counts = cells.group_by("measure_id").len()
    have = dict(zip(counts["measure_id"].to_list(), counts["len"].to_list(), strict=True))
    asked = tables.measures["measure_id"].to_list()
    return [f"{m}: not one row for every group" for m in asked if have.get(m, 0) != named.len()]


def group_faults(tables: ReleaseTables, tree: GroupTree) -> list[str]:
    """Rows of groups.parquet in a state that the contract does not allow."""
    groups, waves = tables.groups, set(tables.groups["wave_id"].to_list()) | set(tables.cells["wave_id"].to_list())
    faults = [] if len(waves) == 1 else ["the files are of more than one wave"]
    is_other = pl.col("kind") == "other"
    rules = {
        "unknown kind": ~pl.col("kind").is_in(KINDS) | pl.col("kind").is_null(),
        "unknown level": ~pl.col("level").is_in(LEVELS) | pl.col("level").is_null(),
        "unknown response band": pl.col("response_band").is_not_null() & ~pl.col("response_band").is_in(RESPONSE_BANDS),
        "a band without n, or n without a band": ~is_other
        & (pl.col("response_band").is_null() != pl.col("respondents_n").is_null()),
        "other teams with n or band": is_other
        & (pl.col("respondents_n").is_not_null() | pl.col("response_band").is_not_null()),
        "other teams not named after their parent": is_other
        & (pl.col("group_id") != pl.concat_str(pl.lit(OTHER), pl.col("parent_group_id"))),
        "a pool not named as one": (pl.col("kind") == "pooled") != pl.col("group_id").str.starts_with(POOL),
    }
    for name, rule in rules.items():
        broken = groups.filter(rule.fill_null(True))["group_id"].to_list()
        faults += [f"{group}: {name}" for group in broken]
    level = dict(zip(groups["group_id"].to_list(), groups["level"].to_list(), strict=True))
    faults += [
        f"{group}: its level is {true_level} by the tree"
        for group, true_level in zip(tree.ids, tree.level_names, strict=True)
        if group in level and level[group] != true_level
    ]
    return faults


def interval_faults(tables: ReleaseTables) -> list[str]:
    """Intervals are a function of released columns: equal measure, n, mean and band must give equal intervals.

    Otherwise the width of an interval gives the head-count away (TRENDS 1.2).
    """
    bands = tables.groups.select("group_id", "response_band", (pl.col("kind") == "other").alias("is_other"))
    is_whole = pl.col("mean_low").is_not_null() & ~IS_BROKEN_DOWN
    shown = tables.cells.filter(is_whole).join(bands, on="group_id", how="left")
    if shown.height == 0:
        return []
    key = ["measure_id", "respondents_n", "score_mean", "response_band", "is_other"]
    spread = shown.group_by(key).agg(
        pl.struct("mean_low", "mean_high").n_unique().alias("kinds"), pl.col("group_id").min()
    )
    broken = spread.filter(pl.col("kinds") > 1).sort("measure_id", "group_id")
    named = zip(broken["group_id"].to_list(), broken["measure_id"].to_list(), strict=True)
    return [f"{group} / {measure}: its interval depends on something unreleased" for group, measure in named]
