"""Every set of published nodes tried, safety judged by row-space membership (PRIVACY 2.1), not by atoms."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction


def people_of(parents: Sequence[int], counts: Sequence[int]) -> list[frozenset[int]]:
    """The people (numbered) below each node."""
    below: list[set[int]] = [set() for _ in parents]
    person = 0
    for node in range(len(parents)):
        for _ in range(counts[node]):
            up = node
            while up >= 0:
                below[up].add(person)
                up = parents[up]
            person += 1
    return [frozenset(people) for people in below]


def rank(rows: Sequence[Sequence[int]]) -> int:
    """Rank over the rationals by elimination."""
    matrix = [[Fraction(cell) for cell in row] for row in rows]
    found = 0
    for column in range(len(matrix[0]) if matrix else 0):
        pivot = next((row for row in range(found, len(matrix)) if matrix[row][column]), None)
        if pivot is None:
            continue
        matrix[found], matrix[pivot] = matrix[pivot], matrix[found]
        for row in range(found + 1, len(matrix)):
            if matrix[row][column]:
                factor = matrix[row][column] / matrix[found][column]
                matrix[row] = [a - factor * b for a, b in zip(matrix[row], matrix[found], strict=True)]
        found += 1
    return found


def derivable(published: Sequence[frozenset[int]], target: frozenset[int], people_n: int) -> bool:
    """Whether the sum of `target` follows from the sums of the published groups."""
    rows = [[int(person in group) for person in range(people_n)] for group in published]
    row = [int(person in target) for person in range(people_n)]
    return rank(rows) == rank([*rows, row]) if rows else False


def is_safe(
    parents: Sequence[int],
    counts: Sequence[int],
    shown: frozenset[int],
    leaf_k: Sequence[int],
    k_res: int,
) -> bool:
    """No derivable union of pieces (a node's own people) is smaller than its threshold."""
    groups = people_of(parents, counts)
    people_n = len(groups[0])
    published = [groups[node] for node in shown]
    pieces: list[tuple[int, frozenset[int]]] = []
    first = 0
    for node, count in enumerate(counts):
        if count:
            pieces.append((node, frozenset(range(first, first + count))))
        first += count
    inner = set(parents)
    for size in range(1, len(pieces) + 1):
        for chosen in itertools.combinations(pieces, size):
            people = frozenset().union(*(piece for _, piece in chosen))
            lone_leaf = len(chosen) == 1 and chosen[0][0] in shown and chosen[0][0] not in inner
            least = (
                leaf_k[chosen[0][0]] if lone_leaf else min(k_res, _single_leaf_k(chosen, shown, inner, leaf_k, k_res))
            )
            if len(people) < least and derivable(published, people, people_n):
                return False
    return True


def _single_leaf_k(
    chosen: Sequence[tuple[int, frozenset[int]]],
    shown: frozenset[int],
    inner: set[int],
    leaf_k: Sequence[int],
    k_res: int,
) -> int:
    """A union of shown leaves alone is as good as its smallest part; anything else needs k_res."""
    if all(node in shown and node not in inner for node, _ in chosen):
        return min(leaf_k[node] for node, _ in chosen)
    return k_res


def best_shown(
    parents: Sequence[int],
    counts: Sequence[int],
    weights: Sequence[int],
    leaf_k: Sequence[int],
    k_res: int,
    ranks: Sequence[int],
    forbidden: frozenset[int] = frozenset(),
) -> frozenset[int]:
    """The heaviest safe set; of equals the one that shows the first rank in which they differ."""
    totals = [len(people) for people in people_of(parents, counts)]
    inner = set(parents)
    open_nodes = [
        node
        for node in range(len(parents))
        if node not in forbidden and totals[node] > 0 and (node in inner or counts[node] >= leaf_k[node])
    ]
    best: tuple[int, tuple[int, ...], frozenset[int]] | None = None
    for size in range(len(open_nodes) + 1):
        for chosen in itertools.combinations(open_nodes, size):
            shown = frozenset(chosen)
            weight = sum(weights[node] for node in shown)
            pattern_key = tuple(-rank_ for rank_ in sorted(ranks[node] for node in shown))
            if best is not None and (weight, pattern_key) <= (best[0], best[1]):
                continue
            if is_safe(parents, counts, shown, leaf_k, k_res):
                best = (weight, pattern_key, shown)
    return best[2] if best else frozenset()
