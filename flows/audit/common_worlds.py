"""Worlds in which many classes of people reach the top at once, looked for department by department.

A world that agrees with every figure clears every class that is at the top in it. So classes are asked together: in
each region as many as may fit, all regions in one greatest flow (SciPy's). Where they do not fit, half of them are
asked; whoever does not fit alone is asked with another one to give or take a person at risk, then in wider regions.
What leads out of a region keeps its true sum, so that a yes is a yes. A no proves something only in the widest region,
which is everybody, and where no share speaks of the class (Hoffman's circulation theorem).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import maximum_flow

from flows.audit.group_tree import NO_PARENT, Flags, GroupTree, Ints
from flows.audit.handed_counts import handed_counts_of, met_at
from flows.audit.overlap_graph import GROUND
from flows.audit.range_system import Limits, RangeSystem

LINES_LOOKED_AT = 500_000
"""Lines of a region in all flows about it, after which it is left: unlike seconds, the same on every machine."""
TOGETHER_FIRST, TOGETHER_MOST = 8, 64
ASKED = 8
"""Classes asked in turn to give or take a person at risk, at each group where they can be met; those of the same group
of people come before."""
CAPACITY = 1 << 30


@dataclass(frozen=True, slots=True)
class Question:
    """Classes, each with the least and greatest sum that it is to have, and the shares that one person more or fewer at
    risk has to pass: two questions that pass the same one are not asked together."""

    limits: tuple[tuple[int, int, int], ...]
    passed: frozenset[int] = frozenset()

    def uses(self) -> set[int]:
        """Classes, and below zero the shares passed."""
        return {at for at, _, _ in self.limits} | {-1 - node for node in self.passed}


def reached_together(system: RangeSystem, limits: Limits, open_classes: Sequence[int]) -> set[int]:
    """Those of the classes for which a world was found in which somebody of them has the top score."""
    found, questions = set[int](), _Questions(system, limits, np.asarray(open_classes, dtype=np.int64))
    above = np.append(np.where(system.tree.parent > 0, system.tree.parent, system.tree.size), system.tree.size)
    region = _homes(system.tree)
    while waiting := [at for at in open_classes if at not in found]:
        found |= _reached(_RegionFlows.of(system, limits, region), questions, waiting)
        if (region == system.tree.size).all():
            break
        region = above[region]
    return found


def _homes(tree: GroupTree) -> Ints:
    """The region of every node: a group without groups inside belongs to the one above, any other is its own; the root
    belongs to the ground, which comes last and is around them all."""
    is_leaf = tree.end == np.arange(tree.size) + 1
    homes = np.where(is_leaf, tree.parent, np.arange(tree.size))
    return np.append(np.where(homes > 0, homes, tree.size), tree.size)


def _reached(flows: _RegionFlows, questions: _Questions, waiting: Sequence[int]) -> set[int]:
    found = set[int]()
    by_region = sorted(waiting, key=lambda at: (int(flows.of_class[at]), at))
    lines_n = np.bincount(flows.region)
    queues = [
        _Queue(
            [_Asked(at, filter(flows.is_inside, questions.of(at))) for at in members],
            1 + LINES_LOOKED_AT // int(lines_n[region]),
        )
        for region, members in groupby(by_region, key=lambda at: int(flows.of_class[at]))
    ]
    while queues := [queue for queue in queues if queue.is_open()]:
        chosen = [queue.chosen() for queue in queues]
        fits = flows.fit([[limit for asked in some for limit in asked.question.limits] for some in chosen])
        for queue, some, is_fit in zip(queues, chosen, fits, strict=True):
            if is_fit:
                found.update(asked.at for asked in some)
            queue.told(some, is_fit=is_fit)
    return found


NONE_LEFT = Question(())


class _Asked:
    """A class, and the question about it that is next."""

    def __init__(self, at: int, questions: Iterator[Question]) -> None:
        self.at, self._questions = at, questions
        self.turn()

    def turn(self) -> None:
        """Go on to the next question."""
        self.question = next(self._questions, NONE_LEFT)

    def is_open(self) -> bool:
        """Whether there is a question."""
        return self.question is not NONE_LEFT


class _Queue:
    """The open classes of one region, how often they may be asked about, and how many of them together."""

    def __init__(self, waiting: list[_Asked], rounds: int) -> None:
        self._rounds = rounds
        self._waiting = [asked for asked in waiting if asked.is_open()]
        self._together = TOGETHER_FIRST

    def is_open(self) -> bool:
        """Whether there is anything left to ask."""
        return bool(self._waiting) and self._rounds > 0

    def chosen(self) -> list[_Asked]:
        """The first that have nothing in each other's way."""
        chosen: list[_Asked] = []
        used = set[int]()
        for asked in self._waiting:
            uses = asked.question.uses()
            if used.isdisjoint(uses):
                chosen.append(asked)
                used |= uses
                if len(chosen) == self._together:
                    break
        return chosen

    def told(self, chosen: list[_Asked], *, is_fit: bool) -> None:
        """Take the answer: more at a time after a yes, half after a no, another question after a no to one alone."""
        self._rounds -= 1
        if is_fit:
            done = {asked.at for asked in chosen}
            self._waiting = [asked for asked in self._waiting if asked.at not in done]
            self._together = min(2 * self._together, TOGETHER_MOST)
        elif len(chosen) > 1:
            self._together = len(chosen) // 2
        else:
            (asked,) = chosen
            asked.turn()
            self._waiting.remove(asked)
            self._waiting += [asked] if asked.is_open() else []
            self._together = 2


class _Questions:
    """What may be asked about a class: to rise with numbers at risk as they are, or with one person more or fewer at
    risk in it, whom another class gives or takes as far as the shown shares allow."""

    def __init__(self, system: RangeSystem, limits: Limits, asked: Ints) -> None:
        classes, self._ground = system.classes, system.tree.size
        self._units, self._cut = system.units, system.cut
        self._low, self._high, self._needed = limits.low.tolist(), limits.high.tolist(), limits.needed.tolist()
        self._risk, self._n, self._left = classes.at_risk.tolist(), classes.n.tolist(), classes.left.tolist()
        self._by_itself, self._share = limits.by_itself.tolist(), limits.share_node.tolist()
        self._counts = handed_counts_of(system)
        counted = limits.share_node != GROUND
        # Whoever can do it while its sum stays as it is comes first.
        gives = _ordered(counted & (classes.at_risk > 0), classes.score_sum - limits.high)
        takes = _ordered(counted & (classes.at_risk < classes.n), limits.low - classes.score_sum)
        is_near = np.zeros(system.tree.size + 1, dtype=np.bool_)
        is_near[classes.left[asked]] = True
        shares = limits.share_node[asked[counted[asked]]]
        self._givers = self._met(self._counts.down, self._counts.up, shares, limits, gives)
        self._takers = self._met(self._counts.up, self._counts.down, shares, limits, takes)
        self._near: dict[tuple[int, int], list[int]] = {}
        for step, who in ((-1, gives), (1, takes)):
            for one in who[is_near[classes.left[who]]].tolist():
                self._near.setdefault((step, self._left[one]), []).append(one)

    def _met(self, above: Ints, own_above: Ints, shares: Ints, limits: Limits, who: Ints) -> dict[int, list[int]]:
        """Others by the nodes that the classes asked about can climb to."""
        wanted = np.zeros(above.size, dtype=np.bool_)
        at = np.unique(shares)
        while at.size:
            wanted[at] = True
            at = np.unique(own_above[at][own_above[at] != at])
        return met_at(above, limits.share_node[who], who, wanted, ASKED)

    def of(self, at: int) -> Iterator[Question]:
        """The questions about one class, the likeliest first."""
        if self._by_itself[at]:
            yield from self._with(at, self._needed[at], self._high[at], ())
        share, risk, n = self._share[at], self._risk[at], self._n[at]
        if share != GROUND and risk < n:
            yield from self._exchanges(at, risk + 1, self._counts.rising(share), -1)
        if share != GROUND and risk > 1:
            yield from self._exchanges(at, risk - 1, self._counts.falling(share), 1)

    def _with(self, at: int, low: int, high: int, path: Sequence[int]) -> Iterator[Question]:
        if low <= high:
            yield Question(((at, low, high),), frozenset(path))

    def _exchanges(self, at: int, risk: int, path: list[int], step: int) -> Iterator[Question]:
        """The class with that many at risk, while another one has `step` more."""
        cut, units = self._cut, self._units
        low, high = units + cut * (risk - 1), units * risk + (cut - 1) * (self._n[at] - risk)
        if low > high:
            return
        others, climb = (self._givers, self._counts.falling) if step < 0 else (self._takers, self._counts.rising)
        near = [one for one in self._near.get((step, self._left[at]), []) if self._share[one] == path[0]]
        for other in dict.fromkeys([*near, *(one for met in path for one in others.get(met, []))]):
            if other != at:
                theirs = climb(self._share[other])
                met = next(node for node in path if node in theirs)
                passed = {*path[: path.index(met)], *theirs[: theirs.index(met)]}
                own_low, own_high = self._low[other] + step * cut, self._high[other] + step * (units - cut + 1)
                yield Question(((at, low, high), (other, own_low, own_high)), frozenset(passed))
        if path[-1] == self._ground:
            yield from self._with(at, low, high, path[:-1])


def _ordered(chosen: Flags, by: Ints) -> Ints:
    places = np.flatnonzero(chosen)
    ordered: Ints = places[np.argsort(by[places], kind="stable")]
    return ordered


@dataclass(frozen=True, slots=True)
class _RegionFlows:
    """The true sums as a flow, cut into regions: what leads from one to another is left out, and so stays.

    Lines are the classes of people, then what groups hand on inside a region. of_class: by class, its region. region:
    by line.
    """

    of_class: Ints
    region: Ints
    tail: Ints
    head: Ints
    low: Ints
    high: Ints
    flow: Ints

    @classmethod
    def of(cls, system: RangeSystem, limits: Limits, region: Ints) -> _RegionFlows:
        """Cut along these regions of nodes."""
        classes, tree, sums = system.classes, system.tree, system.sums
        ground = tree.size
        left = np.where(classes.left == GROUND, ground, classes.left)
        of_class = region[left]
        shown = np.zeros(tree.size, dtype=np.bool_)
        shown[sums.node] = True
        above = tree.nearest(shown)[sums.node]
        above = np.where(above == NO_PARENT, ground, above)
        handed = np.flatnonzero(region[sums.node] == region[above])
        # Each region has its own point for the part of a cell, and of nobody's cell, that lies in it.
        part = of_class * (classes.right.max(initial=0) + 2) + classes.right + 1
        _, cell = np.unique(part, return_inverse=True)
        cell = np.where((classes.right == GROUND) & (of_class == ground), ground, ground + 1 + cell)
        return cls(
            of_class,
            np.concatenate((of_class, region[sums.node[handed]])),
            np.concatenate((cell, sums.node[handed])),
            np.concatenate((left, above[handed])),
            np.concatenate((limits.low, sums.shown.low[handed])),
            np.concatenate((limits.high, sums.shown.high[handed])),
            np.concatenate((classes.score_sum, system.inside(sums.node[handed], classes.score_sum))),
        )

    def is_inside(self, question: Question) -> bool:
        """Whether all its classes lie in one region."""
        first = self.of_class[question.limits[0][0]]
        return all(self.of_class[at] == first for at, _, _ in question.limits)

    def fit(self, asked: Sequence[Sequence[tuple[int, int, int]]]) -> list[bool]:
        """Whether the classes of each question, all of one region, can have sums within other limits together."""
        limits = np.asarray([limit for one in asked for limit in one], dtype=np.int64)
        number = np.repeat(np.arange(len(asked)), [len(one) for one in asked])
        regions = self.of_class[limits[:, 0]]
        question = np.full(self.region.max(initial=0) + 1, -1, dtype=np.int64)
        question[regions] = number
        lines = np.flatnonzero(question[self.region] >= 0)
        at = np.searchsorted(lines, limits[:, 0])
        low, high, flow = self.low[lines], self.high[lines], self.flow[lines]
        low[at], high[at] = limits[:, 1], limits[:, 2]
        points, ends = np.unique(np.concatenate((self.tail[lines], self.head[lines])), return_inverse=True)
        tail, head = np.split(ends, 2)
        now = np.clip(flow, low, high)
        moved = np.where(tail == head, 0, now - flow)
        some = np.flatnonzero(moved)
        is_rise, amount = moved[some] > 0, np.abs(moved[some])
        start, goal = np.where(is_rise, head[some], tail[some]), np.where(is_rise, tail[some], head[some])
        source, sink = points.size, points.size + 1
        room = np.concatenate((high - now, now - low, amount, amount))
        one = np.concatenate((tail, head, np.full(some.size, source), goal))
        two = np.concatenate((head, tail, start, np.full(some.size, sink)))
        graph = coo_array((room, (one, two)), shape=(sink + 1, sink + 1)).tocsr()
        graph.data = np.minimum(graph.data, CAPACITY).astype(np.int32)
        passed = maximum_flow(graph, source, sink).flow
        if not _is_flow(passed, graph, source, sink):
            return [False] * len(asked)
        sent = passed[[source], :].tocoo()
        # Which question a point belongs to: that of any of its lines.
        of_point = np.empty(points.size, dtype=np.int64)
        of_point[tail] = of_point[head] = question[self.region[lines]]
        arrived = np.bincount(of_point[sent.col], sent.data, len(asked))
        wanted = np.bincount(question[self.region[lines[some]]], amount, len(asked))
        is_open = np.bincount(number, limits[:, 1] <= limits[:, 2], len(asked)) == np.bincount(
            number, minlength=len(asked)
        )
        return [bool(fits) for fits in (arrived == wanted) & is_open]


def _is_flow(passed: csr_array, room: csr_array, source: int, sink: int) -> bool:
    """Whether nothing is lost between source and sink and no line has more than its room, checked in whole numbers:
    protection uses the same library, so its word alone clears nobody."""
    kept = passed.sum(axis=1)
    kept[[source, sink]] = 0
    is_two_way = not (passed + passed.T).data.any()
    return is_two_way and not kept.any() and bool((passed - room).data.max(initial=0) <= 0)
