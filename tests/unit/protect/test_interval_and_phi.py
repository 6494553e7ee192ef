"""Known answers of intervals, phi and rounding (TRENDS 9)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from flows.protect.interval import wilson_interval
from flows.protect.phi import AtomSpreads, pooled_phi, released_phi
from flows.protect.rows import mean_bound, mean_of, percent_bound, percent_of, response_band


@pytest.mark.parametrize(
    ("score", "n", "answered", "phi", "expected"),
    [
        (50, 8, 0.0, 0.25, (33.63, 66.37)),
        (50, 8, 0.5, 0.25, (38.10, 61.90)),
        (20, 5, 0.7, 0.25, (12.16, 31.11)),
        (57.3, 14, 0.7, 0.3, (49.44, 64.80)),
        (0, 12, 0.0, 0.3, (0.00, 8.76)),
        (25, 12, 0.5, 1.0, (12.00, 44.90)),
        (30, 100, 0.0, 1.0, (21.89, 39.58)),
    ],
)
def test_the_interval_is_the_one_of_the_known_answers(
    score: float, n: int, answered: float, phi: float, expected: tuple[float, float]
) -> None:
    assert wilson_interval(score, n, answered, phi) == pytest.approx(expected, abs=0.006)


def spreads(atoms: Sequence[tuple[float, float, float]]) -> AtomSpreads:
    """People, mean and sum of squared distances of each atom."""
    return AtomSpreads(*np.asarray(atoms, dtype=np.float64).T)


def test_phi_of_three_atoms_is_the_known_answer() -> None:
    atoms = [(5, 40, 3250), (6, 62.5, 5937.5), (7, 275 / 7, 25000 / 7)]
    assert pooled_phi(spreads(atoms)) == pytest.approx(0.337719, abs=1e-6)


def test_phi_of_two_atoms_is_the_known_answer() -> None:
    assert pooled_phi(spreads([(5, 40, 2500), (10, 60, 6250), (1, 90, 0)])) == pytest.approx(0.2707, abs=1e-4)


@pytest.mark.parametrize(("items_n", "expected"), [(1, 0.40), (2, 0.30), (3, 0.20), (7, 0.20)])
def test_few_people_get_the_default_phi_of_their_item_count(items_n: int, expected: float) -> None:
    assert released_phi(spreads([(50, 50, 10_000)] * 9), items_n) == (expected, "default")


def test_phi_is_clipped_so_that_it_never_says_that_people_agree() -> None:
    assert released_phi(spreads([(20, 50, 0)] * 10), 1) == (0.05, "pooled")


@pytest.mark.parametrize(
    ("total", "n", "range_units", "expected"), [(19, 5, 4, 95.0), (1, 3, 4, 8.3), (1, 8, 1, 12.5), (1, 16, 1, 6.3)]
)
def test_means_are_rounded_half_up_in_exact_integers(total: int, n: int, range_units: int, expected: float) -> None:
    assert mean_of(total, n, range_units) == expected


@pytest.mark.parametrize(("n", "low", "high"), [(5, 20.0, 80.0), (6, 16.7, 83.3), (7, 14.3, 85.7), (8, 12.5, 87.5)])
def test_bounds_of_means_are_rounded_outward(n: int, low: float, high: float) -> None:
    assert (mean_bound(False, n), mean_bound(True, n)) == (low, high)


@pytest.mark.parametrize(("n", "low", "high"), [(10, 20.0, 80.0), (12, 17.0, 83.0), (30, 7.0, 93.0)])
def test_bounds_of_shares_are_rounded_outward(n: int, low: float, high: float) -> None:
    assert (percent_bound(False, n), percent_bound(True, n)) == (low, high)


def test_a_share_is_rounded_half_up() -> None:
    assert (percent_of(5, 40), percent_of(3, 10)) == (13.0, 30.0)


@pytest.mark.parametrize(
    ("answered", "asked", "band"),
    [(4, 10, "<50"), (5, 10, "50-69"), (7, 10, "70-84"), (17, 20, ">=85"), (12, 10, ">=85"), (5, 0, None)],
)
def test_response_is_told_as_a_band_only(answered: int, asked: int, band: str | None) -> None:
    assert response_band(answered, asked) == band
