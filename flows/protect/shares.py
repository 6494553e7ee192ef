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
    """

    low: int
    high: int
    atoms: Sequence[Group]
    bands: Sequence[ShareSystem] = field(default_factory=tuple)

    def blocks(self) -> Iterable[ShareSystem]:
        """Itself and every band inside it."""
        yield self
        for band in self.bands:
            yield from band.blocks()

    def everyone_is_free(self, cut_off: CutOff) -> bool:
        """Whether anybody may have the lowest and the highest score, given the means and the counts."""
        atoms = [(block, atom) for block in self.blocks() for atom in block.atoms]
        return all(
            self._is_free(cut_off, block, atom, place, end)
            for block, atom in atoms
            for place, piece in enumerate(atom.pieces())
            if piece.n
            for end in (0, cut_off.range_units)
        )

    def _is_free(self, cut_off: CutOff, block: ShareSystem, atom: Group, place: int, end: int) -> bool:
        world = moved_world(atom, place, end) if atom.inner else list(atom.pieces())
        if world is None:
            return False
        low, high = self._counts_left(cut_off, block, atom, world, place)
        return low <= high and cut_off.allows(end, world[place].n, world[place].own_sum, low, high)

    def _counts_left(
        self, cut_off: CutOff, block: ShareSystem, atom: Group, world: Sequence[Group], place: int
    ) -> tuple[int, int]:
        """How many people at risk the rest of a world leaves to one of its pieces."""
        whole, target = self._laid_out(cut_off, block, atom, world, place)
        return (target.low, target.high) if narrow(whole) else (1, 0)

    def _laid_out(
        self, cut_off: CutOff, block: ShareSystem, atom: Group, world: Sequence[Group], place: int
    ) -> tuple[Part, Piece]:
        part, target = Part(self.low, self.high), Piece(0, 0)
        rest_low = rest_high = 0
        for other in self.atoms:
            is_moved = self is block and other is atom
            for number, piece in enumerate(world if is_moved else other.pieces()):
                low, high = cut_off.least(piece.n, piece.own_sum), cut_off.most(piece.n, piece.own_sum)
                if is_moved and number == place:
                    target = Piece(low, high)
                    part.pieces.append(target)
                else:
                    rest_low, rest_high = rest_low + low, rest_high + high
        part.pieces.append(Piece(rest_low, rest_high))
        for band in self.bands:
            inner, found = band._laid_out(cut_off, block, atom, world, place)
            part.parts.append(inner)
            target = found if any(each is block for each in band.blocks()) else target
        return part, target


def failing_share_atoms(
    tree: ReportingTree,
    pattern: Pattern,
    shares: Sums,
    means: Sums | None,
    mean_pattern: Pattern,
    cut_off: CutOff,
) -> set[int]:
    """Nodes whose share must not stand as it is: by rule F, or together with the means. `means` None: guarded."""
    failed = failing_atoms(tree, pattern, shares)
    if means is None:
        return failed
    bounds = pattern.bounds(shares)
    share_atoms = Atoms.of(tree, pattern.exact, bounds)
    inside = _mean_atoms_inside(tree, share_atoms, means, mean_pattern)
    at_risk = share_atoms.gather(shares.own_sum)
    for node in bounds:
        alone = _system(node, shares.band(node), share_atoms, shares, inside)
        if not alone.everyone_is_free(cut_off):
            failed.add(node)
    for node in pattern.exact - failed:
        count = share_atoms.inside(node, at_risk)
        if not _system(node, (count, count), share_atoms, shares, inside).everyone_is_free(cut_off):
            failed.add(node)
    return failed


def _system(
    node: int, said: tuple[int, int], atoms: Atoms, shares: Sums, inside: Mapping[int, Sequence[Group]]
) -> ShareSystem:
    bands = [_system(inner, shares.band(inner), atoms, shares, inside) for inner in atoms.parts_in.get(node, ())]
    return ShareSystem(said[0], said[1], inside.get(node, ()), bands)


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
