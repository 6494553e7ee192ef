"""Rows of the release files from selections: rounding, bounds, intervals, merged groups (CONTRACTS 5, TRENDS 1)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from flows.aggregate.cells import ConfidentialCells
from flows.protect.blocks import Blocks
from flows.protect.extremes import Pattern, Sums
from flows.protect.interval import ANSWERED_AT_LEAST, wilson_interval
from flows.protect.phi import SHARE, AtomSpreads, released_phi
from flows.protect.selection import GUARDED, SHARE_MARGIN, Selection
from flows.protect.tree import Ints, ReportingTree
from flows.publish.contract import (
    ALL,
    CELLS,
    GROUPS,
    GROUPS_KEY,
    MEASURES,
    STATUS_PUBLISHED,
    STATUS_SUPPRESSED,
)
from surveys.instrument import Catalogue

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Figure = float | None
INTERVAL = ("mean_low", "mean_high")
FIGURE_COLUMNS = (
    "group_id",
    "respondents_n",
    "score_mean",
    "mean_low",
    "mean_high",
    "at_risk_pct",
    "is_mean_bounded",
    "is_pct_bounded",
)


def other_id(group_id: str) -> str:
    """Group id of what is left of a group when its shown parts are taken away."""
    return f"other:{group_id}"


def mean_of(total: int, n: int, range_units: int) -> float:
    """0-100, rounded half up to 0.1, in exact integers."""
    return (2000 * total + n * range_units) // (2 * n * range_units) / 10


def percent_of(count: int, n: int) -> float:
    """Whole percent, rounded half up."""
    return float((200 * count + n) // (2 * n))


def mean_bound(is_high: bool | Flags, n: int | Ints) -> Floats:
    """What rule H lets be said: at least 100 - 100/n, or at most 100/n, rounded outward to 0.1."""
    return np.where(is_high, (1000 * (n - 1) // n) / 10, -(-1000 // n) / 10)


def percent_bound(is_high: bool | Flags, n: int | Ints) -> Floats:
    """What rule F lets be said: at least n - 2 of n, or at most 2 of n, rounded outward to whole percent."""
    return np.where(is_high, 100 * (n - SHARE_MARGIN) // n, -(-100 * SHARE_MARGIN // n)).astype(np.float64)


def pattern_of(selection: Selection) -> Pattern:
    """The pattern that decides whether a measure's row is published."""
    return selection.share_pattern if selection.scale.tier == GUARDED else selection.mean_pattern


def residual_counts(tree: ReportingTree, selection: Selection) -> dict[int, tuple[int, int]]:
    """n and sum of the merged residual of each shown node with shown nodes below it; only non-empty ones."""
    sums = selection.shares if selection.scale.tier == GUARDED else selection.means
    if sums is None:
        return {}
    is_exact = pattern_of(selection).is_exact
    blocks = Blocks.of(tree, is_exact, np.zeros(len(tree), dtype=bool))
    own_n, own_sum = blocks.gather(sums.own_n), blocks.gather(sums.own_sum)
    parents = tree.parent_array[is_exact]
    split = np.unique(blocks.owner[parents[parents >= 0]])
    split = split[split >= 0]
    return {node: (int(own_n[node]), int(own_sum[node])) for node in split[own_n[split] > 0].tolist()}


def measure_rows(
    selections: Sequence[Selection], tree: ReportingTree, catalogue: Catalogue, cells: ConfidentialCells
) -> pl.DataFrame:
    """One row a measure asked."""
    rows = []
    for selection in selections:
        measure = catalogue.measures[selection.scale.measure_id]
        instrument = catalogue.instrument_of(measure.id)
        phi, basis = _phi(selection, tree, cells, len(measure.items))
        rows.append(
            {
                "measure_id": measure.id,
                "name": measure.name.get("en", measure.id),
                "construct": measure.construct,
                "instrument_id": instrument.id,
                "instrument_version": instrument.version,
                "tier": str(measure.tier),
                "direction": str(measure.direction),
                "native_min": float(min(measure.display_min, measure.display_max)),
                "native_max": float(max(measure.display_min, measure.display_max)),
                "validated": instrument.validated,
                "note": "" if instrument.validated else "not validated: compare only with itself over time",
                "phi": phi,
                "phi_basis": basis,
            }
        )
    return pl.DataFrame(rows, schema=MEASURES).sort("measure_id")


def _phi(selection: Selection, tree: ReportingTree, cells: ConfidentialCells, items_n: int) -> tuple[float, str]:
    sums = selection.means
    if sums is None:
        return SHARE, "default"
    frame = cells.cells.filter(pl.col("measure_id") == selection.scale.measure_id)
    own_sq = np.zeros(len(tree))
    np.add.at(own_sq, tree.nodes_of(frame["unit_id"]), frame["score_sum_sq"].to_numpy())
    owner = tree.nearest_above(selection.mean_pattern.is_exact)
    owned = owner >= 0
    n, total, square = (np.zeros(len(tree)) for _ in range(3))
    for gathered, own in ((n, sums.own_n), (total, sums.own_sum), (square, own_sq)):
        np.add.at(gathered, owner[owned], own[owned])
    atoms = np.flatnonzero(n)
    people = n[atoms]
    per_unit = 100 / sums.range_units
    mean = per_unit * total[atoms] / people
    spread = per_unit**2 * (square[atoms] - total[atoms] ** 2 / people)
    return released_phi(AtomSpreads(people, mean, spread), items_n)


def group_rows(
    wave_id: str,
    tree: ReportingTree,
    respondents: Ints,
    shown: frozenset[int],
    selections: Sequence[Selection],
) -> pl.DataFrame:
    """Every unit's group and pool, and an `other` group wherever some measure publishes one."""
    eligible = tree.totals(np.asarray(tree.eligible, dtype=np.int64)).tolist()
    answered = [n if node in shown else None for node, n in enumerate(respondents.tolist())]
    units = pl.DataFrame(
        {
            "wave_id": wave_id,
            "group_id": tree.group_ids,
            "parent_group_id": [None, *(tree.group_ids[parent] for parent in tree.parents[1:])],
            "group_name": tree.names,
            "level": tree.levels,
            "kind": np.where(tree.is_pooled, "pooled", "unit").tolist(),
            "member_unit_ids": _lists(tree.members),
            "respondents_n": answered,
            "response_band": [
                None if n is None else response_band(n, asked) for n, asked in zip(answered, eligible, strict=True)
            ],
        },
        schema=GROUPS,
    )
    split = sorted({node for selection in selections for node in residual_counts(tree, selection)})
    first_child = {tree.parents[node]: node for node in reversed(range(len(tree)))}
    others = [_other_group(wave_id, tree, node, tree.levels[first_child[node]]) for node in split]
    return pl.concat([units, pl.DataFrame(others, schema=GROUPS)]).sort(GROUPS_KEY)


def _lists(rows: Sequence[Sequence[str]]) -> pl.Series:
    """One list a row; through Arrow, since building a hundred thousand lists one by one takes seconds."""
    ends = np.cumsum([0, *map(len, rows)])
    return pl.Series(
        pl.from_arrow(pa.LargeListArray.from_arrays(ends, pa.array(chain.from_iterable(rows), pa.string())))
    )


def response_band(respondents_n: int, eligible_n: int) -> str | None:
    """Band of respondents among those asked; None where nobody was listed as asked."""
    if eligible_n == 0:
        return None
    for band, least in reversed(list(ANSWERED_AT_LEAST.items())):
        if respondents_n * 100 >= round(least * 100) * eligible_n:
            return band
    return None


def _other_group(wave_id: str, tree: ReportingTree, node: int, level: str) -> dict[str, object]:
    return {
        "wave_id": wave_id,
        "group_id": other_id(tree.group_ids[node]),
        "parent_group_id": tree.group_ids[node],
        "group_name": f"Other teams in {tree.names[node]}",
        "level": level,
        "kind": "other",
        "member_unit_ids": [],
        "respondents_n": None,
        "response_band": None,
    }


def cell_rows(
    wave_id: str, tree: ReportingTree, selections: Sequence[Selection], groups: pl.DataFrame, measures: pl.DataFrame
) -> pl.DataFrame:
    """Every group x every measure asked, and the published `other` rows."""
    bands = dict(zip(groups["group_id"], groups["response_band"], strict=True))
    answered = [ANSWERED_AT_LEAST.get(bands[group_id] or "", 0.0) for group_id in tree.group_ids]
    phis = dict(zip(measures["measure_id"], measures["phi"], strict=True))
    frames = [_cells_of(tree, selection, answered, phis[selection.scale.measure_id]) for selection in selections]
    if not frames:
        return pl.DataFrame(schema=CELLS)
    constant = [
        pl.lit(wave_id).alias("wave_id"),
        pl.lit(ALL).alias("breakdown_id"),
        pl.lit(ALL).alias("breakdown_value"),
    ]
    joined = pl.concat(frames).with_columns(constant)
    return joined.select([pl.col(name).cast(kind) for name, kind in CELLS.items()])


def _cells_of(tree: ReportingTree, selection: Selection, answered: Sequence[float], phi: float) -> pl.DataFrame:
    """All rows of one measure: published groups, their `other` rows, and the groups that show nothing."""
    measure_id = pl.lit(selection.scale.measure_id).alias("measure_id")
    groups = pl.DataFrame({"group_id": tree.group_ids}, schema={"group_id": CELLS["group_id"]})
    sums = selection.means or selection.shares
    if sums is None:
        shown = pl.DataFrame(schema={name: CELLS[name] for name in FIGURE_COLUMNS})
    else:
        shown = pl.concat(
            [_group_figures(tree, selection, sums, answered, phi), _other_figures(tree, selection, sums, phi)]
        )
    shown = shown.with_columns(pl.lit(STATUS_PUBLISHED).alias("status"))
    hidden = groups.join(shown, on="group_id", how="anti").with_columns(
        pl.lit(STATUS_SUPPRESSED).alias("status"),
        pl.lit(False).alias("is_mean_bounded"),
        pl.lit(False).alias("is_pct_bounded"),
    )
    return pl.concat([shown, hidden], how="diagonal").with_columns(measure_id)


def _group_figures(
    tree: ReportingTree, selection: Selection, sums: Sums, answered: Sequence[float], phi: float
) -> pl.DataFrame:
    """Published groups of one measure, exact figures and bounds."""
    is_guarded = selection.scale.tier == GUARDED
    pattern = pattern_of(selection)
    is_bound = pattern.is_bound(sums)
    nodes = np.flatnonzero(pattern.is_exact | is_bound)
    n, total, is_bound = sums.total_n[nodes], sums.total_sum[nodes], is_bound[nodes]
    exact = (2000 * total + n * sums.range_units) // np.maximum(1, 2 * n * sums.range_units) / 10
    bounds = mean_bound(2 * total > sums.range_units * n, n)
    percent, is_pct_bounded = _percents(selection, len(tree))
    frame = pl.DataFrame(
        {
            "group_id": [tree.group_ids[node] for node in nodes.tolist()],
            "respondents_n": n,
            "score_mean": np.where(is_bound, bounds, exact),
            "at_risk_pct": percent[nodes],
            "is_mean_bounded": is_bound & (not is_guarded),
            "is_pct_bounded": is_pct_bounded[nodes],
            "answered": np.asarray(answered)[nodes],
        }
    ).with_columns(pl.col("at_risk_pct").fill_nan(None))
    return _with_intervals(frame, phi, is_guarded=is_guarded)


def _other_figures(tree: ReportingTree, selection: Selection, sums: Sums, phi: float) -> pl.DataFrame:
    """What the shown groups leave of the groups around them."""
    is_guarded = selection.scale.tier == GUARDED
    left = residual_counts(tree, selection)
    frame = pl.DataFrame(
        {
            "group_id": [other_id(tree.group_ids[node]) for node in left],
            "respondents_n": [n for n, _ in left.values()],
            "score_mean": [mean_of(total, n, sums.range_units) for n, total in left.values()],
            "at_risk_pct": [percent_of(total, n) if is_guarded else None for n, total in left.values()],
            "is_mean_bounded": [False] * len(left),
            "is_pct_bounded": [False] * len(left),
            "answered": [0.0] * len(left),
        },
        schema={**{name: CELLS[name] for name in FIGURE_COLUMNS if name not in INTERVAL}, "answered": pl.Float64()},
    )
    return _with_intervals(frame, phi, is_guarded=is_guarded)


def _with_intervals(frame: pl.DataFrame, phi: float, *, is_guarded: bool) -> pl.DataFrame:
    """Each exact mean with its interval; a guarded measure has neither."""
    if is_guarded:
        frame = frame.with_columns(score_mean=None)
    keys = ["score_mean", "respondents_n", "answered"]
    asked = frame.filter(~pl.col("is_mean_bounded") & pl.col("score_mean").is_not_null()).select(keys).unique()
    ends = [mean_interval(mean, n, answered, phi) for mean, n, answered in asked.iter_rows()]
    asked = asked.with_columns(
        pl.Series(name, [end[place] for end in ends], dtype=pl.Float64) for place, name in enumerate(INTERVAL)
    )
    if is_guarded:
        joined = frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in INTERVAL)
    else:
        joined = frame.join(asked, on=keys, how="left", maintain_order="left").with_columns(
            pl.when(~pl.col("is_mean_bounded")).then(pl.col(name)).alias(name) for name in INTERVAL
        )
    return joined.select([pl.col(name).cast(CELLS[name]) for name in FIGURE_COLUMNS])


def mean_interval(mean: float, n: int, answered: float, phi: float) -> tuple[Figure, Figure]:
    """The 95 % interval of a published mean, both ends to 0.1 (TRENDS 1)."""
    low, high = wilson_interval(mean, n, answered, phi)
    return round(low, 1), round(high, 1)


def _percents(selection: Selection, size: int) -> tuple[Floats, Flags]:
    """The share of each node that shows one, in percent, NaN for none; and whether it is a bound."""
    found, shares = np.full(size, np.nan), selection.shares
    if shares is None:
        return found, np.zeros(size, dtype=bool)
    n, at_risk, pattern = shares.total_n, shares.total_sum, selection.share_pattern
    is_bound, people = pattern.is_bound(shares), np.maximum(1, n)
    exact = (200 * at_risk + people) // (2 * people)
    bounds = percent_bound(2 * at_risk > n, people)
    found[pattern.is_exact] = exact[pattern.is_exact]
    found[is_bound] = bounds[is_bound]
    return found, is_bound
