"""Mean and share of the same people taken together (PRIVACY 1f): do they narrow anyone's range?

A person at risk scores at least `cut`. So n people with f at risk have a sum between cut*f and
range*f + (cut-1)*(n-f), and every sum between is possible. Three steps, each exact about what it accepts:
all people at once with coded sums held at their true values; then a coded cell traded against the people
around it; what is still open is decided by the full programme, one person at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.audit.group_tree import NO_PARENT, Flags, Ints
from flows.audit.laminar_ranges import Forest, Interval, Ranges, solve

LARGE_COMPONENT_N = 20_000


@dataclass(frozen=True, slots=True)
class JointSystem:
    """People of each forest node that lie in no shown child, and what the node's mean and share say.

    Scores are turned so that "at risk" means `cut` or more.
    """

    forest: Forest
    cut: int
    range_units: int
    own_n: Ints
    own_sum: Ints
    total_n: Ints
    sums: Interval
    counts: Interval


@dataclass(frozen=True, slots=True)
class Profile:
    """Feasible sums for each count at risk: between low[i] and high[i] for first + i people; convex and concave."""

    first: int
    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]


def least_at_risk(system: JointSystem, n: Ints, score_sum: Ints) -> Ints:
    """Fewest people at risk among n with that sum."""
    over = score_sum - (system.cut - 1) * n
    least: Ints = np.maximum(0, -(-over // (system.range_units - system.cut + 1)))
    return least


def most_at_risk(system: JointSystem, n: Ints, score_sum: Ints) -> Ints:
    """Most people at risk among n with that sum."""
    most: Ints = np.minimum(n, score_sum // system.cut)
    return most


def jointly_narrowed(system: JointSystem) -> Ints:
    """Forest nodes among whose own people someone cannot have scored 0 or the whole range."""
    least = least_at_risk(system, system.own_n, system.own_sum)
    most = most_at_risk(system, system.own_n, system.own_sum)
    ranges = solve(system.forest, Interval(least, most), system.counts)
    no_top = ~_can_be_top(system, ranges)
    no_zero = ~_can_be_zero(system, ranges)
    no_top &= ~_coded_can_be_top(system, ranges)
    no_zero &= ~_coded_can_be_zero(system, ranges)
    search = _Search(system, ranges)
    top = [node for node in np.flatnonzero(no_top) if not search.allows(int(node), system.range_units)]
    zero = [node for node in np.flatnonzero(no_zero) if not search.allows(int(node), 0)]
    return np.array(sorted({*top, *zero}), dtype=np.int64)


def _can_be_top(system: JointSystem, ranges: Ranges) -> Flags:
    """With coded sums at their true values: one own person scores the whole range."""
    n, total = system.own_n, system.own_sum
    low = np.maximum(np.maximum(ranges.own.low, 1), least_at_risk(system, n, total))
    high = np.minimum(np.minimum(ranges.own.high, n), (total - system.range_units) // system.cut + 1)
    possible: Flags = (n == 0) | ((total >= system.range_units) & (low <= high))
    return possible


def _can_be_zero(system: JointSystem, ranges: Ranges) -> Flags:
    """With coded sums at their true values: one own person scores 0."""
    n, total = system.own_n, system.own_sum
    low = np.maximum(ranges.own.low, least_at_risk(system, n - 1, total))
    high = np.minimum(np.minimum(ranges.own.high, n - 1), total // system.cut)
    possible: Flags = (n == 0) | (low <= high)
    return possible


def _coded_can_be_top(system: JointSystem, ranges: Ranges) -> Flags:
    """A low coded cell: one person has the whole range, the others 0, its surroundings make up for it."""
    return _traded(system, ranges, np.full_like(system.own_n, system.range_units), np.ones_like(system.own_n))


def _coded_can_be_zero(system: JointSystem, ranges: Ranges) -> Flags:
    """A high coded cell: one person has 0, the others the whole range, its surroundings make up for it."""
    others = system.own_n - 1
    return _traded(system, ranges, others * system.range_units, others)


def _traded(system: JointSystem, ranges: Ranges, new_sum: Ints, new_count: Ints) -> Flags:
    """Whether a cell without shown children can take this sum and count while its parent's own people compensate."""
    parent = system.forest.parent
    has_parent = parent != NO_PARENT
    at = np.where(has_parent, parent, 0)
    is_leaf = system.own_n == system.total_n
    allowed = has_parent & is_leaf & (system.sums.low <= new_sum) & (new_sum <= system.sums.high)
    allowed &= (system.counts.low <= new_count) & (new_count <= system.counts.high)
    around_n = system.own_n[at]
    around = system.own_sum[at] + system.own_sum - new_sum
    allowed &= (around >= 0) & (around <= around_n * system.range_units)
    least = ranges.context.low[at] - ranges.children.high[at] + ranges.inside.high - new_count
    most = ranges.context.high[at] - ranges.children.low[at] + ranges.inside.low - new_count
    least = np.maximum(least, least_at_risk(system, around_n, around))
    most = np.minimum(most, most_at_risk(system, around_n, around))
    fits: Flags = allowed & (least <= most)
    return fits


class _Search:
    """The full programme: all sums and counts that a component allows when one person's score is fixed."""

    def __init__(self, system: JointSystem, ranges: Ranges) -> None:
        self._system = system
        self._ranges = ranges
        self._children: list[list[int]] | None = None

    def allows(self, node: int, score: int) -> bool:
        """Whether an own person of the node can have that score."""
        if self._children is None:
            self._children = [[] for _ in range(self._system.forest.node.size)]
            for child, parent in enumerate(self._system.forest.parent.tolist()):
                if parent != NO_PARENT:
                    self._children[parent].append(child)
        root, counts = self._root_of(node)
        return self._profile(root, node, score, counts) is not None

    def _is_exact(self, node: int, both: bool) -> bool:
        system = self._system
        exact = bool(system.sums.low[node] == system.sums.high[node])
        return exact and (not both or bool(system.counts.low[node] == system.counts.high[node]))

    def _root_of(self, node: int) -> tuple[int, tuple[int, int]]:
        """Nearest node whose mean and share are both exact: nothing outside it matters. Large: the nearest exact mean,
        with the counts that the rest leaves it (then the search may refuse what is possible, never the reverse)."""
        path = [node]
        while not self._is_exact(path[-1], both=True) and self._system.forest.parent[path[-1]] != NO_PARENT:
            path.append(int(self._system.forest.parent[path[-1]]))
        root, counts = path[-1], self._system.counts
        if self._system.total_n[root] > LARGE_COMPONENT_N:
            root = next((step for step in path if self._is_exact(step, both=False)), root)
            counts = self._ranges.context
        return root, (int(counts.low[root]), int(counts.high[root]))

    def _profile(self, node: int, person_at: int, score: int, counts: tuple[int, int]) -> Profile | None:
        """Feasible sums by count of a node's people, its figures included; none when nothing is feasible."""
        system, children = self._system, self._children or []
        fixed = node == person_at
        n = int(system.own_n[node]) - fixed
        first = int(fixed and score >= system.cut)
        low_base, high_base = score * fixed, score * fixed + (system.cut - 1) * n
        low_steps = [np.full(n, system.cut)]
        high_steps = [np.full(n, system.range_units - system.cut + 1)]
        for child in children[node]:
            part = self._child(child, person_at, score)
            if part is None:
                return None
            first += part.first
            low_base, high_base = low_base + int(part.low[0]), high_base + int(part.high[0])
            low_steps.append(np.diff(part.low))
            high_steps.append(np.diff(part.high))
        low = low_base + np.concatenate(([0], np.cumsum(np.sort(np.concatenate(low_steps)))))
        high = high_base + np.concatenate(([0], np.cumsum(np.sort(np.concatenate(high_steps))[::-1])))
        sums = (int(system.sums.low[node]), int(system.sums.high[node]))
        return _clipped(Profile(first, low, high), counts, sums)

    def _child(self, child: int, person_at: int, score: int) -> Profile | None:
        system = self._system
        counts = (int(system.counts.low[child]), int(system.counts.high[child]))
        if child != person_at and self._is_exact(child, both=True):
            only = np.array([system.sums.low[child]], dtype=np.int64)
            return Profile(counts[0], only, only)
        return self._profile(child, person_at, score, counts)


def _clipped(profile: Profile, counts: tuple[int, int], sums: tuple[int, int]) -> Profile | None:
    count = profile.first + np.arange(profile.low.size)
    low, high = np.maximum(profile.low, sums[0]), np.minimum(profile.high, sums[1])
    fits = np.flatnonzero((low <= high) & (count >= counts[0]) & (count <= counts[1]))
    if fits.size == 0:
        return None
    kept = slice(int(fits[0]), int(fits[-1]) + 1)
    return Profile(int(count[kept][0]), low[kept], high[kept])
