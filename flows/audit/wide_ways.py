"""Worlds close to the true one, for all classes of people at once: a first and cheap proof that a range is whole.

A person of class (group i, cell j) is to have the top score. The sum of the class rises by what that takes, and group i
and cell j have to keep their sums. A class that can rise and fall by a whole scale is *wide*. Groups and cells joined
by wide classes can hand any such amount on, from i to j: along the way classes fall and rise in turn, every group and
cell between keeps its sum, and so does every number at risk. A class that lacks something is never wide itself.

A class without anybody at risk takes one from a class that has one to give, as far as the shown shares allow.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from flows.audit.group_tree import Flags, Ints
from flows.audit.handed_counts import handed_counts_of
from flows.audit.overlap_graph import GROUND, Classes
from flows.audit.range_system import Limits, RangeSystem


def joined_tops(system: RangeSystem, limits: Limits) -> Flags:
    """Classes of which somebody has the top score in a world that agrees with every figure. False proves nothing."""
    score_sum = system.classes.score_sum
    down, up = score_sum - limits.low, limits.high - score_sum
    wide = np.minimum(down, up) >= system.units
    reached = (score_sum >= limits.needed) | _joined(system.classes, wide)
    return reached & (limits.by_itself | _can_take_one(system, limits, up, wide))


def _joined(classes: Classes, wide: Flags) -> Flags:
    """Classes whose group and cell hang together by wide classes."""
    ends, place = np.unique(np.concatenate((2 * classes.left + 2, 2 * classes.right + 3)), return_inverse=True)
    # Whoever is in no group, and whoever is in no cell, is held by nothing: both are one vertex.
    place = np.where(ends == 1, np.searchsorted(ends, 0), np.arange(ends.size))[place]
    one, two = place[: classes.n.size], place[classes.n.size :]
    graph = coo_array((np.ones(int(wide.sum())), (one[wide], two[wide])), shape=(ends.size, ends.size))
    _, part = connected_components(graph.tocsr(), directed=False)
    same: Flags = part[one] == part[two]
    return same


def _can_take_one(system: RangeSystem, limits: Limits, up: Ints, wide: Flags) -> Flags:
    """Classes that another can give a person at risk and stay as wide as it was, or that need nobody to give one."""
    gap = system.units - system.cut + 1
    gives = (limits.share_node != GROUND) & (system.classes.at_risk > 0) & (up >= gap + wide * system.units)
    met = handed_counts_of(system).meets(limits.share_node, limits.share_node[gives])
    found: Flags = met > 0
    return found
