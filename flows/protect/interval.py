"""The 95 % interval of a mean or share, from released figures alone (TRENDS 1.2, 2)."""

from __future__ import annotations

import math

Z = 1.959964
ANSWERED_AT_LEAST = {"<50": 0.0, "50-69": 0.50, "70-84": 0.70, ">=85": 0.85}


def wilson_interval(score: float, n: int, answered: float, phi: float) -> tuple[float, float]:
    """Generalised Wilson interval of a 0-100 figure of n people, in points.

    `answered`: lower edge of the response band, 0 to 1. `phi`: spread, 1 for a share.
    Source: TRENDS 2; O'Neill 2021.
    """
    p = score / 100
    k = Z * Z * phi * (1 - answered) / n
    half = math.sqrt(k * p * (1 - p) + k * k / 4)
    low, high = (p + k / 2 - half) / (1 + k), (p + k / 2 + half) / (1 + k)
    return 100 * max(0.0, low), 100 * min(1.0, high)
