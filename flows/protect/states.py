"""States of the exact programme: what is pending below a node, and the best value of each (PRIVACY 2.2).

A *state* is what is pending below a node: respondents in no published node, capped at k_res.
`EMPTY_HANDED` is the strict state of PRIVACY 2.3-c: a hidden head-count with no respondent.
A *value* is (weight, hidden): the best weight of a state and the ranks of the publishable nodes that it hides.
"""

from __future__ import annotations

EMPTY_HANDED = -1

Rope = int | tuple["Rope", "Rope"] | None
Value = tuple[int, Rope]
States = dict[int, Value]


def merge(left: States, right: States, cap: int) -> States:
    """Two sets of siblings as one; residuals add up to `cap` at most."""
    merged: States = {}
    for left_state, (left_weight, left_hidden) in left.items():
        for right_state, (right_weight, right_hidden) in right.items():
            state = combine(left_state, right_state, cap)
            weight = left_weight + right_weight
            known = merged.get(state)
            if known is None or weight >= known[0]:
                hidden = left_hidden if right_hidden is None else (left_hidden, right_hidden)
                offer(merged, state, (weight, hidden))
    return merged


def combine(left: int, right: int, cap: int) -> int:
    """What is pending of both together."""
    if left == EMPTY_HANDED:
        return right or EMPTY_HANDED
    if right == EMPTY_HANDED:
        return left or EMPTY_HANDED
    return min(left + right, cap)


def offer(states: States, state: int, value: Value) -> None:
    """Keep the better value of a state."""
    known = states.get(state)
    states[state] = value if known is None else better(known, value)


def better(known: Value, other: Value) -> Value:
    """The heavier one; of equal ones the one that shows the first rank at their first difference."""
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
            only_left |= flatten(one)
            only_right |= flatten(two)
    differing = only_left ^ only_right
    if not differing:
        return None
    first = min(differing)
    return first, first in only_left


def flatten(rope: Rope) -> set[int]:
    """The ranks that a rope holds."""
    found: set[int] = set()
    stack: list[Rope] = [rope]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(part)
        elif part is not None:
            found.add(part)
    return found
