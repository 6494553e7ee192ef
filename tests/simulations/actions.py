"""Actions for the teams that stood worst on one wave: what plain before/after invents, and what the forecast says."""

from __future__ import annotations

import numpy as np

from flows.trend.action_effect import effects_of_groups
from flows.trend.angle import Z95
from tests.simulations.followed import panel_of
from tests.simulations.organisation import Design, simulate
from tests.simulations.targets import Target, around

DESIGN = Design(drift=0.01)
BEFORE_N = 6
HELP = -0.36

NONE_TARGETS = (
    around("plain before/after, points", -5.4, 1),
    around("difference in differences, points", -6.0, 1),
    around("forecast, points", 0.7, 1),
    around("cover of one team, %", 95, 3),
)
HELP_TARGETS: tuple[Target, ...] = (around("true effect, points", -9.2, 0.5), around("forecast, points", -9.0, 1))


def figures(seed: int, help_latent: float = 0.0) -> dict[str, float]:
    """The worst tenth of one wave is chosen; `help_latent` is what the action does on the latent scale."""
    still = simulate(DESIGN, seed)
    chosen = np.argsort(np.nan_to_num(still.mean[BEFORE_N - 1], nan=-1))[-DESIGN.teams_n // 10 :]
    moved = np.zeros((DESIGN.waves_n, DESIGN.teams_n))
    moved[BEFORE_N:, chosen] = help_latent
    answers = simulate(DESIGN, seed, moved)
    found = np.array(effects_of_groups(panel_of(answers), {f"t{place:05d}" for place in chosen}, BEFORE_N))
    others = np.setdiff1d(np.arange(DESIGN.teams_n), chosen)
    steps = _mean_of_shown(answers.mean[BEFORE_N:]) - answers.mean[BEFORE_N - 1]
    before_after = float(np.nanmean(steps[chosen]))
    true = float((answers.truth - still.truth)[BEFORE_N:, chosen].mean())
    return {
        "plain before/after, points": before_after,
        "difference in differences, points": before_after - float(np.nanmean(steps[others])),
        "forecast, points": float(found[:, 0].mean()),
        "cover of one team, %": 100 * float((np.abs(found[:, 0] - true) <= Z95 * found[:, 1]).mean()),
        "true effect, points": true,
    }


def _mean_of_shown(mean: np.ndarray) -> np.ndarray:
    shown = np.isfinite(mean)
    return np.where(shown.any(axis=0), np.nansum(mean, axis=0) / np.maximum(shown.sum(axis=0), 1), np.nan)
