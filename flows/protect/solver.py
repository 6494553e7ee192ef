"""The exact optimum: which nodes of a tree may be published together (PRIVACY 2.2, Theorem 2).

Bare integers only: counts, weights, thresholds. No score ever reaches this module, so the
pattern cannot depend on scores.

A *state* is what is pending below a node: respondents in no published node, capped at k_res.
`EMPTY_HANDED` is the strict state of PRIVACY 2.3-c: a hidden head-count with no respondent.
A *value* is (weight, hidden): the best weight of a state and the publishable nodes that it hides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

EMPTY_HANDED = -1

Rope = int | tuple["Rope", "Rope"] | None
Value = tuple[int, Rope]
States = dict[int, Value]


@dataclass(frozen=True, slots=True)
class Nodes:
    """A forest laid out for the programme, every parent before its children.

    parents: index of the parent, -1 for the root.  counts: people of the node itself (a leaf's
    respondents; an inner node's directly attached ones, who are never published by name).
    weights: what publishing is worth.  leaf_k: least count of a leaf.  ranks: order in which equal
    optima prefer to show nodes (0 first).  k_res: least residual.
    has_silent_heads: strict mode, true where a leaf has people asked and no respondent; or None.
    """

    parents: Sequence[int]
    counts: Sequence[int]
    weights: Sequence[int]
    leaf_k: Sequence[int]
    ranks: Sequence[int]
    k_res: int
    has_silent_heads: Sequence[bool] | None = None


@dataclass(slots=True)
class Programme:
    """The programme on one forest. Asked again with other nodes forbidden, `solve` redoes what changed only."""

    nodes: Nodes
    _children: list[list[int]] = field(init=False)
    _totals: list[int] = field(init=False)
    _states: list[States] = field(init=False)
    _forbidden: frozenset[int] = field(init=False, default=frozenset())
    _is_solved: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        size = len(self.nodes.parents)
        self._children = [[] for _ in range(size)]
        self._totals = list(self.nodes.counts)
        for node in range(size - 1, -1, -1):
            parent = self.nodes.parents[node]
            if parent >= 0:
                self._children[parent].append(node)
                self._totals[parent] += self._totals[node]
        self._states = [{} for _ in range(size)]

    def solve(self, forbidden: Collection[int] = ()) -> frozenset[int]:
        """Indices of the nodes to publish: the heaviest safe set; of equal ones the one that shows the first rank."""
        wanted = frozenset(forbidden)
        for node in self._nodes_to_redo(wanted):
            self._states[node] = self._states_of(node, wanted)
        self._forbidden = wanted
        self._is_solved = True
        best: Value | None = None
        for value in self._states[0].values():
            best = value if best is None else _better(best, value)
        if best is None:
            return frozenset()
        hidden = _flatten(best[1])
        return frozenset(
            node
            for node in range(len(self.nodes.parents))
            if self.nodes.ranks[node] not in hidden and self._is_publishable(node, wanted)
        )

    def _is_publishable(self, node: int, forbidden: frozenset[int]) -> bool:
        if node in forbidden:
            return False
        if self._children[node]:
            return self._totals[node] > 0
        return self.nodes.counts[node] >= max(1, self.nodes.leaf_k[node])

    def _nodes_to_redo(self, forbidden: frozenset[int]) -> list[int]:
        """Inner nodes whose value may have changed, deepest first; a lone leaf counts as inner."""
        if not self._is_solved:
            dirty = {node for node in range(len(self._children)) if self._children[node]} | {0}
        else:
            dirty = set()
            for node in forbidden.symmetric_difference(self._forbidden):
                while node >= 0 and node not in dirty:
                    dirty.add(node)
                    node = self.nodes.parents[node]
            dirty = {node for node in dirty if self._children[node]} | {0}
        return sorted(dirty, reverse=True)

    def _states_of(self, node: int, forbidden: frozenset[int]) -> States:
        if not self._children[node]:
            return self._leaf_states(node, forbidden)
        pending = self._pending_below(node, forbidden)
        if not self._is_publishable(node, forbidden):
            return pending
        rank, weight = self.nodes.ranks[node], self.nodes.weights[node]
        states: States = {state: (value[0], (value[1], rank)) for state, value in pending.items()}
        for state in (0, self.nodes.k_res):
            if state in pending:
                _offer(states, 0, (pending[state][0] + weight, pending[state][1]))
        return states

    def _leaf_states(self, node: int, forbidden: frozenset[int]) -> States:
        if not self._is_publishable(node, forbidden):
            return {self._hidden_state(node): (0, None)}
        return {
            self._hidden_state(node): (0, self.nodes.ranks[node]),
            0: (self.nodes.weights[node], None),
        }

    def _hidden_state(self, leaf: int) -> int:
        count = self.nodes.counts[leaf]
        if count == 0 and self.nodes.has_silent_heads is not None and self.nodes.has_silent_heads[leaf]:
            return EMPTY_HANDED
        return min(count, self.nodes.k_res)

    def _pending_below(self, node: int, forbidden: frozenset[int]) -> States:
        """Children merged, the node itself not yet decided. Leaves without a choice are simply added up."""
        cap = self.nodes.k_res
        fixed = self._hidden_state(node)
        choices: list[States] = []
        for child in self._children[node]:
            states = self._states[child] if self._children[child] else self._leaf_states(child, forbidden)
            if len(states) == 1 and not self._children[child]:
                fixed = _combine(fixed, next(iter(states)), cap)
            else:
                choices.append(states)
        merged: States = {fixed: (0, None)}
        for states in choices:
            merged = _merge(merged, states, cap)
        return merged


def _merge(left: States, right: States, cap: int) -> States:
    merged: States = {}
    for left_state, (left_weight, left_hidden) in left.items():
        for right_state, (right_weight, right_hidden) in right.items():
            state = _combine(left_state, right_state, cap)
            weight = left_weight + right_weight
            known = merged.get(state)
            if known is None or weight >= known[0]:
                hidden = left_hidden if right_hidden is None else (left_hidden, right_hidden)
                _offer(merged, state, (weight, hidden))
    return merged


def _combine(left: int, right: int, cap: int) -> int:
    if left == EMPTY_HANDED:
        return right or EMPTY_HANDED
    if right == EMPTY_HANDED:
        return left or EMPTY_HANDED
    return min(left + right, cap)


def _offer(states: States, state: int, value: Value) -> None:
    known = states.get(state)
    states[state] = value if known is None else _better(known, value)


def _better(known: Value, other: Value) -> Value:
    if known[0] != other[0]:
        return known if known[0] > other[0] else other
    difference = _first_difference(known[1], other[1])
    return other if difference is not None and difference[1] else known


def _first_difference(left: Rope, right: Rope) -> tuple[int, bool] | None:
    """First rank that only one of the two hides, and whether it is the left one. Shared parts are not walked."""
    only_left: set[int] = set()
    only_right: set[int] = set()
    pairs: list[tuple[Rope, Rope]] = [(left, right)]
    while pairs:
        one, two = pairs.pop()
        if one is two:
            continue
        if isinstance(one, tuple) and isinstance(two, tuple):
            pairs.append((one[0], two[0]))
            pairs.append((one[1], two[1]))
        else:
            only_left |= _flatten(one)
            only_right |= _flatten(two)
    differing = only_left ^ only_right
    if not differing:
        return None
    first = min(differing)
    return first, first in only_left


def _flatten(rope: Rope) -> set[int]:
    found: set[int] = set()
    stack: list[Rope] = [rope]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(part)
        elif part is not None:
            found.add(part)
    return found
