"""Ranges of classes of people in tree and breakdown: the quick proofs against integer programming on random systems."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array

from flows.audit import common_worlds
from flows.audit.breakdown_figures import Breakdown, CellRows, ValueSums
from flows.audit.common_worlds import reached_together
from flows.audit.group_tree import GroupTree, Ints, tree_from
from flows.audit.laminar_ranges import Interval
from flows.audit.overlap_graph import GROUND, classes_of
from flows.audit.range_programme import allows_top
from flows.audit.range_system import RangeSystem, TreeRows, limits_of
from flows.audit.wide_ways import joined_tops

VALUES = ("a", "b", "c")
MOST = 5


def _tree(parents: list[int | None]) -> GroupTree:
    names = [f"g{i}" for i in range(len(parents))]
    above = [None if parent is None else names[parent] for parent in parents]
    columns = {"group_id": names, "parent_group_id": above, "kind": "unit", "member_unit_ids": [[n] for n in names]}
    tree, faults = tree_from(pl.DataFrame(columns), None)
    if tree is None:
        raise AssertionError(faults)
    return tree


def _marks(draw: st.DrawFn, size: int, chances: list[bool]) -> np.ndarray:
    return np.array(draw(st.lists(st.sampled_from(chances), min_size=size, max_size=size)), dtype=np.bool_)


@st.composite
def systems(draw: st.DrawFn, has_shares: bool) -> RangeSystem:
    """Up to nine groups, three values and some who state none; any groups, bands, shares and cells shown."""
    size = draw(st.integers(2, 9))
    tree = _tree([None, *(draw(st.integers(0, at)) for at in range(size - 1))])
    units = draw(st.integers(1, 4))
    cut = draw(st.integers(1, units)) if has_shares else 1
    skew = draw(st.sampled_from([list(range(units + 1)), [0, 0, 0, 1], [units, units, units - 1]]))
    people = [draw(st.lists(st.sampled_from(skew), max_size=4)) for _ in range((len(VALUES) + 1) * size)]
    own = [
        np.array([figure(scores) for scores in people], dtype=np.int64).reshape(len(VALUES) + 1, size)
        for figure in (len, sum, lambda scores: sum(score >= cut for score in scores))
    ]
    inside = ValueSums(*own, *(np.stack([tree.totals(row) for row in table]) for table in own))
    shown = _marks(draw, size, [True, True, False]) & (inside.n.sum(axis=0) > 0)
    is_cell = np.stack([_marks(draw, size, [True, False]) for _ in VALUES]) & (inside.n[:-1] > 0)
    value, node = np.nonzero(is_cell)
    nothing = np.zeros(0)
    none = CellRows(nothing, nothing, nothing, nothing, nothing)
    cells = CellRows(node, value, inside.n[value, node], np.zeros(node.size), np.zeros(node.size))
    classes, _ = classes_of(tree, shown, Breakdown("m", VALUES, cells, none), inside)
    groups = np.flatnonzero(shown)
    rows = TreeRows(groups, _banded(draw, inside.score_sum.sum(axis=0)[groups], units))
    counts = None
    if has_shares:
        marks = _marks(draw, groups.size, [True, True, False])
        counts = TreeRows(groups, _banded(draw, inside.at_risk.sum(axis=0)[groups], 2)).of(marks)
    return RangeSystem(tree, classes, units, cut, rows, counts)


def _banded(draw: st.DrawFn, true: Ints, width: int) -> Interval:
    """Exact or, now and then, a band around the truth."""
    low = [draw(st.sampled_from([0, 0, 0, width])) for _ in true]
    high = [draw(st.sampled_from([0, 0, 0, width])) for _ in true]
    return Interval(true - np.array(low, dtype=np.int64), true + np.array(high, dtype=np.int64))


def _held(system: RangeSystem) -> list[int]:
    """Classes of which anything is shown, some of them: integer programming is slow."""
    shown = (system.classes.left != GROUND) | (system.classes.right != GROUND)
    return [int(at) for at in np.flatnonzero(shown)[:: 1 + int(shown.sum()) // MOST]]


@given(systems(has_shares=False))
@settings(max_examples=15, deadline=None)
def test_without_shares_the_flow_finds_exactly_the_tops_that_integer_programming_finds(system: RangeSystem) -> None:
    held = _held(system)
    assert reached_together(system, limits_of(system), held) == {at for at in held if allows_top(system, at)}


@given(systems(has_shares=True))
@settings(max_examples=15, deadline=None)
def test_with_shares_the_flow_finds_no_top_that_integer_programming_refuses(system: RangeSystem) -> None:
    found = reached_together(system, limits_of(system), _held(system))
    assert [at for at in found if not allows_top(system, at)] == []


@given(systems(has_shares=True))
@settings(max_examples=15, deadline=None)
def test_everybody_at_once_finds_no_top_that_integer_programming_refuses(system: RangeSystem) -> None:
    found = np.flatnonzero(joined_tops(system, limits_of(system)))
    assert [at for at in found.tolist() if at in _held(system) and not allows_top(system, at)] == []


@given(systems(has_shares=False))
@settings(max_examples=20, deadline=None)
def test_a_system_turned_over_twice_is_itself(system: RangeSystem) -> None:
    twice = system.turned().turned()
    assert twice.cut == system.cut
    assert np.array_equal(twice.classes.score_sum, system.classes.score_sum)
    assert np.array_equal(twice.sums.shown.low, system.sums.shown.low)
    assert twice.is_true()


@given(systems(has_shares=False))
@settings(max_examples=20, deadline=None)
def test_a_search_that_is_cut_short_clears_nobody_more(system: RangeSystem) -> None:
    whole = reached_together(system, limits_of(system), _held(system))
    with patch.object(common_worlds, "LINES_LOOKED_AT", 3):
        assert reached_together(system, limits_of(system), _held(system)) <= whole


@given(systems(has_shares=False))
@settings(max_examples=20, deadline=None)
def test_a_flow_that_arrives_without_a_way_clears_nobody_who_has_to_rise(system: RangeSystem) -> None:
    """As if the library that protection uses, too, said yes to everything."""
    limits = limits_of(system)
    rising = [at for at in _held(system) if system.classes.score_sum[at] < limits.needed[at]]

    def claimed(room: csr_array, source: int, sink: int) -> SimpleNamespace:
        lines = room.tocoo()
        ends = np.isin(lines.row, source) | np.isin(lines.col, sink)
        sent = coo_array((lines.data * ends, (lines.row, lines.col)), shape=room.shape).tocsr()
        return SimpleNamespace(flow=sent - sent.T)

    with patch.object(common_worlds, "maximum_flow", claimed):
        assert reached_together(system, limits, rising) == set()
