"""The angle scale, on which the sampling variance of a mean is phi/(4n) whatever the mean (TRENDS 0, 1.3, 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Z95: float = 1.959964
POWER80: float = float(norm.ppf(0.975) + norm.ppf(0.80))
RIGHT_ANGLE = float(np.pi / 2)


def angle(score: Any) -> Any:
    """asin(sqrt(m/100)) of a figure of 0 to 100."""
    return np.arcsin(np.sqrt(np.clip(score, 0, 100) / 100))


def points(g: Any) -> Any:
    """The figure of 0 to 100 of an angle."""
    return 100 * np.sin(np.clip(g, 0, RIGHT_ANGLE)) ** 2


def points_per_angle(score: Any) -> Any:
    """How many points one unit of the angle is worth at a figure."""
    p = np.clip(score, 0, 100) / 100
    return 200 * np.sqrt(p * (1 - p))


def bound_middle(bound: Any) -> tuple[Any, Any]:
    """Angle in the middle of a bound's band, and the variance that the band adds.

    Above 50 the band is [bound, 100], below it is [0, bound].
    """
    low = np.where(np.asarray(bound) > 50, angle(bound), 0.0)
    high = np.where(np.asarray(bound) > 50, RIGHT_ANGLE, angle(bound))
    return (low + high) / 2, (high - low) ** 2 / 12


@dataclass(frozen=True, slots=True, eq=False)
class TwoWaves:
    """Comparison of two waves: z, and the standard error on the angle scale and in points."""

    z: Floats
    se: Floats
    se_points: Floats


def two_waves(mean1: Any, n1: Any, mean2: Any, n2: Any, phi: Any) -> TwoWaves:
    """Whether two independent waves differ, in Anscombe's form; `phi` is the mean of both waves' (TRENDS 3.1)."""
    e1, e2 = np.asarray(n1, float) / phi, np.asarray(n2, float) / phi
    g1, g2 = _anscombe(mean1, e1), _anscombe(mean2, e2)
    se = np.sqrt(1 / (4 * e1 + 2) + 1 / (4 * e2 + 2))
    pooled = (np.asarray(n1, float) * mean1 + np.asarray(n2, float) * mean2) / (np.asarray(n1, float) + n2)
    return TwoWaves((g2 - g1) / se, se, points_per_angle(pooled) * se)


def _anscombe(mean: Any, e: Floats) -> Floats:
    result: Floats = np.arcsin(np.sqrt((np.asarray(mean, float) / 100 * e + 3 / 8) / (e + 3 / 4)))
    return result
