"""What may be said: labels of change and of difference, after the false discoveries of a whole release (TRENDS 3.3-5).

One frame a panel and file, with the columns of `flows.trend.tables`; `p_value` is kept until the family is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from flows.trend.analysis import (
    LEAST_WAVES,
    LEAST_WAVES_LEVEL,
    Analysis,
    Changed,
    change_of,
    differ_at_all,
    line_of,
    worst_fifth,
)
from flows.trend.angle import POWER80, Z95, Flags, Floats, bound_middle, points, points_per_angle, two_waves
from flows.trend.panel import Panel
from flows.trend.tables import DERIVED, Basis, Label, Worst

FALSE_DISCOVERIES = 0.10
LEAST_POINTS = 3.0
CLEAR_P = 0.975
POSSIBLE_P = 0.90
LIKELY_WORST = 0.8
POSSIBLE_WORST = 0.5
OUTSIDE = 3.09
LEAST_GROUPS = 20
LOW_RESPONSE = 0
Rows = npt.NDArray[np.int64]
Words = npt.NDArray[np.str_]
Columns = Mapping[str, Any]


def table(panel: Panel, rows: Rows, wave_id: str | pl.Series, basis: Basis, columns: Columns) -> pl.DataFrame:
    """A frame with all derived columns; `rows` are places of groups, `columns` arrays of the same length.

    An empty text stands for none, NaN for no number.
    """
    given = pl.DataFrame(columns).with_columns(
        panel.group_ids.gather(rows).alias("group_id"),
        pl.lit(panel.run.measure_id).alias("measure_id"),
        (pl.lit(wave_id) if isinstance(wave_id, str) else wave_id).alias("wave_id"),
        pl.lit(basis.value).alias("basis"),
    )
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in DERIVED.items() if name not in given.columns]
    kept = ["p_value"] if "p_value" in given.columns else []
    numbers = [name for name, dtype in DERIVED.items() if dtype == pl.Float64]
    return (
        given.with_columns(missing)
        .select([*DERIVED, *kept])
        .with_columns(
            pl.col(numbers).cast(pl.Float64()).fill_nan(None),
            pl.col("label", "worst").cast(pl.String()).replace("", None),
        )
    )


def trend_rows(analysis: Analysis) -> pl.DataFrame:
    """Level, band and unusual waves of groups with four published waves, from their first to their last figure."""
    panel, smoothed = analysis.panel, analysis.smoothed
    seen = np.isfinite(panel.score)
    last_seen = len(seen) - 1 - seen[::-1].argmax(axis=0)
    places = np.arange(smoothed.first, len(seen))[:, None]
    started = analysis.levels.is_started[smoothed.first :]
    is_told = started & (places <= last_seen) & (panel.seen_n >= LEAST_WAVES)
    if panel.is_mostly_bounds:
        is_told = np.zeros_like(is_told)
    wave, group = np.nonzero(is_told)
    low, high = analysis.band(smoothed.s, smoothed.p, panel.shift[smoothed.first :, None])
    wave_ids = pl.Series(panel.wave_ids, dtype=pl.String()).gather(wave + smoothed.first)
    columns = {
        "line": line_of(analysis)[wave, group],
        "band_low": low[wave, group],
        "band_high": high[wave, group],
        "unusual": analysis.unusual[smoothed.first :][wave, group],
    }
    return table(panel, group, wave_ids, Basis.TREND, columns)


def change_rows(analysis: Analysis, back: int) -> pl.DataFrame:
    """One row a group that is shown in the last wave and in one before; `p_value` only where two waves are compared."""
    panel = analysis.panel
    shown = np.isfinite(panel.score[-1])
    if panel.is_mostly_bounds:
        shown = np.zeros_like(shown)
    long = np.flatnonzero(shown & (panel.seen_n >= LEAST_WAVES))
    short = np.flatnonzero(shown & (panel.seen_n >= 2) & (panel.seen_n < LEAST_WAVES))
    frames = [_trend_changes(analysis, change_of(analysis, back), long), _two_wave_changes(panel, short)]
    return pl.concat([frame for frame in frames if frame.height] or frames[:1])


def _trend_changes(analysis: Analysis, changed: Changed, rows: Rows) -> pl.DataFrame:
    panel = analysis.panel
    change, sd = changed.points[rows], changed.sd[rows]
    slope = points_per_angle(np.clip(changed.line[rows] - change / 2, 1, 99))
    p_rose = norm.cdf(changed.d[rows] / np.maximum(sd, 1e-12))
    low, high = analysis.band(
        analysis.smoothed.s[-1][None, :], analysis.smoothed.p[-1][None, :], panel.shift[-1:, None]
    )
    columns = {
        "line": changed.line[rows],
        "band_low": low[0, rows],
        "band_high": high[0, rows],
        "p_rose": p_rose,
        "change": change,
        "label": _response_rule(panel, rows, changed.since[rows], trend_labels(p_rose, change)),
        "unusual": analysis.unusual[-1, rows],
        "since_wave_id": pl.Series(panel.wave_ids, dtype=pl.String()).gather(changed.since[rows]),
        "change_low": change - Z95 * sd * slope,
        "change_high": change + Z95 * sd * slope,
        "smallest_change": np.maximum(LEAST_POINTS, POWER80 * sd * slope),
        "p_value": np.full(len(rows), np.nan),
    }
    return table(panel, rows, panel.wave_ids[-1], Basis.TREND, columns)


def trend_labels(p_rose: Floats, change: Floats) -> Words:
    """Words follow probabilities: clear from .975 and three points on, possible from .90 on."""
    conditions = [
        (p_rose >= CLEAR_P) & (change >= LEAST_POINTS),
        p_rose >= POSSIBLE_P,
        (p_rose <= 1 - CLEAR_P) & (change <= -LEAST_POINTS),
        p_rose <= 1 - POSSIBLE_P,
    ]
    labels = (Label.CLEAR_RISE, Label.POSSIBLE_RISE, Label.CLEAR_FALL, Label.POSSIBLE_FALL)
    return np.select(conditions, [str(label) for label in labels], str(Label.NO_CLEAR_CHANGE))


def _response_rule(panel: Panel, rows: Rows, since: Rows, labels: Words) -> Words:
    """A change is called only where both waves lie in the same or in neighbouring response bands (TRENDS 2)."""
    before, after = panel.bands[since, rows], panel.bands[-1, rows]
    differs = (before >= 0) & (after >= 0) & (np.abs(before.astype(int) - after) > 1)
    return np.where(differs & (labels != Label.NO_CLEAR_CHANGE), str(Label.RESPONSE_DIFFERS), labels)


def _two_wave_changes(panel: Panel, rows: Rows) -> pl.DataFrame:
    """The last wave beside the published one before it, for groups with two or three waves (TRENDS 3.1)."""
    seen = np.isfinite(panel.score[:-1, rows])
    before = len(seen) - 1 - seen[::-1].argmax(axis=0) if len(seen) else np.zeros(0, int)
    values, extra = _values(panel)
    first, last = values[before, rows], values[-1, rows]
    pair = two_waves(first, panel.n[before, rows], last, panel.n[-1, rows], (panel.phi[before] + panel.phi[-1]) / 2)
    widened = np.sqrt(pair.se**2 + extra[before, rows] + extra[-1, rows])
    ratio = np.where(pair.se > 0, widened / pair.se, 1.0)
    se_points, change = pair.se_points * ratio, last - first
    columns = {
        "line": last,
        "change": change,
        "label": _response_rule(panel, rows, before, np.full(len(rows), str(Label.CLEAR_RISE))),
        "unusual": np.zeros(len(rows), bool),
        "since_wave_id": pl.Series(panel.wave_ids, dtype=pl.String()).gather(before),
        "change_low": change - Z95 * se_points,
        "change_high": change + Z95 * se_points,
        "smallest_change": np.maximum(LEAST_POINTS, POWER80 * se_points),
        "p_value": 2 * norm.sf(np.abs(pair.z / ratio)),
    }
    return table(panel, rows, panel.wave_ids[-1], Basis.TWO_WAVES, columns)


def _values(panel: Panel) -> tuple[Floats, Floats]:
    """Figures in points, bounds by the middle of their band, and the variance that a band adds."""
    middle, extra = bound_middle(panel.score)
    return np.where(panel.is_bound, points(middle), panel.score), np.where(panel.is_bound, extra, 0.0)


def compare_rows(analysis: Analysis) -> tuple[pl.DataFrame, bool | None]:
    """Funnel, pooled estimate and worst fifth of the last wave; empty for the organisation itself."""
    panel, levels = analysis.panel, analysis.levels
    rows = np.flatnonzero(np.isfinite(panel.score[-1]))
    if panel.is_alone or not len(rows):
        return table(panel, rows[:0], panel.wave_ids[-1], Basis.COMPARISON, {"p_value": np.zeros(0)}), None
    differs = differ_at_all(panel.g[-1, rows], panel.v[-1, rows])
    is_low = panel.bands[-1, rows] == LOW_RESPONSE
    a, p = levels.a[-1, rows], levels.p[-1, rows]
    p_worst = worst_fifth(a, p, panel.run.measure.is_high_worse)
    is_long = (panel.seen_n[rows] >= LEAST_WAVES_LEVEL) & (not panel.is_mostly_bounds)
    is_named = is_long & ~is_low & differs
    columns = {
        **_estimates(analysis, rows, is_long & (len(rows) >= LEAST_GROUPS)),
        **_funnel(panel, rows, is_low),
        "p_worst": np.where(is_named, p_worst, np.nan),
        "worst": np.select(
            [is_named & (p_worst >= LIKELY_WORST), is_named & (p_worst >= POSSIBLE_WORST)],
            [str(Worst.LIKELY), str(Worst.POSSIBLE)],
            "",
        ),
    }
    return table(panel, rows, panel.wave_ids[-1], Basis.COMPARISON, columns), differs


def _estimates(analysis: Analysis, rows: Rows, is_told: Flags) -> dict[str, Any]:
    """The filtered level as the best estimate, from three waves and twenty groups on."""
    levels, shift = analysis.levels, analysis.panel.shift
    low, high = analysis.band(levels.a[-1][None, :], levels.p[-1][None, :], shift[-1:, None])
    found = {"line": points(shift[-1] + levels.a[-1, rows]), "band_low": low[0, rows], "band_high": high[0, rows]}
    return {name: np.where(is_told, values, np.nan) for name, values in found.items()}


def _funnel(panel: Panel, rows: Rows, is_low: Flags) -> dict[str, Any]:
    """Distance from the organisation, and its p value; none for bounds and below half response."""
    centre = panel.centre[-1]
    score, n = panel.score[-1, rows], panel.n[-1, rows]
    se = np.sqrt(panel.phi[-1] * max(centre * (100 - centre), 1e-6) / n)
    z = (score - centre) / se
    is_judged = ~panel.is_bound[-1, rows] & ~is_low
    label = np.select(
        [~is_judged, z > OUTSIDE, z < -OUTSIDE],
        ["", str(Label.DIFFERS_HIGHER), str(Label.DIFFERS_LOWER)],
        str(Label.NO_CLEAR_DIFFERENCE),
    )
    return {
        "change": np.where(panel.is_bound[-1, rows], np.nan, score - centre),
        "label": label,
        "p_value": np.where(is_judged, 2 * norm.sf(np.abs(z)), np.nan),
    }


def judge_changes(frame: pl.DataFrame, limit: float) -> pl.DataFrame:
    """Labels of the two-wave rows of one family: Benjamini-Hochberg at 10 % (`limit`), and three points at least."""
    is_called = (pl.col("p_value") <= limit) & (pl.col("change").abs() >= LEAST_POINTS)
    side = pl.when(pl.col("change") > 0).then(pl.lit(str(Label.CLEAR_RISE))).otherwise(pl.lit(str(Label.CLEAR_FALL)))
    called = pl.when(pl.col("label") == Label.RESPONSE_DIFFERS).then("label").otherwise(side)
    told = pl.when(is_called).then(called).otherwise(pl.lit(str(Label.NO_CLEAR_CHANGE)))
    is_two = pl.col("basis") == Basis.TWO_WAVES.value
    return frame.with_columns(pl.when(is_two).then(told).otherwise("label").alias("label"))


def judge_differences(frame: pl.DataFrame, limit: float) -> pl.DataFrame:
    """Labels of one family: outside the funnel, and among the discoveries (`limit`)."""
    none = pl.lit(str(Label.NO_CLEAR_DIFFERENCE))
    is_kept = pl.col("label").is_null() | (pl.col("p_value") <= limit)
    return frame.with_columns(pl.when(is_kept).then("label").otherwise(none).alias("label"))


def discovery_limit(p_values: Sequence[Floats]) -> float:
    """The largest p value of a family that is rejected at a false-discovery rate of 10 %; below 0 where none is.

    All p values up to it are rejected, so one number is what a whole family has to keep.
    """
    together = np.concatenate([np.zeros(0), *p_values])
    found = together[discoveries(together)]
    return float(found.max()) if len(found) else -1.0


def discoveries(p_values: Floats) -> Flags:
    """Which hypotheses are rejected at a false-discovery rate of 10 %; a missing p value never is."""
    found = np.zeros(len(p_values), bool)
    is_there = np.isfinite(p_values)
    if is_there.any():
        found[is_there] = multipletests(p_values[is_there], alpha=FALSE_DISCOVERIES, method="fdr_bh")[0]
    return found
