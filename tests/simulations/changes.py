"""Changes that are there and are found, and unchanged teams that are left alone: two waves, and a lasting shift."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from flows.trend.analysis import change_of
from flows.trend.angle import Flags, Floats
from flows.trend.judge import change_rows, discovery_limit, judge_changes, trend_labels
from flows.trend.tables import Label
from tests.simulations.followed import follow_answers
from tests.simulations.organisation import Answers, Design, simulate
from tests.simulations.targets import Target, around

TWO_WAVES = Design(teams_n=1500, largest=60, waves_n=2)
TWO_WAVES_SHIFT = 0.8
LASTING = Design(largest=60)
LASTING_SHIFT = 0.7
SHIFTED_FROM = 8
SHIFTED = 0.2
BACK = 4
SIZES = ((5, 9), (10, 19), (20, 59))

TWO_WAVES_TARGETS = (
    around("shift, points", 20.5, 1),
    Target("false among clear labels, %", f"{100 * 2 / 148:.1f}", 0, 10),
    around("power, n 5-9, %", 9, 6),
    around("power, n 10-19, %", 29, 6),
    around("power, n 20-59, %", 72, 6),
)
LASTING_TARGETS = (
    around("shift, points", 18, 1),
    around("clear where shifted, %", 91, 4),
    around("clear elsewhere, %", 1, 1),
    around("XmR rules where shifted, %", 74, 6),
    around("XmR rules elsewhere, %", 6, 4),
)
CALLED = (str(Label.CLEAR_RISE), str(Label.CLEAR_FALL))


def two_waves_figures(seed: int) -> dict[str, float]:
    """A fifth of 1,500 teams rises by 20.5 points between two waves: the labels of TRENDS 3.3."""
    answers, shifted, points = shifted_answers(TWO_WAVES, seed, TWO_WAVES_SHIFT, 1)
    analysis = follow_answers(answers)
    rows = change_rows(analysis, BACK)
    labels = judge_changes(rows, discovery_limit([rows["p_value"].to_numpy()])).select("group_id", "label")
    called = analysis.panel.group_ids.is_in(labels.filter(labels["label"].is_in(CALLED))["group_id"].implode())
    is_called, both, n = called.to_numpy(), answers.is_shown.all(axis=0), answers.n.min(axis=0)
    power = {
        f"power, n {low}-{high}, %": 100 * float(is_called[shifted & both & (n >= low) & (n <= high)].mean())
        for low, high in SIZES
    }
    return {
        "shift, points": points,
        "called": float(is_called.sum()),
        "false among clear labels, %": 100 * float((is_called & ~shifted).sum() / max(1, is_called.sum())),
        **power,
    }


def shifted_answers(design: Design, seed: int, shift: float, first: int) -> tuple[Answers, Flags, float]:
    """Answers where a fifth of the teams is shifted from wave `first` on; who is, and by how many points."""
    shifted = np.random.default_rng(10_000 + seed).random(design.teams_n) < SHIFTED
    moved = np.zeros((design.waves_n, design.teams_n))
    moved[first:, shifted] = shift
    answers, still = simulate(design, seed, moved), simulate(design, seed)
    kept = answers.is_shown.any(axis=0)
    points = float((answers.truth[-1] - still.truth[-1])[shifted].mean())
    return answers.teams(kept), shifted[kept], points


def lasting_figures(seed: int) -> dict[str, float]:
    """A fifth of the teams rises by 18 points for the last third of twelve waves: trend labels beside XmR rules."""
    answers, shifted, points = shifted_answers(LASTING, seed, LASTING_SHIFT, SHIFTED_FROM)
    changed = change_of(follow_answers(answers), BACK)
    labels = trend_labels(norm.cdf(changed.d / np.maximum(changed.sd, 1e-12)), changed.points)
    shown = answers.is_shown[-1]
    is_clear, is_special = np.isin(labels, CALLED), xmr_signals(answers.mean, answers.n.shape[0] - SHIFTED_FROM)
    return {
        "shift, points": points,
        "clear where shifted, %": 100 * float(is_clear[shown & shifted].mean()),
        "clear elsewhere, %": 100 * float(is_clear[shown & ~shifted].mean()),
        "XmR rules where shifted, %": 100 * float(is_special[shown & shifted].mean()),
        "XmR rules elsewhere, %": 100 * float(is_special[shown & ~shifted].mean()),
    }


def xmr_signals(mean: Floats, last_n: int) -> Flags:
    """Whether the rules of an XmR chart call any of the last waves: beyond 3, 2 of 3 beyond 2, runs of 7, trends of 6.

    Source: NHS England, Making data count. Kept as the yardstick that the engine replaces.
    """
    steps = np.abs(np.diff(mean, axis=0))
    seen_n = np.maximum(np.isfinite(steps).sum(axis=0), 1)
    sigma = np.maximum(np.nansum(steps, axis=0) / seen_n / 1.128, 1e-6)
    z = (mean - np.nanmean(mean, axis=0)) / sigma
    found: Flags = (np.abs(z[-last_n:]) > 3).any(axis=0)
    for t in range(len(z) - last_n, len(z)):
        for side in (1, -1):
            found |= (side * z[t - 2 : t + 1] > 2).sum(axis=0) >= 2
            found |= (side * z[t - 6 : t + 1] > 0).all(axis=0) & (t >= 6)
            found |= (side * np.diff(mean[t - 5 : t + 1], axis=0) > 0).all(axis=0) & (t >= 5)
    return found
