"""One panel analysed: noise, drift, spread, filtered and smoothed levels (TRENDS 3.2, 4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, norm

from flows.publish.contract import RESPONSE_BANDS
from flows.trend.angle import Z95, Flags, Floats, points
from flows.trend.level import Levels, Smoothed, change_variance, filter_levels, smooth_levels, unusual_waves
from flows.trend.noise import Drift, noise_and_drift, spread
from flows.trend.panel import Panel
from flows.trend.response import ANSWERED_AT_LEAST

LEAST_WAVES = 4
LEAST_WAVES_LEVEL = 3
BACK = 4
BACK_WEEKLY = 13
WINDOW = 14
MANY_GROUPS = 5_000
GATE = 0.99
_ANSWERED = np.array([*(ANSWERED_AT_LEAST[band] for band in RESPONSE_BANDS), 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """A panel with its parameters and levels; `lasting` is the error of always hearing the same people (TRENDS 4.6)."""

    panel: Panel
    drift: Drift
    tau2: float | None
    levels: Levels
    smoothed: Smoothed
    unusual: Flags
    lasting: Floats

    def band(self, level: Floats, variance: Floats, shift: Floats) -> tuple[Floats, Floats]:
        """The band of 95 % around a level, in points."""
        half = Z95 * np.sqrt(variance + self.lasting)
        return points(shift + level - half), points(shift + level + half)


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """Change of every group's level to the last wave. Points; `sd` on the angle scale, `since` a place in the panel."""

    since: npt.NDArray[np.int64]
    d: Floats
    sd: Floats
    points: Floats
    line: Floats


def analyse(panel: Panel, drift_below: float | None) -> Analysis:
    """Fit and follow one panel. `drift_below`: q of the level below, for levels with few pairs."""
    mean_score = float(np.mean(panel.centre))
    return follow(panel, noise_and_drift(panel.d, panel.v, panel.times, mean_score, drift_below))


def follow(panel: Panel, drift: Drift) -> Analysis:
    """Filter and smooth one panel with given noise and drift."""
    d, v = panel.d, panel.v
    noise = drift.c2 * v
    tau2 = None if panel.is_alone else _spread_of_first(d, noise)
    levels = filter_levels(d, noise, panel.times, drift.q, tau2)
    first = max(0, len(d) - WINDOW) if d.shape[1] > MANY_GROUPS else 0
    answered = _ANSWERED[_last_band(panel)]
    seen = np.isfinite(v)
    mean_v = np.where(seen, v, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    return Analysis(
        panel=panel,
        drift=drift,
        tau2=tau2,
        levels=levels,
        smoothed=smooth_levels(levels, first),
        unusual=unusual_waves(levels.z),
        lasting=max(0.0, 1 - drift.c2) * mean_v * (1 - answered),
    )


def _spread_of_first(d: Floats, noise: Floats) -> float:
    """tau2 from each group's first figure."""
    first = np.isfinite(d).argmax(axis=0)
    columns = np.arange(d.shape[1])
    y, v = d[first, columns], noise[first, columns]
    is_seen = np.isfinite(y)
    return spread(y[is_seen], v[is_seen])


def _last_band(panel: Panel) -> npt.NDArray[np.int8]:
    """Each group's latest known response band; -1, which is the last place of `_ANSWERED`, where none is known."""
    band = np.full(panel.bands.shape[1], -1, np.int8)
    for row in panel.bands:
        band = np.where(row >= 0, row, band)
    return band


def line_of(analysis: Analysis) -> Floats:
    """The level of every group and wave of the smoothed window, in points."""
    shift = analysis.panel.shift[analysis.smoothed.first :, None]
    line: Floats = points(shift + analysis.smoothed.s)
    return line


def change_of(analysis: Analysis, back: int) -> Changed:
    """Change since `back` waves ago, or since a group's first figure where that is later (TRENDS 4.7)."""
    smoothed, panel = analysis.smoothed, analysis.panel
    last = len(smoothed.s) - 1
    started = analysis.levels.is_started[smoothed.first :].argmax(axis=0)
    since = np.maximum(started, max(0, last - back))
    columns = np.arange(smoothed.s.shape[1])
    shift = panel.shift[smoothed.first :]
    d = smoothed.s[last] - smoothed.s[since, columns] + shift[last] - shift[since]
    line = line_of(analysis)
    variance = change_variance(smoothed, since.astype(float))
    return Changed(since + smoothed.first, d, np.sqrt(variance), line[last] - line[since, columns], line[last])


def worst_fifth(a: Floats, p: Floats, is_high_worse: bool) -> Floats:
    """Probability of every group to lie among the fifth with most strain (TRENDS 5)."""
    towards = a if is_high_worse else -a
    threshold = 0.8416 * np.sqrt(np.mean(a**2 + p))
    probability: Floats = norm.cdf((towards - threshold) / np.sqrt(p))
    return probability


def differ_at_all(g: Floats, v: Floats) -> bool:
    """Whether the groups of a wave differ more than chance allows, with all noise counted (c2 = 1)."""
    if len(g) < 2:
        return False
    weights = 1 / v
    mean = float(weights @ g) / float(weights.sum())
    return float(weights @ (g - mean) ** 2) > float(chi2.ppf(GATE, len(g) - 1))
