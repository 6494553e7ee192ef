"""Neighbourhoods in which worlds are looked for: small ones, so that the search ends soon (PRIVACY 3.3).

Everything outside a neighbourhood stays as it is; a world found in one is a world of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flows.protect.blocks import Blocks
from flows.protect.overlap_network import Arcs, Networks
from flows.protect.overlap_programme import OverlapProgramme, Told
from flows.protect.overlaps import GROUND, NO_SHARE, Flags, Overlaps, ShownFigures, range_of
from flows.protect.share_moves import ShareBlocks
from flows.protect.tree import Ints, ReportingTree

SMALL = 300
"""Overlaps in a neighbourhood: it is the largest group above with no more, or at least the group itself."""

LARGEST = 1_500
"""A group with more overlaps is no neighbourhood; only the lots in which its atoms trade are."""


def homes(tree: ReportingTree, left: Ints) -> Ints:
    """The group whose atoms trade with each other: for a team the group above, else the group itself or one above."""
    atoms = np.unique(left)
    atoms = atoms[atoms >= 0]
    home = np.full(len(tree) + 1, GROUND)
    home[atoms] = np.where(tree.is_team[atoms] & (atoms > 0), tree.parent_array[atoms], atoms)
    is_alone = np.bincount(home[atoms], minlength=len(tree))[home[atoms]] == 1
    home[atoms[is_alone]] = np.maximum(0, tree.parent_array[atoms[is_alone]])
    return np.asarray(home[left])


def far_rows(tree: ReportingTree, left: Ints) -> tuple[Ints, Ints]:
    """For trades farther away: the group above each home, and atoms numbered so that each home sends one in turn."""
    home = homes(tree, left)
    atoms, of_atom = np.unique(left, return_inverse=True)
    of_home = np.empty(len(atoms), dtype=np.int64)
    of_home[of_atom] = home
    order = np.argsort(of_home, kind="stable")
    starts = np.searchsorted(of_home[order], of_home[order])
    turn = np.empty(len(atoms), dtype=np.int64)
    turn[order] = np.arange(len(atoms)) - starts
    above = np.where(home > 0, tree.parent_array[home], home)
    return above, (turn * (len(tree) + 1) + atoms + 1)[of_atom]


def regions(tree: ReportingTree, left: Ints, lot: Ints) -> Ints:
    """The neighbourhood of each overlap: the number of a group, or one below zero for a lot."""
    home = homes(tree, left)
    own = np.bincount(left[left >= 0], minlength=len(tree))
    counts = tree.totals(own)
    counts[0] = len(left)
    above = np.full(len(tree), -1, dtype=np.int64)
    for nodes in tree.by_depth:
        parents = tree.parent_array[nodes]
        found = np.where(parents >= 0, above[parents], -1)
        above[nodes] = np.where((found < 0) & (counts[nodes] <= SMALL), nodes, found)
    home = np.maximum(0, home)
    group = np.where(above[home] >= 0, above[home], home)
    return np.where(counts[group] <= LARGEST, group, -1 - lot)


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """Overlaps in which somebody is looked for, one neighbourhood after the other, ascending in each.

    number: the neighbourhood of each member. size: how many there are. overlaps_n: of the whole.
    """

    members: Ints
    number: Ints
    size: int
    overlaps_n: int

    @property
    def first(self) -> Ints:
        """Where the members of each neighbourhood begin, and behind the last where they end."""
        return np.searchsorted(self.number, np.arange(self.size + 1))

    def at(self, number: Ints, places: Ints) -> Ints:
        """The place among all members of an overlap in each of these neighbourhoods."""
        keys = self.number * self.overlaps_n + self.members
        return np.searchsorted(keys, number * self.overlaps_n + places)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is told of the overlaps, to be cut into neighbourhoods. region: the one of each overlap.

    owner_above: the block of the means around each bound, GROUND for none. mean_count, mean_low, mean_high: by node,
    the sum of its block with what is inside, and what is told of it.
    """

    overlaps: Overlaps
    shown: ShownFigures
    shares: ShareBlocks | None
    region: Ints
    by_region: Ints
    by_right: Ints
    around: Ints
    is_bound: Flags
    mean_count: Ints
    mean_low: Ints
    mean_high: Ints

    @classmethod
    def of(
        cls, tree: ReportingTree, overlaps: Overlaps, shown: ShownFigures, shares: ShareBlocks | None, region: Ints
    ) -> Figures:
        """Lay out what is shown on the tree."""
        is_bound = shown.pattern.is_bound(shown.means)
        blocks = Blocks.of(tree, shown.pattern.is_exact, is_bound)
        count = blocks.inside(blocks.gather(shown.means.own_sum))
        low, high = shown.means.bands()
        low, high = np.where(is_bound, low, count), np.where(is_bound, high, count)
        by_region, by_right = np.argsort(region, kind="stable"), np.argsort(overlaps.right, kind="stable")
        return cls(overlaps, shown, shares, region, by_region, by_right, blocks.around, is_bound, count, low, high)

    def neighbourhoods(self, regions: Ints, strangers: int) -> Neighbourhoods:
        """Overlaps of some regions, each with those of atoms of the tree from elsewhere, at most so many."""
        members, number = self._of_regions(regions)
        if strangers:
            parts = [self._with_strangers(region, strangers) for region in regions.tolist()]
            members = np.concatenate([members[:0], *parts])
            number = np.repeat(np.arange(len(parts)), np.asarray([len(part) for part in parts], dtype=np.int64))
        return Neighbourhoods(members, number, len(regions), len(self.region))

    def _of_regions(self, regions: Ints) -> tuple[Ints, Ints]:
        starts, ends = (np.searchsorted(self.region, regions, side, self.by_region) for side in ("left", "right"))
        return self.by_region[_runs(starts, ends)], np.repeat(np.arange(len(regions)), ends - starts)

    def _with_strangers(self, region: int, strangers: int) -> Ints:
        own, _ = self._of_regions(np.asarray([region]))
        right, left = self.overlaps.right, self.overlaps.left
        columns = np.unique(right[own])
        near = columns[columns != GROUND]
        starts, ends = (np.searchsorted(right, near, side, self.by_right) for side in ("left", "right"))
        beside = self.by_right[_runs(starts, np.minimum(ends, starts + 4 * strangers))]
        atoms, often = np.unique(left[beside[self.region[beside] != region]], return_counts=True)
        atoms = np.sort(atoms[np.argsort(-often, kind="stable")][:strangers])
        # Overlaps are sorted by their atoms of the tree.
        starts, ends = (np.searchsorted(left, atoms, side) for side in ("left", "right"))
        theirs = _runs(starts, ends)
        return np.sort(np.concatenate([own, theirs[np.isin(right[theirs], columns)]]))

    def networks(self, near: Neighbourhoods) -> Networks:
        """Arcs of the overlaps, in their order; then the bands, each inside the atom or band around it."""
        overlaps, members, number = self.overlaps, near.members, near.number
        left = overlaps.left[members]
        has_share = overlaps.share[members] != NO_SHARE
        low, high = range_of(overlaps.n[members], overlaps.at_risk[members], has_share, self.shown)
        bands = np.flatnonzero((left >= 0) & self.is_bound[left])
        size = len(self.is_bound)
        keys = np.unique(number[bands] * size + left[bands])
        bands = keys % size
        arcs = (
            (left, self.around[bands]),
            (overlaps.right[members], bands),
            (overlaps.sums[members], self.mean_count[bands]),
            (low, self.mean_low[bands]),
            (high, self.mean_high[bands]),
        )
        number = np.concatenate([number, keys // size])
        order = np.argsort(number, kind="stable")
        return Networks.of(Arcs(*(np.concatenate(pair)[order] for pair in arcs)), number[order], near.size)

    def programme(self, members: Ints) -> OverlapProgramme:
        """The rules of the overlaps; whatever is told of others too leaves room for these as the others now are."""
        overlaps = self.overlaps
        sums, at_risk = overlaps.sums[members], overlaps.at_risk[members]
        told = _told(overlaps.left[members], sums, self.around, self.mean_count, self.mean_low, self.mean_high)
        right = overlaps.right[members]
        for atom in np.unique(right[right != GROUND]).tolist():
            inside = np.flatnonzero(right == atom)
            total = int(sums[inside].sum())
            told.append(Told(inside, total, total))
        shares, share = self.shares, overlaps.share[members]
        about_shares: Sequence[Told] = ()
        if shares is not None:
            about_shares = _told(share, at_risk, shares.around, shares.count, shares.low, shares.high)
        scale = (self.shown.means.range_units, self.shown.cut or 0)
        return OverlapProgramme.of(overlaps.n[members], share != NO_SHARE, scale, told, about_shares)


def _runs(starts: Ints, ends: Ints) -> Ints:
    """The numbers from each start to before its end, one run after the other."""
    lengths = ends - starts
    return np.repeat(ends - np.cumsum(lengths), lengths) + np.arange(lengths.sum())


def _told(block: Ints, figure: Ints, around: Ints, count: Ints, low: Ints, high: Ints) -> list[Told]:
    """What is told of each block and of the blocks around it, as far as these overlaps are concerned."""
    members: dict[int, list[int]] = {}
    for place, node in enumerate(block.tolist()):
        while node >= 0:
            members.setdefault(node, []).append(place)
            node = int(around[node])
    found = []
    for node, places in sorted(members.items()):
        inside = np.asarray(places, dtype=np.int64)
        rest = int(count[node]) - int(figure[inside].sum())
        found.append(Told(inside, int(low[node]) - rest, int(high[node]) - rest))
    return found
