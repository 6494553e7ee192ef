"""The overlap graph of two families of published figures, and how many people hold two of its atoms together.

Vertices are atoms of the tree and atoms of the breakdown; an edge weighs the people in both (PRIVACY 3.1). A cell may
be added when the two atoms that it makes of one are held together by k people or more, or by none (Theorem 4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

GROUND = -1


@dataclass(slots=True)
class OverlapGraph:
    """Undirected, weighted; `neighbours[a][b]` people stand in both a and b."""

    neighbours: dict[int, dict[int, int]] = field(default_factory=dict)

    def add(self, a: int, b: int, people: int) -> None:
        """Put people between two atoms, or take them away; people of no atom at all make no edge."""
        if a == b or people == 0:
            return
        for one, other in ((a, b), (b, a)):
            row = self.neighbours.setdefault(one, {})
            weight = row.get(other, 0) + people
            if weight:
                row[other] = weight
            else:
                del row[other]

    def held_together(self, a: int, b: int, k: int) -> int:
        """Least number of people that part a from b, at most k. Source: maximum flow, Ford and Fulkerson."""
        if self._is_held_at_a_glance(a, b, k):
            return k
        return self.flow_between(a, b, k)

    def _is_held_at_a_glance(self, a: int, b: int, k: int) -> bool:
        """Whether k people hold a to b by paths of at most four steps: over a neighbour of a and an exit next to it.

        An *exit* is b, or is held to b by k people through vertices that are no neighbours of a. A cut either parts
        an exit from b, which takes k people, or all exits from a, which takes what is counted here.
        """
        beside_a, beside_b = self.neighbours.get(a, {}), self.neighbours.get(b, {})
        is_exit = {a: False, b: True}
        found = 0
        for near, people in beside_a.items():
            leaving = 0
            for other, weight in self.neighbours[near].items():
                if other not in is_exit:
                    is_exit[other] = other not in beside_a and self._are_held(other, beside_b, k, beside_a)
                if is_exit[other]:
                    leaving += weight
            found += min(people, leaving)
            if found >= k:
                return True
        return False

    def _are_held(self, vertex: int, beside_b: Mapping[int, int], k: int, barred: Mapping[int, int]) -> bool:
        """Whether k people hold a vertex to b through common neighbours that are not barred."""
        found, beside = 0, self.neighbours[vertex]
        few, many = (beside, beside_b) if len(beside) <= len(beside_b) else (beside_b, beside)
        for middle, weight in few.items():
            if middle in many and middle not in barred:
                found += min(weight, many[middle])
                if found >= k:
                    return True
        return False

    def flow_between(self, a: int, b: int, k: int) -> int:
        """The same by search alone."""
        flow: dict[tuple[int, int], int] = {}
        found = 0
        while found < k:
            path = self._path(a, b, flow)
            if path is None:
                return found
            steps = list(pairwise(path))
            pushed = min(k - found, *(self._left(step, flow) for step in steps))
            for one, other in steps:
                flow[one, other] = flow.get((one, other), 0) + pushed
                flow[other, one] = flow.get((other, one), 0) - pushed
            found += pushed
        return found

    def _left(self, step: tuple[int, int], flow: Mapping[tuple[int, int], int]) -> int:
        return self.neighbours[step[0]][step[1]] - flow.get(step, 0)

    def _path(self, a: int, b: int, flow: Mapping[tuple[int, int], int]) -> list[int] | None:
        """A path with room from a to b, looked for from both ends in turn: the smaller side ends the search."""
        ahead: dict[int, int] = {a: a}
        behind: dict[int, int] = {b: b}
        searches = [self._search(ahead, flow, is_ahead=True), self._search(behind, flow, is_ahead=False)]
        while True:
            for search, other in zip(searches, (behind, ahead), strict=True):
                vertex = next(search, None)
                if vertex is None:
                    return None
                if vertex in other:
                    return _joined(vertex, ahead, behind)

    def _search(self, seen: dict[int, int], flow: Mapping[tuple[int, int], int], *, is_ahead: bool) -> Iterator[int]:
        queue = list(seen)
        for vertex in queue:
            for other in self.neighbours.get(vertex, {}):
                if other in seen:
                    continue
                step = (vertex, other) if is_ahead else (other, vertex)
                if self._left(step, flow) > 0:
                    seen[other] = vertex
                    queue.append(other)
                    yield other


def _joined(middle: int, ahead: Mapping[int, int], behind: Mapping[int, int]) -> list[int]:
    path = [middle]
    while ahead[path[-1]] != path[-1]:
        path.append(ahead[path[-1]])
    path.reverse()
    while behind[path[-1]] != path[-1]:
        path.append(behind[path[-1]])
    return path
