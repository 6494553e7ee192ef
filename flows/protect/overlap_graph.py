"""The overlap graph of two families of published figures, and how many people hold two of its atoms together.

Vertices are atoms of the tree and atoms of the breakdown; an edge weighs the people in both (PRIVACY 3.1). A cell may
be added when the two atoms that it makes of one are held together by k people or more, or by none (Theorem 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

GROUND = -1


@dataclass(slots=True)
class OverlapGraph:
    """Undirected, weighted; `neighbours[a][b]` people stand in both a and b."""

    neighbours: dict[int, dict[int, int]] = field(default_factory=dict)

    def add(self, atoms: Iterable[int], other: int, people: Iterable[int]) -> None:
        """Put people between each atom and another one, or take them away; people of no atom at all make no edge."""
        row = self.neighbours.setdefault(other, {})
        for atom, n in zip(atoms, people, strict=True):
            if atom == other:
                continue
            weight, back = row.get(atom, 0) + n, self.neighbours.setdefault(atom, {})
            if weight:
                row[atom] = back[other] = weight
            else:
                row.pop(atom, None)
                back.pop(other, None)

    def held_together(self, a: int, b: int, k: int) -> int:
        """Least number of people that part a from b, at most k. Source: maximum flow, Ford and Fulkerson.

        An *exit* is b, or is held to b by k people over single atoms in between. A cut of fewer than k people leaves
        every exit with b: what counts is the flow from a to all exits together, and that is mostly near.
        """
        exits = _Exits(self.neighbours, b, k, {a: False, b: True})
        if self._leaving_at_a_glance(a, exits) >= k:
            return k
        return self._flow_to(exits, a, b, k)

    def _leaving_at_a_glance(self, a: int, exits: _Exits) -> int:
        """People who hold a to exits over one atom in between, counted until there are k."""
        found = 0
        for near, people in self.neighbours.get(a, {}).items():
            leaving = 0
            for other, weight in self.neighbours[near].items():
                if leaving < people and exits.has(other):
                    leaving += weight
            found += min(people, leaving)
            if found >= exits.k:
                break
        return found

    def _flow_to(self, exits: _Exits, a: int, b: int, k: int) -> int:
        flow: dict[tuple[int, int], int] = {}
        found = 0
        while found < k:
            path = self._path(a, b, flow, exits)
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

    def _path(self, a: int, b: int, flow: Mapping[tuple[int, int], int], exits: _Exits) -> list[int] | None:
        """A path with room from a to an exit, looked for from a and b in turn: the smaller side ends the search."""
        ahead: dict[int, int] = {a: a}
        behind: dict[int, int] = {b: b}
        searches = [self._search(ahead, flow, is_ahead=True), self._search(behind, flow, is_ahead=False)]
        while True:
            for search, other in zip(searches, (behind, ahead), strict=True):
                vertex = next(search, None)
                if vertex is None:
                    return None
                if vertex in other or (other is behind and exits.has(vertex)):
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


@dataclass(frozen=True, slots=True)
class _Exits:
    """Which vertices are exits of b; what was asked once is remembered."""

    neighbours: Mapping[int, Mapping[int, int]]
    b: int
    k: int
    known: dict[int, bool]

    def has(self, vertex: int) -> bool:
        """Whether the vertex is b, or k people hold it to b."""
        found = self.known.get(vertex)
        if found is None:
            found = self.known[vertex] = self._is_held(vertex)
        return found

    def _is_held(self, vertex: int) -> bool:
        beside, beside_b, found = self.neighbours[vertex], self.neighbours.get(self.b, {}), 0
        few, many = (beside, beside_b) if len(beside) <= len(beside_b) else (beside_b, beside)
        for middle, weight in few.items():
            if middle in many:
                found += min(weight, many[middle])
                if found >= self.k:
                    return True
        return False


def _joined(middle: int, ahead: Mapping[int, int], behind: Mapping[int, int]) -> list[int]:
    path = [middle]
    while ahead[path[-1]] != path[-1]:
        path.append(ahead[path[-1]])
    path.reverse()
    while behind.get(path[-1], path[-1]) != path[-1]:
        path.append(behind[path[-1]])
    return path
