"""Two crossing families as a graph (PRIVACY 3.1): atoms of the tree, atoms of the breakdown, and the people in both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.audit.breakdown_figures import NO_VALUE, Breakdown, ValueSums, cell_atoms
from flows.audit.group_tree import NO_PARENT, Flags, GroupTree, Ints

GROUND = -1


@dataclass(frozen=True, slots=True)
class Classes:
    """People of identical membership, one entry per class; sorted by `left`, then by `right`.

    left: node of the tree's atom, GROUND for people in no published group. right: value * size + node of the
    breakdown's atom, GROUND for people in no published cell.
    """

    left: Ints
    right: Ints
    n: Ints
    score_sum: Ints
    at_risk: Ints


@dataclass(frozen=True, slots=True)
class Pieces:
    """People of one node and one value (NO_VALUE for those who stated none), and the class that holds them."""

    node: Ints
    value: Ints
    n: Ints
    at: Ints


def holder_of(tree: GroupTree, members: Flags) -> Ints:
    """The nearest member at or above every node, or GROUND."""
    return np.where(members, np.arange(tree.size), tree.nearest(members))


def classes_of(tree: GroupTree, members: Flags, breakdown: Breakdown, sums: ValueSums) -> tuple[Classes, Pieces]:
    """Classes of people by the published nodes `members` and the published cells of the breakdown."""
    values_n, size = len(breakdown.values), tree.size
    value, node = np.nonzero(sums.own_n > 0)
    holder, atoms = holder_of(tree, members), cell_atoms(tree, breakdown.shown(tree))
    left = holder[node]
    atom = np.where(value < values_n, atoms[np.minimum(value, values_n - 1), node], NO_PARENT)
    right = np.where(atom == NO_PARENT, GROUND, value * size + atom)
    key = (left + 1) * (values_n * size + 1) + right + 1
    _, first, at = np.unique(key, return_index=True, return_inverse=True)
    totals = [
        np.bincount(at, table[value, node], first.size).astype(np.int64)
        for table in (sums.own_n, sums.own_sum, sums.own_at_risk)
    ]
    stated = np.where(value < values_n, value, NO_VALUE)
    return Classes(left[first], right[first], *totals), Pieces(node, stated, sums.own_n[value, node], at)
