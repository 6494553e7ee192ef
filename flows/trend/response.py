"""What the silence of some may hide (TRENDS 2, low response). It is shown, never corrected."""

from __future__ import annotations

from flows.publish.contract import RESPONSE_BANDS

ANSWERED_AT_LEAST = {"<50": 0.0, "50-69": 0.50, "70-84": 0.70, ">=85": 0.85}
SENSITIVITY_POINTS = 10.0
FULL_ENOUGH = ("70-84", ">=85")


def answered_at_least(band: str | None) -> float:
    """Lower edge of a response band as a share; 0 where the release gives none."""
    return ANSWERED_AT_LEAST.get(band or "", 0.0)


def sensitivity_band(low: float, high: float, band: str | None) -> tuple[float, float]:
    """The range, had those who did not answer been ten points better or worse off."""
    reach = (1 - answered_at_least(band)) * SENSITIVITY_POINTS
    return max(0.0, low - reach), min(100.0, high + reach)


def if_worse_off(mean: float, band: str | None, is_high_worse: bool) -> float | None:
    """The figure, had those who did not answer been ten points worse off; None from 70 % on, or where nothing is told.

    `mean` and the result in points of 0 to 100.
    """
    if band is None or band in FULL_ENOUGH:
        return None
    reach = (1 - answered_at_least(band)) * SENSITIVITY_POINTS
    return min(100.0, mean + reach) if is_high_worse else max(0.0, mean - reach)


def may_compare(band1: str | None, band2: str | None) -> bool:
    """A change is called only where both waves lie in the same or in neighbouring bands; unknown bands pass."""
    if band1 is None or band2 is None:
        return True
    return abs(RESPONSE_BANDS.index(band1) - RESPONSE_BANDS.index(band2)) <= 1
