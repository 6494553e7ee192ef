"""The published breakdown cells of one measure, and the people by node and stated value they are judged by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.aggregate.cells import ConfidentialCells
from flows.audit.check_breakdown_rows import OTHER_VALUE
from flows.audit.group_tree import NO_PARENT, Flags, GroupTree, Ints
from flows.audit.published_figures import Floats, Sums
from flows.audit.read_folder import ReleaseTables
from flows.publish.contract import ALL, STATUS_PUBLISHED

NO_VALUE = -1


@dataclass(frozen=True, slots=True)
class CellRows:
    """Published breakdown rows as parallel arrays. `value`: place among the values, NO_VALUE in `other:` rows."""

    node: Ints
    value: Ints
    n: Ints
    mean: Floats
    share: Floats


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What one measure shows of the family: its cells, and its `other:` rows."""

    measure_id: str
    values: tuple[str, ...]
    cells: CellRows
    others: CellRows

    def shown(self, tree: GroupTree) -> Flags:
        """Which cells are published, one row per value, one column per node."""
        flags = np.zeros((len(self.values), tree.size), dtype=np.bool_)
        flags[self.cells.value, self.cells.node] = True
        return flags

    def name(self, tree: GroupTree, node: int, value: int) -> str:
        """A cell in words: group and value."""
        return f"{tree.ids[node]} x {OTHER_VALUE if value == NO_VALUE else self.values[value]}"


@dataclass(frozen=True, slots=True)
class ValueSums:
    """n, score sum and number at risk by value (rows; the last row holds people who stated none) and node (columns).

    `own_*`: of people attached to the node itself; the others of the whole subtree.
    """

    own_n: Ints
    own_sum: Ints
    own_at_risk: Ints
    n: Ints
    score_sum: Ints
    at_risk: Ints


def values_of(tables: ReleaseTables, confidential: ConfidentialCells | None) -> tuple[str, ...]:
    """Values of the family: of the wave, and any other that the release shows (which is a fault of its own)."""
    shown = tables.cells.filter(pl.col("breakdown_value").is_in([ALL, OTHER_VALUE]).not_())["breakdown_value"]
    known = () if confidential is None else confidential.breakdown_values
    return tuple(sorted({*known, *shown.unique().to_list()}))


def breakdowns_of(tables: ReleaseTables, tree: GroupTree, values: Sequence[str]) -> Iterator[Breakdown]:
    """Breakdown of every measure that shows a cell of a known group, in the order of measures.parquet."""
    nodes = pl.DataFrame({"group_id": list(tree.ids), "node": np.arange(tree.size)})
    places = pl.DataFrame(
        {"breakdown_value": [*values, OTHER_VALUE], "value": [*range(len(values)), NO_VALUE]},
        schema={"breakdown_value": pl.String, "value": pl.Int64},
    )
    is_shown = (pl.col("breakdown_id") != ALL) & (pl.col("status") == STATUS_PUBLISHED)
    shown = tables.cells.filter(is_shown).join(nodes, on="group_id").join(places, on="breakdown_value")
    parts = {str(key[0]): part for key, part in shown.partition_by("measure_id", as_dict=True).items()}
    for measure_id in tables.measures["measure_id"].to_list():
        if measure_id in parts:
            rows = parts[measure_id]
            cells, others = rows.filter(pl.col("value") != NO_VALUE), rows.filter(pl.col("value") == NO_VALUE)
            yield Breakdown(measure_id, tuple(values), _rows(cells), _rows(others))


def _rows(frame: pl.DataFrame) -> CellRows:
    return CellRows(
        node=frame["node"].to_numpy().astype(np.int64),
        value=frame["value"].to_numpy().astype(np.int64),
        n=frame["respondents_n"].fill_null(0).to_numpy().astype(np.int64),
        mean=frame["score_mean"].fill_null(float("nan")).to_numpy().astype(np.float64),
        share=frame["at_risk_pct"].fill_null(float("nan")).to_numpy().astype(np.float64),
    )


def people_by_value(confidential: ConfidentialCells, tree: GroupTree, values: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Rows of the confidential breakdown cells with `node` and `value`, by measure id."""
    nodes = pl.DataFrame({"unit_id": list(tree.ids), "node": np.arange(tree.size)})
    places = pl.DataFrame(
        {"breakdown_value": list(values), "value": np.arange(len(values))},
        schema_overrides={"breakdown_value": pl.String},
    )
    rows = confidential.breakdown_cells.join(nodes, on="unit_id").join(places, on="breakdown_value")
    return {str(key[0]): part for key, part in rows.partition_by("measure_id", as_dict=True).items()}


def value_sums(rows: pl.DataFrame | None, sums: Sums, tree: GroupTree, values_n: int) -> ValueSums:
    """Lay the confidential breakdown cells of one measure along the tree; the last row is what is left of `sums`."""
    at = None if rows is None else rows["value"].to_numpy() * tree.size + rows["node"].to_numpy()
    laid = []
    for column, whole in (
        ("respondents_n", sums.own_n),
        ("score_sum", sums.own_sum),
        ("at_risk_n", sums.own_at_risk),
    ):
        own = np.zeros((values_n + 1) * tree.size, dtype=np.int64)
        if rows is not None:
            own[at] = rows[column].to_numpy()
        table = own.reshape(values_n + 1, tree.size)
        table[values_n] = whole - table.sum(axis=0)
        laid.append(table)
    return ValueSums(*laid, *(np.stack([tree.totals(row) for row in table]) for table in laid))


def cell_atoms(tree: GroupTree, shown: Flags) -> Ints:
    """Nearest published cell at or above every (value, node), as the node of that cell, or NO_PARENT."""
    places = np.arange(tree.size)
    rows = [np.where(flags, places, tree.nearest(flags)) if flags.any() else None for flags in shown]
    nowhere = np.full(tree.size, NO_PARENT, dtype=np.int64)
    return np.stack([nowhere if row is None else row for row in rows])
