"""The known answers of the specification (TRENDS 9), and well-kept libraries beside the vectorised code."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

from flows.trend.angle import angle, bound_middle, points, two_waves
from flows.trend.level import change_variance, filter_levels, smooth_levels, unusual_waves
from flows.trend.noise import fit_variogram, noise_and_drift, spread, wave_pairs

NAN = np.nan
D = np.array([[5.0], [2.0], [NAN], [8.0], [10.0], [9.0]])
R = np.full((6, 1), 60.0)
TIMES = np.arange(6.0)


def test_angles_and_the_middle_of_bounds() -> None:
    assert angle(20) == pytest.approx(0.463648, abs=1e-6)
    assert angle(50) == pytest.approx(0.785398, abs=1e-6)
    middle, extra = bound_middle([12.5, 80.0])
    assert points(middle) == pytest.approx([3.2293, 94.7214], abs=1e-4)
    assert extra == pytest.approx([0.010882, 0.017914], abs=1e-6)


@pytest.mark.parametrize(
    ("first", "last", "phi", "z"),
    [((50, 10), (62, 12), 0.25, 1.1207), ((8, 12), (15, 9), 0.4, 0.7833), ((0, 10), (20, 10), 0.3, 3.0170)],
)
def test_two_waves_compared(first: tuple[int, int], last: tuple[int, int], phi: float, z: float) -> None:
    assert float(two_waves(*first, *last, phi).z) == pytest.approx(z, abs=1e-4)


def test_the_standard_error_of_two_waves_in_points() -> None:
    assert float(two_waves(50, 10, 62, 12, 0.25).se_points) == pytest.approx(10.55, abs=0.005)


def test_spread_of_first_values() -> None:
    y, v = np.array([30.0, 45, 50, 55, 70, 52]), np.array([60.0, 40, 30, 50, 60, 20])
    assert spread(y, v) == pytest.approx(218.38, abs=0.01)


def test_the_variogram_of_seven_groups() -> None:
    rows = [
        (0, 0.05, 0.02, 0.09),
        (0.02, -0.02, 0.04, 0),
        (-0.03, 0.01, -0.01, -0.06),
        (0.1, 0.02, 0.05, 0.12),
        (0, 0.03, -0.04, 0.01),
        (-0.08, -0.02, -0.05, -0.1),
        (0.03, 0.06, 0, -0.03),
    ]
    d = np.array(rows).T
    v, times = np.full(d.shape, 0.006), np.arange(4.0)
    pairs = wave_pairs(d, v, times)
    assert pairs.neighbours_n == 21
    assert fit_variogram(pairs) == (0.3, 0.0)
    assert noise_and_drift(d, v, times, 50.0, None).c2 == pytest.approx(0.79296, abs=1e-5)
    assert noise_and_drift(d, v, times, 50.0, None).q == pytest.approx((0.75 / 100) ** 2)


def test_filter_smoother_and_change_of_one_series() -> None:
    levels = filter_levels(D, R, TIMES, 4.0, 25.0)
    assert levels.a[:, 0] == pytest.approx([1.4706, 1.6110, 1.6110, 3.4314, 5.1401, 6.0908], abs=1e-4)
    assert levels.p[:, 0] == pytest.approx([17.6471, 15.9078, 19.9078, 17.0958, 15.6080, 14.7784], abs=1e-4)
    assert levels.z[[0, 1, 3, 4, 5], 0] == pytest.approx([0.5423, 0.0586, 0.6975, 0.7294, 0.4326], abs=1e-4)
    smoothed = smooth_levels(levels, 0)
    assert smoothed.s[:, 0] == pytest.approx([3.6562, 4.1517, 4.7905, 5.4294, 5.8969, 6.0908], abs=1e-4)
    assert smoothed.p[:, 0] == pytest.approx([10.1768, 10.4066, 11.2922, 11.4821, 12.5479, 14.7784], abs=1e-4)
    assert smoothed.s[-1, 0] - smoothed.s[1, 0] == pytest.approx(1.9392, abs=1e-4)
    assert change_variance(smoothed, np.array([1.0]))[0] == pytest.approx(12.4987, abs=1e-4)


def test_the_filter_agrees_with_statsmodels() -> None:
    model = UnobservedComponents(D[:, 0], "local level")
    model.initialize_known(np.array([0.0]), np.array([[25.0]]))
    result = model.smooth([60.0, 4.0])
    ours = filter_levels(D, R, TIMES, 4.0, 25.0)
    assert ours.a[:, 0] == pytest.approx(result.filtered_state[0])
    assert smooth_levels(ours, 0).s[:, 0] == pytest.approx(result.smoothed_state[0])
    assert smooth_levels(ours, 0).p[:, 0] == pytest.approx(result.smoothed_state_cov[0, 0])


def test_a_wave_far_from_what_was_expected_is_unusual() -> None:
    z = np.array([[0.0, 2.1, 2.1, 2.5], [3.2, 0.0, -2.1, NAN], [0.0, 2.2, 0.0, 2.5]])
    assert unusual_waves(z).tolist() == [
        [False, False, False, False],
        [True, False, False, False],
        [False, True, False, True],
    ]
