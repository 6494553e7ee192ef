"""People at risk handed from class to class so that every shown share stays within what its figure says.

One more person at risk in a class, one fewer in another: the shares around both keep their numbers, those around one of
them alone need room. Climb from a class while there is room: where the two climbs meet, the exchange is possible. A
class that climbs out of all shares needs nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.audit.group_tree import NO_PARENT, Flags, Ints
from flows.audit.range_system import RangeSystem


@dataclass(frozen=True, slots=True)
class HandedCounts:
    """For every node whose share is shown, and last for the ground: the node above it, or the node itself where its
    number may not rise (`up`) or fall (`down`). The ground leads to itself."""

    up: Ints
    down: Ints

    def rising(self, node: int) -> list[int]:
        """Nodes at which a class of that node can meet a giver, nearest first; the last may be the ground."""
        return _climbed(self.up, node)

    def falling(self, node: int) -> list[int]:
        """Nodes at which a class of that node can meet a taker, nearest first; the last may be the ground."""
        return _climbed(self.down, node)

    def meets(self, nodes: Ints, giving: Ints) -> Ints:
        """For classes at these nodes: 1 where some giver at `giving` can be met, else 0."""
        marked = np.zeros(self.up.size, dtype=np.int64)
        marked[-1] = 1
        at = np.unique(giving)
        while at.size:
            marked[at] = 1
            above = self.down[at]
            at = np.unique(above[above != at])
        found, at = marked[nodes], nodes
        while True:
            above = self.up[at]
            if (above == at).all():
                return found
            at, found = above, np.maximum(found, marked[above])


def met_at(above: Ints, nodes: Ints, classes: Ints, wanted: Flags, most: int) -> dict[int, list[int]]:
    """For every wanted node the first classes, at most so many, that can be met there when they climb from theirs."""
    at, who, order = nodes, classes, np.arange(classes.size)
    met = [(at[:0], who[:0], order[:0])]
    while at.size:
        there = wanted[at]
        met.append((at[there], who[there], order[there]))
        moves = above[at] != at
        at, who, order = above[at][moves], who[moves], order[moves]
    at, who, order = (np.concatenate(column) for column in zip(*met, strict=True))
    sorted_by = np.lexsort((order, at))
    at, who = at[sorted_by], who[sorted_by]
    is_early = np.arange(at.size) - np.searchsorted(at, at) < most
    found: dict[int, list[int]] = {}
    for node, one in zip(at[is_early].tolist(), who[is_early].tolist(), strict=True):
        found.setdefault(node, []).append(one)
    return found


def _climbed(above: Ints, node: int) -> list[int]:
    path = [node]
    while above[path[-1]] != path[-1]:
        path.append(int(above[path[-1]]))
    return path


def handed_counts_of(system: RangeSystem) -> HandedCounts:
    """Room of every shown share, by the true numbers at risk. Nodes by place in the tree; the ground is the last."""
    size = system.tree.size
    up, down = np.arange(size + 1), np.arange(size + 1)
    if system.counts is not None:
        node, shown = system.counts.node, system.counts.shown
        marks = np.zeros(size, dtype=np.bool_)
        marks[node] = True
        above = system.tree.nearest(marks)[node]
        above = np.where(above == NO_PARENT, size, above)
        true = system.inside(node, system.classes.at_risk)
        up[node] = np.where(true < shown.high, above, node)
        down[node] = np.where(true > shown.low, above, node)
    return HandedCounts(up, down)
