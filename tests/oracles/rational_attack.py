"""Slow attacker for tiny trees: elimination over the rationals, all unions of classes, all answer patterns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product


def rank(rows: Sequence[Sequence[int]]) -> int:
    """Rank over the rationals."""
    left = [[Fraction(value) for value in row] for row in rows]
    found = 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((i for i in range(found, len(left)) if left[i][column]), None)
        if pivot is None:
            continue
        left[found], left[pivot] = left[pivot], left[found]
        for i in range(len(left)):
            if i != found and left[i][column]:
                factor = left[i][column] / left[found][column]
                left[i] = [a - factor * b for a, b in zip(left[i], left[found], strict=True)]
        found += 1
    return found


def derivable_unions(published: Sequence[frozenset[str]], people: Mapping[str, int]) -> list[frozenset[str]]:
    """Every set of units with people whose sum is a combination of the published sums."""
    units = [unit for unit, n in people.items() if n]
    rows = [[int(unit in group) for unit in units] for group in published]
    base = rank(rows)
    found = []
    for size in range(1, len(units) + 1):
        for chosen in combinations(units, size):
            target = [int(unit in chosen) for unit in units]
            if rank([*rows, target]) == base:
                found.append(frozenset(chosen))
    return found


def smallest_support(published: Sequence[frozenset[str]], people: Mapping[str, int]) -> int:
    """Fewest people on whom any non-zero derivable functional rests; 0 when nothing is published.

    A set B of units carries one if and only if leaving its columns out lowers the rank.
    """
    units = [unit for unit, n in people.items() if n]
    rows = [[int(unit in group) for unit in units] for group in published]
    base, least = rank(rows), 0
    for size in range(1, len(units) + 1):
        for chosen in combinations(range(len(units)), size):
            rest = [[value for column, value in enumerate(row) if column not in chosen] for row in rows]
            n = sum(people[units[column]] for column in chosen)
            if rank(rest) < base and (least == 0 or n < least):
                least = n
    return least


def possible_scores(
    sizes: Sequence[int],
    range_units: int,
    sums: Sequence[tuple[Sequence[int], int, int]],
    counts: Sequence[tuple[Sequence[int], int, int]],
    cut: int,
) -> list[set[int]]:
    """Scores that a person of each unit can have, over every answer pattern that agrees with what is shown.

    sums, counts: (units, least, most) of the sum of scores, and of the number of people at `cut` or more.
    """
    possible: list[set[int]] = [set() for _ in sizes]
    for pattern in _patterns(sizes, range_units):
        totals = [sum(part) for part in pattern]
        at_risk = [sum(score >= cut for score in part) for part in pattern]
        if all(low <= sum(totals[u] for u in units) <= high for units, low, high in sums) and all(
            low <= sum(at_risk[u] for u in units) <= high for units, low, high in counts
        ):
            for unit, part in enumerate(pattern):
                possible[unit].update(part)
    return possible


def _patterns(sizes: Sequence[int], range_units: int) -> Iterator[list[tuple[int, ...]]]:
    people = sum(sizes)
    for flat in product(range(range_units + 1), repeat=people):
        parts, at = [], 0
        for n in sizes:
            parts.append(flat[at : at + n])
            at += n
        yield parts
