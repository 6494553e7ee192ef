"""Two families: the smallest derivable support is the minimum cut of the overlaps; the gate finds every light cut."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.audit.smallest_cut import Edges, small_side
from tests.oracles.rational_attack import smallest_support
from tests.oracles.stoer_wagner import smallest_cut

CASES: dict[str, tuple[dict[tuple[str | None, str | None], int], int]] = {
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


def _lightest_side(overlaps: Mapping[tuple[str | None, str | None], int], k: int) -> int | None:
    """People on the cut that the gate names, or none."""
    vertices = sorted({("left", a) if a else ("ground", "") for a, _ in overlaps} | {("ground", "")})
    vertices += sorted({("right", b) for _, b in overlaps if b})
    place = {vertex: at for at, vertex in enumerate(vertices)}
    ends = [
        (place[("left", a) if a else ("ground", "")], place[("right", b) if b else ("ground", "")], n)
        for (a, b), n in overlaps.items()
    ]
    one, two, weight = (np.array(column, dtype=np.int64) for column in zip(*ends, strict=True))
    side = small_side(Edges(one, two, weight), len(vertices), k)
    if side is None:
        return None
    inside = np.isin(np.arange(len(vertices)), side)
    return int(weight[inside[one] != inside[two]].sum())


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_gate_names_a_light_cut_exactly_where_the_acceptance_case_has_one(case: str) -> None:
    overlaps, expected = CASES[case]
    found = _lightest_side(overlaps, 5)
    assert (found is not None and found < 5) if expected < 5 else found is None


@given(weights=st.lists(st.integers(0, 4), min_size=30, max_size=30), k=st.integers(2, 8))
@settings(max_examples=150, deadline=None)
def test_the_gate_finds_a_cut_below_k_exactly_when_the_slow_search_does(weights: list[int], k: int) -> None:
    overlaps = dict(zip(product(("T1", "T2", "T3", "T4", None), ("a", "b", "c", "d", "e", None)), weights, strict=True))
    found, least = _lightest_side(overlaps, k), smallest_cut(overlaps)
    assert (found is not None) == (least is not None and least < k)
    assert found is None or 0 < found < k


@given(data=st.data(), k=st.integers(2, 8))
@settings(max_examples=60, deadline=None)
def test_the_order_of_greatest_adjacency_alone_finds_the_same(data: st.DataObject, k: int) -> None:
    size = data.draw(st.integers(2, 7))
    pairs = [(a, b) for a in range(size) for b in range(a)]
    weights = data.draw(st.lists(st.integers(0, 5), min_size=len(pairs), max_size=len(pairs)))
    overlaps: dict[tuple[str | None, str | None], int] = {
        (f"v{a}", f"w{b}"): n for (a, b), n in zip(pairs, weights, strict=True)
    }
    with patch("flows.audit.smallest_cut.WAYS_DEGREE", 0):
        plain = _lightest_side(overlaps, k)
    assert (plain is None) == (_lightest_side(overlaps, k) is None)


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
