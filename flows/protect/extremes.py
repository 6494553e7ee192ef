"""Rules H and F and their consistency, rule C: figures near an end of the scale become bounds (PRIVACY 5).

A mean and a share obey one law. Each person adds 0 to `range_units`; a figure may be exact only if
its sum stays more than `margin` away from both ends. Means: margin = range_units (rule H).
Shares: range_units = 1, margin = 2 (rule F).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from flows.protect.blocks import Blocks, Flags, Intervals
from flows.protect.tree import Ints, ReportingTree


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts and sums of one measure per node: of the node's own people, and of everything below it."""

    own_n: Ints
    own_sum: Ints
    total_n: Ints
    total_sum: Ints
    range_units: int
    margin: int

    def is_extreme(self) -> Flags:
        """Whether a node's own figure lies too near an end to be exact."""
        found: Flags = np.minimum(self.total_sum, self.range_units * self.total_n - self.total_sum) <= self.margin
        return found

    def bands(self) -> tuple[Ints, Ints]:
        """What the bound of an extreme node says about its sum: from, to."""
        top = self.range_units * self.total_n
        is_low = self.total_sum <= self.margin
        return np.where(is_low, 0, np.maximum(0, top - self.margin)), np.where(is_low, self.margin, top)

    def band(self, node: int) -> tuple[int, int]:
        """The same for one node."""
        total, top = int(self.total_sum[node]), self.range_units * int(self.total_n[node])
        return (0, self.margin) if total <= self.margin else (max(0, top - self.margin), top)


@dataclass(frozen=True)
class Pattern:
    """Which nodes are shown exactly, and which were taken out: coded ones may show a bound, complements never."""

    is_exact: Flags
    is_coded: Flags
    is_complement: Flags

    @classmethod
    def nothing(cls, size: int) -> Pattern:
        """The pattern of a measure that shows nothing."""
        return cls(*(np.zeros(size, dtype=bool) for _ in range(3)))

    @cached_property
    def exact(self) -> frozenset[int]:
        """Nodes shown exactly."""
        return frozenset(np.flatnonzero(self.is_exact).tolist())

    def is_bound(self, sums: Sums) -> Flags:
        """Nodes whose figure of this measure is a bound."""
        return self.is_coded & sums.is_extreme()

    def bounds(self, sums: Sums) -> frozenset[int]:
        """The same as a set."""
        return frozenset(np.flatnonzero(self.is_bound(sums)).tolist())


AtomTest = Callable[[Pattern], Flags]


def make_consistent(
    tree: ReportingTree,
    solve: Callable[[Flags], Flags],
    failing: AtomTest,
    sums: Mapping[str, Sums],
) -> Pattern:
    """Rule C: take nodes out until every atom passes. `failing` flags the nodes whose atoms do not."""
    is_extreme: Flags = np.logical_or.reduce([measure.is_extreme() for measure in sums.values()])
    counts = next(iter(sums.values())).total_n
    is_coded, is_complement = np.zeros(len(tree), dtype=bool), np.zeros(len(tree), dtype=bool)
    while True:
        pattern = Pattern(solve(is_coded | is_complement), is_coded.copy(), is_complement.copy())
        failed = failing(pattern)
        if not failed.any():
            return pattern
        child_of, smallest = _smallest_below(tree, pattern.is_exact, failed, counts)
        alone = failed.copy()
        alone[child_of] = False
        # A bound that tells too much beside what else is shown is not shown at all.
        is_undone = alone & is_coded
        # Without an extreme figure the node fails through a band inside it: a bound of its own would be false.
        is_complement |= is_undone | (alone & ~is_coded & ~is_extreme)
        is_coded = (is_coded & ~is_undone) | (alone & ~is_coded & is_extreme)
        is_complement[smallest[~is_coded[smallest]]] = True


def _smallest_below(tree: ReportingTree, is_exact: Flags, failed: Flags, counts: Ints) -> tuple[Ints, Ints]:
    """Failed nodes with published groups below them, and the smallest of the greatest of these; ties by group id."""
    owner = tree.nearest_above(is_exact)
    nodes = np.flatnonzero(is_exact & (tree.parent_array >= 0))
    above = owner[tree.parent_array[nodes]]
    has_failed = (above >= 0) & failed[above]
    nodes, above = nodes[has_failed], above[has_failed]
    order = np.lexsort((tree.rank_array[nodes], counts[nodes], above))
    nodes, above = nodes[order], above[order]
    first = np.flatnonzero(np.diff(above, prepend=-1))
    return above[first], nodes[first]


def failing_atoms(tree: ReportingTree, pattern: Pattern, sums: Sums) -> Flags:
    """Published nodes whose atom lets a reader narrow anybody's score, or is itself too near an end."""
    blocks = Blocks.of(tree, pattern.is_exact, pattern.is_bound(sums))
    own_n = blocks.gather(sums.own_n)
    people, total = blocks.inside(own_n), blocks.inside(blocks.gather(sums.own_sum))
    is_near = (people > 0) & (np.minimum(total, sums.range_units * people - total) <= sums.margin)
    failed: Flags = pattern.is_exact & is_near
    if blocks.levels:
        failed = failed | pattern.is_exact & _narrowed_by_bands(blocks, pattern, sums, own_n, total)
    return failed


def _narrowed_by_bands(blocks: Blocks, pattern: Pattern, sums: Sums, own_n: Ints, total: Ints) -> Flags:
    """Nodes with bands inside, in which somebody's range is narrowed, or more is told than the band says."""
    scale = sums.range_units
    band_low, band_high = sums.bands()
    told = (np.where(pattern.is_exact, total, band_low), np.where(pattern.is_exact, total, band_high))
    top = scale * own_n
    intervals = Intervals.of(blocks, told, (np.zeros_like(top), top))
    low, high = intervals.narrowed(blocks)
    own_low = np.maximum(0, low - (intervals.sum_high - top))
    own_high = np.minimum(top, high - intervals.sum_low)
    # In an exact atom the rest keeps the distance of rule H; inside a band one person's freedom is enough.
    need = np.where(pattern.is_exact, np.minimum(sums.margin + 1, top), scale)
    is_bad = (own_n > 0) & ((own_high < need) | (top - own_low < need))
    is_bad |= intervals.low > intervals.high
    is_inside = blocks.around >= 0
    is_bad |= is_inside & np.where(band_low > 0, low != band_low, high != band_high)
    has_inside = np.zeros(len(own_n), dtype=bool)
    has_inside[blocks.around[is_inside]] = True
    return blocks.reach_outwards(is_bad & (has_inside | is_inside))
