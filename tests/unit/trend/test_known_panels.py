"""The known answers on whole panels (TRENDS 9): five groups over four waves, discoveries, labels."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from flows.trend.analysis import change_of, differ_at_all, follow, line_of, worst_fifth
from flows.trend.angle import Floats, angle
from flows.trend.history import MeasureWave
from flows.trend.judge import compare_rows, discoveries, trend_labels
from flows.trend.noise import Drift
from flows.trend.panel import Panel, Run
from flows.trend.tables import Label

NAN = np.nan
SCORES = np.array([(40, 44, 47, 52), (55, 53, 50, 49), (38, NAN, 41, 36), (60, 58, 63, 66), (45, 47, 46, 44)], float).T
PEOPLE = np.array([(8, 9, 8, 10), (12, 11, 12, 12), (6, NAN, 7, 6), (15, 14, 15, 16), (9, 9, 8, 9)], float).T


def panel(scores: Floats, people: Floats, phi: float = 0.25, band: int = 2) -> Panel:
    """Teams of one measure whose organisation is their mean weighted by people."""
    waves_n, groups_n = scores.shape
    g, weights = angle(scores), np.nan_to_num(people)
    return Panel(
        run=Run("bo1", tuple(range(waves_n)), MeasureWave(True, False, phi, ("bo1", 1, 1.0, 5.0)), True),
        level="team",
        wave_ids=tuple(f"w{number + 1}" for number in range(waves_n)),
        times=np.arange(waves_n, dtype=float),
        series=np.arange(groups_n, dtype=np.int32),
        group_ids=pl.Series([f"g{number + 1}" for number in range(groups_n)]),
        score=scores,
        n=people,
        is_bound=np.zeros(scores.shape, bool),
        bands=np.full(scores.shape, band, np.int8),
        phi=np.full(waves_n, phi),
        g=g,
        v=phi / (4 * people),
        base=(weights * np.nan_to_num(g)).sum(axis=1) / weights.sum(axis=1),
        centre=(weights * np.nan_to_num(scores)).sum(axis=1) / weights.sum(axis=1),
    )


@pytest.fixture(scope="module")
def five() -> Panel:
    return panel(SCORES, PEOPLE)


def test_five_groups_over_four_waves(five: Panel) -> None:
    analysis = follow(five, Drift(0.7, 0.0004))
    assert five.centre == pytest.approx([50.26, 51.488, 51.52, 52.377], abs=1e-3)
    assert analysis.tau2 == pytest.approx(0.012412, abs=1e-6)
    assert line_of(analysis)[:, 0] == pytest.approx([44.90, 46.32, 46.73, 47.95], abs=0.005)
    low, high = analysis.band(analysis.smoothed.s[3], analysis.smoothed.p[3], five.shift[3:4])
    assert (low[0], high[0]) == (pytest.approx(39.04, abs=0.005), pytest.approx(56.92, abs=0.005))


def test_the_change_of_five_groups(five: Panel) -> None:
    from scipy.stats import norm

    changed = change_of(follow(five, Drift(0.7, 0.0004)), back=3)
    assert norm.cdf(changed.d / changed.sd) == pytest.approx([0.8288, 0.6098, 0.6577, 0.8685, 0.6810], abs=5e-5)
    assert changed.points == pytest.approx([3.05, 0.88, 1.31, 3.37, 1.51], abs=0.005)


def test_who_is_among_the_worst_fifth(five: Panel) -> None:
    levels = follow(five, Drift(0.7, 0.0004)).levels
    p_worst = worst_fifth(levels.a[3], levels.p[3], is_high_worse=True)
    assert p_worst == pytest.approx([0.0011, 0.0134, 0.0000, 0.8647, 0.0004], abs=5e-5)


@pytest.mark.parametrize(("rate", "found_n"), [(0.10, 6), (0.05, 2)])
def test_false_discoveries(rate: float, found_n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.trend.judge.FALSE_DISCOVERIES", rate)
    p = np.array([0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216])
    assert discoveries(p).sum() == found_n


@pytest.mark.parametrize(
    ("p_rose", "change", "label"),
    [
        (0.98, 4.0, Label.CLEAR_RISE),
        (0.98, 2.9, Label.POSSIBLE_RISE),
        (0.93, 8.0, Label.POSSIBLE_RISE),
        (0.5, 20.0, Label.NO_CLEAR_CHANGE),
        (0.08, -8.0, Label.POSSIBLE_FALL),
        (0.02, -3.0, Label.CLEAR_FALL),
        (0.02, -1.0, Label.POSSIBLE_FALL),
    ],
)
def test_words_follow_probabilities(p_rose: float, change: float, label: Label) -> None:
    assert trend_labels(np.array([p_rose]), np.array([change])).tolist() == [label]


def test_groups_that_do_not_differ_at_all_are_not_named() -> None:
    rng = np.random.default_rng(3)
    people = np.full((3, 40), 12.0)
    alike = 100 * np.clip(0.5 + rng.normal(0, np.sqrt(0.25 * 0.25 / people)), 0.02, 0.98)
    frame, differs = compare_rows(follow(panel(np.round(alike, 1), people), Drift(1.0, 0.0001)))
    assert differs is False
    assert frame["worst"].null_count() == frame.height == 40
    assert differ_at_all(angle(np.array([30.0, 70.0])), np.array([0.001, 0.001]))


def test_below_half_response_nobody_is_named_or_said_to_differ() -> None:
    scores = np.tile(np.linspace(20, 80, 30), (3, 1))
    people = np.full((3, 30), 30.0)
    named, _ = compare_rows(follow(panel(scores, people), Drift(1.0, 0.0004)))
    silent, _ = compare_rows(follow(panel(scores, people, band=0), Drift(1.0, 0.0004)))
    assert named["worst"].count() > 0 and named["label"].null_count() == 0
    assert silent["worst"].count() == 0 and silent["label"].count() == 0
