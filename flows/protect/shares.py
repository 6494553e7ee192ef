"""Shares at risk: rule F, and what a share and the means of the same people say together (PRIVACY 1f).

Scores here are turned so that people at risk have `cut` units or more, of 0 to `range_units`.
A *mean atom* with a known sum of n scores allows between `least_at_risk` and `most_at_risk` people at risk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
        can_be_highest = max(low, 1, self.least_at_risk()) <= min(
            high, (self.total - self.range_units) // self.cut + 1, self.n
        )
        others_least = _ceil_div(self.total - (self.n - 1) * (self.cut - 1), self.range_units - self.cut + 1)
        can_be_lowest = max(low, 0, others_least) <= min(high, self.most_at_risk(), self.n - 1)
        return can_be_highest and can_be_lowest


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
    known = _known_sums_by_share_owner(tree, pattern, shares, means, mean_pattern, cut)
    atoms = Atoms.of(tree, pattern.exact, pattern.bounds(shares))
    own_at_risk = atoms.gather(shares.own_sum)
    for node in pattern.exact - failed:
        at_risk_n = atoms.inside(node, own_at_risk)
        if known.get(node) is not None or atoms.parts_in.get(node):
            whole = Part(at_risk_n, at_risk_n)
            pieces = _fill(whole, node, atoms, shares, known)
            if not narrow(whole) or not all(known_sum.leaves_everyone_free(p.low, p.high) for known_sum, p in pieces):
                failed.add(node)
    return failed


def _fill(
    part: Part, node: int, atoms: Atoms, shares: Sums, known: Mapping[int, Sequence[KnownSum]]
) -> list[tuple[KnownSum, Piece]]:
    pieces: list[tuple[KnownSum, Piece]] = []
    for known_sum in known.get(node, ()):
        piece = Piece(known_sum.least_at_risk(), known_sum.most_at_risk())
        part.pieces.append(piece)
        pieces.append((known_sum, piece))
    for inner in atoms.parts_in.get(node, ()):
        band = Part(*shares.band(inner))
        part.parts.append(band)
        pieces.extend(_fill(band, inner, atoms, shares, known))
    return pieces


def _known_sums_by_share_owner(
    tree: ReportingTree, pattern: Pattern, shares: Sums, means: Sums, mean_pattern: Pattern, cut: int
) -> dict[int, list[KnownSum]]:
    """The mean atoms inside each share atom or share band. Where a mean is a bound, its inner edge stands for its sum.

    Taking one possible sum for a bounded mean is the careful side: who is free in that world is free in all.
    """
    share_owner = Atoms.of(tree, pattern.exact, pattern.bounds(shares)).owner
    mean_bounds = mean_pattern.bounds(means)
    mean_atoms = Atoms.of(tree, mean_pattern.exact, mean_bounds)
    own_n, own_sum = mean_atoms.gather(means.own_n), mean_atoms.gather(means.own_sum)
    known: dict[int, list[KnownSum]] = {}
    for node in mean_pattern.exact | mean_bounds:
        owner = int(share_owner[node])
        if owner < 0 or own_n[node] == 0:
            continue
        if node in mean_bounds or mean_atoms.parts_in.get(node):
            own_total = _witness(node, mean_atoms, means, own_n, own_sum, node in mean_bounds)
        else:
            own_total = own_sum[node]
        known.setdefault(owner, []).append(KnownSum(own_n[node], own_total, means.range_units, cut))
    return known


def _witness(
    node: int, atoms: Atoms, means: Sums, own_n: list[int], own_sum: list[int], is_bound: bool
) -> int:
    """A sum that the node's own people may have when every band inside it lies at its inner edge."""
    whole = _inner_edge(means, node) if is_bound else atoms.inside(node, own_sum)
    inside = sum(_inner_edge(means, part) for part in atoms.parts_in.get(node, ()))
    return min(max(0, whole - inside), means.range_units * own_n[node])


def _inner_edge(means: Sums, node: int) -> int:
    low, high = means.band(node)
    return low if low > 0 else high


def _ceil_div(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
