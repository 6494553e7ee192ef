"""Two families: the smallest derivable support is the minimum cut of the overlaps."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.audit.smallest_cut import smallest_cut
from tests.oracles.rational_attack import smallest_support

CASES = {
    "X1": ({("T1", "eng"): 2, ("T1", "mgr"): 5, ("T2", "eng"): 9}, 2),
    "X2": ({("T1", "eng"): 6, ("T1", "ops"): 1, ("T2", "eng"): 1, ("T2", "ops"): 7}, 2),
    "X3": ({("T1", "eng"): 5, ("T1", "ops"): 3, ("T2", "eng"): 4, ("T2", "ops"): 6}, 7),
    "R1": ({("T1", "v1"): 8, ("T1", "late"): 2, ("T2", "v1"): 9, ("T2", "late"): 1}, 3),
    "R2": ({("T1", "v1"): 8, ("T1", "late"): 5, ("T2", "v1"): 9, ("T2", "late"): 0}, 5),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_smallest_cut_is_the_one_of_the_acceptance_case(case: str) -> None:
    overlaps, expected = CASES[case]
    assert smallest_cut(overlaps) == expected


@pytest.mark.parametrize("case", sorted(CASES))
def test_contracting_heavy_edges_keeps_every_cut_below_the_threshold(case: str) -> None:
    overlaps, expected = CASES[case]
    contracted = smallest_cut(overlaps, k=5)
    assert contracted == expected if expected < 5 else contracted is None or contracted >= 5


def test_nothing_published_has_no_cut() -> None:
    assert smallest_cut({}) is None


@given(weights=st.lists(st.integers(0, 5), min_size=9, max_size=9))
@settings(max_examples=40, deadline=None)
def test_the_smallest_cut_is_the_smallest_support_that_elimination_finds(weights: list[int]) -> None:
    cells = dict(zip(product(("T1", "T2", None), ("eng", "ops", None)), weights, strict=True))
    people = {f"{left}-{right}": n for (left, right), n in cells.items() if (left, right) != (None, None)}
    margins = [frozenset(p for p in people if p.startswith(f"{left}-")) for left in ("T1", "T2")]
    margins += [frozenset(p for p in people if p.endswith(f"-{right}")) for right in ("eng", "ops")]
    assert (smallest_cut(cells) or 0) == smallest_support(margins, people)
