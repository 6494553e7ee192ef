"""A network of atoms and the people in their overlaps, and the search for other sums that fit what is published.

Vertices are atoms of the tree and of the family; arcs are people, or a band of people, between two of them. A change
of one sum is passed on along paths that leave every published sum as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from flows.protect.tree import Ints

Bounds = tuple[int, int]
Step = tuple[int, int, int]
Wanted = Mapping[int, Bounds]


@dataclass(slots=True)
class Network:
    """Parallel sequences over arcs: the sum of each is `flow`, and may be `low` to `high`.

    `by_vertex`, `first`: arcs in the order of their vertices, and where those of each vertex begin.
    """

    tail: Sequence[int]
    head: Sequence[int]
    flow: Sequence[int]
    low: Sequence[int]
    high: Sequence[int]
    vertices: Ints
    by_vertex: Ints
    arcs_at: dict[int, Sequence[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, tail: Ints, head: Ints, flow: Ints, low: Ints, high: Ints) -> Network:
        """A network of these arcs."""
        numbers, is_link = np.arange(len(tail)), tail != head
        ends = np.concatenate([tail, head[is_link]])
        order = np.argsort(ends, kind="stable")
        by_vertex = np.concatenate([numbers, numbers[is_link]])[order]
        return cls(tail.tolist(), head.tolist(), flow.tolist(), low.tolist(), high.tolist(), ends[order], by_vertex)

    def _arcs_at(self, vertex: int) -> Sequence[int]:
        found = self.arcs_at.get(vertex)
        if found is None:
            first, last = np.searchsorted(self.vertices, [vertex, vertex + 1])
            found = self.arcs_at[vertex] = self.by_vertex[first:last].tolist()
        return found

    def can_hold(self, wanted: Wanted) -> bool:
        """Whether the arcs in `wanted` can have sums within new bounds, all else as published. Changes nothing."""
        changed: dict[int, int] = {}
        for place, (low, high) in wanted.items():
            now = self.flow[place] + changed.get(place, 0)
            missing = low - now if now < low else high - now if now > high else 0
            if missing and not self._push(place, missing, changed, wanted):
                return False
        return all(low <= self.flow[place] + changed.get(place, 0) <= high for place, (low, high) in wanted.items())

    def _push(self, place: int, missing: int, changed: dict[int, int], wanted: Wanted) -> bool:
        """Change the sum of an arc by `missing` and pass the difference on along other arcs."""
        tail, head = self.tail[place], self.head[place]
        start, end = (head, tail) if missing > 0 else (tail, head)
        left = 0 if start == end else abs(missing)
        while left:
            path = self._path(start, end, place, changed, wanted)
            if path is None:
                return False
            pushed = min(left, *(room for _, _, room in path))
            for other, sign, _ in path:
                changed[other] = changed.get(other, 0) + sign * pushed
            left -= pushed
        changed[place] = changed.get(place, 0) + missing
        return True

    def _room(self, place: int, sign: int, changed: Mapping[int, int], wanted: Wanted) -> int:
        low, high = wanted.get(place, (self.low[place], self.high[place]))
        now = self.flow[place] + changed.get(place, 0)
        return high - now if sign > 0 else now - low

    def _path(
        self, start: int, end: int, without: int, changed: Mapping[int, int], wanted: Wanted
    ) -> list[tuple[int, int, int]] | None:
        """Arcs with room from start to end, looked for from both ends in turn; each with its sign and its room."""
        ahead: dict[int, Step] = {start: (start, -1, 0)}
        behind: dict[int, Step] = {end: (end, -1, 0)}
        searches = [
            self._search(ahead, without, changed, wanted, is_ahead=True),
            self._search(behind, without, changed, wanted, is_ahead=False),
        ]
        while True:
            for search, other in zip(searches, (behind, ahead), strict=True):
                vertex = next(search, None)
                if vertex is None:
                    return None
                if vertex in other:
                    found = _walk(vertex, ahead)[::-1] + _walk(vertex, behind)
                    return [(at, sign, self._room(at, sign, changed, wanted)) for at, sign in found]

    def _search(
        self,
        seen: dict[int, Step],
        without: int,
        changed: Mapping[int, int],
        wanted: Wanted,
        *,
        is_ahead: bool,
    ) -> Iterator[int]:
        queue = list(seen)
        for vertex in queue:
            for place in self._arcs_at(vertex):
                is_tail = self.tail[place] == vertex
                other = self.head[place] if is_tail else self.tail[place]
                if place == without or other in seen:
                    continue
                # Walking along an arc raises its sum, against it lowers it; behind, the walk is the other way round.
                sign = 1 if is_tail == is_ahead else -1
                if self._room(place, sign, changed, wanted) > 0:
                    seen[other] = (vertex, place, sign)
                    queue.append(other)
                    yield other


def _walk(vertex: int, seen: Mapping[int, Step]) -> list[tuple[int, int]]:
    steps: list[tuple[int, int]] = []
    while True:
        vertex, place, sign = seen[vertex]
        if place < 0:
            return steps
        steps.append((place, sign))
