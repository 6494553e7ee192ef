"""Confidential cells: what aggregation hands to protection and to the auditor. Never leaves the restricted zone."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True, slots=True)
class MeasureScale:
    """A measure in exact integer units.

    Every person's score is an integer from 0 (displayed as 0) to `range_units` (displayed as 100).
    `at_risk_from_units`: scores of at least this many units are at risk; `at_risk_to_units`: at most
    this many. At most one of the two is set; neither means the measure has no cut-off.
    `block`: measures that share items carry the same block name (PRIVACY 1b), others their own id.
    """

    measure_id: str
    tier: str
    range_units: int
    block: str
    at_risk_from_units: int | None = None
    at_risk_to_units: int | None = None

    @property
    def has_at_risk(self) -> bool:
        """Whether a share at risk is defined."""
        return self.at_risk_from_units is not None or self.at_risk_to_units is not None


def no_breakdown_cells() -> pl.DataFrame:
    """An empty table of breakdown cells: a wave that asks no family."""
    counts = ("respondents_n", "score_sum", "at_risk_n")
    names = ("unit_id", "breakdown_value", "measure_id")
    return pl.DataFrame(schema={**dict.fromkeys(names, pl.String), **dict.fromkeys(counts, pl.Int64)})


@dataclass(frozen=True, slots=True)
class ConfidentialCells:
    """Additive cells of one wave, one row per leaf unit (or inner unit with people attached) and measure.

    units: unit_id, parent_id (null for the root), unit_name, eligible_n; sorted by unit_id.
    cells: unit_id, measure_id, respondents_n, score_sum (Int64, in units of MeasureScale), score_sum_sq (Float64),
        at_risk_n. Only released measures, only rows with respondents_n > 0.
    participation: unit_id, respondents_n (people whose ballot was accepted).
    breakdown_id, breakdown_values: the one family of the wave, None and empty without one.
    breakdown_cells: unit_id, breakdown_value, measure_id, respondents_n, score_sum, at_risk_n, sorted by the first
        three; the same people as in `cells`, without those who stated no value. Only rows with respondents_n > 0.
    """

    wave_id: str
    units: pl.DataFrame
    cells: pl.DataFrame
    participation: pl.DataFrame
    measures: tuple[MeasureScale, ...]
    breakdown_id: str | None = None
    breakdown_values: tuple[str, ...] = ()
    breakdown_cells: pl.DataFrame = field(default_factory=no_breakdown_cells)
