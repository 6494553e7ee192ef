"""Which cells of a breakdown may be shown beside the tree, from counts alone (PRIVACY 3.2, 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from flows.protect.category_counts import Entries, ends_of, inner_levels, totals_by_value
from flows.protect.overlap_graph import GROUND, OverlapGraph
from flows.protect.tree import Ints, ReportingTree

LEVEL_ORDER = ("organisation", "division", "department")


@dataclass(frozen=True, slots=True, order=True)
class BreakdownCell:
    """A group and a value of the family, both by their place."""

    node: int
    value: int


@dataclass(frozen=True, slots=True)
class CellSizes:
    """Thresholds of a breakdown: `least_n` respondents of a shown cell (2k), `k` people that hold atoms together."""

    least_n: int
    k: int


def candidates(
    tree: ReportingTree, exact: frozenset[int], entries: Entries, values: Sequence[str], least_n: int
) -> list[BreakdownCell]:
    """Cells of shown groups from department up with enough people: by level, larger first, then by id and value."""
    counts = totals_by_value(tree, entries, entries.n, len(values))
    is_inner = inner_levels(tree)
    found = [
        BreakdownCell(node, value)
        for node in exact
        if is_inner[node]
        for value in range(len(values))
        if counts[value, node] >= least_n
    ]
    return sorted(
        found,
        key=lambda cell: (
            LEVEL_ORDER.index(tree.levels[cell.node]),
            -int(counts[cell.value, cell.node]),
            tree.group_ids[cell.node],
            values[cell.value],
        ),
    )


def accept(
    tree: ReportingTree, exact: frozenset[int], entries: Entries, values: Sequence[str], sizes: CellSizes
) -> list[BreakdownCell]:
    """The cells that may be shown as far as counts go, in the order of acceptance.

    A cell splits one atom of its family in two; it is accepted when k people or more, or none, hold the two together
    in the overlap graph (Theorem 4). Scores play no part: the pattern tells nothing of them.
    """
    insertion = _Insertion.start(tree, exact, entries)
    return [
        cell for cell in candidates(tree, exact, entries, values, sizes.least_n) if insertion.try_cell(cell, sizes.k)
    ]


@dataclass(slots=True)
class _Insertion:
    """The overlap graph as cells are added. left, right: atoms of each entry in the tree and in the family."""

    entries: Entries
    ends: Ints
    left: Ints
    right: Ints
    starts: dict[int, tuple[int, int]]
    parents: Sequence[int]
    graph: OverlapGraph = field(default_factory=OverlapGraph)
    atom_of: dict[BreakdownCell, int] = field(default_factory=dict)

    @classmethod
    def start(cls, tree: ReportingTree, exact: frozenset[int], entries: Entries) -> _Insertion:
        is_exact = np.zeros(len(tree), dtype=bool)
        is_exact[list(exact)] = True
        left = tree.nearest_above(is_exact)[entries.node]
        right = np.full(len(entries.node), GROUND, dtype=np.int64)
        slices = {
            int(value): (
                int(np.searchsorted(entries.value, value)),
                int(np.searchsorted(entries.value, value, "right")),
            )
            for value in np.unique(entries.value)
        }
        made = cls(entries, ends_of(tree), left, right, slices, tree.parents)
        made.graph.add(left.tolist(), GROUND, entries.n.tolist())
        return made

    def _members(self, cell: BreakdownCell) -> slice:
        first, last = self.starts[cell.value]
        nodes = self.entries.node[first:last]
        return slice(
            first + int(np.searchsorted(nodes, cell.node)),
            first + int(np.searchsorted(nodes, self.ends[cell.node])),
        )

    def try_cell(self, cell: BreakdownCell, k: int) -> bool:
        """Add the cell if that is safe; leave everything as it was if not."""
        members, outer = self._members(cell), self._outer(cell)
        # Atoms of the tree have the numbers of their nodes; those of the family come after them.
        new = len(self.parents) + len(self.atom_of)
        places = np.flatnonzero(self.right[members] == outer) + members.start
        self._move(places, outer, new)
        held = self.graph.held_together(new, outer, k)
        if 0 < held < k:
            self._move(places, new, outer)
            return False
        self.right[places] = new
        self.atom_of[cell] = new
        return True

    def _outer(self, cell: BreakdownCell) -> int:
        """The atom that the cell splits: that of the nearest accepted cell above."""
        node = self.parents[cell.node]
        while node >= 0:
            if (found := self.atom_of.get(BreakdownCell(node, cell.value))) is not None:
                return found
            node = self.parents[node]
        return GROUND

    def _move(self, places: Ints, source: int, target: int) -> None:
        left, people = self.left[places].tolist(), self.entries.n[places]
        self.graph.add(left, source, (-people).tolist())
        self.graph.add(left, target, people.tolist())
