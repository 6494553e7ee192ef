"""One person's score held fixed: is there a whole-number world that agrees with everything shown? (HiGHS)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from flows.audit.group_tree import Flags, GroupTree, Ints
from flows.audit.laminar_ranges import Interval
from flows.audit.overlap_graph import GROUND, Classes

LARGEST = 6_000
"""Classes of people in one programme at most."""
SEARCH_NODES = 200
"""Branches of one search at most: unlike seconds, the same on every machine."""


@dataclass(frozen=True, slots=True)
class TreeRows:
    """What groups of the tree show: an interval for each node."""

    node: Ints
    shown: Interval

    def of(self, chosen: Flags) -> TreeRows:
        """The chosen rows alone."""
        return TreeRows(self.node[chosen], Interval(self.shown.low[chosen], self.shown.high[chosen]))

    def turned(self, total: Ints) -> TreeRows:
        """The same for scores turned over."""
        return TreeRows(self.node, Interval(total - self.shown.high, total - self.shown.low))


@dataclass(frozen=True, slots=True)
class RangeSystem:
    """People by class, and everything one measure shows. Scores 0 to `units`, at risk from `cut`.

    sums: means of the tree as intervals of sums. counts: shares of the tree as intervals of people at risk, if any.
    The breakdown's cells are exact: `classes.right` names the atom whose true sum each keeps.
    """

    tree: GroupTree
    classes: Classes
    units: int
    cut: int
    sums: TreeRows
    counts: TreeRows | None

    def counted(self) -> Flags:
        """Classes inside a group whose share is shown."""
        inside = np.zeros(self.tree.size + 1, dtype=np.bool_)
        if self.counts is not None:
            marks = np.zeros(self.tree.size + 1, dtype=np.int64)
            np.add.at(marks, self.counts.node, 1)
            np.add.at(marks, self.tree.end[self.counts.node], -1)
            inside[: self.tree.size] = np.cumsum(marks)[: self.tree.size] > 0
        found: Flags = inside[self.classes.left]
        return found


def allows(system: RangeSystem, at: int, score: int) -> bool:
    """Whether a person of class `at` can have that score: in the groups around it, from the nearest to the widest.

    In a narrower group people outside keep their true sums, so a yes is a yes; the widest group is exact.
    """
    return any(_is_feasible(system, region, at, score) for region in _regions(system, at))


def _regions(system: RangeSystem, at: int) -> Iterator[Ints]:
    """Classes of the people in ever wider groups around a class, up to the root; too large a region ends it."""
    left, right = int(system.classes.left[at]), int(system.classes.right[at])
    node, last = left if right == GROUND else right % system.tree.size, 0
    while node >= 0:
        inside = (system.classes.left >= node) & (system.classes.left < system.tree.end[node])
        region = np.flatnonzero(inside)
        if region.size > LARGEST:
            return
        if region.size > last:
            yield region
            last = region.size
        node = int(system.tree.parent[node])


def _is_feasible(system: RangeSystem, region: Ints, at: int, score: int) -> bool:
    classes, size = system.classes, region.size
    n = classes.n[region].copy()
    person = np.flatnonzero(region == at)
    n[person] -= 1
    sums, low, high = _rows(system, region, system.sums, classes.score_sum, score * (region == at))
    cells, kept = _cell_rows(classes, region, score * (region == at))
    blocks = [
        LinearConstraint(_padded(sums, size, 0), low, high),
        LinearConstraint(_padded(cells, size, 0), kept, kept),
    ]
    most = np.concatenate((system.units * n, n))
    if system.counts is None:
        most[size:] = 0
    else:
        is_at_risk = int(score >= system.cut) * (region == at)
        counts, low, high = _rows(system, region, system.counts, classes.at_risk, is_at_risk)
        blocks.append(LinearConstraint(_padded(counts, size, size), low, high))
        blocks += _score_rows(system, n)
    found = milp(
        np.zeros(2 * size),
        integrality=np.ones(2 * size),
        bounds=Bounds(np.zeros(2 * size), most),
        constraints=blocks,
        options={"node_limit": SEARCH_NODES},
    )
    return found.status == 0 and _agrees(np.rint(found.x), blocks, most)


def _agrees(world: npt.NDArray[np.float64], blocks: Sequence[LinearConstraint], most: Ints) -> bool:
    """Whether a world in whole numbers keeps every row exactly: the solver works in floating point, this does not.

    All figures are whole numbers below 2^53, so that these sums are exact.
    """
    kept = all(((block.A @ world >= block.lb) & (block.A @ world <= block.ub)).all() for block in blocks)
    return bool(kept and (world >= 0).all() and (world <= most).all())


def _score_rows(system: RangeSystem, n: Ints) -> list[LinearConstraint]:
    """cut f <= s <= units f + (cut - 1)(n - f), for every class; free where no share speaks of the class."""
    one = coo_array((np.ones(n.size), (np.arange(n.size), np.arange(n.size)))).tocsr()
    low = _joined(one, -system.cut * one)
    high = _joined(one, -(system.units - system.cut + 1) * one)
    no_end = np.full(n.size, np.inf)
    return [LinearConstraint(low, np.zeros(n.size), no_end), LinearConstraint(high, -no_end, (system.cut - 1) * n)]


def _joined(left: csr_array, right: csr_array) -> csr_array:
    return vstack([left.T, right.T]).T.tocsr()


def _rows(system: RangeSystem, region: Ints, shown: TreeRows, true: Ints, fixed: Ints) -> tuple[csr_array, Ints, Ints]:
    """Rows of the tree over the classes of a region, with everybody outside and the person taken off."""
    left = system.classes.left[region]
    end = system.tree.end[shown.node]
    order = np.argsort(left, kind="stable")
    first, last = np.searchsorted(left[order], shown.node), np.searchsorted(left[order], end)
    touched = np.flatnonzero(last > first)
    many = (last - first)[touched]
    row = np.repeat(np.arange(touched.size), many)
    column = order[np.repeat(first[touched] - np.cumsum(many) + many, many) + np.arange(many.sum())]
    matrix = coo_array((np.ones(row.size), (row, column)), shape=(touched.size, region.size)).tocsr()
    inside = np.bincount(row, true[region][column], touched.size).astype(np.int64)
    whole = _inside(system, shown.node[touched], true)
    outside = whole - inside + np.bincount(row, fixed[column], touched.size).astype(np.int64)
    return matrix, shown.shown.low[touched] - outside, shown.shown.high[touched] - outside


def _inside(system: RangeSystem, nodes: Ints, true: Ints) -> Ints:
    """True totals of nodes over all classes."""
    left = system.classes.left
    own = np.bincount(left[left != GROUND], true[left != GROUND], system.tree.size).astype(np.int64)
    return system.tree.totals(own)[nodes]


def _cell_rows(classes: Classes, region: Ints, fixed: Ints) -> tuple[csr_array, Ints]:
    """Cells of the breakdown over the classes of a region: what these classes hold of each stays."""
    right = classes.right[region]
    column = np.flatnonzero(right != GROUND)
    atoms, row = np.unique(right[column], return_inverse=True)
    matrix = coo_array((np.ones(row.size), (row, column)), shape=(atoms.size, region.size)).tocsr()
    held = np.bincount(row, classes.score_sum[region][column] - fixed[column], atoms.size).astype(np.int64)
    return matrix, held


def _padded(matrix: csr_array, size: int, start: int) -> csr_array:
    """The same rows over 2 size columns, beginning at `start`."""
    wide = matrix.tocoo()
    return coo_array((wide.data, (wide.row, wide.col + start)), shape=(matrix.shape[0], 2 * size)).tocsr()
