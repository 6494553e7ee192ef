"""Overlaps of tree and breakdown: the quick ways find what a general solver finds, and never more."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from flows.protect.overlap_graph import OverlapGraph
from flows.protect.overlap_network import NO_ARC, Arcs, Networks, Wanted
from flows.protect.overlap_programme import OverlapProgramme, Told
from flows.protect.overlap_trades import NOBODY, Besides, TradeTables

Edge = tuple[int, int, int]


@st.composite
def graphs(draw: st.DrawFn) -> list[Edge]:
    """Atoms of the tree 0 to 5, of the family 6 to 10; people in most of their overlaps."""
    pairs = [(left, right) for left in range(6) for right in range(6, 11)]
    return [(*pair, n) for pair in pairs if (n := draw(st.sampled_from([0, 0, 1, 1, 2, 3, 9])))]


@settings(max_examples=80, deadline=None)
@given(graphs(), st.integers(2, 12))
def test_atoms_are_held_together_by_as_many_people_as_the_greatest_flow_says(edges: list[Edge], k: int) -> None:
    graph, matrix = OverlapGraph(), np.zeros((11, 11), dtype=np.int32)
    for left, right, people in edges:
        graph.add([left], right, [people])
        matrix[left, right] = matrix[right, left] = people
    for a, b in ((6, 7), (8, 6)):
        assert graph.held_together(a, b, k) == min(k, maximum_flow(csr_array(matrix), a, b).flow_value)


@st.composite
def rooms(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Row, column, and how far each overlap may fall and rise."""
    places = [(row, column) for row in range(4) for column in range(3) if draw(st.integers(0, 4))]
    places = places or [(0, 0)]
    down, up = ([draw(st.integers(0, 4)) for _ in places] for _ in range(2))
    rows, columns = zip(*places, strict=True)
    return np.asarray(rows), np.asarray(columns), np.asarray(down), np.asarray(up)


@settings(max_examples=40, deadline=None)
@given(rooms(), st.sampled_from([-4, -2, -1, 1, 2, 4]))
def test_trades_move_a_sum_only_where_all_sums_of_rows_and_columns_can_stay(
    room: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], change: int
) -> None:
    row, column, down, up = room
    size = len(row)
    tables = TradeTables.of(np.zeros(size, dtype=np.int64), row, column, down, up)
    every, nobody = np.arange(size), np.zeros(size, dtype=np.int64)
    found = tables.can_move(every, np.full(size, change), Besides(np.full(size, NOBODY), nobody, nobody))
    sums = np.concatenate([row[None] == np.arange(4)[:, None], column[None] == np.arange(3)[:, None]])
    for place in np.flatnonzero(found).tolist():
        bounds = [(-a, b) for a, b in zip(down.tolist(), up.tolist(), strict=True)]
        bounds[place] = (change, change)
        assert linprog(np.zeros(size), A_eq=sums, b_eq=np.zeros(len(sums)), bounds=bounds).status == 0


def test_trades_are_found_over_several_rows_where_one_has_too_little_room() -> None:
    row, column = np.repeat(np.arange(3), 2), np.tile(np.arange(2), 3)
    down, up = np.asarray([0, 4, 1, 0, 1, 0]), np.asarray([0, 0, 0, 1, 0, 1])
    tables = TradeTables.of(np.zeros(6, dtype=np.int64), row, column, down, up)
    alone = Besides(np.full(1, NOBODY), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
    assert tables.can_move(np.asarray([0]), np.asarray([2]), alone).tolist() == [True]
    assert tables.can_move(np.asarray([0]), np.asarray([3]), alone).tolist() == [False]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), min_size=1, max_size=3), st.data())
def test_the_programme_finds_somebody_free_exactly_where_some_assignment_of_scores_does(
    people: list[list[int]], data: st.DataObject
) -> None:
    top, cut = 4, data.draw(st.integers(1, 4))
    n = np.asarray([len(scores) for scores in people])
    sums = [sum(scores) for scores in people]
    at_risk = [sum(score >= cut for score in scores) for scores in people]
    every, total, risky = np.arange(len(n)), sum(sums), sum(at_risk)
    first = Told(np.asarray([0]), sums[0], sums[0])
    programme = OverlapProgramme.of(
        n, np.ones(len(n), dtype=bool), (top, cut), [Told(every, total, total), first], [Told(every, risky, risky)]
    )
    worlds = _worlds([len(scores) for scores in people], top, cut)
    for place in range(len(n)):
        for target in (0, top):
            allowed = {
                world
                for world in worlds
                if sum(s for s, _, _ in world) == total
                and sum(f for _, f, _ in world) == risky
                and world[0][0] == sums[0]
                and target in world[place][2]
            }
            assert programme.is_free(place, target) == bool(allowed)


def _worlds(sizes: list[int], top: int, cut: int) -> list[tuple[tuple[int, int, frozenset[int]], ...]]:
    """All sums, numbers at risk and scores that occur together, for each overlap."""
    worlds: list[tuple[tuple[int, int, frozenset[int]], ...]] = [()]
    for size in sizes:
        found: dict[tuple[int, int], set[int]] = {}
        for number in range((top + 1) ** size):
            scores = [number // (top + 1) ** place % (top + 1) for place in range(size)]
            found.setdefault((sum(scores), sum(score >= cut for score in scores)), set()).update(scores)
        worlds = [(*world, (*key, frozenset(scores))) for world in worlds for key, scores in found.items()]
    return worlds


@st.composite
def networks(draw: st.DrawFn) -> tuple[Arcs, list[int]]:
    """Sums between five atoms and the ground, each with some room; and two arcs, or one, to be moved."""
    ends = [(draw(st.integers(-1, 1)), draw(st.integers(1, 4))) for _ in range(draw(st.integers(1, 9)))]
    tail, head = zip(*ends, strict=True)
    flow = [draw(st.integers(0, 6)) for _ in ends]
    low, high = ([at + sign * draw(st.integers(0, 3)) for at in flow] for sign in (-1, 1))
    moved = draw(st.lists(st.integers(0, len(ends) - 1), min_size=1, max_size=2, unique=True))
    return Arcs(*(np.asarray(column) for column in (tail, head, flow, low, high))), moved


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(networks(), st.lists(st.integers(-4, 4), min_size=4, max_size=4)), min_size=1, max_size=4))
def test_many_networks_asked_at_once_hold_exactly_what_linear_programming_says(
    asked: list[tuple[tuple[Arcs, list[int]], list[int]]],
) -> None:
    sizes = [len(arcs.tail) for (arcs, _), _ in asked]
    columns = (np.concatenate([getattr(arcs, name) for (arcs, _), _ in asked]) for name in Arcs.__slots__)
    laid = Networks.of(Arcs(*columns), np.repeat(np.arange(len(asked)), sizes), len(asked))
    wanted: list[list[tuple[int, int, int]]] = [[], []]
    expected = []
    for (arcs, moved), steps in asked:
        bounds = list(zip(arcs.low.tolist(), arcs.high.tolist(), strict=True))
        for place in range(2):
            arc = moved[place] if place < len(moved) else NO_ARC
            ends = sorted(arcs.flow[arc] + steps[2 * place : 2 * place + 2])
            wanted[place].append((arc, *ends))
            if arc != NO_ARC:
                bounds[arc] = (ends[0], ends[1])
        atoms = np.unique(np.concatenate([arcs.tail, arcs.head]))[:, None]
        rows = (arcs.head[None] == atoms).astype(int) - (arcs.tail[None] == atoms)
        expected.append(linprog(np.zeros(len(bounds)), A_eq=rows, b_eq=rows @ arcs.flow, bounds=bounds).status == 0)
    found = laid.can_hold(np.arange(len(asked)), [Wanted(*np.asarray(one).T) for one in wanted])
    assert found.tolist() == expected
