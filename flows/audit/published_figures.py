"""The published figures of one measure, laid along the tree; and the true sums they are judged by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.aggregate.cells import ConfidentialCells, MeasureScale
from flows.audit.check_contract import OTHER
from flows.audit.floors import GUARDED
from flows.audit.group_tree import Flags, GroupTree, Ints
from flows.audit.read_folder import ReleaseTables
from flows.publish.contract import ALL, STATUS_PUBLISHED

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OtherRow:
    """A published `other:` row. `node` is its parent's place in the tree, -1 when there is none."""

    group_id: str
    node: int
    respondents_n: int
    score_mean: float
    at_risk_pct: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What one measure shows: arrays along the tree; n is 0 and a figure NaN where nothing is shown."""

    measure_id: str
    tier: str
    is_shown: Flags
    n: Ints
    mean: Floats
    share: Floats
    is_mean_bound: Flags
    is_share_bound: Flags
    others: tuple[OtherRow, ...]

    @property
    def exact_mean(self) -> Flags:
        """Nodes in the exact linear system of the means; for guarded measures nothing is."""
        exact: Flags = self.is_shown & ~np.isnan(self.mean) & ~self.is_mean_bound
        return exact

    @property
    def exact_share(self) -> Flags:
        """Nodes in the exact linear system of the shares."""
        exact: Flags = self.is_shown & ~np.isnan(self.share) & ~self.is_share_bound
        return exact

    @property
    def bound_share(self) -> Flags:
        """Nodes whose share is a bound."""
        bound: Flags = self.is_shown & ~np.isnan(self.share) & self.is_share_bound
        return bound


@dataclass(frozen=True, slots=True)
class Sums:
    """True n, score sum and number at risk: attached to each node, and of each whole subtree."""

    scale: MeasureScale
    own_n: Ints
    own_sum: Ints
    own_at_risk: Ints
    n: Ints
    score_sum: Ints
    at_risk: Ints


def figures_of(tables: ReleaseTables, tree: GroupTree) -> Iterator[Figures]:
    """Figures of every measure of the release, in the order of measures.parquet."""
    nodes = pl.DataFrame({"group_id": list(tree.ids), "node": np.arange(tree.size)})
    is_whole = (pl.col("status") == STATUS_PUBLISHED) & (pl.col("breakdown_id") == ALL)
    shown = tables.cells.filter(is_whole).join(nodes, on="group_id", how="left")
    parts = {str(key[0]): part for key, part in shown.partition_by("measure_id", as_dict=True).items()}
    for measure_id, tier in zip(
        tables.measures["measure_id"].to_list(), tables.measures["tier"].to_list(), strict=True
    ):
        yield _figures(measure_id, tier, parts.get(measure_id, shown.clear()), tree)


def _figures(measure_id: str, tier: str, rows: pl.DataFrame, tree: GroupTree) -> Figures:
    named = rows.filter(pl.col("node").is_not_null())
    at = named["node"].to_numpy()

    def laid(column: str, empty: object, dtype: type) -> npt.NDArray[np.generic]:
        values: npt.NDArray[np.generic] = np.full(tree.size, empty, dtype=dtype)
        values[at] = named[column].fill_null(empty).to_numpy()
        return values

    is_shown = np.zeros(tree.size, dtype=np.bool_)
    is_shown[at] = True
    others = rows.filter(pl.col("group_id").str.starts_with(OTHER))
    return Figures(
        measure_id=measure_id,
        tier=tier,
        is_shown=is_shown,
        n=laid("respondents_n", 0, np.int64).astype(np.int64),
        mean=laid("score_mean", float("nan"), np.float64).astype(np.float64),
        share=laid("at_risk_pct", float("nan"), np.float64).astype(np.float64),
        is_mean_bound=laid("is_mean_bounded", False, np.bool_).astype(np.bool_),
        is_share_bound=laid("is_pct_bounded", False, np.bool_).astype(np.bool_),
        others=tuple(_other_row(row, tree) for row in others.iter_rows(named=True)),
    )


def _other_row(row: dict[str, object], tree: GroupTree) -> OtherRow:
    def number(column: str) -> float:
        value = row[column]
        return float(value) if isinstance(value, int | float) else float("nan")

    n = row["respondents_n"]
    return OtherRow(
        group_id=str(row["group_id"]),
        node=tree.index.get(str(row["group_id"]).removeprefix(OTHER), -1),
        respondents_n=n if isinstance(n, int) else 0,
        score_mean=number("score_mean"),
        at_risk_pct=number("at_risk_pct"),
    )


def sums_of(confidential: ConfidentialCells, tree: GroupTree) -> dict[str, Sums]:
    """True sums of every measure along the tree, by measure id."""
    nodes = pl.DataFrame({"unit_id": list(tree.ids), "node": np.arange(tree.size)})
    cells = confidential.cells.join(nodes, on="unit_id", how="inner")
    parts = {str(key[0]): part for key, part in cells.partition_by("measure_id", as_dict=True).items()}
    found = {}
    for scale in confidential.measures:
        rows = parts.get(scale.measure_id, cells.clear())
        at = rows["node"].to_numpy()
        own = [_laid(at, rows[column].to_numpy(), tree) for column in ("respondents_n", "score_sum", "at_risk_n")]
        found[scale.measure_id] = Sums(scale, *own, *(tree.totals(values) for values in own))
    return found


def along_tree(frame: pl.DataFrame, column: str, tree: GroupTree) -> Ints:
    """A column of a frame with `unit_id`, attached to the nodes of the tree; 0 where there is no row."""
    known = frame.filter(pl.col("unit_id").is_in(pl.Series(list(tree.ids)).implode()) & pl.col(column).is_not_null())
    at = np.array([tree.index[unit] for unit in known["unit_id"].to_list()], dtype=np.int64)
    return _laid(at, known[column].to_numpy(), tree)


def _laid(at: npt.NDArray[np.int64], values: npt.NDArray[np.generic], tree: GroupTree) -> Ints:
    laid = np.zeros(tree.size, dtype=np.int64)
    np.add.at(laid, at, values.astype(np.int64))
    return laid


def is_guarded(figures: Figures) -> bool:
    """Whether a measure shows shares only."""
    return figures.tier == GUARDED
