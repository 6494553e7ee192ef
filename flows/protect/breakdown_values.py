"""The breakdown of one block of measures: cells that counts allow, less those whose values would tell too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.protect.breakdown import BreakdownCell, CellSizes, accept
from flows.protect.category_counts import Entries, totals_by_value
from flows.protect.overlap_worlds import unfree_entries
from flows.protect.overlaps import GROUND, Flags, ShownFigures
from flows.protect.tree import Ints, ReportingTree


@dataclass(frozen=True, slots=True)
class BreakdownFigures:
    """What one measure shows by breakdown value: n and sum of each cell, and of what its cells leave of a group."""

    cells: Mapping[BreakdownCell, tuple[int, int]]
    others: Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class MeasureEntries:
    """A measure of the block: its people by value, and what the tree shows of it.

    is_turned: the sums are those of scores turned round, so that being at risk is a high score.
    """

    entries: Entries
    shown: ShownFigures
    is_turned: bool

    def figures(self, n: int, total: int) -> tuple[int, int]:
        """n and sum, the sum in the measure's own direction."""
        return n, self.shown.means.range_units * n - total if self.is_turned else total


def select_breakdown(
    tree: ReportingTree, values: Sequence[str], sizes: CellSizes, measures: Mapping[str, MeasureEntries]
) -> dict[str, BreakdownFigures]:
    """The cells of a block, the same for all its measures, with each measure's figures.

    Cells whose mean lies too near an end of the scale are refused (rule H; rule F for a guarded measure); then, as
    long as somebody's range would be narrowed, the last accepted cell about that person (PRIVACY 3.3).
    """
    first = next(iter(measures.values()))
    exact = first.shown.pattern.exact
    cells = accept(tree, exact, first.entries, values, sizes)
    totals = {name: _totals(tree, measure, len(values)) for name, measure in measures.items()}
    cells = [
        cell for cell in cells if all(_has_distance(found, cell, measures[n].shown) for n, found in totals.items())
    ]
    suspects: dict[str, Flags] = {}
    while cells and (refused := _refused(tree, cells, measures, suspects)):
        cells = [cell for cell in cells if cell not in refused]
    return {
        name: BreakdownFigures(
            {cell: measures[name].figures(*found.of(cell)) for cell in cells},
            {
                node: measures[name].figures(*left)
                for node, left in _others(cells, found, measures[name].shown, sizes.k).items()
            },
        )
        for name, found in totals.items()
    }


@dataclass(frozen=True, slots=True)
class _Totals:
    n: npt.NDArray[np.int64]
    sums: npt.NDArray[np.int64]

    def of(self, cell: BreakdownCell) -> tuple[int, int]:
        """n and sum of a cell."""
        return int(self.n[cell.value, cell.node]), int(self.sums[cell.value, cell.node])


def _totals(tree: ReportingTree, measure: MeasureEntries, values_n: int) -> _Totals:
    entries = measure.entries
    return _Totals(
        totals_by_value(tree, entries, entries.n, values_n), totals_by_value(tree, entries, entries.sums, values_n)
    )


def _has_distance(totals: _Totals, cell: BreakdownCell, shown: ShownFigures) -> bool:
    n, total = totals.of(cell)
    return min(total, shown.means.range_units * n - total) > shown.means.margin


def _refused(
    tree: ReportingTree,
    cells: Sequence[BreakdownCell],
    measures: Mapping[str, MeasureEntries],
    suspects: dict[str, Flags],
) -> set[BreakdownCell]:
    """For each person who is not free, the last accepted cell of a group that the person is in.

    suspects: entries by measure that were not free when last asked, brought up to date here. Whoever was free stays so
    with fewer cells, and whom no cell is about is judged by what the tree says.
    """
    order = {cell: place for place, cell in enumerate(cells)}
    by_node: dict[int, BreakdownCell] = {}
    for cell in cells:
        if cell.node not in by_node or order[cell] > order[by_node[cell.node]]:
            by_node[cell.node] = cell
    marked = np.zeros(len(tree), dtype=bool)
    marked[list(by_node)] = True
    nearest = tree.nearest_above(marked)
    refused: set[BreakdownCell] = set()
    for name, measure in measures.items():
        entries = measure.entries
        asked = (nearest[entries.node] >= 0) & suspects.get(name, True)
        if not asked.any():
            continue
        right = _right_atoms(tree, cells, entries)
        suspects[name] = unfree_entries(tree, entries, right, asked, measure.shown)
        for place in np.flatnonzero(suspects[name]).tolist():
            refused.add(_last_above(tree, int(nearest[entries.node[place]]), by_node, order))
    return refused


def _last_above(
    tree: ReportingTree, node: int, by_node: Mapping[int, BreakdownCell], order: Mapping[BreakdownCell, int]
) -> BreakdownCell:
    found = by_node[node]
    while node >= 0:
        cell = by_node.get(node)
        if cell is not None and order[cell] > order[found]:
            found = cell
        node = tree.parents[node]
    return found


def _right_atoms(tree: ReportingTree, cells: Sequence[BreakdownCell], entries: Entries) -> Ints:
    """The atom of the family in which each entry stands: the place of its nearest accepted cell, or the ground."""
    atoms = np.full(len(entries.node), GROUND, dtype=np.int64)
    for value in sorted({cell.value for cell in cells}):
        marked = np.zeros(len(tree), dtype=bool)
        marked[[cell.node for cell in cells if cell.value == value]] = True
        owner = tree.nearest_above(marked)
        mine = np.flatnonzero(entries.value == value)
        found = owner[entries.node[mine]]
        # Numbers of their own, behind those of the tree's nodes.
        atoms[mine] = np.where(found >= 0, len(tree) * (value + 1) + found, GROUND)
    return atoms


def _others(cells: Sequence[BreakdownCell], totals: _Totals, shown: ShownFigures, k: int) -> dict[int, tuple[int, int]]:
    """What the shown cells leave of their group, where it is enough people and not too near an end of the scale."""
    left: dict[int, tuple[int, int]] = {}
    means = shown.means
    for cell in cells:
        n, total = left.get(cell.node, (int(means.total_n[cell.node]), int(means.total_sum[cell.node])))
        cell_n, cell_sum = totals.of(cell)
        left[cell.node] = (n - cell_n, total - cell_sum)
    return {
        node: (n, total)
        for node, (n, total) in sorted(left.items())
        if n >= k and min(total, means.range_units * n - total) > means.margin
    }
