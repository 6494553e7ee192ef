"""Can every person still have given any score, whatever the tree and a breakdown say together? (PRIVACY 3.3, 5)

A world is an assignment of scores that fits every published figure. Starting from what is true, each person is put at
either end of the scale, and what that changes is passed on to other people along paths that leave every published sum,
band and share as it is. A person for whom no such world is found counts as not free: a cell is then refused. The
search may refuse a cell too much; it never lets one pass, since a world that was found is a real one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from flows.protect.blocks import Blocks
from flows.protect.category_counts import Entries
from flows.protect.extremes import Pattern, Sums
from flows.protect.tree import Ints, ReportingTree

GROUND = -1
PARTNERS_TRIED = 8
NO_SHARE = -1


@dataclass(frozen=True, slots=True)
class ShownFigures:
    """What is published of one measure on the tree, scores turned so that being at risk is a high score.

    cut: the least score at risk; None where no share is published, and `shares` says nothing.
    """

    means: Sums
    pattern: Pattern
    shares: Pattern
    share_sums: Sums | None
    cut: int | None


@dataclass(slots=True)
class _Arc:
    """People, or a band of people, between two atoms: their sum is `flow`, and may be `low` to `high`."""

    tail: int
    head: int
    flow: int
    low: int
    high: int


@dataclass(slots=True)
class _Network:
    """Atoms of both families and the people in their overlaps. The ground is everything that nothing is said about."""

    arcs: list[_Arc] = field(default_factory=list)
    arcs_at: dict[int, list[int]] = field(default_factory=dict)

    def add(self, arc: _Arc) -> None:
        place = len(self.arcs)
        self.arcs.append(arc)
        for vertex in {arc.tail, arc.head}:
            self.arcs_at.setdefault(vertex, []).append(place)

    def can_hold(self, wanted: Mapping[int, tuple[int, int]]) -> bool:
        """Whether the arcs in `wanted` can have sums within new bounds, all else as published. Changes nothing."""
        changed: dict[int, int] = {}
        for place, (low, high) in wanted.items():
            arc = self.arcs[place]
            now = arc.flow + changed.get(place, 0)
            missing = low - now if now < low else high - now if now > high else 0
            if missing and not self._push(place, missing, changed, wanted):
                return False
        return all(
            low <= self.arcs[place].flow + changed.get(place, 0) <= high for place, (low, high) in wanted.items()
        )

    def _push(self, place: int, missing: int, changed: dict[int, int], wanted: Mapping[int, tuple[int, int]]) -> bool:
        """Change the sum of an arc by `missing` and pass the difference on along other arcs."""
        arc = self.arcs[place]
        start, end = (arc.head, arc.tail) if missing > 0 else (arc.tail, arc.head)
        left = abs(missing)
        if start == end:
            changed[place] = changed.get(place, 0) + missing
            return True
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

    def _room(self, place: int, sign: int, changed: Mapping[int, int], wanted: Mapping[int, tuple[int, int]]) -> int:
        arc = self.arcs[place]
        low, high = wanted.get(place, (arc.low, arc.high))
        now = arc.flow + changed.get(place, 0)
        return high - now if sign > 0 else now - low

    def _path(
        self,
        start: int,
        end: int,
        without: int,
        changed: Mapping[int, int],
        wanted: Mapping[int, tuple[int, int]],
    ) -> list[tuple[int, int, int]] | None:
        """Arcs with room from start to end, looked for from both ends in turn; each with its sign and its room."""
        ahead: dict[int, tuple[int, int, int]] = {start: (start, -1, 0)}
        behind: dict[int, tuple[int, int, int]] = {end: (end, -1, 0)}
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
                    return [(place, sign, self._room(place, sign, changed, wanted)) for place, sign in found]

    def _search(
        self,
        seen: dict[int, tuple[int, int, int]],
        without: int,
        changed: Mapping[int, int],
        wanted: Mapping[int, tuple[int, int]],
        *,
        is_ahead: bool,
    ) -> Iterator[int]:
        queue = list(seen)
        for vertex in queue:
            for place in self.arcs_at.get(vertex, ()):
                arc = self.arcs[place]
                is_tail = arc.tail == vertex
                other = arc.head if is_tail else arc.tail
                if place == without or other in seen:
                    continue
                # Walking along an arc raises its sum, against it lowers it; behind, the walk is the other way round.
                sign = 1 if is_tail == is_ahead else -1
                if self._room(place, sign, changed, wanted) > 0:
                    seen[other] = (vertex, place, sign)
                    queue.append(other)
                    yield other


def _walk(vertex: int, seen: Mapping[int, tuple[int, int, int]]) -> list[tuple[int, int]]:
    steps: list[tuple[int, int]] = []
    while True:
        vertex, place, sign = seen[vertex]
        if place < 0:
            return steps
        steps.append((place, sign))


@dataclass(frozen=True, slots=True)
class _Overlaps:
    """People of one atom of the tree (bands apart), one of the family and one share. Parallel arrays."""

    left: Ints
    right: Ints
    share: Ints
    n: Ints
    sums: Ints
    at_risk: Ints
    of_entry: Ints


def unfree_entries(
    tree: ReportingTree, entries: Entries, right: Ints, touched: npt.NDArray[np.bool_], shown: ShownFigures
) -> Ints:
    """Entries with a person who is not free; only `touched` ones are judged, the tree programme judged the others.

    entries: with sums turned as in `shown`. right: the atom of the family of each entry, GROUND for none.
    """
    overlaps = _overlaps(tree, entries, right, shown)
    network = _network(tree, overlaps, shown)
    partners: dict[int, list[int]] = {}
    for place, share in enumerate(overlaps.share.tolist()):
        if share != NO_SHARE:
            partners.setdefault(share, []).append(place)
    judged = np.zeros(len(overlaps.n), dtype=bool)
    judged[overlaps.of_entry[touched]] = True
    unfree = np.zeros(len(overlaps.n), dtype=bool)
    for target in (0, shown.means.range_units):
        hard = np.flatnonzero(judged & ~_free_at_once(overlaps, shown, target) & ~unfree)
        for place in hard.tolist():
            if not _is_free(place, target, overlaps, network, partners, shown):
                unfree[place] = True
    return np.flatnonzero(touched & unfree[overlaps.of_entry])


def _overlaps(tree: ReportingTree, entries: Entries, right: Ints, shown: ShownFigures) -> _Overlaps:
    left = Blocks.of(tree, shown.pattern.is_exact, shown.pattern.is_bound(shown.means)).owner[entries.node]
    share = np.full(len(entries.node), NO_SHARE, dtype=np.int64)
    if shown.cut is not None and shown.share_sums is not None:
        share = Blocks.of(tree, shown.shares.is_exact, shown.shares.is_bound(shown.share_sums)).owner[entries.node]
    keys, of_entry = np.unique(np.stack([left, right, share]), axis=1, return_inverse=True)
    of_entry = of_entry.reshape(-1)

    def gathered(figures: Ints) -> Ints:
        total = np.zeros(keys.shape[1], dtype=np.int64)
        np.add.at(total, of_entry, figures)
        return total

    return _Overlaps(
        left=keys[0],
        right=keys[1],
        share=keys[2],
        n=gathered(entries.n),
        sums=gathered(entries.sums),
        at_risk=gathered(entries.at_risk),
        of_entry=of_entry,
    )


def _bounds(overlaps: _Overlaps, shown: ShownFigures) -> tuple[Ints, Ints]:
    return _range_of(overlaps.n, overlaps.at_risk, overlaps.share != NO_SHARE, shown)


def _range_of(n: Ints, at_risk: Ints, has_share: npt.NDArray[np.bool_], shown: ShownFigures) -> tuple[Ints, Ints]:
    """Least and greatest sum of n people of whom `at_risk` lie at the cut or above, where a share says so."""
    top, cut = shown.means.range_units, shown.cut or 0
    low = np.where(has_share, cut * at_risk, 0)
    high = np.where(has_share, top * at_risk + (cut - 1) * (n - at_risk), top * n)
    return low, high


def _network(tree: ReportingTree, overlaps: _Overlaps, shown: ShownFigures) -> _Network:
    """Arcs of the overlaps, by place; then the bands, each inside the atom or band around it."""
    network = _Network()
    low, high = _bounds(overlaps, shown)
    columns = (overlaps.left, overlaps.right, overlaps.sums, low, high)
    for left, right, flow, least, most in zip(*(column.tolist() for column in columns), strict=True):
        network.add(_Arc(left, right, flow, least, most))
    bounded = shown.pattern.bounds(shown.means)
    owner = Blocks.of(tree, shown.pattern.is_exact, shown.pattern.is_bound(shown.means)).owner
    for node in sorted(bounded):
        parent = tree.parents[node]
        outer = int(owner[parent]) if parent >= 0 else GROUND
        network.add(_Arc(outer, node, int(shown.means.total_sum[node]), *shown.means.band(node)))
    return network


def _free_at_once(overlaps: _Overlaps, shown: ShownFigures, target: int) -> npt.NDArray[np.bool_]:
    """Overlaps whose other people can make up for one person at the target, their sum and share unchanged."""
    has_share = overlaps.share != NO_SHARE
    is_at_risk = int(shown.cut is not None and target >= shown.cut)
    rest = np.where(has_share, overlaps.at_risk - is_at_risk, 0)
    others = overlaps.n - 1
    low, high = _range_of(others, rest, has_share, shown)
    left = overlaps.sums - target
    free: npt.NDArray[np.bool_] = (rest >= 0) & (rest <= others) & (low <= left) & (left <= high)
    return free


def _is_free(
    place: int,
    target: int,
    overlaps: _Overlaps,
    network: _Network,
    partners: Mapping[int, Sequence[int]],
    shown: ShownFigures,
) -> bool:
    n, at_risk = int(overlaps.n[place]), int(overlaps.at_risk[place])
    share = int(overlaps.share[place])
    if share == NO_SHARE:
        top = shown.means.range_units
        return network.can_hold({place: (target, target + top * (n - 1))})
    is_at_risk = int(target >= (shown.cut or 0))
    rest = at_risk - is_at_risk
    if 0 <= rest <= n - 1:
        return network.can_hold({place: _around(target, n - 1, rest, shown)})
    # Somebody else under the same share takes over being at risk, or gives it up.
    change = -1 if rest < 0 else 1
    own = _around(target, n - 1, rest - change if rest < 0 else rest - 1, shown)
    tried = 0
    for other in partners[share]:
        moved = int(overlaps.at_risk[other]) + change
        if other == place or not 0 <= moved <= int(overlaps.n[other]):
            continue
        tried += 1
        if network.can_hold({place: own, other: _around(0, int(overlaps.n[other]), moved, shown)}):
            return True
        if tried == PARTNERS_TRIED:
            break
    return False


def _around(target: int, others: int, at_risk: int, shown: ShownFigures) -> tuple[int, int]:
    """What the sum of an overlap can be with one person at `target` and the others free under their share."""
    top, cut = shown.means.range_units, shown.cut or 0
    return target + cut * at_risk, target + top * at_risk + (cut - 1) * (others - at_risk)
