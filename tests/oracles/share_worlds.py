"""Slow and obvious: is everybody under a share free? One person, one end of the scale and one number at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from flows.protect.extremes import Pattern, Sums
from flows.protect.tree import ReportingTree
from flows.protect.worlds import Group, moved_world


@dataclass(frozen=True)
class ShareBlock:
    """How many of some people are at risk, from low to high: those of some mean atoms, and of the blocks inside."""

    low: int
    high: int
    atoms: Sequence[Group]
    inside: Sequence[ShareBlock] = field(default_factory=tuple)

    def all_atoms(self) -> Iterator[Group]:
        """Mean atoms in here and in all blocks inside."""
        yield from self.atoms
        for block in self.inside:
            yield from block.all_atoms()


def unfree_nodes(
    tree: ReportingTree, pattern: Pattern, shares: Sums, means: Sums, mean_pattern: Pattern, cut: int
) -> set[int]:
    """Nodes with a share or a bound of it, under which somebody cannot have the lowest or the highest score."""
    is_bound, is_mean_bound = pattern.is_bound(shares), mean_pattern.is_bound(means)
    told = pattern.is_exact | is_bound
    atoms: dict[int, list[Group]] = {}
    for node in np.flatnonzero(mean_pattern.is_exact).tolist():
        atom = _group(tree, node, means, mean_pattern.is_exact, is_mean_bound)
        atoms.setdefault(_nearest(tree, node, told), []).append(atom)

    def block(node: int) -> ShareBlock:
        inside = [at for at in np.flatnonzero(is_bound).tolist() if _nearest(tree, tree.parents[at], told) == node]
        count = sum(
            int(shares.own_sum[at]) for at in range(len(tree)) if node in _blocks_around(tree, at, told, is_bound)
        )
        low, high = shares.band(node) if is_bound[node] else (count, count)
        return ShareBlock(low, high, atoms.get(node, ()), [block(at) for at in inside])

    top = means.range_units
    return {node for node in np.flatnonzero(told).tolist() if not everyone_is_free(block(node), top, cut)}


def everyone_is_free(block: ShareBlock, top: int, cut: int) -> bool:
    """Whether in each piece somebody may have either end of the scale, in the world that is moved for it."""
    for atom in block.all_atoms():
        for place, piece in enumerate(atom.pieces()):
            for end in (0, top) if piece.n else ():
                world = moved_world(atom, place, end) if atom.inner else list(atom.pieces())
                if world is None or not _has_number(block, atom, world, place, end, top, cut):
                    return False
    return True


def _has_number(
    block: ShareBlock, moved: Group, world: Sequence[Group], place: int, end: int, top: int, cut: int
) -> bool:
    """Whether some number at risk in the piece goes with somebody at the end, and with all that is told."""
    piece = world[place]
    for number in range(piece.n + 1):
        others = number - (end >= cut)
        left = piece.own_sum - end
        if not 0 <= others <= piece.n - 1 or not _fits(piece.n - 1, left, others, top, cut):
            continue
        if _numbers(block, moved, world, place, number, top, cut):
            return True
    return False


def _numbers(
    block: ShareBlock, moved: Group, world: Sequence[Group], place: int, number: int, top: int, cut: int
) -> set[int]:
    """All numbers at risk that the people of a block can have, with the piece at `number`; empty where none fits."""
    found = {0}
    for atom in block.atoms:
        for at, piece in enumerate(world if atom is moved else atom.pieces()):
            able = {n for n in range(piece.n + 1) if _fits(piece.n, piece.own_sum, n, top, cut)}
            if atom is moved and at == place:
                able &= {number}
            found = {a + b for a in found for b in able}
    for inside in block.inside:
        able = _numbers(inside, moved, world, place, number, top, cut)
        found = {a + b for a in found for b in able}
    return {n for n in found if block.low <= n <= block.high}


def _fits(n: int, total: int, at_risk: int, top: int, cut: int) -> bool:
    """Whether n people, so many of them at risk, can have this sum."""
    return cut * at_risk <= total <= top * at_risk + (cut - 1) * (n - at_risk)


def _group(tree: ReportingTree, node: int, means: Sums, is_exact: np.ndarray, is_bound: np.ndarray) -> Group:
    told = is_exact | is_bound
    own = [at for at in range(len(tree)) if _nearest(tree, at, told) == node]
    inner = [
        _group(tree, at, means, is_exact, is_bound)
        for at in np.flatnonzero(is_bound).tolist()
        if _nearest(tree, tree.parents[at], told) == node
    ]
    n, total = int(means.own_n[own].sum()), int(means.own_sum[own].sum())
    whole = total + sum(group.total for group in inner)
    low, high = means.band(node) if is_bound[node] else (whole, whole)
    return Group(n, total, means.range_units, low, high, inner)


def _nearest(tree: ReportingTree, node: int, told: np.ndarray) -> int:
    while node >= 0 and not told[node]:
        node = tree.parents[node]
    return node


def _blocks_around(tree: ReportingTree, node: int, told: np.ndarray, is_bound: np.ndarray) -> set[int]:
    """The block that a node's people are in, and the blocks around that."""
    found: set[int] = set()
    at = _nearest(tree, node, told)
    while at >= 0:
        found.add(at)
        at = _nearest(tree, tree.parents[at], told) if is_bound[at] else -1
    return found
