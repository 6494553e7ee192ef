"""The engine on real answers: soldiers of 99 companies, and three linked waves of 43 small units.

The files lie beside the project (`../shared/real`), are not part of it, and are skipped where they are missing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from flows.trend.angle import Z95, Floats, angle, points, two_waves
from tests.simulations.followed import follow_answers
from tests.simulations.organisation import LEAST_ANSWERS, Answers
from tests.simulations.targets import Target, around
from tests.simulations.trends import wilson_many

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
COMPANIES = "bh1996_soldiers_99_companies.csv"
UNITS = "univbct_soldiers_3_waves.csv"
SAMPLED_OF = 18
SCALES = {"wellbeing": (0.0, 5.0), "cohesion": (1.0, 5.0), "leadership": (1.0, 5.0)}
LINKED_C2 = {"jobsat": 0.67, "commitment": 0.79, "readiness": 0.72}


def has_files() -> bool:
    """Whether the real files are there."""
    return (REAL / COMPANIES).is_file() and (REAL / UNITS).is_file()


def company_targets(measure: str) -> tuple[Target, ...]:
    """Cover of the interval; the pooled estimate's error, as a gain over raw means.

    TRENDS 8 gives 3.4 against 5.1 points (4.2 / 6.2, 4.4 / 5.1), which is a third, a third, and a seventh less.
    How companies were drawn there is not said; a larger gain is no fault.
    """
    pooled, raw = {"wellbeing": (3.4, 5.1), "cohesion": (4.2, 6.2), "leadership": (4.4, 5.1)}[measure]
    gain = 100 * (1 - pooled / raw)
    cover = [around("interval cover, %", 94.7, 1)] if measure == "wellbeing" else []
    return (*cover, Target("RMSE of pooled estimate below raw, %", f"{gain:.0f}", gain - 6, gain + 15))


def company_figures(measure: str, seed: int) -> dict[str, float]:
    """Of each company 18 people, of whom 5 to 12 answer; the truth of the estimate is the company's own mean."""
    rng = np.random.default_rng(seed)
    low, high = SCALES[measure]
    table = pl.read_csv(REAL / COMPANIES).drop_nulls(measure)
    scores = [(part[measure].to_numpy() - low) / (high - low) * 100 for part in table.partition_by("unit")]
    scores = [each for each in scores if len(each) >= SAMPLED_OF]
    drawn = [rng.permutation(each)[:SAMPLED_OF] for each in scores]
    n = rng.integers(5, 13, len(drawn))
    said = [each[:many] for each, many in zip(drawn, n, strict=True)]
    mean = np.array([each.mean() for each in said])
    truth, finite = np.array([each.mean() for each in scores]), np.array([each.mean() for each in drawn])
    phi = _phi(n, mean, np.array([((each - each.mean()) ** 2).sum() for each in said]))
    wilson_low, wilson_high = wilson_many(mean, n, n / SAMPLED_OF, phi)
    analysis = follow_answers(_one_wave(n, mean, phi))
    estimate = points(angle(analysis.panel.centre[-1]) + analysis.levels.a[-1])
    ours, raw = (float(np.sqrt(np.mean((each - truth) ** 2))) for each in (estimate, mean))
    return {
        "interval cover, %": 100 * float(((wilson_low <= finite) & (finite <= wilson_high)).mean()),
        "RMSE of pooled estimate": ours,
        "RMSE of raw mean": raw,
        "RMSE of pooled estimate below raw, %": 100 * (1 - ours / raw),
    }


def _phi(n: Floats, mean: Floats, within: Floats) -> float:
    return float(within.sum() / (((n - 1) * mean * (100 - mean)).sum() + (within / n).sum()))


def _one_wave(n: Floats, mean: Floats, phi: float) -> Answers:
    row = n[None, :].astype(np.int64)
    figures = np.round(mean, 1)[None, :]
    return Answers(row, row, figures, figures, figures, np.ones(row.shape, np.int8), phi)


def linked_targets(measure: str) -> tuple[Target, ...]:
    """The noise factor, and what a test that takes waves as independent calls where people answer again."""
    return (
        around("units of five or more", 29, 0),
        around("noise factor c2", LINKED_C2[measure], 0.05),
        Target("raw changes above 5 points, %", "31-54", 28, 57),
    )


def linked_figures(measure: str) -> dict[str, float]:
    """Three waves of the same soldiers, forgotten who is who; neighbouring waves of units of five and more."""
    answers = linked_answers(measure)
    analysis = follow_answers(answers)
    both = answers.is_shown[1:] & answers.is_shown[:-1]
    first, last = answers.mean[:-1][both], answers.mean[1:][both]
    pair = two_waves(first, answers.n[:-1][both], last, answers.n[1:][both], answers.phi)
    return {
        "units of five or more": float(answers.n.shape[1]),
        "noise factor c2": analysis.drift.c2,
        "pairs": float(both.sum()),
        "called": float((np.abs(pair.z) > Z95).sum()),
        "raw changes above 5 points, %": 100 * float((np.abs(last - first) > 5).mean()),
    }


def linked_answers(measure: str) -> Answers:
    """Answers of the units that reach five people in some wave, means from 1-5 to 0-100."""
    frame = pl.read_csv(REAL / UNITS).drop_nulls(measure)
    score = (pl.col(measure) - 1) * 25
    cells = (
        frame.group_by("battalion", "company", "wave")
        .agg(pl.len().alias("n"), score.mean().alias("mean"), (score**2).sum().alias("squares"))
        .sort("battalion", "company", "wave")
    )
    parts = cells.partition_by("battalion", "company")
    n, mean, squares = (np.full((3, len(parts)), np.nan) for _ in range(3))
    for place, part in enumerate(parts):
        wave = part["wave"].to_numpy() - 1
        n[wave, place], mean[wave, place], squares[wave, place] = part["n"], part["mean"], part["squares"]
    n = np.nan_to_num(n)
    shown = n >= LEAST_ANSWERS
    phi = _phi(n[shown], mean[shown], squares[shown] - n[shown] * mean[shown] ** 2)
    means = np.where(shown, np.round(mean, 1), np.nan)
    answers = Answers(n.astype(np.int64), n.astype(np.int64), means, means, means, np.full(n.shape, 2, np.int8), phi)
    return answers.teams(shown.any(axis=0))


def called_in_all() -> dict[str, float]:
    """Unchanged soldiers: changes called at 5 % over the three measures together."""
    found = [linked_figures(measure) for measure in LINKED_C2]
    return {"changes called, %": 100 * sum(each["called"] for each in found) / sum(each["pairs"] for each in found)}


CALLED_TARGETS = (Target("changes called, %", "at most 3", 0, 3),)
