"""How often the interval of one wave holds the mean of all people, also when answering depends on the score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import norm
from scipy.stats import t as student

from flows.trend.angle import Floats
from flows.trend.response import SENSITIVITY_POINTS
from tests.simulations.organisation import BAND_EDGES, CUTS, LEAST_ANSWERS, LEVEL_VARIANCE, POINTS_A_STEP
from tests.simulations.targets import Target, around
from tests.simulations.trends import wilson_many

DRAWS = 20_000
POOLED_TEAMS = 10
PHI_RANGE = (0.05, 0.90)
BAND_LOWER = np.array([0.0, *BAND_EDGES])


@dataclass(frozen=True, slots=True)
class Case:
    """`n` of `people` answer, by lot. Targets: cover of the interval, and of the t interval from the team's own SD."""

    cuts: str
    n: int
    people: int
    ours: float
    own_sd: float

    @property
    def name(self) -> str:
        """As in TRENDS 8."""
        return f"{self.cuts}, {self.n} of {self.people}"


CASES = (
    Case("symmetric", 8, 16, 94.9, 95.4),
    Case("very skewed", 5, 10, 98.0, 78.9),
    Case("very skewed", 10, 20, 95.6, 85.7),
    Case("very skewed", 30, 60, 94.6, 91.5),
    Case("skewed", 5, 10, 95.8, 90.1),
)


def targets(case: Case) -> tuple[Target, ...]:
    """Cover of both intervals, within one point; widths of the first case."""
    found = [around("cover, %", case.ours, 1), around("cover of own-SD t, %", case.own_sd, 1)]
    if case is CASES[0]:
        found += [around("width, points", 25.5, 1), around("width of own-SD t, points", 31.1, 1)]
    return tuple(found)


def drawn_scores(cuts: str, people: int, draws: int, rng: np.random.Generator) -> Floats:
    """Scores of all people of many teams, draws x people."""
    level = rng.normal(0, np.sqrt(LEVEL_VARIANCE), draws)[:, None]
    mood = level + rng.normal(0, np.sqrt(1 - LEVEL_VARIANCE), (draws, people))
    return POINTS_A_STEP * np.searchsorted(CUTS[cuts], mood)


def figures(case: Case, seed: int, draws: int = DRAWS) -> dict[str, float]:
    """Cover and width of one case; phi is pooled over ten teams at a time, the fewest that a release pools over."""
    rng = np.random.default_rng(seed)
    scores = drawn_scores(case.cuts, case.people, draws, rng)
    said = scores[:, : case.n]
    mean, finite, sd = said.mean(axis=1), scores.mean(axis=1), said.std(axis=1, ddof=1)
    answered = case.n / case.people
    low, high = wilson_many(mean, np.float64(case.n), np.float64(answered), pooled(said))
    half = student.ppf(0.975, case.n - 1) * sd * np.sqrt((1 - answered) / case.n)
    return {
        "cover, %": cover(low, finite, high),
        "cover of own-SD t, %": cover(mean - half, finite, mean + half),
        "width, points": float((high - low).mean()),
        "width of own-SD t, points": float(2 * half.mean()),
    }


def pooled(said: Floats) -> Floats:
    """phi of every draw: that of the organisation of ten teams that it belongs to (TRENDS 1.1)."""
    n, mean = said.shape[1], said.mean(axis=1)
    within = _of_ten(said.var(axis=1) * n)
    phi = within / (_of_ten((n - 1) * mean * (100 - mean)) + within / n)
    return np.repeat(np.clip(phi, *PHI_RANGE), POOLED_TEAMS)


def _of_ten(values: Floats) -> Floats:
    total: Floats = values.reshape(-1, POOLED_TEAMS).sum(axis=1)
    return total


def cover(low: Floats, truth: Floats, high: Floats) -> float:
    """Percent of intervals that hold the truth."""
    return 100 * float(((low - 1e-9 <= truth) & (truth <= high + 1e-9)).mean())


def share_figures(seed: int, draws: int = DRAWS) -> dict[str, float]:
    """A share: 20 of 40 people, of whom 15 % are at risk; the Wald interval beside it."""
    rng = np.random.default_rng(seed)
    level = rng.normal(0, np.sqrt(LEVEL_VARIANCE), draws)[:, None]
    at_risk = level + rng.normal(0, np.sqrt(1 - LEVEL_VARIANCE), (draws, 40)) > norm.ppf(0.85)
    p, truth = 100 * at_risk[:, :20].mean(axis=1), 100 * at_risk.mean(axis=1)
    low, high = wilson_many(p, np.float64(20), np.float64(0.5), 1.0)
    wald = 1.959964 * np.sqrt(p * (100 - p) / 20 * 0.5)
    return {"cover, %": cover(low, truth, high), "cover of Wald, %": cover(p - wald, truth, p + wald)}


SHARE_TARGETS = (around("cover, %", 95.6, 1), around("cover of Wald, %", 88, 1))


@dataclass(frozen=True, slots=True)
class Silence:
    """Who is worse off answers less: `gap` is how many points better off those who answer are; covers in percent."""

    gap: float
    strength: float
    exact: float
    banded: float
    widened: float


SILENCES = (Silence(7.5, 0.285, 89, 93, 99), Silence(14, 0.56, 76, 84, 94))


def silence_targets(case: Silence) -> tuple[Target, ...]:
    """Cover with the exact response, with its band, and of the sensitivity band with D = 10."""
    return (
        around("gap, points", case.gap, 1),
        around("cover, exact f, %", case.exact, 2),
        around("cover, banded f, %", case.banded, 2),
        around("cover of the sensitivity band, exact f, %", case.widened, 2),
    )


def silence_figures(case: Silence, seed: int, draws: int = DRAWS) -> dict[str, float]:
    """Teams of 8 to 50 people of whom 65 % answer, the less the higher their strain."""
    rng = np.random.default_rng(seed)
    people_n = rng.integers(8, 51, draws)
    is_person = np.arange(50) < people_n[:, None]
    mood = rng.normal(0, np.sqrt(LEVEL_VARIANCE), draws)[:, None]
    mood = mood + rng.normal(0, np.sqrt(1 - LEVEL_VARIANCE), is_person.shape)
    scores = POINTS_A_STEP * np.searchsorted(CUTS["symmetric"], mood)
    answers = is_person & (rng.random(mood.shape) < expit(0.65 - case.strength * mood))
    n = answers.sum(axis=1)
    shown = n >= LEAST_ANSWERS
    mean, finite = (scores * answers).sum(axis=1) / np.maximum(n, 1), (scores * is_person).sum(axis=1) / people_n
    within = ((scores - mean[:, None]) ** 2 * answers).sum(axis=1)
    n, mean, finite, within, people_n = n[shown], mean[shown], finite[shown], within[shown], people_n[shown]
    phi = float(within.sum() / (((n - 1) * mean * (100 - mean)).sum() + (within / n).sum()))
    exact = n / people_n
    banded = BAND_LOWER[np.searchsorted(BAND_EDGES, exact, side="right")]
    low, high = wilson_many(mean, n, exact, phi)
    reach = (1 - exact) * SENSITIVITY_POINTS
    silent = is_person & ~answers
    return {
        "gap, points": float(scores[silent].mean() - scores[answers].mean()),
        "cover, exact f, %": cover(low, finite, high),
        "cover, banded f, %": cover(*_around(finite, wilson_many(mean, n, banded, phi))),
        "cover of the sensitivity band, exact f, %": cover(low - reach, finite, high + reach),
    }


def _around(truth: Floats, interval: tuple[Floats, Floats]) -> tuple[Floats, Floats, Floats]:
    return interval[0], truth, interval[1]
