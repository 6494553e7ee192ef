"""Worlds close to the true one, for all classes of people at once: a first and cheap proof that a range is whole.

A person of class (group i, cell j) is to have the top score. The sum of the class rises by what that takes; another
class (i, j') falls by as much, and elsewhere a class (i', j) falls and a class (i', j') rises, so that every group and
every cell keeps its sum. Numbers at risk stay, or one moves between the two classes of the group. Groups i' are dealt
out by the step from j to j', so that ways through several j' can be used together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.audit.group_tree import Flags, Ints

PAIR_DEGREE = 40
DEALS = 3


@dataclass(frozen=True, slots=True)
class Slack:
    """Classes of people with true figures; `counted`: classes whose number at risk some share speaks of."""

    left: Ints
    right: Ints
    size: int
    n: Ints
    score_sum: Ints
    at_risk: Ints
    counted: Flags
    units: int
    cut: int

    @property
    def low(self) -> Ints:
        """Least sum with as many at risk as in truth, or any number where nothing speaks of it."""
        least: Ints = np.where(self.counted, self.cut * self.at_risk, 0)
        return least

    @property
    def high(self) -> Ints:
        """Greatest sum with as many at risk as in truth, or any number where nothing speaks of it."""
        capped = self.units * self.at_risk + (self.cut - 1) * (self.n - self.at_risk)
        most: Ints = np.where(self.counted, capped, self.units * self.n)
        return most


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Ordered pairs of classes of one group in cells of one node; `step`: identifies the two cells."""

    one: Ints
    two: Ints
    step: Ints


def reaches_top(slack: Slack) -> Flags:
    """Classes of which somebody has the top score in a world that agrees with every figure. False proves nothing."""
    needed = np.where(slack.counted & (slack.at_risk > 0), slack.units + slack.cut * (slack.at_risk - 1), slack.units)
    by_itself = ~slack.counted | (slack.at_risk > 0)
    missing = np.maximum(needed - slack.score_sum, 0)
    done: Flags = (by_itself & (missing == 0)) | (slack.left < 0)
    pairs = _pairs_of(slack)
    down, up = slack.score_sum - slack.low, slack.high - slack.score_sum
    through = np.minimum(down[pairs.one], up[pairs.two])
    for deal in range(DEALS):
        done |= by_itself & (_gathered(slack, pairs, through, down, deal) >= missing)
        if done.all():
            return done
    return done | _swapped(slack, pairs, through)


def _pairs_of(slack: Slack) -> _Pairs:
    """All ordered pairs of classes with the same group whose cells are cells of the same node."""
    place = np.flatnonzero((slack.right >= 0) & (slack.left >= 0))
    node, value = slack.right[place] % slack.size, slack.right[place] // slack.size
    order = np.lexsort((value, node, slack.left[place]))
    place, node, value = place[order], node[order], value[order]
    key = slack.left[place] * slack.size + node
    new = np.concatenate(([True], key[1:] != key[:-1])) if key.size else np.zeros(0, dtype=np.bool_)
    run = np.cumsum(new) - 1
    many = np.bincount(run)[run] if run.size else run
    within = np.arange(place.size) - np.flatnonzero(new)[run] if run.size else run
    one, two = [], []
    for step in range(1, min(PAIR_DEGREE, int(many.max(initial=0)))):
        first = np.flatnonzero(within + step < many)
        one += [first, first + step]
        two += [first + step, first]
    if not one:
        nothing = np.zeros(0, dtype=np.int64)
        return _Pairs(nothing, nothing, nothing)
    from_, to = np.concatenate(one), np.concatenate(two)
    values_n = int(value.max()) + 1
    step_key = (node[from_] * values_n + value[from_]) * values_n + value[to]
    _, step_id = np.unique(step_key, return_inverse=True)
    return _Pairs(place[from_], place[to], step_id)


def _gathered(slack: Slack, pairs: _Pairs, through: Ints, down: Ints, deal: int) -> Ints:
    """How far each class can rise with the help of all other cells together."""
    values = slack.right // slack.size
    values_n = int(values.max(initial=0)) + 1
    turn = (values[pairs.two] - values[pairs.one]) % values_n
    dealt = (slack.left[pairs.one] * (2 * deal + 1) + (slack.left[pairs.one] >> (3 + deal))) % max(values_n - 1, 1)
    mine = np.where(dealt == turn - 1, through, 0)
    ways = np.bincount(pairs.step, mine, minlength=1)[pairs.step] - mine
    help_ = np.minimum(down[pairs.two], ways)
    return np.bincount(pairs.one, help_, slack.n.size).astype(np.int64)


def _swapped(slack: Slack, pairs: _Pairs, through: Ints) -> Flags:
    """Nobody of the class is at risk: one of another class of the group stops being so in exchange."""
    one, two, gap = pairs.one, pairs.two, slack.units - slack.cut + 1
    fits = slack.counted[one] & (slack.at_risk[one] == 0) & (slack.at_risk[two] > 0)
    least = np.maximum(slack.units - slack.score_sum[one], slack.score_sum[two] - slack.high[two] + gap)
    least = np.maximum(least, 0)
    most_one = slack.units + (slack.cut - 1) * (slack.n[one] - 1) - slack.score_sum[one]
    most_two = slack.score_sum[two] - slack.low[two] + slack.cut
    ways = np.bincount(pairs.step, through, minlength=1)[pairs.step] - through
    fits &= (least <= most_one) & (least <= most_two) & (least <= ways)
    reached = np.zeros(slack.n.size, dtype=np.bool_)
    reached[one[fits]] = True
    return reached
