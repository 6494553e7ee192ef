"""Overlaps: the people of one atom of the tree and one of the family, and what is shown of them (PRIVACY 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.protect.blocks import Blocks
from flows.protect.category_counts import Entries
from flows.protect.extremes import Pattern, Sums
from flows.protect.tree import Ints, ReportingTree

GROUND = -1
NO_SHARE = -1
Flags = npt.NDArray[np.bool_]


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


@dataclass(frozen=True, slots=True)
class Overlaps:
    """People of one atom of the tree (bands apart) and one of the family. Parallel arrays.

    share: the block of the shares that they are in, NO_SHARE for none. of_entry: the overlap of each entry.
    """

    left: Ints
    right: Ints
    share: Ints
    n: Ints
    sums: Ints
    at_risk: Ints
    of_entry: Ints


def overlaps_of(
    tree: ReportingTree, entries: Entries, right: Ints, shown: ShownFigures, share_owner: Ints | None
) -> Overlaps:
    """Gather entries by atom. share_owner: the block of the shares of each node's people, None without shares."""
    left = Blocks.of(tree, shown.pattern.is_exact, shown.pattern.is_bound(shown.means)).owner[entries.node]
    share = np.full(len(left), NO_SHARE) if share_owner is None else share_owner[entries.node]
    keys, of_entry = np.unique(np.stack([left, right, share]), axis=1, return_inverse=True)
    of_entry = of_entry.reshape(-1)

    def gathered(figures: Ints) -> Ints:
        total = np.zeros(keys.shape[1], dtype=np.int64)
        np.add.at(total, of_entry, figures)
        return total

    return Overlaps(
        left=keys[0],
        right=keys[1],
        share=keys[2],
        n=gathered(entries.n),
        sums=gathered(entries.sums),
        at_risk=gathered(entries.at_risk),
        of_entry=of_entry,
    )


def range_of(n: Ints, at_risk: Ints, has_share: Flags, shown: ShownFigures) -> tuple[Ints, Ints]:
    """Least and greatest sum of n people of whom `at_risk` lie at the cut or above, where a share says so."""
    top, cut = shown.means.range_units, shown.cut or 0
    low = np.where(has_share, cut * at_risk, 0)
    high = np.where(has_share, top * at_risk + (cut - 1) * (n - at_risk), top * n)
    return low, high
