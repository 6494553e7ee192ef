"""Shares at risk: rule F, and what a share and the means of the same people say together (PRIVACY 1f).

Scores here are turned so that people at risk have `cut` units or more, of 0 to `range_units`.
n people with a known sum allow between `least` and `most` of them to be at risk.

A *piece* is a mean atom, or a bound inside one: people about whom the means say one sum. Each piece is asked twice:
may somebody in it have the lowest, and the highest score, in a possible world that agrees with all shares?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from flows.protect.blocks import Blocks, Flags, Intervals
from flows.protect.extremes import Pattern, Sums, failing_atoms
from flows.protect.tree import Ints, ReportingTree
from flows.protect.worlds import Group, moved_world


@dataclass(frozen=True, slots=True)
class CutOff:
    """Scores run from 0 to `range_units`; people at risk have `cut` or more. Works on numbers and on arrays."""

    range_units: int
    cut: int

    def least(self, n: Ints, total: Ints) -> Ints:
        """Fewest people at risk among n with this sum."""
        over = total - n * (self.cut - 1)
        return np.asarray(np.maximum(0, -(-over // (self.range_units - self.cut + 1))))

    def most(self, n: Ints, total: Ints) -> Ints:
        """Most people at risk among n with this sum."""
        return np.minimum(n, total // self.cut)

    def allows(self, is_top: Flags, n: Ints, total: Ints, low: Ints, high: Ints) -> Flags:
        """Whether somebody may score the top, or else 0, with `low` to `high` of the n at risk."""
        most = np.minimum(np.minimum(high, n), (total - self.range_units) // self.cut + 1)
        may_top = np.maximum(np.maximum(low, 1), self.least(n, total)) <= most
        least = np.maximum(low, self.least(n - 1, total))
        may_bottom = least <= np.minimum(np.minimum(high, n - 1), self.most(n, total))
        return np.where(is_top, may_top, may_bottom)


class Question(NamedTuple):
    """May somebody in a piece score the top (or else 0), in this possible world?

    root: node of the piece's mean atom. n, total: of the piece in that world. low, high: by how much the world moves
    least and most of the whole atom. is_possible: whether there is such a world.
    """

    root: int
    is_top: bool
    n: int
    total: int
    low: int
    high: int
    is_possible: bool


@dataclass(frozen=True, slots=True)
class MeanAtoms:
    """What the means of a measure say, laid out once: it stays the same while shares are taken out.

    roots, least, most: of each piece, the node of its atom, and how many of it may be at risk. asked: all questions.
    """

    cut_off: CutOff
    roots: Ints
    least: Ints
    most: Ints
    asked: tuple[npt.NDArray[np.int64], ...]

    @classmethod
    def of(cls, tree: ReportingTree, means: Sums, pattern: Pattern, cut_off: CutOff) -> MeanAtoms:
        """Pieces of the atoms and the questions about them."""
        is_bound = pattern.is_bound(means)
        blocks = Blocks.of(tree, pattern.is_exact, is_bound)
        n, total = blocks.gather(means.own_n), blocks.gather(means.own_sum)
        root = np.where(pattern.is_exact, np.arange(len(tree)), -1)
        for nodes in blocks.levels:
            root[nodes] = root[blocks.around[nodes]]
        pieces = np.flatnonzero((root >= 0) & (n > 0))
        has_bounds = np.zeros(len(tree), dtype=bool)
        has_bounds[root[np.flatnonzero((root >= 0) & is_bound)]] = True
        plain = pieces[~has_bounds[root[pieces]]]
        zeros, ones = np.zeros(len(plain), dtype=np.int64), np.ones(len(plain), dtype=np.int64)
        moved = _moved(blocks, means, n, total, np.flatnonzero(has_bounds), is_bound, cut_off)
        columns = [
            np.concatenate([column, column, np.asarray([question[place] for question in moved], dtype=np.int64)])
            for place, column in ((0, root[plain]), (2, n[plain]), (3, total[plain]), (4, zeros), (5, zeros), (6, ones))
        ]
        is_top = np.concatenate([ones, zeros, np.asarray([question.is_top for question in moved], dtype=np.int64)])
        found = (columns[0], is_top, *columns[1:])
        return cls(cut_off, root[pieces], *_range(cut_off, n[pieces], total[pieces]), found)


def _range(cut_off: CutOff, n: Ints, total: Ints) -> tuple[Ints, Ints]:
    return cut_off.least(n, total), cut_off.most(n, total)


def _moved(
    blocks: Blocks, means: Sums, n: Ints, total: Ints, roots: Ints, is_bound: Flags, cut_off: CutOff
) -> list[Question]:
    """Questions about atoms with bounds inside, each in a world of its own (`flows/protect/worlds.py`)."""
    inner: dict[int, list[int]] = {}
    for bound in np.flatnonzero(is_bound & (blocks.around >= 0)).tolist():
        inner.setdefault(int(blocks.around[bound]), []).append(bound)

    def group(node: int) -> Group:
        parts = [group(part) for part in inner.get(node, ())]
        own = int(total[node])
        whole = own + sum(part.total for part in parts)
        low, high = means.band(node) if is_bound[node] else (whole, whole)
        return Group(int(n[node]), own, means.range_units, low, high, parts)

    return [question for root in roots.tolist() for question in _questions(root, group(root), cut_off)]


def _questions(root: int, atom: Group, cut_off: CutOff) -> list[Question]:
    true = _reach(atom, cut_off)
    found = []
    for place, piece in enumerate(atom.pieces()):
        for end in (0, cut_off.range_units) if piece.n else ():
            world = moved_world(atom, place, end)
            if world is None:
                found.append(Question(root, end > 0, piece.n, piece.own_sum, 0, 0, is_possible=False))
                continue
            reach = [_reach_of(each, cut_off) for each in world]
            low, high = sum(r[0] for r in reach) - true[0], sum(r[1] for r in reach) - true[1]
            who = world[place]
            found.append(Question(root, end > 0, who.n, who.own_sum, low, high, is_possible=True))
    return found


def _reach(atom: Group, cut_off: CutOff) -> tuple[int, int]:
    reach = [_reach_of(piece, cut_off) for piece in atom.pieces()]
    return sum(low for low, _ in reach), sum(high for _, high in reach)


def _reach_of(piece: Group, cut_off: CutOff) -> tuple[int, int]:
    over = piece.own_sum - piece.n * (cut_off.cut - 1)
    return max(0, -(-over // (cut_off.range_units - cut_off.cut + 1))), min(piece.n, piece.own_sum // cut_off.cut)


def failing_share_atoms(tree: ReportingTree, pattern: Pattern, shares: Sums, atoms: MeanAtoms | None) -> Flags:
    """Nodes whose share must not stand as it is: by rule F, or together with the means. `atoms` None: guarded."""
    failed = failing_atoms(tree, pattern, shares)
    if atoms is None:
        return failed
    is_bound = pattern.is_bound(shares)
    blocks = Blocks.of(tree, pattern.is_exact, is_bound)
    count = blocks.inside(blocks.gather(shares.own_sum))
    band_low, band_high = shares.bands()
    told = (np.where(is_bound, band_low, count), np.where(is_bound, band_high, count))
    least, most = np.zeros(len(tree), dtype=np.int64), np.zeros(len(tree), dtype=np.int64)
    owner = blocks.owner[atoms.roots]
    owned = owner >= 0
    np.add.at(least, owner[owned], atoms.least[owned])
    np.add.at(most, owner[owned], atoms.most[owned])
    intervals = Intervals.of(blocks, told, (least, most))
    return failed | _not_free(blocks, told, intervals, atoms)


def _not_free(blocks: Blocks, told: tuple[Ints, Ints], intervals: Intervals, atoms: MeanAtoms) -> Flags:
    """Blocks in which somebody is not free: each judged by what is told about itself and the blocks inside it."""
    at = blocks.owner[atoms.asked[0]]
    asked = [column[at >= 0] for column in atoms.asked]
    at = at[at >= 0]
    cut_off, (_, is_top, n, total, low, high, is_possible) = atoms.cut_off, asked
    target = _range(cut_off, n, total)
    # On the way outwards: each block with the sums of its parts in this world, innermost first.
    step = _Step.of(at, told, intervals.sum_low[at] + low, intervals.sum_high[at] + high)
    path: list[_Step] = []
    is_open = is_possible > 0
    not_free = np.zeros(len(blocks.owner), dtype=bool)
    while True:
        path.append(step)
        is_open = is_open & (step.low <= step.high)
        found = _inwards(path, target)
        is_free = is_open & (found[0] <= found[1]) & cut_off.allows(is_top > 0, n, total, *found)
        not_free[step.at[~is_free]] = True
        goes_on = np.flatnonzero(blocks.around[step.at] >= 0)
        if not len(goes_on):
            return not_free
        path = [each.only(goes_on) for each in path]
        is_open, is_top, n, total = is_open[goes_on], is_top[goes_on], n[goes_on], total[goes_on]
        target = (target[0][goes_on], target[1][goes_on])
        last = path[-1]
        outer = blocks.around[last.at]
        step = _Step.of(
            outer,
            told,
            intervals.sum_low[outer] - intervals.low[last.at] + last.low,
            intervals.sum_high[outer] - intervals.high[last.at] + last.high,
        )


class _Step(NamedTuple):
    """One block on the way outwards, for each question: its sums in the world of the question."""

    at: Ints
    low: Ints
    high: Ints
    sum_low: Ints
    sum_high: Ints

    @classmethod
    def of(cls, at: Ints, told: tuple[Ints, Ints], sum_low: Ints, sum_high: Ints) -> _Step:
        return cls(at, np.maximum(told[0][at], sum_low), np.minimum(told[1][at], sum_high), sum_low, sum_high)

    def only(self, places: Ints) -> _Step:
        return _Step(*(column[places] for column in self))


def _inwards(path: list[_Step], target: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """What the outermost block of the path leaves for the number at risk in the piece."""
    low, high = path[-1].low, path[-1].high
    for outer, inner in zip(reversed(path[1:]), reversed(path[:-1]), strict=True):
        low, high = (
            np.maximum(inner.low, low - (outer.sum_high - inner.high)),
            np.minimum(inner.high, high - (outer.sum_low - inner.low)),
        )
    inmost = path[0]
    others_low, others_high = inmost.sum_low - target[0], inmost.sum_high - target[1]
    return np.maximum(target[0], low - others_high), np.minimum(target[1], high - others_low)
