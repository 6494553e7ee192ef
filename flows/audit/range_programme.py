"""One person held at the top score: is there a whole-number world that agrees with everything shown? (HiGHS)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array, vstack

from flows.audit.group_tree import Ints
from flows.audit.overlap_graph import GROUND, Classes
from flows.audit.range_system import RangeSystem, TreeRows

if TYPE_CHECKING:
    from scipy.optimize import LinearConstraint

LARGEST = 6_000
"""Classes of people in one programme at most."""
NEAREST = 60
"""Classes on each side of a person's own that are looked at first: they are sorted by group."""
SEARCH_NODES = 200
"""Branches of one search at most: unlike seconds, the same on every machine."""


def allows_top(system: RangeSystem, at: int) -> bool:
    """Whether a person of class `at` can have the top score: in the groups around it, from the nearest to the widest.

    In a narrower group people outside keep their true sums, so a yes is a yes; the widest group is exact.
    """
    return any(_is_feasible(system, region, at) for region in _regions(system, at))


def _regions(system: RangeSystem, at: int) -> Iterator[Ints]:
    """Classes next to a class, those of the people in ever wider groups around it, then everybody; too large a region
    ends it."""
    classes = system.classes
    left, right = int(classes.left[at]), int(classes.right[at])
    # Group and cell both hold the person: the one of them that comes first in the tree lies around the other.
    node, last = left if GROUND in (left, right) else min(left, right % system.tree.size), 0
    while node >= 0:
        region = np.flatnonzero((classes.left >= node) & (classes.left < system.tree.end[node]))
        if region.size > LARGEST:
            return
        if last == 0 and region.size > 2 * NEAREST:
            place = int(np.searchsorted(region, at))
            yield region[max(0, place - NEAREST) : place + NEAREST]
        if region.size > last:
            yield region
            last = region.size
        node = int(system.tree.parent[node])
    if last < classes.n.size <= LARGEST:
        yield np.arange(classes.n.size)


def _is_feasible(system: RangeSystem, region: Ints, at: int) -> bool:
    # Few releases need a solver, and its import takes half a second.
    from scipy.optimize import Bounds, LinearConstraint, milp

    classes, size = system.classes, region.size
    n = classes.n[region].copy()
    person = np.flatnonzero(region == at)
    n[person] -= 1
    sums, low, high = _rows(system, region, system.sums, classes.score_sum, system.units * (region == at))
    cells, kept = _cell_rows(classes, region, system.units * (region == at))
    blocks = [
        LinearConstraint(_padded(sums, size, 0), low, high),
        LinearConstraint(_padded(cells, size, 0), kept, kept),
    ]
    most = np.concatenate((system.units * n, n))
    if system.counts is None:
        most[size:] = 0
    else:
        counts, low, high = _rows(system, region, system.counts, classes.at_risk, (region == at).astype(np.int64))
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
    from scipy.optimize import LinearConstraint

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
    whole = system.inside(shown.node[touched], true)
    outside = whole - inside + np.bincount(row, fixed[column], touched.size).astype(np.int64)
    return matrix, shown.shown.low[touched] - outside, shown.shown.high[touched] - outside


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
