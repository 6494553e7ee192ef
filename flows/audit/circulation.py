"""Sums of all classes as a flow: can a class of people rise until somebody in it has the top score?

Points are shown groups and cells, and the ground. Every class is a line from its cell to its group that carries its
sum; every group hands its total on to the shown group above it, within what its figure says. The true sums are such a
flow. One line is pushed beyond a limit, and the flow closes around it or does not: as long as numbers at risk stay,
whole numbers decide exactly (Hoffman's circulation theorem). Where a class needs one person more or fewer at risk,
another gives or takes one as far as the shown shares allow; then a no proves nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

from flows.audit.group_tree import Flags, Ints
from flows.audit.handed_counts import handed_counts_of, met_at
from flows.audit.overlap_graph import GROUND
from flows.audit.range_system import Limits, RangeSystem

LOOKED_AT = 20_000
"""Lines looked at in one search for a way at most: unlike seconds, the same on every machine."""
ASKED = 8
"""Classes asked in turn to give or take a person at risk, at each group where they can be met; those of the same group
of people come before."""
NEAR = -2
"""Those are listed under NEAR minus the place of the group, below all places."""


class Circulation:
    """The true sums of a system that agrees with everything shown, changed and restored question by question."""

    def __init__(self, system: RangeSystem, limits: Limits) -> None:
        classes = system.classes
        self._system, self._limits = system, limits
        self._risk = classes.at_risk.tolist()
        self._n = classes.n.tolist()
        self._needed = limits.needed.tolist()
        tail, head, low, high, flow = _lines(system, limits)
        self._tail, self._head = tail.tolist(), head.tolist()
        self._low: list[int] = low.tolist()
        self._high: list[int] = high.tolist()
        self._flow: list[int] = flow.tolist()
        self._around: dict[int, list[tuple[int, int, bool]]] = {}
        for line, (one, two) in enumerate(zip(self._tail, self._head, strict=True)):
            self._around.setdefault(one, []).append((line, two, True))
            self._around.setdefault(two, []).append((line, one, False))
        self._before: dict[int, int] = {}
        self._counts = handed_counts_of(system)
        counted = limits.share_node != GROUND
        # Whoever can rise, or fall, furthest comes first.
        gives = _ordered(counted & (classes.at_risk > 0), classes.score_sum - limits.high)
        takes = _ordered(counted & (classes.at_risk < classes.n), limits.low - classes.score_sum)
        self._givers = met_at(self._counts.down, limits.share_node[gives], gives)
        self._takers = met_at(self._counts.up, limits.share_node[takes], takes)
        for others, who in ((self._givers, gives), (self._takers, takes)):
            for one in who.tolist():
                others.setdefault(NEAR - int(classes.left[one]), []).append(one)

    def tops(self, open_classes: Iterable[int]) -> set[int]:
        """Those of the classes that reach the top. A world found for one class answers for all that are at the top."""
        waiting, found = dict.fromkeys(open_classes), set[int]()
        while waiting:
            at = next(iter(waiting))
            if self._rises(at):
                found |= {at, *(other for other in self._before if other in waiting and self._is_at_top(other))}
            elif self._rises_otherwise(at):
                found.add(at)
            for done in (at, *(found & waiting.keys() - {at})):
                del waiting[done]
            self._restore()
        return found

    def _is_at_top(self, at: int) -> bool:
        return bool(self._limits.by_itself[at]) and self._flow[at] >= self._needed[at]

    def _restore(self) -> None:
        for line, value in self._before.items():
            self._flow[line] = value
        self._before.clear()

    def _rises(self, at: int) -> bool:
        """Whether the class reaches the top with every number at risk as it is."""
        return bool(self._limits.by_itself[at]) and self._holds([(at, self._needed[at], self._high[at])])

    def _rises_otherwise(self, at: int) -> bool:
        """Whether it does with one person more or fewer at risk, whom another class gives or takes."""
        node, risk, n = int(self._limits.share_node[at]), self._risk[at], self._n[at]
        if node == GROUND:
            return False
        more = risk < n and self._exchanges(at, risk + 1, self._counts.rising(node), self._givers, -1)
        return more or (risk > 1 and self._exchanges(at, risk - 1, self._counts.falling(node), self._takers, 1))

    def _exchanges(self, at: int, risk: int, path: list[int], others: dict[int, list[int]], step: int) -> bool:
        """Whether a class with that many at risk reaches the top while one of the others has `step` more."""
        cut, units = self._system.cut, self._system.units
        own = (at, units + cut * (risk - 1), units * risk + (cut - 1) * (self._n[at] - risk))
        low, high = step * cut, step * (units - cut + 1)
        self._restore()
        if path[-1] == self._system.tree.size and self._holds([own]):
            return True
        near = others.get(NEAR - int(self._system.classes.left[at]), [])
        for other in dict.fromkeys([*near, *(one for met in path for one in others.get(met, [])[:ASKED])]):
            if other == at:
                continue
            self._restore()
            if self._holds([(other, self._low[other] + low, self._high[other] + high), own]):
                return True
        return False

    def _holds(self, asked: list[tuple[int, int, int]]) -> bool:
        """Whether the flow closes with these lines within other limits (line, low, high)."""
        kept = [(line, self._low[line], self._high[line]) for line, _, _ in asked]
        self._limit(asked)
        closes = all(self._mended(line) for line, _, _ in asked)
        self._limit(kept)
        return closes

    def _limit(self, limits: list[tuple[int, int, int]]) -> None:
        for line, low, high in limits:
            self._low[line], self._high[line] = low, high

    def _mended(self, line: int) -> bool:
        """Bring one line within its limits, the others no further out of theirs; false where no flow does."""
        while lacks := max(self._low[line] - self._flow[line], 0):
            if not self._pushed(line, lacks, is_up=True):
                return False
        while lacks := max(self._flow[line] - self._high[line], 0):
            if not self._pushed(line, lacks, is_up=False):
                return False
        return True

    def _pushed(self, line: int, most: int, *, is_up: bool) -> bool:
        """One closed way through a line, by at most that much."""
        start, goal = (self._head[line], self._tail[line]) if is_up else (self._tail[line], self._head[line])
        way = self._way(start, goal, line)
        if way is None:
            return False
        steps = [(line, is_up), *way]
        amount = min([most, *(self._room(other, up) for other, up in way)])
        for other, up in steps:
            self._before.setdefault(other, self._flow[other])
            self._flow[other] += amount if up else -amount
        return True

    def _room(self, line: int, is_up: bool) -> int:
        flow = self._flow[line]
        return self._high[line] - flow if is_up else flow - self._low[line]

    def _way(self, start: int, goal: int, but: int) -> list[tuple[int, bool]] | None:
        """Fewest lines with room from start to goal, that one left out; none where there is none or it is too far."""
        if start == goal:
            return []
        came: dict[int, tuple[int, int, bool]] = {start: (start, but, True)}
        queue, looked_at = deque([start]), 0
        while queue and looked_at < LOOKED_AT:
            point = queue.popleft()
            around = self._around[point]
            looked_at += len(around)
            for line, other, is_up in around:
                if other in came or line == but or self._room(line, is_up) <= 0:
                    continue
                came[other] = (point, line, is_up)
                if other == goal:
                    return _walked(came, start, goal)
                queue.append(other)
        return None


def _ordered(chosen: Flags, by: Ints) -> Ints:
    places = np.flatnonzero(chosen)
    ordered: Ints = places[np.argsort(by[places], kind="stable")]
    return ordered


def _walked(came: dict[int, tuple[int, int, bool]], start: int, goal: int) -> list[tuple[int, bool]]:
    steps = []
    while goal != start:
        goal, line, is_up = came[goal]
        steps.append((line, is_up))
    return steps


def _lines(system: RangeSystem, limits: Limits) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Tail, head, limits and true flow of every line: classes first, then shown groups to the one above them.

    Points: 0 is the ground, then nodes of the tree, then atoms of the breakdown.
    """
    classes, tree, sums = system.classes, system.tree, system.sums
    shown = np.zeros(tree.size, dtype=np.bool_)
    shown[sums.node] = True
    tail = np.where(classes.right == GROUND, 0, 1 + tree.size + classes.right)
    above = tree.nearest(shown)[sums.node]
    return (
        np.concatenate((tail, 1 + sums.node)),
        np.concatenate((1 + classes.left, 1 + above)),
        np.concatenate((limits.low, sums.shown.low)),
        np.concatenate((limits.high, sums.shown.high)),
        np.concatenate((classes.score_sum, system.inside(sums.node, classes.score_sum))),
    )
