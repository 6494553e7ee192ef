"""Closed form of what the exact figures give away: residual atoms of a laminar family (PRIVACY 2.1).

The groups whose sum is determined are exactly the unions of atoms, so an attack succeeds if and only if
a non-empty atom has fewer people than its threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.audit.floors import Threshold
from flows.audit.group_tree import NO_PARENT, Flags, GroupTree, Ints


@dataclass(frozen=True, slots=True)
class Family:
    """A set of nodes whose exact figures are published; `above` is each node's nearest member above it."""

    tree: GroupTree
    members: Flags
    above: Ints

    def residual(self, totals: Ints) -> Ints:
        """What is left of each member without its maximal members below; totals of non-members stay unused."""
        left = np.where(self.members, totals, 0)
        below = np.flatnonzero(self.members & (self.above != NO_PARENT))
        np.subtract.at(left, self.above[below], totals[below])
        return left


def family_of(tree: GroupTree, members: Flags) -> Family:
    """The laminar family of the given nodes."""
    return Family(tree=tree, members=members, above=tree.nearest(members))


def thresholds_along(tree: GroupTree, threshold: Threshold) -> Ints:
    """Least people in the atom of each node: k for a single team, k_res for a pool or any merged residual."""
    return np.where(tree.is_team, threshold.k, threshold.k_res)


def small_groups(tree: GroupTree, shown: Flags, is_bound: Flags, n: Ints, threshold: Threshold) -> list[str]:
    """Group ids of shown groups too small by themselves: below k; a pool, or a bound of an inner group, below k_res.

    An exact inner group between k and k_res is one made of shown teams alone; what else it holds is judged as its atom.
    """
    is_single = tree.is_team | ~(tree.is_pool | is_bound)
    least = np.where(is_single, threshold.k, threshold.k_res)
    return [tree.ids[node] for node in np.flatnonzero(shown & (n < least))]


def small_atoms(family: Family, n: Ints, threshold: Threshold) -> list[str]:
    """Group ids of the members whose atom is non-empty and below its threshold, or negative (figures contradict)."""
    atom = family.residual(n)
    weak = family.members & (atom != 0) & (atom < thresholds_along(family.tree, threshold))
    return [family.tree.ids[node] for node in np.flatnonzero(weak)]


def silent_atoms(family: Family, n: Ints, eligible: Ints) -> list[str]:
    """Group ids of the members whose atom has heads but no respondents (strict mode, PRIVACY 2.3-c)."""
    silent = family.members & (family.residual(n) == 0) & (family.residual(eligible) > 0)
    return [family.tree.ids[node] for node in np.flatnonzero(silent)]
