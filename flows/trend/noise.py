"""Noise factor, drift and spread of one level and measure, from released cells alone (TRENDS 3.2, 4.3).

Arrays are time-major, waves x groups, on the angle scale; a missing cell is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.trend.angle import Floats, points_per_angle

LAGS = 4
ROUNDS = 8
LEAST_PAIRS = 20
PRIOR_PAIRS = 50
C2_RANGE = (0.3, 2.0)
LEAST_DRIFT_POINTS = 0.75
SAMPLED_GROUPS = 4000
TAU_STEPS = 160


@dataclass(frozen=True, slots=True)
class Drift:
    """Noise factor `c2`, drift `q` per unit of time, and whether `q` had to be taken from the level below."""

    c2: float
    q: float
    is_of_level_below: bool = False


def least_drift(mean_score: float) -> float:
    """The least drift: joiners and leavers move every team by about 0.75 points a wave."""
    return float((LEAST_DRIFT_POINTS / points_per_angle(min(max(mean_score, 1.0), 99.0))) ** 2)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of waves of the same group: squared difference, sum of sampling variances, time between."""

    squared: Floats
    variance: Floats
    gap: Floats
    neighbours_n: int


def wave_pairs(d: Floats, v: Floats, times: Floats) -> Pairs:
    """All pairs of waves at most four apart, pooled over groups."""
    squared, variance, gap, neighbours_n = [], [], [], 0
    for lag in range(1, min(LAGS, len(d) - 1) + 1):
        for first in range(len(d) - lag):
            last = first + lag
            both = np.isfinite(d[first]) & np.isfinite(d[last])
            neighbours_n += int(both.sum()) if lag == 1 else 0
            squared.append((d[last][both] - d[first][both]) ** 2)
            variance.append(v[last][both] + v[first][both])
            gap.append(np.full(int(both.sum()), times[last] - times[first]))
    return Pairs(_joined(squared), _joined(variance), _joined(gap), neighbours_n)


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.empty(0)


def fit_variogram(pairs: Pairs) -> tuple[float, float]:
    """c2 and q by weighted least squares; weights 1/fitted^2, from c2 = q = 1, eight rounds. Neither is negative."""
    c2, q = 1.0, 1.0
    for _ in range(ROUNDS):
        weights = 1 / (c2 * pairs.variance + q * pairs.gap) ** 2
        c2, q = _two_slopes(pairs, weights)
        if q < 0:
            q = 0.0
            c2 = _one_slope(pairs.squared, pairs.variance, weights)
        c2 = max(c2, 1e-6)
    low, high = C2_RANGE
    if not low <= c2 <= high:
        c2 = min(max(c2, low), high)
        weights = 1 / (c2 * pairs.variance + q * pairs.gap) ** 2
        q = max(0.0, _one_slope(pairs.squared - c2 * pairs.variance, pairs.gap, weights))
    return c2, q


def _two_slopes(pairs: Pairs, weights: Floats) -> tuple[float, float]:
    x1, x2, y = pairs.variance, pairs.gap, pairs.squared
    weighted1, weighted2 = weights * x1, weights * x2
    s11, s12, s22 = _dot(weighted1, x1), _dot(weighted1, x2), _dot(weighted2, x2)
    t1, t2 = _dot(weighted1, y), _dot(weighted2, y)
    determinant = s11 * s22 - s12 * s12
    if determinant <= 1e-12 * s11 * s22:
        return _one_slope(y, x1, weights), 0.0
    return (t1 * s22 - t2 * s12) / determinant, (t2 * s11 - t1 * s12) / determinant


def _one_slope(y: Floats, x: Floats, weights: Floats) -> float:
    weighted = weights * x
    return _dot(weighted, y) / _dot(weighted, x)


def _dot(a: Floats, b: Floats) -> float:
    """A sum of products without BLAS, whose threads wait for each other on a busy machine."""
    return float(np.einsum("i,i->", a, b))


def noise_and_drift(d: Floats, v: Floats, times: Floats, mean_score: float, drift_below: float | None) -> Drift:
    """c2 and q of a level; below twenty pairs c2 = 1 and the drift of the level below (TRENDS 3.2).

    `drift_below`: q of the next lower level, None where there is none. At most 4,000 groups, evenly spread, are used.
    """
    step = max(1, -(-d.shape[1] // SAMPLED_GROUPS))
    pairs = wave_pairs(d[:, ::step], v[:, ::step], times)
    floor = least_drift(mean_score)
    if pairs.neighbours_n < LEAST_PAIRS:
        return Drift(1.0, max(drift_below or 0.0, floor), drift_below is not None)
    c2, q = fit_variogram(pairs)
    c2 = (pairs.neighbours_n * c2 + PRIOR_PAIRS) / (pairs.neighbours_n + PRIOR_PAIRS)
    return Drift(c2, max(q, floor))


def spread(y: Floats, v: Floats) -> float:
    """tau2: posterior mean under a flat prior with the REML likelihood of each group's first value (TRENDS 4.3)."""
    top = max(4 * float(np.var(y)), 2 * float(np.median(v)))
    grid = top * (np.arange(TAU_STEPS + 1) / TAU_STEPS) ** 2
    logs = np.array([_reml(y, v, tau2) for tau2 in grid])
    density = np.exp(logs - logs.max()) * _grid_weights(grid)
    return float((grid * density).sum() / density.sum())


def _grid_weights(grid: Floats) -> Floats:
    """Half the distance between a point's neighbours; at the ends the one gap."""
    gaps = np.diff(grid)
    weights: Floats = np.concatenate([gaps[:1], (grid[2:] - grid[:-2]) / 2, gaps[-1:]])
    return weights


def _reml(y: Floats, v: Floats, tau2: float) -> float:
    weights = 1 / (v + tau2)
    total = float(weights.sum())
    mean = _dot(weights, y) / total
    return 0.5 * (float(np.log(weights).sum()) - float(np.log(total)) - _dot(weights, (y - mean) ** 2))
