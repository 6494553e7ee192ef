"""The judgement of shares in arrays agrees with one that looks at one person and one number at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.protect.extremes import Pattern, Sums, failing_atoms
from flows.protect.shares import CutOff, MeanAtoms, failing_share_atoms
from flows.protect.tree import ReportingTree
from tests.oracles.share_worlds import unfree_nodes


@dataclass(frozen=True)
class Shown:
    """A tree with a measure, and any choice of what is shown of its means and shares."""

    tree: ReportingTree
    means: Sums
    shares: Sums
    mean_pattern: Pattern
    share_pattern: Pattern
    cut: int


@st.composite
def choices(draw: st.DrawFn) -> Shown:
    size, top = draw(st.integers(1, 7)), draw(st.sampled_from([2, 4, 6]))
    cut = draw(st.integers(1, top))
    parents = (-1, *(draw(st.integers(max(0, node - 3), node - 1)) for node in range(1, size)))
    names = tuple(f"g{node}" for node in range(size))
    levels = tuple("team" if node not in parents else "department" for node in range(size))
    tree = ReportingTree(names, parents, names, levels, tuple((name,) for name in names), (0,) * size, {})
    ends = st.sampled_from([0, 0, 1, top, top])
    likely = draw(st.sampled_from([ends, st.integers(0, top), st.sampled_from([0, 0, 0, 1]), st.just(top)]))
    people = [draw(st.lists(likely | st.integers(0, top), max_size=9)) for _ in range(size)]
    means = _sums(tree, people, [sum(scores) for scores in people], top, top)
    shares = _sums(tree, people, [sum(score >= cut for score in scores) for scores in people], 1, 2)
    is_exact, is_coded = _flags(draw, size), _flags(draw, size)
    mean_pattern = Pattern(is_exact, is_coded & ~is_exact, np.zeros(size, dtype=bool))
    has_share, is_share_coded = _flags(draw, size) & is_exact, _flags(draw, size) & is_exact
    share_pattern = Pattern(has_share, is_share_coded & ~has_share, np.zeros(size, dtype=bool))
    return Shown(tree, means, shares, mean_pattern, share_pattern, cut)


def _sums(tree: ReportingTree, people: list[list[int]], sums: list[int], scale: int, margin: int) -> Sums:
    own_n, own = np.asarray([len(scores) for scores in people]), np.asarray(sums)
    return Sums(own_n, own, tree.totals(own_n), tree.totals(own), scale, margin)


def _flags(draw: st.DrawFn, size: int) -> np.ndarray:
    return np.asarray([draw(st.booleans()) for _ in range(size)])


@settings(max_examples=80, deadline=None)
@given(choices())
def test_a_share_fails_in_arrays_where_one_by_one_somebody_under_it_is_not_free(shown: Shown) -> None:
    tree, means, cut = shown.tree, shown.means, shown.cut
    atoms = MeanAtoms.of(tree, means, shown.mean_pattern, CutOff(means.range_units, cut))
    found = failing_share_atoms(tree, shown.share_pattern, shown.shares, atoms)
    expected = set(np.flatnonzero(failing_atoms(tree, shown.share_pattern, shown.shares)).tolist())
    expected |= unfree_nodes(tree, shown.share_pattern, shown.shares, means, shown.mean_pattern, cut)
    assert set(np.flatnonzero(found).tolist()) == expected
