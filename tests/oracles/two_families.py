"""Slow and obvious: two families of published sums on a handful of people, as linear algebra and as enumeration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


@dataclass(frozen=True)
class Statement:
    """What is published of a set of people: their sum of scores lies in low to high (equal: exactly known)."""

    people: frozenset[int]
    low: int
    high: int


def smallest_support(statements: Sequence[frozenset[int]], people_n: int, below: int) -> int:
    """Fewest people in any functional of scores that the published sums determine; `below` where it is not fewer.

    A set of people is safe from functionals inside it iff leaving its columns out keeps the rank.
    """
    classes: dict[tuple[bool, ...], list[int]] = {}
    for person in range(people_n):
        classes.setdefault(tuple(person in group for group in statements), []).append(person)
    kinds = sorted(classes)
    columns = [kind for kind in kinds if any(kind)]
    whole = _rank([[int(kind[row]) for kind in columns] for row in range(len(statements))])
    best = below
    for size in range(1, len(columns) + 1):
        for left_out in combinations(columns, size):
            weight = sum(len(classes[kind]) for kind in left_out)
            if weight >= best:
                continue
            kept = [kind for kind in columns if kind not in left_out]
            if _rank([[int(kind[row]) for kind in kept] for row in range(len(statements))]) < whole:
                best = weight
    return best


def _rank(rows: list[list[int]]) -> int:
    matrix = [[Fraction(cell) for cell in row] for row in rows]
    rank = 0
    width = len(matrix[0]) if matrix else 0
    for column in range(width):
        pivot = next((row for row in range(rank, len(matrix)) if matrix[row][column]), None)
        if pivot is None:
            continue
        matrix[rank], matrix[pivot] = matrix[pivot], matrix[rank]
        for row in range(rank + 1, len(matrix)):
            if matrix[row][column]:
                factor = matrix[row][column] / matrix[rank][column]
                matrix[row] = [a - factor * b for a, b in zip(matrix[row], matrix[rank], strict=True)]
        rank += 1
    return rank


def range_of(
    person: int,
    people_n: int,
    top: int,
    statements: Sequence[Statement],
    shares: Mapping[frozenset[int], tuple[int, int]],
    cut: int,
) -> tuple[int, int]:
    """Least and greatest score that one person can have, by integer programming over everybody's scores.

    shares: groups of which the number of people at `cut` or above lies in low to high.
    """
    # Variables: a score 0..top for each person, then 0/1 whether it lies at the cut or above.
    rows, low, high = [], [], []
    for statement in statements:
        rows.append([int(p in statement.people) for p in range(people_n)] + [0] * people_n)
        low.append(statement.low)
        high.append(statement.high)
    for group, (least, most) in shares.items():
        rows.append([0] * people_n + [int(p in group) for p in range(people_n)])
        low.append(least)
        high.append(most)
    for p in range(people_n):
        # cut * risk <= score <= cut - 1 + (top - cut + 1) * risk
        row = [0] * (2 * people_n)
        row[p], row[people_n + p] = 1, -cut
        rows.append(row)
        low.append(0)
        high.append(top)
        row = [0] * (2 * people_n)
        row[p], row[people_n + p] = 1, -(top - cut + 1)
        rows.append(row)
        low.append(-top)
        high.append(cut - 1)
    constraint = LinearConstraint(np.array(rows), low, high)
    bounds = Bounds([0] * (2 * people_n), [top] * people_n + [1] * people_n)
    found = []
    for sign in (1, -1):
        aim = np.zeros(2 * people_n)
        aim[person] = sign
        solved = milp(aim, constraints=constraint, bounds=bounds, integrality=np.ones(2 * people_n))
        assert solved.success, solved.message
        found.append(sign * round(solved.fun))
    return found[0], found[1]
