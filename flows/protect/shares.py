"""Shares at risk: rule F, and what a share and the means of the same people say together (PRIVACY 1f).

Scores here are turned so that people at risk have `cut` units or more, of 0 to `range_units`.
n people with a known sum allow between `least` and `most` of them to be at risk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.protect.extremes import Atoms, Pattern, Sums, failing_atoms
from flows.protect.intervals import Part, Piece, narrow
from flows.protect.tree import ReportingTree
from flows.protect.worlds import Group, moved_world


@dataclass(frozen=True, slots=True)
class CutOff:
    """Scores run from 0 to `range_units`; people at risk have `cut` or more."""

    range_units: int
    cut: int

    def least(self, n: int, total: int) -> int:
        """Fewest people at risk among n with this sum."""
        return max(0, _ceil_div(total - n * (self.cut - 1), self.range_units - self.cut + 1))

    def most(self, n: int, total: int) -> int:
        """Most people at risk among n with this sum."""
        return min(n, total // self.cut)

    def allows(self, end: int, n: int, total: int, low: int, high: int) -> bool:
        """Whether somebody may score `end` (0 or the whole range) with `low` to `high` of the n at risk."""
        if end:
            most = min(high, n, (total - self.range_units) // self.cut + 1)
            return max(low, 1, self.least(n, total)) <= most
        return max(low, self.least(n - 1, total)) <= min(high, n - 1, self.most(n, total))


@dataclass(frozen=True, slots=True)
class ShareSystem:
    """What is known about one share: the count at risk of a node, the bands inside it, the mean atoms in each block.

    A block is the node itself, or a band inside it; `low` to `high` is what is said about its count.
    `least` to `most`: people at risk that the true sums of its own mean atoms allow.
    """

    low: int
    high: int
    atoms: Sequence[Group]
    bands: Sequence[ShareSystem]
    least: int
    most: int

    @classmethod
    def of(
        cls, said: tuple[int, int], atoms: Sequence[Group], bands: Sequence[ShareSystem], cut_off: CutOff
    ) -> ShareSystem:
        """The system of a block with these mean atoms and bands."""
        pieces = [piece for atom in atoms for piece in atom.pieces()]
        least = sum(cut_off.least(piece.n, piece.own_sum) for piece in pieces)
        most = sum(cut_off.most(piece.n, piece.own_sum) for piece in pieces)
        return cls(said[0], said[1], atoms, bands, least, most)

    def blocks(self) -> Iterable[ShareSystem]:
        """Itself and every band inside it."""
        yield self
        for band in self.bands:
            yield from band.blocks()

    def everyone_is_free(self, cut_off: CutOff) -> bool:
        """Whether anybody may have the lowest and the highest score, given the means and the counts."""
        return all(
            self._is_free(cut_off, block, atom, place, end)
            for block in self.blocks()
            for atom in block.atoms
            for place, piece in enumerate(atom.pieces())
            if piece.n
            for end in (0, cut_off.range_units)
        )

    def _is_free(self, cut_off: CutOff, block: ShareSystem, atom: Group, place: int, end: int) -> bool:
        """Look for a world in which somebody in one piece of a mean atom has the score `end`."""
        true = list(atom.pieces())
        world = moved_world(atom, place, end) if atom.inner else true
        if world is None:
            return False
        who = world[place]
        target = Piece(cut_off.least(who.n, who.own_sum), cut_off.most(who.n, who.own_sum))
        rest = Piece(block.least - target.low, block.most - target.high)
        if world is not true:
            rest.low += sum(cut_off.least(g.n, g.own_sum) for g in world) - sum(
                cut_off.least(g.n, g.own_sum) for g in true
            )
            rest.high += sum(cut_off.most(g.n, g.own_sum) for g in world) - sum(
                cut_off.most(g.n, g.own_sum) for g in true
            )
        if not self._narrow(block, rest, target):
            return False
        return cut_off.allows(end, who.n, who.own_sum, target.low, target.high)

    def _narrow(self, block: ShareSystem, rest: Piece, target: Piece) -> bool:
        """Shrink `target`, one piece of a block beside its `rest`, to what all counts leave it; False for none."""
        if not self.bands:
            target.low = max(target.low, self.low - rest.high)
            target.high = min(target.high, self.high - rest.low)
            return target.low <= target.high
        return narrow(self._part(block, rest, target))

    def _part(self, block: ShareSystem, rest: Piece, target: Piece) -> Part:
        pieces = [rest, target] if self is block else [Piece(self.least, self.most)]
        return Part(self.low, self.high, pieces, [band._part(block, rest, target) for band in self.bands])


@dataclass(slots=True)
class Judgements:
    """Which share systems were judged free already: rule C asks again about all, though few of them have changed."""

    known: dict[tuple[object, ...], bool] = field(default_factory=dict)


def failing_share_atoms(
    tree: ReportingTree,
    pattern: Pattern,
    shares: Sums,
    means: Sums | None,
    mean_pattern: Pattern,
    cut_off: CutOff,
    judgements: Judgements,
) -> set[int]:
    """Nodes whose share must not stand as it is: by rule F, or together with the means. `means` None: guarded."""
    failed = failing_atoms(tree, pattern, shares)
    if means is None:
        return failed
    bounds = pattern.bounds(shares)
    atoms = Atoms.of(tree, pattern.exact, bounds)
    shown_in = atoms.shown_in(tree, pattern.exact)
    changed = [
        (node, key)
        for node in (*bounds, *(pattern.exact - failed))
        if judgements.known.get(key := _key(node, node in bounds, atoms, shown_in)) is not True
    ]
    failed.update(node for node, key in changed if judgements.known.get(key) is False)
    unjudged = [(node, key) for node, key in changed if key not in judgements.known]
    if unjudged:
        inside = _mean_atoms_inside(tree, atoms, means, mean_pattern)
        at_risk = atoms.gather(shares.own_sum)
        for node, key in unjudged:
            count = atoms.inside(node, at_risk)
            said = shares.band(node) if node in bounds else (count, count)
            is_free = _system(node, said, atoms, shares, inside, cut_off).everyone_is_free(cut_off)
            judgements.known[key] = is_free
            if not is_free:
                failed.add(node)
    return failed


def _key(node: int, is_bound: bool, atoms: Atoms, shown_in: Mapping[int, Sequence[int]]) -> tuple[object, ...]:
    """All that a node's share system depends on while the means stay as they are: what is shown and bounded inside."""
    bands = tuple(_key(inner, True, atoms, shown_in) for inner in atoms.parts_in.get(node, ()))
    return (node, is_bound, tuple(shown_in.get(node, ())), bands)


def _system(
    node: int,
    said: tuple[int, int],
    atoms: Atoms,
    shares: Sums,
    inside: Mapping[int, Sequence[Group]],
    cut_off: CutOff,
) -> ShareSystem:
    bands = [
        _system(inner, shares.band(inner), atoms, shares, inside, cut_off) for inner in atoms.parts_in.get(node, ())
    ]
    return ShareSystem.of(said, inside.get(node, ()), bands, cut_off)


def _mean_atoms_inside(
    tree: ReportingTree, share_atoms: Atoms, means: Sums, mean_pattern: Pattern
) -> dict[int, list[Group]]:
    """The mean atoms whose people count in each share atom or share band, with the bounds inside them."""
    bounds = mean_pattern.bounds(means)
    atoms = Atoms.of(tree, mean_pattern.exact, bounds)
    own_n, own_sum = atoms.gather(means.own_n), atoms.gather(means.own_sum)

    def group(node: int) -> Group:
        inner = [group(part) for part in atoms.parts_in.get(node, ())]
        total = own_sum[node] + sum(each.total for each in inner)
        low, high = means.band(node) if node in bounds else (total, total)
        return Group(own_n[node], own_sum[node], means.range_units, low, high, inner)

    found: dict[int, list[Group]] = {}
    for node in sorted(mean_pattern.exact):
        owner = int(share_atoms.owner[node])
        if owner >= 0 and (own_n[node] or node in atoms.parts_in):
            found.setdefault(owner, []).append(group(node))
    return found


def _ceil_div(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
