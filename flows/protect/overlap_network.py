"""Networks of atoms and the people in their overlaps, and whether other sums fit what is published.

Vertices are atoms of the tree and of the family; arcs are people, or a band of people, between two of them. What one
sum changes by is passed on along other arcs, so that every published sum stays as it is. Many such questions, each on a
copy of its network, are one greatest flow (SciPy's, Dinic 1970).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from flows.protect.overlaps import Flags
from flows.protect.tree import Ints

NO_ARC = -1
ARCS_AT_ONCE = 1_000_000
CAPACITY = 2**30
"""Room beyond this is as good as none at all: questions are about a few scales, and SciPy counts in 32 bits."""


@dataclass(frozen=True, slots=True)
class Arcs:
    """Parallel arrays: the sum of each arc is `flow`, and may be `low` to `high`."""

    tail: Ints
    head: Ints
    flow: Ints
    low: Ints
    high: Ints


@dataclass(frozen=True, slots=True)
class Wanted:
    """New bounds of one arc in each question; `arc` is NO_ARC where the question has none."""

    arc: Ints
    low: Ints
    high: Ints

    def of(self, some: Ints | slice) -> Wanted:
        """Those of some of the questions."""
        return Wanted(self.arc[some], self.low[some], self.high[some])


@dataclass(frozen=True, slots=True)
class Networks:
    """Several networks laid end to end, with vertices numbered from 0 in each.

    first: where the arcs of each network begin, and behind the last where they end. sizes: vertices of each.
    """

    arcs: Arcs
    first: Ints
    sizes: Ints

    @classmethod
    def of(cls, arcs: Arcs, number: Ints, size: int) -> Networks:
        """Lay out arcs whose vertices have any numbers. number: the network of each, ascending. size: how many."""
        names, both = np.concatenate([arcs.tail, arcs.head]), np.concatenate([number, number])
        low = names.min(initial=0)
        width = names.max(initial=0) - low + 1
        vertices, ends = np.unique(both * width + names - low, return_inverse=True)
        sizes = np.bincount(vertices // width, minlength=size)
        tail, head = np.split(ends - (np.cumsum(sizes) - sizes)[both], 2)
        first = np.searchsorted(number, np.arange(size + 1))
        return cls(Arcs(tail, head, arcs.flow, arcs.low, arcs.high), first, sizes)

    def can_hold(self, network: Ints, wanted: Sequence[Wanted]) -> Flags:
        """Whether the arcs in `wanted` can have sums within new bounds, all else as published, for each question.

        network: the one that each question is about.
        """
        found = np.zeros(len(network), dtype=bool)
        for part in self._parts(network):
            found[part] = self._can_hold(network[part], [one.of(part) for one in wanted])
        return found

    def _parts(self, network: Ints) -> Iterator[slice]:
        total = np.cumsum(self.first[network + 1] - self.first[network])
        start = 0
        while start < len(network):
            before = total[start - 1] if start else 0
            end = max(start + 1, int(np.searchsorted(total, before + ARCS_AT_ONCE, "right")))
            yield slice(start, end)
            start = end

    def _can_hold(self, network: Ints, wanted: Sequence[Wanted]) -> Flags:
        first, sizes = self.first[network], self.sizes[network]
        lengths = self.first[network + 1] - first
        places, vertices = np.cumsum(lengths) - lengths, np.cumsum(sizes) - sizes
        question = np.repeat(np.arange(len(network)), lengths)
        arc = np.arange(len(question)) + (first - places)[question]
        tail, head = self.arcs.tail[arc] + vertices[question], self.arcs.head[arc] + vertices[question]
        flow, low, high = self.arcs.flow[arc], self.arcs.low[arc], self.arcs.high[arc]
        for one in wanted:
            some = np.flatnonzero(one.arc != NO_ARC)
            at = places[some] + one.arc[some]
            low[at], high[at] = one.low[some], one.high[some]
        now = np.clip(flow, low, high)
        moved = np.where(tail == head, 0, now - flow)
        some = np.flatnonzero(moved)
        is_rise = moved[some] > 0
        # What an arc gained in sum, others between the same two vertices have to lose.
        given = np.where(is_rise, head[some], tail[some])
        taken = np.where(is_rise, tail[some], head[some])
        amount, source = np.abs(moved[some]), int(sizes.sum())
        sink = source + 1
        graph = coo_array(
            (
                np.concatenate([high - now, now - low, amount, amount]),
                (
                    np.concatenate([tail, head, np.full(len(some), source), taken]),
                    np.concatenate([head, tail, given, np.full(len(some), sink)]),
                ),
            ),
            shape=(sink + 1, sink + 1),
        ).tocsr()
        graph.data = np.minimum(graph.data, CAPACITY).astype(np.int32)
        sent = maximum_flow(graph, source, sink).flow[[source], :].tocoo()
        size = len(network)
        arrived = np.bincount(np.searchsorted(vertices, sent.col, "right") - 1, sent.data, size)
        asked = np.bincount(question[some], amount, size)
        is_within = np.bincount(question, (low > high), size) == 0
        return np.asarray((arrived == asked) & is_within)
