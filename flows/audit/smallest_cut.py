"""Is there a cut of 1 to k-1 people in an overlap graph? Exact, at national size (PRIVACY 3.1).

Ends of an edge that no lighter cut separates are merged until nothing is left to merge. Three reasons to merge, each
a proof: an edge of k or more people; ways over one vertex in between, which share no edge, of k or more people
together; and the order of greatest adjacency (Nagamochi and Ibaraki 1992), in which an edge that brings its later
end to k or more joins two vertices that no cut below k separates. That order merges something in every round, or
its last vertex is itself cut off by fewer than k people.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from flows.audit.group_tree import Flags, Ints

WAYS_DEGREE = 24
"""Ways over a vertex of more neighbours than this are left to the exact order."""


@dataclass(frozen=True, slots=True)
class Edges:
    """A graph with weights; parallel edges and loops allowed."""

    one: Ints
    two: Ints
    weight: Ints

    def merged(self, label: Ints) -> Edges:
        """The same graph with vertices merged by label: no loops, one edge a pair, ends in order."""
        one, two = label[self.one], label[self.two]
        kept = (one != two) & (self.weight > 0)
        low, high = np.minimum(one, two)[kept], np.maximum(one, two)[kept]
        base = int(label.size) + 1
        key, at = np.unique(low * base + high, return_inverse=True)
        weight = np.bincount(at, self.weight[kept], key.size).astype(np.int64)
        return Edges(key // base, key % base, weight)

    def of(self, chosen: Flags) -> Edges:
        """The chosen edges alone."""
        return Edges(self.one[chosen], self.two[chosen], self.weight[chosen])


def small_side(edges: Edges, vertices_n: int, k: int) -> Ints | None:
    """Vertices on one side of a cut of 1 to k-1; none when no such cut exists."""
    label = np.arange(vertices_n)
    while True:
        left = edges.merged(label)
        light = _light_vertex(left, vertices_n, k)
        if light is not None:
            return np.flatnonzero(label == light)
        heavy = left.of(left.weight >= k)
        ways = _ways(left, vertices_n, k) if heavy.one.size == 0 else heavy
        if ways.one.size == 0:
            return _by_order(left, label, k)
        label = _joined(label, ways, vertices_n)


def _joined(label: Ints, pairs: Edges, vertices_n: int) -> Ints:
    ends = coo_array((np.ones(pairs.one.size, dtype=np.int8), (pairs.one, pairs.two)), shape=(vertices_n, vertices_n))
    _, group = connected_components(ends, directed=False)
    joined: Ints = group.astype(np.int64)[label]
    return joined


def _light_vertex(edges: Edges, vertices_n: int, k: int) -> int | None:
    degree = np.bincount(edges.one, edges.weight, vertices_n) + np.bincount(edges.two, edges.weight, vertices_n)
    light = np.flatnonzero((degree > 0) & (degree < k))
    return int(light[0]) if light.size else None


def _ways(edges: Edges, vertices_n: int, k: int) -> Edges:
    """Pairs joined by k or more people over single vertices in between, their own edge included."""
    middle = np.concatenate((edges.one, edges.two))
    end = np.concatenate((edges.two, edges.one))
    weight = np.concatenate((edges.weight, edges.weight))
    order = np.lexsort((end, middle))
    middle, end, weight = middle[order], end[order], weight[order]
    degree = np.bincount(middle, minlength=vertices_n)
    place = np.arange(middle.size) - np.concatenate(([0], np.cumsum(degree)))[middle]
    one, two, people = [edges.one], [edges.two], [edges.weight]
    for step in range(1, min(WAYS_DEGREE, int(degree.max(initial=0)))):
        first = np.flatnonzero((place + step < degree[middle]) & (degree[middle] <= WAYS_DEGREE))
        one.append(end[first])
        two.append(end[first + step])
        people.append(np.minimum(weight[first], weight[first + step]))
    found = Edges(np.concatenate(one), np.concatenate(two), np.concatenate(people)).merged(np.arange(vertices_n))
    return found.of(found.weight >= k)


def _by_order(edges: Edges, label: Ints, k: int) -> Ints | None:
    """The exact end: merge by the order of greatest adjacency until nothing or a light vertex is left."""
    graph: dict[int, dict[int, int]] = {}
    for one, two, weight in zip(edges.one.tolist(), edges.two.tolist(), edges.weight.tolist(), strict=True):
        graph.setdefault(one, {})[two] = weight
        graph.setdefault(two, {})[one] = weight
    inside = {vertex: [vertex] for vertex in graph}
    while graph:
        pairs, alone = _greatest_adjacency(graph, min(graph), k)
        for vertex in alone:
            del graph[vertex]
        kept_for: dict[int, int] = {}
        for one, two in pairs:
            kept, gone = sorted((_kept(kept_for, one), _kept(kept_for, two)))
            if kept != gone:
                kept_for[gone] = kept
                inside[kept] += inside.pop(gone)
                _merge(graph, kept, gone)
        light = next((vertex for vertex, near in graph.items() if 0 < sum(near.values()) < k), None)
        if light is not None:
            return np.flatnonzero(np.isin(label, inside[light]))
    return None


def _kept(kept_for: dict[int, int], vertex: int) -> int:
    while vertex in kept_for:
        vertex = kept_for[vertex]
    return vertex


def _merge(graph: dict[int, dict[int, int]], kept: int, gone: int) -> None:
    for other, weight in graph.pop(gone).items():
        del graph[other][gone]
        if other != kept:
            graph[kept][other] = graph[other][kept] = graph[kept].get(other, 0) + weight


def _greatest_adjacency(
    graph: dict[int, dict[int, int]], start: int, k: int
) -> tuple[list[tuple[int, int]], list[int]]:
    """Pairs that no cut below k separates, from one order through the component of `start`; the component itself when
    it is a single vertex."""
    if not graph[start]:
        return [], [start]
    pull: dict[int, int] = {start: 0}
    waiting, done, pairs = [(0, start)], set(), []
    while waiting:
        _, vertex = heapq.heappop(waiting)
        if vertex in done:
            continue
        done.add(vertex)
        for other, weight in graph[vertex].items():
            if other not in done:
                pull[other] = pull.get(other, 0) + weight
                heapq.heappush(waiting, (-pull[other], other))
                if pull[other] >= k:
                    pairs.append((vertex, other))
    return pairs, []
