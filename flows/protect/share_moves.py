"""Who of the people under one share may take over being at risk, or give it up (PRIVACY 1f, 3.3).

A share tells how many of a group are at risk, or a bound of that number. Where one more is to be at risk among some
people, one less has to be among others under the same exact share, and every bound around either has to allow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flows.protect.blocks import Blocks
from flows.protect.extremes import Pattern, Sums
from flows.protect.overlap_trades import NOBODY
from flows.protect.overlaps import NO_SHARE, Flags, Overlaps, ShownFigures, range_of
from flows.protect.tree import Ints, ReportingTree


@dataclass(frozen=True, slots=True)
class ShareBlocks:
    """Blocks of the shares by node: `owner` of a node's people, NO_SHARE for none.

    root: the block around all others. is_open: whether only a bound is told of that, so that nobody has to make up.
    can: whether the number at risk may change by -1 and by +1 as far as bounds say, up to the root.
    around, count, low, high: the block directly around each, -1 for none; its number at risk, and what is told of that.
    """

    owner: Ints
    root: Ints
    is_open: Flags
    can: dict[int, Flags]
    around: Ints
    count: Ints
    low: Ints
    high: Ints

    @classmethod
    def of(cls, tree: ReportingTree, pattern: Pattern, sums: Sums) -> ShareBlocks:
        """Blocks of what is shown of a share. `sums`: people at risk."""
        is_bound = pattern.is_bound(sums)
        blocks = Blocks.of(tree, pattern.is_exact, is_bound)
        count = blocks.inside(blocks.gather(sums.own_sum))
        low, high = sums.bands()
        can = {change: ~is_bound | ((low <= count + change) & (count + change <= high)) for change in (-1, 1)}
        root = np.arange(len(tree))
        for nodes in blocks.levels:
            around = blocks.around[nodes]
            root[nodes] = root[around]
            for allowed in can.values():
                allowed[nodes] &= allowed[around]
        low, high = np.where(is_bound, low, count), np.where(is_bound, high, count)
        return cls(blocks.owner, root, is_bound[root], can, blocks.around, count, low, high)


@dataclass(frozen=True, slots=True)
class Partners:
    """Overlaps in which one more or one less may be at risk, to make up for one less or one more elsewhere.

    step: what changes in a partner. low, high: what its sum may then be. able: whether its number at risk allows it.
    resting: able ones whose sum may stay as it is. in_block, under_root: two resting partners, or NOBODY, within each
    block, and under each root where the bounds between allow it.
    """

    overlaps: Overlaps
    shares: ShareBlocks
    step: int
    low: Ints
    high: Ints
    able: Flags
    resting: Flags
    in_block: tuple[Ints, Ints]
    under_root: tuple[Ints, Ints]

    @classmethod
    def of(cls, overlaps: Overlaps, shares: ShareBlocks, step: int, shown: ShownFigures) -> Partners:
        n, at_risk, share = overlaps.n, overlaps.at_risk + step, overlaps.share
        able = (share != NO_SHARE) & (at_risk >= 0) & (at_risk <= n)
        low, high = range_of(n, at_risk, np.ones(len(n), dtype=bool), shown)
        resting = able & (low <= overlaps.sums) & (overlaps.sums <= high)
        places = np.flatnonzero(resting)
        room = high - overlaps.sums if step > 0 else overlaps.sums - low
        places = places[np.argsort(-room[places], kind="stable")]
        size, reaching = len(shares.owner), places[shares.can[step][share[places]]]
        in_block = _first_two(share[places], places, size)
        under_root = _first_two(shares.root[share[reaching]], reaching, size)
        return cls(overlaps, shares, step, low, high, able, resting, in_block, under_root)

    def at_rest(self, places: Ints) -> tuple[Ints, Flags]:
        """A resting partner for each overlap, or NOBODY; and whether there is one, or none is needed."""
        share = self.overlaps.share[places]
        reaches = self.shares.can[-self.step][share]
        found = np.full(len(places), NOBODY)
        for numbers, key, may in (
            (self.in_block, share, np.ones(len(places), dtype=bool)),
            (self.under_root, self.shares.root[share], reaches),
        ):
            first, second = numbers[0][key], numbers[1][key]
            other = np.where(first == places, second, first)
            found = np.where((found == NOBODY) & may, other, found)
        needs_nobody = reaches & self.shares.is_open[share]
        return np.where(needs_nobody, NOBODY, found), needs_nobody | (found != NOBODY)

    def needs_nobody(self, place: int) -> bool:
        """Whether only a bound is told of all people around, and it allows the change."""
        share = int(self.overlaps.share[place])
        return bool(self.shares.is_open[share] and self.shares.can[-self.step][share])

    def room(self, places: Ints) -> tuple[Ints, Ints]:
        """How far the sums of resting partners may then fall and rise."""
        sums = self.overlaps.sums[places]
        return sums - self.low[places], self.high[places] - sums

    def bounds(self, place: int) -> tuple[int, int]:
        """What the sum of a partner may then be."""
        return int(self.low[place]), int(self.high[place])

    def among(self, place: int, members: Ints, most: int) -> Sequence[int]:
        """Partners of one overlap among some others, at most so many, resting ones first."""
        shares, own = self.shares, int(self.overlaps.share[place])
        share = self.overlaps.share[members]
        is_near = share == own
        if shares.can[-self.step][own]:
            is_near = is_near | ((shares.root[share] == shares.root[own]) & shares.can[self.step][share])
        is_near &= self.able[members] & (share != NO_SHARE) & (members != place)
        found = members[is_near]
        return [int(at) for at in found[np.argsort(~self.resting[found], kind="stable")][:most]]


def _first_two(keys: Ints, places: Ints, size: int) -> tuple[Ints, Ints]:
    """The first two places of each key, NOBODY where there are none."""
    order = np.argsort(keys, kind="stable")
    keys, places = keys[order], places[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    first, second = np.full(size, NOBODY), np.full(size, NOBODY)
    first[keys[starts]] = places[starts]
    has_second = starts[(starts + 1 < len(keys))]
    has_second = has_second[keys[has_second + 1] == keys[has_second]]
    second[keys[has_second]] = places[has_second + 1]
    return first, second
