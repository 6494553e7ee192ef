"""The numbers of TRENDS 8 on few organisations; `python -m tests.simulations` runs all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from flows.protect.interval import wilson_interval
from tests.simulations import actions, changes, one_wave, real_files, trends
from tests.simulations.targets import Target, mean_of

SEEDS = (0, 1)


def missed(found: Mapping[str, float], wanted: Sequence[Target]) -> dict[str, float]:
    return {target.name: found[target.name] for target in wanted if not target.holds(found[target.name])}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", list(trends.DESIGNS))
def test_the_engine_reaches_its_figures_on_teams_that_are_known(name: str) -> None:
    found = mean_of(trends.figures(trends.DESIGNS[name], seed) for seed in SEEDS)
    assert missed(found, trends.targets(list(trends.DESIGNS).index(name))) == {}


@pytest.mark.parametrize("case", one_wave.CASES, ids=lambda case: case.name)
def test_the_interval_of_one_wave_holds_the_mean_of_all_people(case: one_wave.Case) -> None:
    assert missed(one_wave.figures(case, 1), one_wave.targets(case)) == {}


def test_the_interval_of_a_share_holds_it_more_often_than_wald_s() -> None:
    assert missed(one_wave.share_figures(1), one_wave.SHARE_TARGETS) == {}


@pytest.mark.parametrize("case", one_wave.SILENCES, ids=lambda case: f"{case.gap:g} points")
def test_the_sensitivity_band_makes_up_for_silence(case: one_wave.Silence) -> None:
    assert missed(one_wave.silence_figures(case, 1), one_wave.silence_targets(case)) == {}


def test_two_waves_find_what_changed_and_seldom_more() -> None:
    found = mean_of(changes.two_waves_figures(seed) for seed in SEEDS)
    assert missed(found, changes.TWO_WAVES_TARGETS) == {}


def test_a_lasting_shift_is_called_where_it_is_and_seldom_elsewhere() -> None:
    assert missed(mean_of(changes.lasting_figures(seed) for seed in SEEDS), changes.LASTING_TARGETS) == {}


def test_the_worst_tenth_of_one_wave_shows_no_effect_by_itself() -> None:
    assert missed(mean_of(actions.figures(seed) for seed in SEEDS), actions.NONE_TARGETS) == {}


def test_a_true_effect_on_the_worst_tenth_is_found() -> None:
    found = mean_of(actions.figures(seed, actions.HELP) for seed in SEEDS)
    assert missed(found, actions.HELP_TARGETS) == {}


@pytest.mark.skipif(not real_files.has_files(), reason="the real files are not beside the project")
@pytest.mark.parametrize("measure", list(real_files.SCALES))
def test_real_companies_are_estimated_better_than_by_raw_means(measure: str) -> None:
    found = mean_of(real_files.company_figures(measure, seed) for seed in range(6))
    assert missed(found, real_files.company_targets(measure)) == {}


@pytest.mark.skipif(not real_files.has_files(), reason="the real files are not beside the project")
@pytest.mark.parametrize("measure", list(real_files.LINKED_C2))
def test_real_soldiers_who_answer_again_make_changes_less_noisy(measure: str) -> None:
    assert missed(real_files.linked_figures(measure), real_files.linked_targets(measure)) == {}


@pytest.mark.skipif(not real_files.has_files(), reason="the real files are not beside the project")
def test_real_soldiers_who_did_not_change_are_seldom_called() -> None:
    assert missed(real_files.called_in_all(), real_files.CALLED_TARGETS) == {}


def test_the_interval_of_the_simulations_is_that_of_releases() -> None:
    low, high = trends.wilson_many(np.array([57.3]), np.array([14]), np.array([0.7]), 0.3)
    assert (low[0], high[0]) == pytest.approx(wilson_interval(57.3, 14, 0.7, 0.3))
