"""Bounds inside shown groups, as blocks within blocks: who belongs to each, in arrays over the nodes of the tree.

A *block* is a shown group, or a group of which a bound is told, with the people that belong to it and to no block
inside it. Blocks within an exactly shown group are the bounds inside it, at any depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.protect.tree import Ints, ReportingTree

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Blocks:
    """owner: for each node the block that its people belong to, -1 for none. around: for each bound the block directly
    around it, -1 for none and for all other nodes. levels: bounds that have a block around them, by depth.
    """

    owner: Ints
    around: Ints
    levels: tuple[Ints, ...]

    @classmethod
    def of(cls, tree: ReportingTree, is_exact: Flags, is_bound: Flags) -> Blocks:
        """Lay the bounds into the shown groups."""
        owner = tree.nearest_above(is_exact | is_bound)
        around = np.full(len(tree), -1, dtype=np.int64)
        inside = np.flatnonzero(is_bound & (tree.parent_array >= 0))
        around[inside] = owner[tree.parent_array[inside]]
        levels = (nodes[around[nodes] >= 0] for nodes in tree.by_depth)
        return cls(owner, around, tuple(nodes for nodes in levels if len(nodes)))

    def gather(self, own: Ints) -> Ints:
        """Sums of a node's own values over the people of each block."""
        gathered = np.zeros(len(own), dtype=np.int64)
        owned = self.owner >= 0
        np.add.at(gathered, self.owner[owned], own[owned])
        return gathered

    def upwards(self) -> Iterator[Ints]:
        """Bounds with a block around them, the deepest first."""
        return reversed(self.levels)

    def inside(self, gathered: Ints) -> Ints:
        """Gathered values together with those of the blocks inside."""
        total = gathered.copy()
        for nodes in self.upwards():
            np.add.at(total, self.around[nodes], total[nodes])
        return total

    def reach_outwards(self, flags: Flags) -> Flags:
        """The flags, and those of the blocks inside."""
        found = flags.copy()
        for nodes in self.upwards():
            found[self.around[nodes[found[nodes]]]] = True
        return found


@dataclass(frozen=True, slots=True)
class Intervals:
    """Possible sums of each block. low, high: of the whole block. sum_low, sum_high: of its parts added up."""

    low: Ints
    high: Ints
    sum_low: Ints
    sum_high: Ints

    @classmethod
    def of(cls, blocks: Blocks, told: tuple[Ints, Ints], own: tuple[Ints, Ints]) -> Intervals:
        """From what is told about each block, and what its own people can sum up to: the deepest first."""
        sum_low, sum_high = own[0].copy(), own[1].copy()
        low, high = np.maximum(told[0], sum_low), np.minimum(told[1], sum_high)
        for nodes in blocks.upwards():
            low[nodes] = np.maximum(told[0][nodes], sum_low[nodes])
            high[nodes] = np.minimum(told[1][nodes], sum_high[nodes])
            np.add.at(sum_low, blocks.around[nodes], low[nodes])
            np.add.at(sum_high, blocks.around[nodes], high[nodes])
        whole = blocks.around < 0
        low[whole] = np.maximum(told[0], sum_low)[whole]
        high[whole] = np.minimum(told[1], sum_high)[whole]
        return cls(low, high, sum_low, sum_high)

    def narrowed(self, blocks: Blocks) -> tuple[Ints, Ints]:
        """Intervals of the blocks when all that is told around them is used too: the outermost first."""
        low, high = self.low.copy(), self.high.copy()
        for nodes in blocks.levels:
            around = blocks.around[nodes]
            low[nodes] = np.maximum(low[nodes], low[around] - (self.sum_high[around] - self.high[nodes]))
            high[nodes] = np.minimum(high[nodes], high[around] - (self.sum_low[around] - self.low[nodes]))
        return low, high
