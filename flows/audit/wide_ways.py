"""Worlds close to the true one, for all classes of people at once: a first and cheap proof that a range is whole.

A person of class (group i, cell j) is to have the top score. The sum of the class rises by what that takes, and group i
and cell j have to keep their sums. A class that can rise and fall by some width is *wide*. Groups and cells joined by
wide classes can hand any amount up to that width on, from i to j: along the way classes fall and rise in turn, every
group and cell between keeps its sum, and so does every number at risk. The way must not lead through the class itself:
ways are those of one spanning forest, and its own classes are not cleared by it. Four widths are tried.

A class without anybody at risk takes one from a class that has one to give, as far as the shown shares allow.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from flows.audit.group_tree import Flags, Ints
from flows.audit.handed_counts import handed_counts_of
from flows.audit.overlap_graph import GROUND, Classes
from flows.audit.range_system import Limits, RangeSystem

WIDTHS = 4


def joined_tops(system: RangeSystem, limits: Limits) -> Flags:
    """Classes of which somebody has the top score in a world that agrees with every figure. False proves nothing."""
    score_sum, units = system.classes.score_sum, system.units
    down, up, missing = score_sum - limits.low, limits.high - score_sum, limits.needed - score_sum
    reached = np.zeros(score_sum.size, dtype=np.bool_)
    for width in sorted({-(-units * part // WIDTHS) for part in range(1, WIDTHS + 1)}):
        wide = np.minimum(down, up) >= width
        near = (missing <= 0) | ((missing <= width) & _joined(system.classes, wide))
        reached |= near & (limits.by_itself | _can_take_one(system, limits, up, wide * width))
    return reached


def _joined(classes: Classes, wide: Flags) -> Flags:
    """Classes whose group and cell hang together by wide classes other than themselves."""
    ends, place = np.unique(np.concatenate((2 * classes.left + 2, 2 * classes.right + 3)), return_inverse=True)
    # Whoever is in no group, and whoever is in no cell, is held by nothing: both are one vertex.
    place = np.where(ends == 1, np.searchsorted(ends, 0), np.arange(ends.size))[place]
    one, two = place[: classes.n.size], place[classes.n.size :]
    chosen = np.flatnonzero(wide & (one != two))
    graph = coo_array((chosen + 1.0, (one[chosen], two[chosen])), shape=(ends.size, ends.size)).tocsr()
    forest = minimum_spanning_tree(graph)
    _, part = connected_components(forest, directed=False)
    joined: Flags = part[one] == part[two]
    joined[forest.data.astype(np.int64) - 1] = False
    return joined


def _can_take_one(system: RangeSystem, limits: Limits, up: Ints, kept: Ints) -> Flags:
    """Classes that another can give a person at risk, or that need nobody to. `kept`: the width it has to keep."""
    gap = system.units - system.cut + 1
    gives = (limits.share_node != GROUND) & (system.classes.at_risk > 0) & (up >= gap + kept)
    met = handed_counts_of(system).meets(limits.share_node, limits.share_node[gives])
    found: Flags = met > 0
    return found
