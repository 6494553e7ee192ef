"""Local level of every group at once: Kalman filter and fixed-interval smoother (TRENDS 4).

Arrays are time-major, waves x groups, on the angle scale; a wave without a figure is NaN, a step without an update.
statsmodels has the same filter for one series at a time; a national wave has millions, so this one is vectorised over
groups and held against statsmodels by a test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.trend.angle import Flags, Floats

FAR = 3.0
RATHER_FAR = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Filtered level `a`, its variance `p`, standardised innovation `z`; `is_started` from a group's first figure on.

    Rows before a group's first figure are NaN. `steps`: drift variance added before each wave.
    """

    a: Floats
    p: Floats
    z: Floats
    is_started: Flags
    steps: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """Smoothed level `s` and its variance `p` from wave `first` on, and the gains `j` between neighbouring waves."""

    first: int
    s: Floats
    p: Floats
    j: Floats


def filter_levels(d: Floats, r: Floats, times: Floats, q: float, tau2: float | None) -> Levels:
    """Filter all groups. `r`: noise variance c2 v (TRENDS 4); `times`: in waves, ascending.

    `tau2` None starts a group at its first figure with that figure's own variance, for a level of one group.
    """
    waves_n, groups_n = d.shape
    steps = q * np.diff(times, prepend=times[0])
    a_all, p_all, z_all = (np.full((waves_n, groups_n), np.nan) for _ in range(3))
    started_all = np.zeros((waves_n, groups_n), bool)
    a, p, is_started = np.zeros(groups_n), np.zeros(groups_n), np.zeros(groups_n, bool)
    for t in range(waves_n):
        is_seen = np.isfinite(d[t])
        is_new = is_seen & ~is_started
        p = np.where(is_started, p + steps[t], 0.0 if tau2 is None else tau2)
        variance = p + np.where(is_seen, r[t], 1.0)
        innovation = np.where(is_seen, d[t] - a, 0.0)
        gain = np.where(is_seen, p / variance, 0.0)
        z_all[t] = np.where(is_seen, innovation / np.sqrt(variance), np.nan)
        a, p = a + gain * innovation, p * (1 - gain)
        if tau2 is None:
            a, p = np.where(is_new, d[t], a), np.where(is_new, r[t], p)
            z_all[t] = np.where(is_new, 0.0, z_all[t])
        is_started = is_started | is_seen
        started_all[t] = is_started
        a_all[t], p_all[t] = np.where(is_started, a, np.nan), np.where(is_started, p, np.nan)
    return Levels(a_all, p_all, z_all, started_all, steps)


def smooth_levels(levels: Levels, first: int) -> Smoothed:
    """Fixed-interval smoother over the waves from `first` on; what is earlier stays as filtered."""
    a, p = levels.a[first:], levels.p[first:]
    s_all, p_all = a.copy(), p.copy()
    gains = np.ones((max(0, len(a) - 1), a.shape[1]))
    for t in range(len(a) - 2, -1, -1):
        ahead = p[t] + levels.steps[first + t + 1]
        # A level that cannot move is known alike at both waves.
        gain = np.where(ahead > 0, p[t] / np.where(ahead > 0, ahead, 1.0), 1.0)
        gains[t] = gain
        s_all[t] = a[t] + gain * (s_all[t + 1] - a[t])
        p_all[t] = p[t] + gain**2 * (p_all[t + 1] - ahead)
    return Smoothed(first, s_all, p_all, gains)


def unusual_waves(z: Floats) -> Flags:
    """Innovations beyond 3, or the last of two out of three beyond 2 on one side; waves without a figure count not."""
    size = np.abs(z)
    result: Flags = size > FAR
    sides = np.where(size > RATHER_FAR, np.where(z > 0, 1, -1), 0).astype(np.int8)
    is_seen = np.isfinite(z)
    last, last_but_one = np.zeros(z.shape[1], np.int8), np.zeros(z.shape[1], np.int8)
    for t in range(len(z)):
        side = sides[t]
        result[t] |= (side != 0) & ((last_but_one == side) | (last == side))
        last_but_one = np.where(is_seen[t], last, last_but_one)
        last = np.where(is_seen[t], side, last)
    return result


def change_variance(smoothed: Smoothed, since: Floats) -> Floats:
    """Variance of the level at the last wave minus that at wave `since` (index of each group, from `first` on)."""
    places = since.astype(int)
    columns = np.arange(smoothed.s.shape[1])
    products = np.ones(smoothed.s.shape)
    for t in range(len(smoothed.s) - 2, -1, -1):
        products[t] = products[t + 1] * smoothed.j[t]
    last = smoothed.p[-1]
    variance: Floats = last + smoothed.p[places, columns] - 2 * last * products[places, columns]
    return np.maximum(variance, 0.0)
