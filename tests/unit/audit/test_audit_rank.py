"""Elimination modulo a prime spans what elimination over the rationals spans."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.audit.rank_attack import RowSpace
from tests.oracles.rational_attack import rank

ROWS = st.lists(st.lists(st.integers(-3, 3), min_size=5, max_size=5), min_size=1, max_size=7)


def _sparse(row: list[int]) -> dict[int, int]:
    return dict(enumerate(row))


@given(rows=ROWS)
@settings(max_examples=100, deadline=None)
def test_the_rank_is_that_over_the_rationals(rows: list[list[int]]) -> None:
    space = RowSpace()
    for row in rows:
        space.add(_sparse(row))
    assert space.rank == rank(rows)


@given(rows=ROWS, target=st.lists(st.integers(-3, 3), min_size=5, max_size=5))
@settings(max_examples=100, deadline=None)
def test_a_row_is_held_exactly_when_it_does_not_raise_the_rank(rows: list[list[int]], target: list[int]) -> None:
    space = RowSpace()
    for row in rows:
        space.add(_sparse(row))
    assert space.holds(_sparse(target)) == (rank([*rows, target]) == rank(rows))


def test_the_difference_of_two_overlapping_groups_is_found_although_it_is_no_group() -> None:
    space = RowSpace()
    space.add({1: 1, 9: 1})
    space.add({2: 1, 9: 1})
    assert space.holds({1: 1, 2: -1}) and not space.holds({1: 1})
