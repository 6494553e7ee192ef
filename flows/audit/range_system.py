"""People by class, and everything one measure shows of them in tree and breakdown: what their ranges are judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.audit.group_tree import Flags, GroupTree, Ints
from flows.audit.laminar_ranges import Interval
from flows.audit.overlap_graph import GROUND, Classes


@dataclass(frozen=True, slots=True)
class TreeRows:
    """What groups of the tree show: an interval for each node; nodes in ascending order."""

    node: Ints
    shown: Interval

    def of(self, chosen: Flags) -> TreeRows:
        """The chosen rows alone."""
        return TreeRows(self.node[chosen], Interval(self.shown.low[chosen], self.shown.high[chosen]))

    def turned(self, total: Ints) -> TreeRows:
        """The same for scores turned over."""
        return TreeRows(self.node, Interval(total - self.shown.high, total - self.shown.low))

    def hold(self, true: Ints) -> bool:
        """Whether these totals of the nodes agree with every row."""
        return bool(((self.shown.low <= true) & (true <= self.shown.high)).all())


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

    def inside(self, nodes: Ints, true: Ints) -> Ints:
        """Totals of nodes over all classes."""
        left = self.classes.left
        own = np.bincount(left[left != GROUND], true[left != GROUND], self.tree.size).astype(np.int64)
        return self.tree.totals(own)[nodes]

    def is_true(self) -> bool:
        """Whether the people as they are agree with everything shown of the tree."""
        holds = self.sums.hold(self.inside(self.sums.node, self.classes.score_sum))
        if self.counts is None:
            return holds
        return holds and self.counts.hold(self.inside(self.counts.node, self.classes.at_risk))

    def turned(self) -> RangeSystem:
        """The same with every score turned over, so that who scored 0 scores the whole range."""
        classes, n = self.classes, self.classes.n
        score_sum, at_risk = n * self.units - classes.score_sum, n - classes.at_risk
        sums = self.sums.turned(self.units * self.inside(self.sums.node, n))
        counts = self.counts and self.counts.turned(self.inside(self.counts.node, n))
        turned = Classes(classes.left, classes.right, n, score_sum, at_risk)
        return RangeSystem(self.tree, turned, self.units, self.units - self.cut + 1, sums, counts)

    def share_node(self) -> Ints:
        """The nearest group at or above every class whose share is shown, or GROUND."""
        found = np.full(self.tree.size + 1, GROUND, dtype=np.int64)
        if self.counts is not None:
            shown = np.zeros(self.tree.size, dtype=np.bool_)
            shown[self.counts.node] = True
            found[:-1] = np.where(shown, np.arange(self.tree.size), self.tree.nearest(shown))
        nearest: Ints = found[self.classes.left]
        return nearest


@dataclass(frozen=True, slots=True)
class Limits:
    """Sums each class can have while its number at risk stays as it is, and the one from which somebody has the top.

    share_node: as in RangeSystem. by_itself: classes that reach the top without one more person at risk.
    """

    low: Ints
    high: Ints
    needed: Ints
    share_node: Ints
    by_itself: Flags


def limits_of(system: RangeSystem) -> Limits:
    """Limits of every class. Where no share speaks of a class, its number at risk is free."""
    classes, units, cut = system.classes, system.units, system.cut
    n, at_risk, share_node = classes.n, classes.at_risk, system.share_node()
    counted = share_node != GROUND
    low = np.where(counted, cut * at_risk, 0)
    high = np.where(counted, units * at_risk + (cut - 1) * (n - at_risk), units * n)
    needed = np.where(counted & (at_risk > 0), units + cut * (at_risk - 1), units)
    return Limits(low, high, needed, share_node, ~counted | (at_risk > 0))
