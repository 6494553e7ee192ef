"""Worlds that four overlaps make among themselves, looked for for many people at once (PRIVACY 3.3).

An overlap is the people of one atom of the tree and one of the family. A *trade* raises the sum of one overlap, lowers
that of a second in the same atom of the tree and of a third in the same atom of the family, and raises the fourth that
the latter two meet in: every published sum stays as it is. Most people are free by a few trades with overlaps nearby;
only the others need the search of `flows/protect/overlap_worlds.py`. A world found here is a real one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.protect.tree import Ints

Flags = npt.NDArray[np.bool_]

ROWS = 24
"""Atoms of the tree that trade with each other; more under one group are dealt into several lots."""

COLUMNS = 32
"""Atoms of the family that a lot trades in: those that most of its rows share."""

TRADES = 12
BATCH = 2_000_000
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Besides:
    """For each overlap that is asked about another one, or NOBODY, whose room is then a different one."""

    places: Ints
    down: Ints
    up: Ints

    def of(self, some: Ints) -> Besides:
        """Those of some of the overlaps asked about."""
        return Besides(self.places[some], self.down[some], self.up[some])


@dataclass(frozen=True, slots=True)
class TradeTables:
    """Overlaps laid out by lot, row (atom of the tree) and column (atom of the family).

    lot, row, column: where each overlap stands; a column from COLUMNS on is on no table, and does not trade.
    down, up: how far each may fall and rise, 0 where nobody is.
    """

    lot: Ints
    row: Ints
    column: Ints
    down: Ints
    up: Ints

    @classmethod
    def of(cls, home: Ints, left: Ints, right: Ints, down: Ints, up: Ints) -> TradeTables:
        """home: of each overlap, the group whose atoms trade with each other."""
        order = np.lexsort((right, left, home))
        new_home = _starts(home[order])
        new_left = new_home | _starts(left[order])
        place = _place_since(new_left, new_home)
        new_lot = new_home | (new_left & (place % ROWS == 0))
        lot, row = np.empty_like(left), np.empty_like(left)
        lot[order] = np.cumsum(new_lot) - 1
        row[order] = place % ROWS
        column = _columns(lot, right)
        on_table = np.flatnonzero(column < COLUMNS)
        shape = (int(lot.max(initial=-1)) + 1, int(row.max(initial=-1)) + 1, int(column[on_table].max(initial=-1)) + 1)
        tables = [np.zeros(shape, dtype=np.int64) for _ in range(2)]
        for table, room in zip(tables, (down, up), strict=True):
            table[lot[on_table], row[on_table], column[on_table]] = room[on_table]
        return cls(lot, row, column, *tables)

    def can_move(self, places: Ints, change: Ints, besides: Besides) -> Flags:
        """Whether the sum of each overlap named can change that much, all others within their room."""
        found: Flags = np.asarray(change == 0)
        asked = np.flatnonzero(~found & (self.column[places] < COLUMNS))
        for part in _parts(len(asked), self.down.shape[1] * self.down.shape[2]):
            some = asked[part]
            found[some] = self._can_move(places[some], change[some], besides.of(some))
        return found

    def _can_move(self, places: Ints, change: Ints, besides: Besides) -> Flags:
        lot, row, column = self.lot[places], self.row[places], self.column[places]
        is_fall = (change < 0)[:, None, None]
        # As if the overlap were to rise: what falls is turned round.
        give = np.where(is_fall, self.up[lot], self.down[lot])
        take = np.where(is_fall, self.down[lot], self.up[lot])
        each, left = np.arange(len(places)), np.abs(change)
        other = besides.places
        near = np.flatnonzero((other != NOBODY) & (self.lot[other] == lot) & (self.column[other] < COLUMNS))
        at = near, self.row[other[near]], self.column[other[near]]
        give[at] = np.where(change < 0, besides.up, besides.down)[near]
        take[at] = np.where(change < 0, besides.down, besides.up)[near]
        in_row, in_column = give[each, row, :], give[each, :, column]
        in_row[each, column] = 0
        in_column[each, row] = 0
        each = np.flatnonzero(left)
        for _ in range(TRADES):
            if not len(each):
                break
            size = np.minimum(np.minimum(take[each], in_row[each, None, :]), in_column[each, :, None])
            best = size.reshape(len(each), -1).argmax(axis=1)
            other_row, other_column = np.unravel_index(best, size.shape[1:])
            traded = np.minimum(size[np.arange(len(each)), other_row, other_column], left[each])
            take[each, other_row, other_column] -= traded
            in_row[each, other_column] -= traded
            in_column[each, other_row] -= traded
            left[each] -= traded
            # Where nothing was found, nothing will be.
            each = each[(traded > 0) & (left[each] > 0)]
        return np.asarray(left == 0)


def _starts(ordered: Ints) -> Flags:
    """Where a run of equal values begins."""
    return np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, dtype=bool)


def _place_since(is_step: Flags, is_restart: Flags) -> Ints:
    """How many steps since the last restart, which is itself step 0."""
    steps = np.cumsum(is_step)
    return np.asarray(steps - np.maximum.accumulate(np.where(is_restart, steps, 0)))


def _columns(lot: Ints, right: Ints) -> Ints:
    """A number for each atom of the family within each lot, those in most rows first."""
    pairs, of_pair, often = np.unique(np.stack([lot, right]), axis=1, return_inverse=True, return_counts=True)
    order = np.lexsort((pairs[1], -often, pairs[0]))
    places = np.empty(len(order), dtype=np.int64)
    places[order] = _place_since(np.ones(len(order), dtype=bool), _starts(pairs[0][order]))
    return np.asarray(places[of_pair.reshape(-1)])


def _parts(size: int, width: int) -> Iterator[slice]:
    step = max(1, BATCH // max(1, width))
    for start in range(0, size, step):
        yield slice(start, start + step)
