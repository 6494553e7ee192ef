"""Shares at risk: rule F, and what a share and the means of the same people say together (PRIVACY 1f).

Scores here are turned so that people at risk have `cut` units or more, of 0 to `range_units`.
A *mean atom* with a known sum of n scores allows between `least_at_risk` and `most_at_risk` people at risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.protect.extremes import Atoms, Pattern, Sums, failing_atoms
from flows.protect.intervals import Part, Piece, narrow
from flows.protect.tree import ReportingTree


@dataclass(frozen=True, slots=True)
class KnownSum:
    """n people whose scores add up to `total`, each 0 to `range_units`, at risk from `cut`."""

    n: int
    total: int
    range_units: int
    cut: int

    def least_at_risk(self) -> int:
        """Fewest people at risk that the sum allows."""
        return max(0, _ceil_div(self.total - self.n * (self.cut - 1), self.range_units - self.cut + 1))

    def most_at_risk(self) -> int:
        """Most people at risk that the sum allows."""
        return min(self.n, self.total // self.cut)

    def leaves_everyone_free(self, low: int, high: int) -> bool:
        """Whether with `low` to `high` people at risk anybody may still have any score, the lowest and the highest."""
        if self.n == 0:
            return True
        can_be_highest = max(low, 1, self.least_at_risk()) <= min(
            high, (self.total - self.range_units) // self.cut + 1, self.n
        )
        others_least = _ceil_div(self.total - (self.n - 1) * (self.cut - 1), self.range_units - self.cut + 1)
        can_be_lowest = max(low, 0, others_least) <= min(high, self.most_at_risk(), self.n - 1)
        return can_be_highest and can_be_lowest


@dataclass(frozen=True, slots=True)
class MeanAtom:
    """The own people of a node whose mean is exact or a bound, with their true sum.

    For a bound: `edge_total` is their sum when the bound lies at its inner edge, and `home` the index in
    the same list of the atom around it, whose people then make up for the difference.
    """

    node: int
    n: int
    total: int
    edge_total: int | None = None
    home: int = -1


def failing_share_atoms(
    tree: ReportingTree,
    pattern: Pattern,
    shares: Sums,
    means: Sums | None,
    mean_pattern: Pattern,
    cut: int,
) -> set[int]:
    """Nodes whose share must not stand as it is: by rule F, or together with the means. `means` None: guarded."""
    failed = failing_atoms(tree, pattern, shares)
    if means is None:
        return failed
    share_atoms = Atoms.of(tree, pattern.exact, pattern.bounds(shares))
    inside = _mean_atoms_inside(tree, share_atoms, means, mean_pattern)
    at_risk = share_atoms.gather(shares.own_sum)
    for node in pattern.exact - failed:
        blocks = _blocks(node, share_atoms)
        atoms = [(block, atom) for block in blocks for atom in inside.get(block, ())]
        system = _System(node, share_atoms, shares, share_atoms.inside(node, at_risk), means.range_units, cut)
        if atoms and not _everyone_is_free(system, atoms):
            failed.add(node)
    return failed


@dataclass(frozen=True, slots=True)
class _System:
    """What is said about the share of one atom: its count at risk, and the bands of the bounds inside it."""

    node: int
    atoms: Atoms
    shares: Sums
    at_risk_n: int
    range_units: int
    cut: int


def _blocks(node: int, atoms: Atoms) -> list[int]:
    return [node, *(below for inner in atoms.parts_in.get(node, ()) for below in _blocks(inner, atoms))]


def _everyone_is_free(system: _System, atoms: list[tuple[int, MeanAtom]]) -> bool:
    """Try the true world for people in exact atoms, and for each bound the world in which it lies at its inner edge.

    A world is one possible set of sums: who is free in one possible world is free. People of a bound are free
    only where it is not at its far end, so their world moves its sum and lets the people around make up for it.
    """
    true = [KnownSum(atom.n, atom.total, system.range_units, system.cut) for _, atom in atoms]
    if not _are_free(system, atoms, true, [i for i, (_, atom) in enumerate(atoms) if atom.edge_total is None]):
        return False
    for index, (_, atom) in enumerate(atoms):
        if atom.edge_total is None:
            continue
        home = next(i for i, (_, other) in enumerate(atoms) if other.node == atom.home) if atom.home >= 0 else -1
        moved = list(true)
        moved[index] = replace(true[index], total=atom.edge_total)
        if home >= 0:
            moved[home] = replace(true[home], total=true[home].total - (atom.edge_total - atom.total))
        if not all(0 <= known.total <= known.n * known.range_units for known in moved):
            return False
        if not _are_free(system, atoms, moved, [index]):
            return False
    return True


def _are_free(
    system: _System, atoms: list[tuple[int, MeanAtom]], world: Sequence[KnownSum], whom: Sequence[int]
) -> bool:
    by_block: dict[int, list[Piece]] = {}
    pieces: list[Piece] = []
    for (block, _), known in zip(atoms, world, strict=True):
        piece = Piece(known.least_at_risk(), known.most_at_risk())
        pieces.append(piece)
        by_block.setdefault(block, []).append(piece)
    whole = Part(system.at_risk_n, system.at_risk_n)
    _fill(whole, system.node, system, by_block)
    return narrow(whole) and all(world[i].leaves_everyone_free(pieces[i].low, pieces[i].high) for i in whom)


def _fill(part: Part, node: int, system: _System, by_block: dict[int, list[Piece]]) -> None:
    part.pieces.extend(by_block.get(node, ()))
    for inner in system.atoms.parts_in.get(node, ()):
        band = Part(*system.shares.band(inner))
        part.parts.append(band)
        _fill(band, inner, system, by_block)


def _mean_atoms_inside(
    tree: ReportingTree, share_atoms: Atoms, means: Sums, mean_pattern: Pattern
) -> dict[int, list[MeanAtom]]:
    """The mean atoms whose people count in each share atom or share band."""
    bounds = mean_pattern.bounds(means)
    atoms = Atoms.of(tree, mean_pattern.exact, bounds)
    own_n, own_sum = atoms.gather(means.own_n), atoms.gather(means.own_sum)
    found: dict[int, list[MeanAtom]] = {}
    for node in sorted(mean_pattern.exact | bounds):
        owner = int(share_atoms.owner[node])
        if owner < 0:
            continue
        edge_total, home = None, -1
        if node in bounds:
            low, high = means.band(node)
            edge_total = own_sum[node] + (low if low > 0 else high) - int(means.total_sum[node])
            home = int(atoms.owner[tree.parents[node]]) if tree.parents[node] >= 0 else -1
        if own_n[node] or node in atoms.parts_in:
            found.setdefault(owner, []).append(MeanAtom(node, own_n[node], own_sum[node], edge_total, home))
    return found


def _ceil_div(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
