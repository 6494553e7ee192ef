"""Effect of an action against a forecast that already contains regression to the mean (TRENDS 6).

Date and groups are annotated in advance by leadership; nothing else is known of an action here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from flows.trend.analysis import Analysis, analyse
from flows.trend.angle import Z95, Flags, Floats, angle, points_per_angle
from flows.trend.history import History, level_places
from flows.trend.panel import Panel, build_panels, runs_of

LEAST_BEFORE = 3
LEAST_AFTER = 2
LEAST_CONTROLS = 20
SHARED_POINTS = 1.0


@dataclass(frozen=True, slots=True)
class Action:
    """What leadership decided: for whom, on which measures, from when on."""

    action_id: str
    title: str
    group_ids: tuple[str, ...]
    measure_ids: tuple[str, ...]
    starts_on: date


@dataclass(frozen=True, slots=True)
class Effect:
    """Effect on one measure in points with its range of 95 %; `effect` is None where it is too early to say.

    `groups_n`: groups with the action that it rests on.
    """

    action_id: str
    measure_id: str
    effect: float | None
    low: float = 0.0
    high: float = 0.0
    groups_n: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Of every group: mean level after the action minus its forecast, and the variance of that, on the angle scale."""

    gap: Floats
    variance: Floats


def action_effects(history: History, action: Action) -> tuple[Effect, ...]:
    """The effect of an action on each of its measures, over all levels that its groups stand on."""
    return tuple(_effect_on(history, action, measure_id) for measure_id in action.measure_ids)


def _effect_on(history: History, action: Action, measure_id: str) -> Effect:
    """Effects at each level, joined with weights 1/se^2; se then gets one point for what all share."""
    found: list[tuple[float, float]] = []
    current = [run for run in runs_of(history, measure_id) if run.is_current]
    for run in current:
        before_n = sum(_is_before(history.closes_on[place], action.starts_on) for place in run.waves)
        if any(history.closes_on[place] is None for place in run.waves):
            continue
        for panel in build_panels(history, run, level_places()):
            if not panel.is_alone:
                found += effects_of_groups(panel, set(action.group_ids), before_n)
    if not found:
        return Effect(action.action_id, measure_id, None)
    return _joined(action.action_id, measure_id, found)


def _is_before(closes_on: date | None, starts_on: date) -> bool:
    return closes_on is not None and closes_on < starts_on


def _joined(action_id: str, measure_id: str, found: Sequence[tuple[float, float]]) -> Effect:
    effect = np.array([each[0] for each in found])
    weights = 1 / np.array([each[1] for each in found]) ** 2
    mean = float(weights @ effect / weights.sum())
    shared = SHARED_POINTS if len(found) > 1 else 0.0
    se = float(np.sqrt(1 / weights.sum() + shared**2))
    return Effect(action_id, measure_id, mean, mean - Z95 * se, mean + Z95 * se, len(found))


def effects_of_groups(panel: Panel, group_ids: set[str], before_n: int) -> list[tuple[float, float]]:
    """Effect and standard error, in points, of each group with the action; empty where it is too early to say.

    `before_n`: waves of the panel that closed before the action began.
    """
    is_acted = panel.group_ids.is_in(list(group_ids)).to_numpy()
    is_seen = np.isfinite(panel.score)
    is_told = (is_seen[:before_n].sum(axis=0) >= LEAST_BEFORE) & (is_seen[before_n:].sum(axis=0) >= LEAST_AFTER)
    controls = is_told & ~is_acted
    if not (is_told & is_acted).any() or controls.sum() < LEAST_CONTROLS:
        return []
    before = analyse(_until(panel, before_n), None)
    gaps = forecast_gaps(before, *_after(panel, before_n, controls), panel.times[before_n - 1 :])
    weights = 1 / gaps.variance[controls]
    usual = float(weights @ gaps.gap[controls] / weights.sum())
    effect, se = gaps.gap - usual, np.sqrt(gaps.variance)
    placebo = float(np.quantile(np.abs(effect[controls] / se[controls]), 0.95)) / Z95
    se = se * max(1.0, placebo)
    slope = points_per_angle(np.clip(_expected(panel, before, before_n), 1, 99))
    return [
        (float(effect[place] * slope[place]), float(se[place] * slope[place]))
        for place in np.flatnonzero(is_told & is_acted)
    ]


def _until(panel: Panel, before_n: int) -> Panel:
    """The panel as it stood before the action."""
    cut = {name: getattr(panel, name)[:before_n] for name in _TIME_MAJOR}
    return replace(panel, **cut)


_TIME_MAJOR = ("wave_ids", "times", "score", "n", "is_bound", "bands", "phi", "g", "v", "base", "centre")


def _after(panel: Panel, before_n: int, controls: Flags) -> tuple[Floats, Floats]:
    """Distances after the action from a base of controls alone, plus the mean earlier gap between all and controls."""
    weights = np.where(np.isfinite(panel.g) & controls, np.nan_to_num(panel.n), 0.0)
    total = weights.sum(axis=1)
    summed = (weights * np.nan_to_num(panel.g)).sum(axis=1)
    base = np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)
    earlier = float(np.nanmean(panel.base[:before_n] - base[:before_n]))
    return panel.g[before_n:] - (base[before_n:] + earlier)[:, None], panel.v[before_n:]


def forecast_gaps(before: Analysis, d_after: Floats, v_after: Floats, times: Floats) -> Gaps:
    """Mean of the waves after minus the level before. `times`: the last wave before, then the waves after."""
    lags = times[1:] - times[0]
    shared = np.minimum(lags[:, None], lags[None, :])
    is_seen = np.isfinite(d_after)
    seen_n = is_seen.sum(axis=0)
    weights = np.where(is_seen, 1 / np.maximum(seen_n, 1), 0.0)
    drifted = np.einsum("jg,jk,kg->g", weights, shared, weights)
    noise = (weights**2 * np.nan_to_num(v_after)).sum(axis=0)
    variance = before.levels.p[-1] + before.drift.q * drifted + before.drift.c2 * noise
    gap = (weights * np.nan_to_num(d_after)).sum(axis=0) - before.levels.a[-1]
    is_told = (seen_n > 0) & np.isfinite(gap)
    return Gaps(np.where(is_told, gap, np.nan), np.where(is_told, variance, np.nan))


def _expected(panel: Panel, before: Analysis, before_n: int) -> Floats:
    """About where each group was expected after the action, in points."""
    level = before.levels.a[-1] + float(np.mean(angle(panel.centre[before_n:])))
    expected: Floats = 100 * np.sin(np.clip(np.nan_to_num(level), 0, np.pi / 2)) ** 2
    return expected
