"""Rows of the release files from selections: rounding, bounds, intervals, merged groups (CONTRACTS 5, TRENDS 1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.aggregate.cells import ConfidentialCells
from flows.protect.blocks import Blocks
from flows.protect.extremes import Pattern, Sums
from flows.protect.interval import ANSWERED_AT_LEAST, wilson_interval
from flows.protect.phi import SHARE, AtomSpread, released_phi
from flows.protect.selection import GUARDED, SHARE_MARGIN, Selection
from flows.protect.tree import Ints, ReportingTree
from flows.publish.contract import (
    ALL,
    CELLS,
    CELLS_KEY,
    GROUPS,
    GROUPS_KEY,
    MEASURES,
    STATUS_PUBLISHED,
    STATUS_SUPPRESSED,
)
from surveys.instrument import Catalogue

Flags = npt.NDArray[np.bool_]
Figure = float | None
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


def mean_bound(is_high: bool, n: int) -> float:
    """What rule H lets be said: at least 100 - 100/n, or at most 100/n, rounded outward to 0.1."""
    return (1000 * (n - 1) // n) / 10 if is_high else -(-1000 // n) / 10


def percent_bound(is_high: bool, n: int) -> float:
    """What rule F lets be said: at least n - 2 of n, or at most 2 of n, rounded outward to whole percent."""
    return float(100 * (n - SHARE_MARGIN) // n) if is_high else float(-(-100 * SHARE_MARGIN // n))


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
    nodes = [tree.node_of[unit_id] for unit_id in frame["unit_id"]]
    np.add.at(own_sq, nodes, frame["score_sum_sq"].to_numpy())
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
    return released_phi(map(AtomSpread, people.astype(np.int64).tolist(), mean.tolist(), spread.tolist()), items_n)


def group_rows(
    wave_id: str,
    tree: ReportingTree,
    respondents: Ints,
    shown: frozenset[int],
    selections: Sequence[Selection],
) -> pl.DataFrame:
    """Every unit's group and pool, and an `other` group wherever some measure publishes one."""
    eligible = tree.totals(np.asarray(tree.eligible, dtype=np.int64))
    rows: list[dict[str, object]] = [
        {
            "wave_id": wave_id,
            "group_id": group_id,
            "parent_group_id": tree.group_ids[tree.parents[node]] if node else None,
            "group_name": tree.names[node],
            "level": tree.levels[node],
            "kind": "pooled" if tree.is_pool(node) else "unit",
            "member_unit_ids": list(tree.members[node]),
            "respondents_n": int(respondents[node]) if node in shown else None,
            "response_band": response_band(int(respondents[node]), int(eligible[node])) if node in shown else None,
        }
        for node, group_id in enumerate(tree.group_ids)
    ]
    split = sorted({node for selection in selections for node in residual_counts(tree, selection)})
    first_child = {tree.parents[node]: node for node in reversed(range(len(tree)))}
    rows.extend(_other_group(wave_id, tree, node, tree.levels[first_child[node]]) for node in split)
    return pl.DataFrame(rows, schema=GROUPS).sort(GROUPS_KEY)


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
    """Every group x every measure asked, and the published `other` rows; sorted by key."""
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
    return joined.select([pl.col(name).cast(kind) for name, kind in CELLS.items()]).sort(CELLS_KEY)


def _cells_of(tree: ReportingTree, selection: Selection, answered: Sequence[float], phi: float) -> pl.DataFrame:
    """All rows of one measure: published groups, their `other` rows, and the groups that show nothing."""
    sums = selection.means or selection.shares
    published = _Figures(selection, phi)
    if sums is not None:
        pattern = pattern_of(selection)
        bounds = pattern.bounds(sums)
        counts, totals = sums.total_n.tolist(), sums.total_sum.tolist()
        percents = _percents(selection)
        for node in sorted(pattern.exact | bounds):
            percent, is_pct_bounded = percents.get(node, (None, False))
            group_id, is_bound = tree.group_ids[node], node in bounds
            mean = None if published.is_guarded else _mean(sums, counts[node], totals[node], is_bound)
            published.add(group_id, counts[node], mean, percent, is_bound, is_pct_bounded, answered[node])
        for node, (n, total) in residual_counts(tree, selection).items():
            mean = None if published.is_guarded else mean_of(total, n, sums.range_units)
            percent = percent_of(total, n) if published.is_guarded else None
            published.add(other_id(tree.group_ids[node]), n, mean, percent)
    shown = published.frame().with_columns(pl.lit(STATUS_PUBLISHED).alias("status"))
    groups = pl.DataFrame({"group_id": tree.group_ids}, schema={"group_id": CELLS["group_id"]})
    hidden = groups.join(shown, on="group_id", how="anti").with_columns(
        pl.lit(STATUS_SUPPRESSED).alias("status"),
        pl.lit(False).alias("is_mean_bounded"),
        pl.lit(False).alias("is_pct_bounded"),
    )
    measure_id = pl.lit(selection.scale.measure_id).alias("measure_id")
    return pl.concat([shown, hidden], how="diagonal").with_columns(measure_id)


class _Figures:
    """Published rows of one measure, gathered column by column."""

    def __init__(self, selection: Selection, phi: float) -> None:
        self.is_guarded = selection.scale.tier == GUARDED
        self._rows: list[tuple[object, ...]] = []
        self._interval = cache(lambda mean, n, answered: mean_interval(mean, n, answered, phi))

    def add(
        self,
        group_id: str,
        n: int,
        mean: Figure,
        percent: Figure,
        is_bound: bool = False,
        is_pct_bounded: bool = False,
        answered: float = 0.0,
    ) -> None:
        """One published row; a mean that is no bound gets its interval."""
        low, high = (None, None) if mean is None or is_bound else self._interval(mean, n, answered)
        is_mean_bounded = is_bound and not self.is_guarded
        self._rows.append((group_id, n, mean, low, high, percent, is_mean_bounded, is_pct_bounded))

    def frame(self) -> pl.DataFrame:
        """The rows, with the contract's types."""
        return pl.DataFrame(self._rows, schema={name: CELLS[name] for name in FIGURE_COLUMNS}, orient="row")


def _mean(sums: Sums, n: int, total: int, is_bound: bool) -> float:
    if is_bound:
        return mean_bound(2 * total > sums.range_units * n, n)
    return mean_of(total, n, sums.range_units)


def mean_interval(mean: float, n: int, answered: float, phi: float) -> tuple[Figure, Figure]:
    """The 95 % interval of a published mean, both ends to 0.1 (TRENDS 1)."""
    low, high = wilson_interval(mean, n, answered, phi)
    return round(low, 1), round(high, 1)


def _percents(selection: Selection) -> dict[int, tuple[Figure, bool]]:
    """The share of each node that shows one, and whether it is a bound."""
    shares = selection.shares
    if shares is None:
        return {}
    counts, at_risk = shares.total_n.tolist(), shares.total_sum.tolist()
    found: dict[int, tuple[Figure, bool]] = {
        node: (percent_bound(2 * at_risk[node] > counts[node], counts[node]), True)
        for node in selection.share_pattern.bounds(shares)
    }
    found.update((node, (percent_of(at_risk[node], counts[node]), False)) for node in selection.share_pattern.exact)
    return found
