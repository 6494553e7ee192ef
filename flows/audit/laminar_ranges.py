"""Feasible ranges in a laminar family of interval constraints, in closed form.

Every published figure, exact or a bound, says that the sum of its people lies in an interval. In a laminar
family two passes give all that follows: upwards what the people of a node can add up to, downwards what the
rest of the tree leaves for them. Sums of integer intervals are integer intervals, so both ends are attained.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.audit.group_tree import NO_PARENT, Flags, GroupTree, Ints

UNBOUNDED = 1 << 60


@dataclass(frozen=True, slots=True)
class Forest:
    """The shown nodes alone. `node`: place in the tree; `parent`: place in the forest or NO_PARENT; top layer first."""

    node: Ints
    parent: Ints
    layers: tuple[Ints, ...]

    def own(self, totals: Ints) -> Ints:
        """What belongs to a shown node and to no shown node below it (one value per forest node)."""
        left = totals.copy()
        below = np.flatnonzero(self.parent != NO_PARENT)
        np.subtract.at(left, self.parent[below], totals[below])
        return left


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval for every forest node."""

    low: Ints
    high: Ints


@dataclass(frozen=True, slots=True)
class Ranges:
    """What is feasible. `inside`: sum of a node by what lies in it; `context`: by all the rest and its own figure;
    `children`: inside intervals of the children added up; `own`: context of the people in no shown child."""

    inside: Interval
    context: Interval
    children: Interval
    own: Interval


def forest_of(tree: GroupTree, shown: Flags) -> Forest:
    """The shown nodes as a forest of nearest shown ancestors."""
    node = np.flatnonzero(shown)
    place = np.full(tree.size + 1, NO_PARENT, dtype=np.int64)
    place[node] = np.arange(node.size)
    parent = place[tree.nearest(shown)[node]]
    depth = np.zeros(node.size, dtype=np.int64)
    above = parent.copy()
    while (above != NO_PARENT).any():
        depth += above != NO_PARENT
        above = np.where(above != NO_PARENT, parent[above], NO_PARENT)
    layers = tuple(np.flatnonzero(depth == level) for level in range(int(depth.max(initial=-1)) + 1))
    return Forest(node=node.astype(np.int64), parent=parent, layers=layers)


def solve(forest: Forest, own: Interval, constraint: Interval) -> Ranges:
    """All feasible sums, given what the people of a node alone can add up to and what its figure says."""
    size = forest.node.size
    children = Interval(np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64))
    inside = Interval(np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64))
    for layer in reversed(forest.layers):
        inside.low[layer] = np.maximum(constraint.low[layer], own.low[layer] + children.low[layer])
        inside.high[layer] = np.minimum(constraint.high[layer], own.high[layer] + children.high[layer])
        below = layer[forest.parent[layer] != NO_PARENT]
        np.add.at(children.low, forest.parent[below], inside.low[below])
        np.add.at(children.high, forest.parent[below], inside.high[below])
    context = Interval(constraint.low.copy(), constraint.high.copy())
    for layer in forest.layers[1:]:
        above = forest.parent[layer]
        rest_high = own.high[above] + children.high[above] - inside.high[layer]
        rest_low = own.low[above] + children.low[above] - inside.low[layer]
        context.low[layer] = np.maximum(constraint.low[layer], context.low[above] - rest_high)
        context.high[layer] = np.minimum(constraint.high[layer], context.high[above] - rest_low)
    left = Interval(context.low - children.high, context.high - children.low)
    return Ranges(inside=inside, context=context, children=children, own=left)


def narrowed(ranges: Ranges, own_n: Ints, range_units: int) -> Flags:
    """Forest nodes among whose own people someone cannot have scored 0, or cannot have scored the whole range."""
    cannot_be_top = ranges.own.high < range_units
    cannot_be_zero = ranges.own.low > (own_n - 1) * range_units
    weak: Flags = (own_n > 0) & (cannot_be_top | cannot_be_zero)
    return weak


def widths(ranges: Ranges, own_n: Ints, at: Ints, team_n: Ints, range_units: int) -> Ints:
    """Feasible width of the sum of hidden teams (`team_n` people, in the own people of forest node `at`), in units."""
    rest = range_units * (own_n[at] - team_n)
    low = np.maximum(0, ranges.own.low[at] - rest)
    high = np.minimum(range_units * team_n, ranges.own.high[at])
    return high - low
