"""The last resort for one person: an integer programme over the overlaps of a neighbourhood (PRIVACY 3.3, 3.4-e).

Variables are the sum of each overlap and how many of it are at risk. Solver: HiGHS, as part of SciPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from flows.protect.tree import Ints

NODE_LIMIT = 2_000
"""Branches after which a programme is given up: a count, since a time would make releases depend on the machine."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is published of some people: the sum of a column over `members` lies in low to high."""

    members: Ints
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class OverlapProgramme:
    """The rules of a neighbourhood. has_share: overlaps of which the number at risk counts.

    top: the highest score. cut: the least score at risk, 0 where no share is told.
    """

    n: Ints
    has_share: Ints
    top: int
    cut: int
    matrix: csr_array
    low: Ints
    high: Ints

    @classmethod
    def of(
        cls, n: Ints, has_share: Ints, scale: tuple[int, int], sums: Sequence[Told], shares: Sequence[Told]
    ) -> OverlapProgramme:
        """The programme of overlaps with these figures told; scale: highest score, least score at risk."""
        size, (top, cut) = len(n), scale
        each, at_risk = np.arange(size), size + np.arange(size)
        # s - cut f >= 0, and s - (top - cut + 1) f <= (cut - 1) n: what f people at risk allow.
        rows = [np.arange(size), np.arange(size), size + np.arange(size), size + np.arange(size)]
        columns, ones = [each, at_risk, each, at_risk], np.ones(size)
        cells = [ones, -cut * has_share, ones, -(top - cut + 1) * has_share]
        for number, told in enumerate((*sums, *shares)):
            rows.append(np.full(len(told.members), 2 * size + number))
            columns.append(told.members + (0 if number < len(sums) else size))
            cells.append(np.ones(len(told.members)))
        made = coo_array(
            (np.concatenate(cells), (np.concatenate(rows), np.concatenate(columns))),
            shape=(2 * size + len(sums) + len(shares), 2 * size),
        )
        most = np.where(has_share, (cut - 1) * n, top * n)
        told_low = np.asarray([told.low for told in (*sums, *shares)], dtype=np.int64)
        told_high = np.asarray([told.high for told in (*sums, *shares)], dtype=np.int64)
        low = np.concatenate([np.zeros(size, dtype=np.int64), -top * n - top, told_low])
        high = np.concatenate([top * n, most, told_high])
        return cls(n, has_share, top, cut, made.tocsr(), low, high)

    def is_free(self, place: int, target: int) -> bool:
        """Whether there is a world in which somebody of the overlap scores the target."""
        size, low, high = len(self.n), self.low.astype(float), self.high.astype(float)
        least, most = np.zeros(2 * size), np.concatenate([self.top * self.n, self.n]).astype(float)
        is_at_risk = int(bool(self.has_share[place]) and target >= self.cut)
        # The others of the overlap obey the same rules among themselves.
        low[place] += target - self.cut * self.has_share[place] * is_at_risk
        own_top = self.top - self.cut + 1 if self.has_share[place] else 0
        others = int(self.n[place]) - 1
        high[size + place] = (
            target - own_top * is_at_risk + others * (self.cut - 1 if self.has_share[place] else self.top)
        )
        least[size + place], most[size + place] = is_at_risk, others + is_at_risk
        found = milp(
            np.zeros(2 * size),
            constraints=LinearConstraint(self.matrix, low, high),
            bounds=Bounds(least, most),
            integrality=np.ones(2 * size),
            options={"node_limit": NODE_LIMIT},
        )
        return bool(found.status == 0)
