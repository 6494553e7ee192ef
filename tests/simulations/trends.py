"""Generator A of TRENDS 8: what the engine makes of teams that stand still, drift, or answer at the end of a scale."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy.stats import norm

from flows.trend.analysis import Analysis, change_of, line_of, worst_fifth
from flows.trend.angle import Z95, Flags, Floats, angle, points_per_angle
from flows.trend.judge import trend_labels
from flows.trend.response import ANSWERED_AT_LEAST
from flows.trend.tables import Label
from tests.simulations.followed import follow_answers, seen_teams
from tests.simulations.organisation import Answers, Design, simulate
from tests.simulations.targets import Target, around

BACK = 4
SEEDS = 6
DESIGNS: Mapping[str, Design] = MappingProxyType(
    {
        "still": Design(),
        "lively": Design(drift=0.02),
        "lively skewed": Design("skewed", 0.02),
        "lively very skewed": Design("very skewed", 0.02),
        "N 8-12": Design(drift=0.01, largest=12),
    }
)
_CENTRES: Mapping[str, tuple[tuple[float | None, ...], float]] = MappingProxyType(
    {
        "noise factor c2": ((0.66, 0.69, 0.80, 0.97, 0.68), 0.05),
        "drift, points": ((0.75, 3.6, 2.8, 1.7, 2.3), 0.5),
        "RMSE of line below raw mean, %": ((66, 42, 42, 42, 51), 4),
        "RMSE of 4-wave change below raw, %": ((93, 43, 45, 48, 61), 6),
        "band cover of level, %": ((99.4, 97.0, 95.1, 90.7, 97.2), 3),
        "interval cover of change, %": ((100, 95.2, 93.4, 91.6, 91.9), 4),
        "clear labels, %": ((0, 8.6, 4.9, 1.2, 0.3), 2),
        "raw change of 5 or more, %": ((55, 58, 53, 38, 68), 5),
    }
)


def targets(place: int) -> tuple[Target, ...]:
    """The numbers of TRENDS 8 for one design, by its place."""
    found = [around(name, values[place] or 0.0, width) for name, (values, width) in _CENTRES.items()]
    cover = (97.5, 97.5, 97.7, 98.0, 97.7)[place]
    found.append(Target("interval cover, banded f, %", f"{cover:g}", 96, 99))
    found.append(Target("innovation sd", f"{(0.98, 1.00, 1.01, 1.02, 1.01)[place]:g}", 0.95, 1.05))
    found.append(Target("innovation beyond 3, %", f"{(0.3, 0.3, 0.5, 0.4, 0.3)[place]:g}", 0, 1))
    raw, named = (62, 76, 76, 75, 63)[place], (87, 82, 83, 83, 81)[place]
    found.append(Target("named less raw in worst fifth, points", f"{named - raw}", 3, 100))
    if place == 0:
        found.append(Target("last step called, c = 1, %", "2.0", 0, 3))
        found.append(Target("last step called, c = 1/c2, %", "5.4", 4, 7))
    else:
        wrong = (0.7, 1.6, 0, 0)[place - 1]
        found.append(Target("wrong sign among clear labels, %", f"{wrong:g}", 0, 4))
        found.append(Target("right direction where P is .7-.9, %", f"{(82, 83, 81, 81)[place - 1]}", 75, 87))
    return tuple(found)


def figures(design: Design, seed: int) -> dict[str, float]:
    """Every number of one organisation."""
    answers = seen_teams(simulate(design, seed))
    analysis = follow_answers(answers)
    return {
        **_one_wave(answers),
        **_parameters(analysis),
        **_lines(answers, analysis),
        **_changes(answers, analysis),
        **_raw_steps(answers, analysis),
        **_worst(answers, analysis),
    }


def wilson_many(mean: Floats, n: Floats, answered: Floats, phi: float) -> tuple[Floats, Floats]:
    """The interval of TRENDS 2 for many figures at once; held against the release's own by a test."""
    k = Z95**2 * phi * (1 - answered) / n
    p = mean / 100
    half = np.sqrt(k * p * (1 - p) + k * k / 4)
    return 100 * (p + k / 2 - half) / (1 + k), 100 * (p + k / 2 + half) / (1 + k)


def _one_wave(answers: Answers) -> dict[str, float]:
    answered = np.array(list(ANSWERED_AT_LEAST.values()))[answers.bands]
    low, high = wilson_many(answers.mean, np.maximum(answers.n, 1), answered, answers.phi)
    return {"interval cover, banded f, %": _cover(low, answers.finite, high, answers.is_shown)}


def _cover(low: Floats, truth: Floats, high: Floats, counted: Flags) -> float:
    # A bound that touches the truth covers it, whatever the last bit says.
    return 100 * float(((low - 1e-9 <= truth) & (truth <= high + 1e-9))[counted].mean())


def _parameters(analysis: Analysis) -> dict[str, float]:
    slope = float(points_per_angle(np.mean(analysis.panel.centre)))
    z = analysis.levels.z[1:]
    z = z[np.isfinite(z)]
    return {
        "noise factor c2": analysis.drift.c2,
        "drift, points": float(np.sqrt(analysis.drift.q)) * slope,
        "innovation sd": float(z.std()),
        "innovation beyond 3, %": 100 * float((np.abs(z) > 3).mean()),
    }


def _lines(answers: Answers, analysis: Analysis) -> dict[str, float]:
    line, shown = line_of(analysis), answers.is_shown
    low, high = analysis.band(analysis.smoothed.s, analysis.smoothed.p, analysis.panel.shift[:, None])
    return {
        "RMSE of line below raw mean, %": _gain(line - answers.truth, answers.mean - answers.truth, shown),
        "band cover of level, %": _cover(low, answers.truth, high, shown),
    }


def _gain(ours: Floats, raw: Floats, counted: Flags) -> float:
    """By how much the root mean square error is below that of raw figures, in percent."""
    return 100 * (1 - float(np.sqrt(np.mean(ours[counted] ** 2) / np.mean(raw[counted] ** 2))))


def _changes(answers: Answers, analysis: Analysis) -> dict[str, float]:
    changed = change_of(analysis, BACK)
    shown = answers.is_shown[-1] & answers.is_shown[-1 - BACK]
    true = answers.truth[-1] - answers.truth[-1 - BACK]
    true_angle = angle(answers.truth[-1]) - angle(answers.truth[-1 - BACK])
    p_rose = norm.cdf(changed.d / np.maximum(changed.sd, 1e-12))
    labels = trend_labels(p_rose, changed.points)
    rose, fell = labels == Label.CLEAR_RISE, labels == Label.CLEAR_FALL
    is_clear = (rose | fell) & shown
    wrong = (rose & (true < 0)) | (fell & (true > 0))
    is_leaning = shown & (np.abs(np.abs(p_rose - 0.5) - 0.3) <= 0.1)
    is_right = np.sign(true) == np.sign(p_rose - 0.5)
    half = Z95 * changed.sd
    return {
        "RMSE of 4-wave change below raw, %": _gain(
            changed.points - true, answers.mean[-1] - answers.mean[-1 - BACK] - true, shown
        ),
        "interval cover of change, %": _cover(changed.d - half, true_angle, changed.d + half, shown),
        "clear labels, %": 100 * float(is_clear[shown].mean()),
        "wrong sign among clear labels, %": 100 * _share(wrong, is_clear) if is_clear.any() else 0.0,
        "right direction where P is .7-.9, %": 100 * _share(is_right, is_leaning),
    }


def _share(hits: Flags, among: Flags) -> float:
    return float(hits[among].mean()) if among.any() else float("nan")


def _raw_steps(answers: Answers, analysis: Analysis) -> dict[str, float]:
    both = answers.is_shown[1:] & answers.is_shown[:-1]
    steps = np.abs(np.diff(answers.mean, axis=0))
    g, v = analysis.panel.g, analysis.panel.v
    last = np.abs(g[-1] - g[-2]) / np.sqrt(v[-1] + v[-2])
    called = last[np.isfinite(last)]
    return {
        "raw change of 5 or more, %": 100 * float((steps[both] >= 5).mean()),
        "last step called, c = 1, %": 100 * float((called > Z95).mean()),
        "last step called, c = 1/c2, %": 100 * float((called > Z95 * np.sqrt(analysis.drift.c2)).mean()),
    }


def _worst(answers: Answers, analysis: Analysis) -> dict[str, float]:
    """Who is truly among the worst fifth: of the raw top fifth, and of those named at one half and more."""
    shown = np.isfinite(analysis.panel.score[-1])
    truth, raw = answers.truth[-1, shown], answers.mean[-1, shown]
    is_worst = truth >= np.quantile(truth, 0.8)
    p_worst = worst_fifth(analysis.levels.a[-1, shown], analysis.levels.p[-1, shown], True)
    top, named = _share(is_worst, raw >= np.quantile(raw, 0.8)), _share(is_worst, p_worst >= 0.5)
    return {
        "raw top fifth truly worst, %": 100 * top,
        "named truly worst, %": 100 * named,
        "named less raw in worst fifth, points": 100 * (named - top),
    }
