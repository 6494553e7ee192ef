"""Rules H and F and their consistency, rule C: figures near an end of the scale become bounds (PRIVACY 5).

A mean and a share obey one law. Each person adds 0 to `range_units`; a figure may be exact only if
its sum stays more than `margin` away from both ends. Means: margin = range_units (rule H).
Shares: range_units = 1, margin = 2 (rule F).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from flows.protect.intervals import Part, Piece, narrow
from flows.protect.tree import Ints, ReportingTree


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts and sums of one measure per node: of the node's own people, and of everything below it."""

    own_n: Ints
    own_sum: Ints
    total_n: Ints
    total_sum: Ints
    range_units: int
    margin: int

    def is_extreme(self, node: int) -> bool:
        """Whether the node's own figure lies too near an end to be exact."""
        total, top = int(self.total_sum[node]), self.range_units * int(self.total_n[node])
        return min(total, top - total) <= self.margin

    def band(self, node: int) -> tuple[int, int]:
        """What the bound of an extreme node says about its sum."""
        total, top = int(self.total_sum[node]), self.range_units * int(self.total_n[node])
        return (0, self.margin) if total <= self.margin else (max(0, top - self.margin), top)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which nodes are shown exactly, and which were taken out: `coded` may show a bound, `complements` never."""

    exact: frozenset[int]
    coded: frozenset[int]
    complements: frozenset[int]

    def bounds(self, sums: Sums) -> frozenset[int]:
        """Nodes whose figure of this measure is a bound."""
        return frozenset(node for node in self.coded if sums.is_extreme(node))


AtomTest = Callable[[Pattern], set[int]]


def make_consistent(
    tree: ReportingTree,
    solve: Callable[[frozenset[int]], frozenset[int]],
    failing: AtomTest,
    sums: Mapping[str, Sums],
) -> Pattern:
    """Rule C: take nodes out until every atom passes. `failing` names the nodes whose atoms do not."""
    coded: set[int] = set()
    complements: set[int] = set()
    while True:
        exact = solve(frozenset(coded | complements))
        pattern = Pattern(exact, frozenset(coded), frozenset(complements))
        failed = failing(pattern)
        if not failed:
            return pattern
        below = _published_below(tree, exact)
        counts = next(iter(sums.values())).total_n
        for node in sorted(failed, key=lambda node: node in below):
            if node in coded:
                # A bound that tells too much beside what else is shown is not shown at all.
                coded.discard(node)
                complements.add(node)
                continue
            if node not in below:
                # Without an extreme figure the node fails through a band inside it: a bound of its own would be false.
                is_extreme = any(measure.is_extreme(node) for measure in sums.values())
                (coded if is_extreme else complements).add(node)
                continue
            smallest = min(below[node], key=lambda child: (int(counts[child]), tree.group_ids[child]))
            if smallest not in coded:
                complements.add(smallest)


def _published_below(tree: ReportingTree, exact: frozenset[int]) -> dict[int, list[int]]:
    """Greatest published groups below each published group."""
    is_exact = np.zeros(len(tree), dtype=bool)
    is_exact[list(exact)] = True
    owner = tree.nearest_above(is_exact)
    below: dict[int, list[int]] = {}
    for node in exact:
        parent = tree.parents[node]
        if parent >= 0 and owner[parent] >= 0:
            below.setdefault(int(owner[parent]), []).append(node)
    return below


def failing_atoms(tree: ReportingTree, pattern: Pattern, sums: Sums) -> set[int]:
    """Published nodes whose atom lets a reader narrow anybody's score, or is itself too near an end."""
    atoms = Atoms.of(tree, pattern.exact, pattern.bounds(sums))
    own_n, own_sum = atoms.gather(sums.own_n), atoms.gather(sums.own_sum)
    failed: set[int] = set()
    for node in pattern.exact:
        if atoms.parts_in.get(node):
            if not _bands_leave_everyone_free(node, atoms, sums, own_n, own_sum):
                failed.add(node)
        elif own_n[node] and min(own_sum[node], sums.range_units * own_n[node] - own_sum[node]) <= sums.margin:
            failed.add(node)
    return failed


@dataclass(frozen=True, slots=True)
class Atoms:
    """Who is left in each published node when its published parts are taken away, and which bands lie in there.

    owner: for each node the nearest published or bounded node at or above it, -1 for none.
    parts_in: for a published or bounded node, the bounded nodes directly inside it.
    """

    owner: Ints
    parts_in: Mapping[int, list[int]]

    @classmethod
    def of(cls, tree: ReportingTree, exact: frozenset[int], bounded: frozenset[int]) -> Atoms:
        """Lay the bands into the atoms."""
        is_marked = np.zeros(len(tree), dtype=bool)
        is_marked[list(exact | bounded)] = True
        owner = tree.nearest_above(is_marked)
        parts_in: dict[int, list[int]] = {}
        for node in sorted(bounded):
            parent = tree.parents[node]
            if parent >= 0 and owner[parent] >= 0:
                parts_in.setdefault(int(owner[parent]), []).append(node)
        return cls(owner, parts_in)

    def shown_in(self, tree: ReportingTree, exact: frozenset[int]) -> dict[int, list[int]]:
        """The exactly shown nodes directly below each published or bounded node, sorted."""
        below: dict[int, list[int]] = {}
        for node in sorted(exact):
            parent = tree.parents[node]
            if parent >= 0 and self.owner[parent] >= 0:
                below.setdefault(int(self.owner[parent]), []).append(node)
        return below

    def gather(self, own: Ints) -> list[int]:
        """Sums of own values over the people that belong to each published or bounded node itself."""
        gathered = np.zeros(len(own), dtype=np.int64)
        owned = self.owner >= 0
        np.add.at(gathered, self.owner[owned], own[owned])
        return [int(value) for value in gathered]

    def inside(self, node: int, gathered: list[int]) -> int:
        """A gathered value together with that of the bands inside the node."""
        return gathered[node] + sum(self.inside(part, gathered) for part in self.parts_in.get(node, ()))


def _bands_leave_everyone_free(node: int, atoms: Atoms, sums: Sums, own_n: list[int], own_sum: list[int]) -> bool:
    total, people = atoms.inside(node, own_sum), atoms.inside(node, own_n)
    if people and min(total, sums.range_units * people - total) <= sums.margin:
        return False
    whole = Part(total, total)
    checks: list[Callable[[], bool]] = []
    _lay_out(whole, node, atoms, sums, own_n, checks, is_exact=True)
    return narrow(whole) and all(check() for check in checks)


def _lay_out(
    part: Part,
    node: int,
    atoms: Atoms,
    sums: Sums,
    own_n: list[int],
    checks: list[Callable[[], bool]],
    *,
    is_exact: bool,
) -> None:
    """Build the parts of an atom and note what must hold once they are narrowed."""
    people, scale = own_n[node], sums.range_units
    if people:
        piece = Piece(0, scale * people)
        part.pieces.append(piece)
        # In an exact atom the rest keeps the distance of rule H; inside a band one person's freedom is enough.
        need = min(sums.margin + 1, scale * people) if is_exact else scale
        checks.append(lambda: piece.high >= need and scale * people - piece.low >= need)
    for inner in atoms.parts_in.get(node, ()):
        low, high = sums.band(inner)
        band = Part(low, high)
        part.parts.append(band)
        inner_edge_is_low = low > 0
        checks.append(
            lambda band=band, low=low, high=high, is_low=inner_edge_is_low: (  # type: ignore[misc]
                band.low == low if is_low else band.high == high
            )
        )
        _lay_out(band, inner, atoms, sums, own_n, checks, is_exact=False)
