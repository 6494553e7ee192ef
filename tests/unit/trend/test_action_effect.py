"""The effect of an action: the known answer, and that regression to the mean is no effect (TRENDS 6, 8, 9)."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from flows.trend.action_effect import Action, Effect, _joined, action_effects, effects_of_groups, forecast_gaps
from flows.trend.history import read_history
from flows.trend.level import filter_levels
from flows.trend.noise import Drift
from tests.unit.trend.test_known_panels import panel


def test_one_team_before_control_mean_and_placebo() -> None:
    d = np.array([[4.0], [6.0], [3.0]])
    levels = filter_levels(d, np.full((3, 1), 0.8 * 40), np.arange(3.0), 2.0, 25.0)
    before = SimpleNamespace(levels=levels, drift=Drift(0.8, 2.0))
    gaps = forecast_gaps(before, np.array([[-2.0], [-4.0], [-1.0]]), np.full((3, 1), 40.0), np.arange(2.0, 6.0))
    assert gaps.gap[0] == pytest.approx(-5.4563, abs=1e-4)
    assert np.sqrt(gaps.variance[0]) == pytest.approx(4.7813, abs=1e-4)


def simulated(effect: float, seed: int = 5) -> tuple[list[float], list[str]]:
    """Effects of the tenth of teams that stood worst on one wave, who are then helped by `effect` points."""
    rng = np.random.default_rng(seed)
    teams_n, people = 300, np.full((9, 300), 12.0)
    level = 50 + rng.normal(0, 5, teams_n)
    noise = rng.normal(0, 100 * np.sqrt(0.25 * 0.25 / 12), (9, teams_n))
    scores = level + noise
    acted = np.argsort(scores[4])[-teams_n // 10 :]
    scores[5:, acted] += effect
    found = effects_of_groups(panel(np.round(np.clip(scores, 1, 99), 1), people), {f"g{t + 1}" for t in acted}, 5)
    return [each[0] for each in found], [f"g{t + 1}" for t in acted]


def test_teams_chosen_for_one_bad_wave_show_no_effect_by_themselves() -> None:
    effects, chosen = simulated(0.0)
    assert len(effects) == len(chosen)
    assert abs(float(np.mean(effects))) < 2.5


def test_a_true_effect_is_found() -> None:
    assert float(np.mean(simulated(-9.2)[0])) == pytest.approx(-9.2, abs=2.5)


@pytest.mark.parametrize("before_n", [2, 8])
def test_it_is_too_early_with_few_waves_before_or_after(before_n: int) -> None:
    scores = np.tile(np.linspace(30, 70, 40), (9, 1))
    assert effects_of_groups(panel(scores, np.full((9, 40), 12.0)), {"g1"}, before_n) == []


def test_it_is_too_early_with_few_other_teams() -> None:
    scores = np.tile(np.linspace(30, 70, 20), (9, 1))
    assert effects_of_groups(panel(scores, np.full((9, 20), 12.0)), {"g1"}, 5) == []


def test_several_groups_share_an_error_of_one_point() -> None:
    joined = _joined("a", "bo1", [(-4.0, 3.0), (-8.0, 3.0)])
    assert joined.effect == pytest.approx(-6.0)
    assert joined.high - joined.low == pytest.approx(2 * 1.959964 * np.sqrt(4.5 + 1))


def test_an_action_on_a_measure_that_was_never_asked_is_too_early() -> None:
    action = Action("a1", "the new rota", ("fern",), ("bo1",), date(2026, 8, 1))
    assert action_effects(read_history([]), action) == (Effect("a1", "bo1", None),)
