"""The smallest cut of two crossing families, slow and plain: one minimum cut a component (Stoer and Wagner 1997)."""

from __future__ import annotations

from collections.abc import Mapping

Vertex = tuple[str, str]
Graph = dict[Vertex, dict[Vertex, int]]
GROUND: Vertex = ("ground", "")


def smallest_cut(overlaps: Mapping[tuple[str | None, str | None], int], k: int | None = None) -> int | None:
    """Fewest people on whom a derivable figure can rest; none when no figure rests on anyone.

    `overlaps`: people by (atom of the first family, atom of the second); None for people in no atom of a family.
    With `k`, edges of k or more are contracted first: the answer is then exact where it is below k, and otherwise
    only known to be k or more, or none. Components are cut one by one, since a cut of weight 0 derives nothing.
    """
    graph = _graph_of(overlaps)
    if k is not None:
        graph = _contracted(graph, k)
    cuts = [_stoer_wagner(part) for part in _components(graph) if len(part) > 1]
    return min(cuts, default=None)


def _graph_of(overlaps: Mapping[tuple[str | None, str | None], int]) -> Graph:
    graph: Graph = {}
    for (left, right), people in overlaps.items():
        one: Vertex = GROUND if left is None else ("left", left)
        two: Vertex = GROUND if right is None else ("right", right)
        if people > 0 and one != two:
            _join(graph, one, two, people)
    return graph


def _join(graph: Graph, one: Vertex, two: Vertex, people: int) -> None:
    for a, b in ((one, two), (two, one)):
        edges = graph.setdefault(a, {})
        edges[b] = edges.get(b, 0) + people


def _merge(graph: Graph, kept: Vertex, gone: Vertex) -> None:
    """Contract `gone` into `kept`; parallel edges add up."""
    for other, people in graph.pop(gone).items():
        del graph[other][gone]
        if other != kept:
            _join(graph, kept, other, people)


def _contracted(graph: Graph, k: int) -> Graph:
    """No cut below k separates the ends of an edge of k or more; summed edges can reach k too, hence the loop."""
    waiting = list(graph)
    while waiting:
        vertex = waiting.pop()
        heavy = next((other for other, people in graph.get(vertex, {}).items() if people >= k), None)
        if heavy is not None:
            _merge(graph, vertex, heavy)
            waiting.append(vertex)
    return graph


def _components(graph: Graph) -> list[Graph]:
    left, parts = set(graph), []
    while left:
        reached, waiting = set(), [min(left)]
        while waiting:
            vertex = waiting.pop()
            if vertex not in reached:
                reached.add(vertex)
                waiting.extend(graph[vertex])
        parts.append({vertex: dict(graph[vertex]) for vertex in reached})
        left -= reached
    return parts


def _stoer_wagner(graph: Graph) -> int:
    """Weight of the minimum cut of a connected graph of two vertices or more; empties the graph."""
    best: int | None = None
    while len(graph) > 1:
        order, weight = _most_tightly_connected(graph)
        best = weight if best is None else min(best, weight)
        _merge(graph, order[-2], order[-1])
    return best or 0


def _most_tightly_connected(graph: Graph) -> tuple[list[Vertex], int]:
    """Vertices in maximum adjacency order, and the weight that separates the last one from the rest."""
    start = min(graph)
    order, pull = [start], dict(graph[start])
    weight = 0
    while len(order) < len(graph):
        closest = max(sorted(pull), key=pull.__getitem__)
        weight = pull.pop(closest)
        order.append(closest)
        for other, people in graph[closest].items():
            if other not in order:
                pull[other] = pull.get(other, 0) + people
    return order, weight
