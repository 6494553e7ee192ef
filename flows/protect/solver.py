"""The exact optimum: which nodes of a tree may be published together (PRIVACY 2.2, Theorem 2).

Bare integers only: counts, weights, thresholds. No score ever reaches this module, so the
pattern cannot depend on scores.

Most of a tree has no choice to make. A node is *settled* when its heaviest solution leaves nothing pending: whatever
stands above it, nothing is gained by another one. Settled nodes are found a level at a time, in arrays; only what is
left goes through the programme itself, node by node. Weights are positive.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.protect.states import EMPTY_HANDED, States, Value, better, combine, flatten, merge, offer

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Row = Sequence[int] | Ints


@dataclass(frozen=True, slots=True)
class Nodes:
    """A forest laid out for the programme, every parent before its children.

    parents: index of the parent, -1 for the root.  counts: people of the node itself (a leaf's
    respondents; an inner node's directly attached ones, who are never published by name).
    weights: what publishing is worth.  leaf_k: least count of a leaf.  ranks: order in which equal
    optima prefer to show nodes (0 first).  k_res: least residual.
    has_silent_heads: strict mode, true where a leaf has people asked and no respondent; or None.
    """

    parents: Row
    counts: Row
    weights: Row
    leaf_k: Row
    ranks: Row
    k_res: int
    has_silent_heads: Sequence[bool] | Flags | None = None


class Programme:
    """The programme on one forest. Asked again with other nodes forbidden, what did not change is kept."""

    def __init__(self, nodes: Nodes) -> None:
        self._k_res = nodes.k_res
        rows = (nodes.parents, nodes.counts, nodes.weights, nodes.leaf_k, nodes.ranks)
        self._parents, self._counts, self._weights, self._leaf_k, self._ranks = (
            np.asarray(row, dtype=np.int64) for row in rows
        )
        size = len(self._parents)
        silent = np.zeros(size, dtype=bool) if nodes.has_silent_heads is None else np.asarray(nodes.has_silent_heads)
        self._is_silent = silent & (self._counts == 0)
        self._is_inner = np.zeros(size, dtype=bool)
        self._is_inner[self._parents[self._parents >= 0]] = True
        self._levels = _levels(self._parents)
        self._totals = self._counts.copy()
        for level in reversed(self._levels[1:]):
            np.add.at(self._totals, self._parents[level], self._totals[level])
        self._is_large = np.where(self._is_inner, self._totals > 0, self._counts >= np.maximum(1, self._leaf_k))
        self._forbidden = np.zeros(size, dtype=bool)
        self._states: dict[int, States] = {}
        self._by_parent = np.argsort(self._parents, kind="stable")
        self._first_child = np.searchsorted(self._parents[self._by_parent], np.arange(size + 1))

    def solve(self, forbidden: Collection[int] = ()) -> frozenset[int]:
        """Indices of the nodes to publish: the heaviest safe set; of equal ones the one that shows the first rank."""
        is_forbidden = np.zeros(len(self._parents), dtype=bool)
        is_forbidden[list(forbidden)] = True
        return frozenset(np.flatnonzero(self.solve_flags(is_forbidden)).tolist())

    def solve_flags(self, is_forbidden: Flags) -> Flags:
        """The same, with a flag a node for what is forbidden and for what is to be published."""
        self._forget(is_forbidden)
        can_show = self._is_large & ~is_forbidden
        shown = can_show.copy()
        is_settled, chosen, by_programme = self._settle(can_show)
        if not is_settled[0]:
            states = self._full_states(0, can_show)
            best = next(iter(states.values()))
            for value in states.values():
                best = better(best, value)
            self._hide(shown, best)
            return shown
        shown[chosen[chosen >= 0]] = False
        for value in by_programme:
            self._hide(shown, value)
        return shown

    def _hide(self, shown: Flags, value: Value) -> None:
        hidden = flatten(value[1])
        if hidden:
            shown[np.isin(self._ranks, list(hidden))] = False

    def _forget(self, is_forbidden: Flags) -> None:
        """Drop the states of all nodes above a change. Where a node has states, so have all inner ones below it."""
        changes = np.flatnonzero(is_forbidden != self._forbidden) if self._states else np.empty(0, dtype=np.int64)
        for changed in changes.tolist():
            node = changed if self._is_inner[changed] else int(self._parents[changed])
            while node >= 0 and self._states.pop(node, None) is not None:
                node = int(self._parents[node])
        if not self._is_inner[0]:
            self._states.clear()
        self._forbidden = is_forbidden.copy()

    def _settle(self, can_show: Flags) -> tuple[Flags, Ints, list[Value]]:
        """Which nodes are settled, the leaf that each of them hides (-1 for none), and values from the programme."""
        pending, has_silent = self._pending_if_all_are_shown(can_show)
        is_enough = (pending >= self._k_res) | ((pending == 0) & ~has_silent)
        chosen, hides_one = self._single_leaves(can_show, pending, is_enough)
        size = len(self._parents)
        is_settled = ~self._is_inner
        unsettled_below = np.zeros(size, dtype=np.int64)
        is_programmed = np.zeros(size, dtype=bool)
        for level in reversed(self._levels):
            inner = level[self._is_inner[level]]
            is_open = can_show[inner] & (unsettled_below[inner] == 0)
            is_settled[inner] = is_open & (is_enough[inner] | hides_one[inner])
            for node in inner[~is_settled[inner]].tolist():
                is_programmed[node] = is_settled[node] = node > 0 and _is_settled(self._full_states(node, can_show))
            np.add.at(unsettled_below, self._parents[inner[inner > 0]], ~is_settled[inner[inner > 0]])
        is_settled[0] &= self._is_inner[0]
        top = self._not_inside(is_programmed)
        chosen[~(is_settled & top & ~is_programmed & ~is_enough)] = -1
        return is_settled, chosen, [self._states[node][0] for node in np.flatnonzero(is_programmed & top).tolist()]

    def _pending_if_all_are_shown(self, can_show: Flags) -> tuple[Ints, Flags]:
        """People of each inner node itself and of its leaves that cannot be shown; whether a silent one is among."""
        pending = np.where(self._is_inner, self._counts, 0)
        has_silent = self._is_inner & self._is_silent
        hidden = np.flatnonzero(~self._is_inner & ~can_show & (self._parents >= 0))
        np.add.at(pending, self._parents[hidden], self._counts[hidden])
        has_silent[self._parents[hidden[self._is_silent[hidden]]]] = True
        return pending, has_silent

    def _single_leaves(self, can_show: Flags, pending: Ints, is_enough: Flags) -> tuple[Ints, Flags]:
        """For nodes above leaves only, the one leaf whose hiding is the cheapest way to a sufficient residual.

        It has to be cheaper than any two leaves, and than not showing the node itself.
        """
        size, parents, weights = len(self._parents), self._parents, self._weights
        chosen, is_cheapest = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=bool)
        has_inner_child = np.zeros(size, dtype=bool)
        has_inner_child[parents[self._is_inner & (parents >= 0)]] = True
        in_need = self._is_inner & can_show & ~is_enough & ~has_inner_child
        leaves = np.flatnonzero(can_show & ~self._is_inner & (parents >= 0))
        leaves = leaves[in_need[parents[leaves]]]
        least = np.full(size, np.iinfo(np.int64).max // 2)
        np.minimum.at(least, parents[leaves], weights[leaves])
        able = leaves[self._counts[leaves] >= self._k_res - pending[parents[leaves]]]
        able = able[np.lexsort((-self._ranks[able], weights[able], parents[able]))]
        first = np.flatnonzero(np.diff(parents[able], prepend=-1))
        at, leaf = parents[able[first]], able[first]
        is_cheap = (weights[leaf] < 2 * least[at]) & (weights[leaf] < weights[at])
        chosen[at[is_cheap]] = leaf[is_cheap]
        is_cheapest[at[is_cheap]] = True
        return chosen, is_cheapest

    def _not_inside(self, is_marked: Flags) -> Flags:
        """Nodes with no marked node above them."""
        is_inside = np.zeros(len(self._parents), dtype=bool)
        for level in self._levels[1:]:
            above = self._parents[level]
            is_inside[level] = is_inside[above] | is_marked[above]
        return ~is_inside

    def _children(self, node: int) -> list[int]:
        return [int(child) for child in self._by_parent[self._first_child[node] : self._first_child[node + 1]]]

    def _full_states(self, node: int, can_show: Flags) -> States:
        """All states of a node, and of every inner node below it, deepest first."""
        missing, stack = [], [node]
        while stack:
            at = stack.pop()
            if at not in self._states:
                missing.append(at)
                stack.extend(child for child in self._children(at) if self._is_inner[child])
        for at in sorted(missing, reverse=True):
            self._states[at] = self._states_of(at, can_show)
        return self._states[node]

    def _states_of(self, node: int, can_show: Flags) -> States:
        if not self._is_inner[node]:
            return self._leaf_states(node, can_show)
        pending = self._pending_below(node, can_show)
        if not can_show[node]:
            return pending
        rank, weight = int(self._ranks[node]), int(self._weights[node])
        states: States = {state: (value[0], (value[1], rank)) for state, value in pending.items()}
        for state in (0, self._k_res):
            if state in pending:
                offer(states, 0, (pending[state][0] + weight, pending[state][1]))
        return states

    def _leaf_states(self, node: int, can_show: Flags) -> States:
        if not can_show[node]:
            return {self._hidden_state(node): (0, None)}
        return {self._hidden_state(node): (0, int(self._ranks[node])), 0: (int(self._weights[node]), None)}

    def _hidden_state(self, node: int) -> int:
        return EMPTY_HANDED if self._is_silent[node] else min(int(self._counts[node]), self._k_res)

    def _pending_below(self, node: int, can_show: Flags) -> States:
        """Children merged, the node itself not yet decided. Leaves without a choice are simply added up."""
        fixed = self._hidden_state(node)
        choices: list[States] = []
        for child in self._children(node):
            if self._is_inner[child]:
                choices.append(self._states[child])
            elif can_show[child]:
                choices.append(self._leaf_states(child, can_show))
            else:
                fixed = combine(fixed, self._hidden_state(child), self._k_res)
        merged: States = {fixed: (0, None)}
        for states in choices:
            merged = merge(merged, states, self._k_res)
        return merged


def _levels(parents: Ints) -> tuple[Ints, ...]:
    """Nodes of each depth, the roots first."""
    depth, at = np.zeros(len(parents), dtype=np.int64), parents.copy()
    while (at >= 0).any():
        depth += at >= 0
        at = np.where(at >= 0, parents[at], -1)
    order = np.argsort(depth, kind="stable")
    return tuple(np.split(order, np.cumsum(np.bincount(depth))[:-1]))


def _is_settled(states: States) -> bool:
    """Whether the best value of all leaves nothing pending."""
    nothing_pending = states.get(0)
    return nothing_pending is not None and all(
        better(nothing_pending, value) is nothing_pending for value in states.values()
    )
