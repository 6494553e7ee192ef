"""Made-up organisations whose truth is known: teams drift, people keep a part of their mood, some answer (TRENDS 8).

Arrays are time-major, waves x teams; people of a team stand in a padded third axis, `is_person` says which are real.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from flows.trend.angle import Flags, Floats

LEAST_ANSWERS = 5
LEVEL_VARIANCE = 0.05
PERSON_VARIANCE = 0.475
FRESH_VARIANCE = 0.475
POINTS_A_STEP = 25.0
CUTS = {
    "symmetric": (-1.3, -0.45, 0.45, 1.3),
    "skewed": (0.0, 0.75, 1.4, 2.0),
    "very skewed": (0.75, 1.35, 1.9, 2.4),
}
BAND_EDGES = (0.50, 0.70, 0.85)


@dataclass(frozen=True, slots=True)
class Design:
    """How an organisation is made up. `drift`: variance that each wave adds to a team's level, on the latent scale.

    `propensity`: how alike a person's turnout is from wave to wave; larger means more alike people.
    """

    cuts: str = "symmetric"
    drift: float = 0.0
    teams_n: int = 600
    smallest: int = 8
    largest: int = 35
    waves_n: int = 12
    response: tuple[float, float] = (0.55, 0.85)
    propensity: float = 3.0
    person_variance: float = PERSON_VARIANCE
    level_variance: float = LEVEL_VARIANCE


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a simulated survey knows.

    `mean`: mean of those who answered, to 0.1, NaN below five; `finite`: mean of all people had they answered;
    `truth`: mean of their expected scores. `phi` is pooled over all teams and waves.
    """

    n: npt.NDArray[np.int64]
    people_n: npt.NDArray[np.int64]
    mean: Floats
    finite: Floats
    truth: Floats
    bands: npt.NDArray[np.int8]
    phi: float

    @property
    def is_shown(self) -> Flags:
        """Enough people answered."""
        return self.n >= LEAST_ANSWERS

    @property
    def centre(self) -> Floats:
        """The organisation's mean in each wave, to 0.1."""
        shown = np.where(self.is_shown, self.n, 0)
        mean: Floats = np.round((shown * np.nan_to_num(self.mean)).sum(axis=1) / shown.sum(axis=1), 1)
        return mean

    def teams(self, chosen: Flags) -> Answers:
        """The same survey of some teams only; phi stays."""
        parts = {name: getattr(self, name)[:, chosen] for name in ("n", "people_n", "mean", "finite", "truth", "bands")}
        return replace(self, **parts)


def simulate(design: Design, seed: int, shift: Floats | None = None) -> Answers:
    """One organisation. `shift`: added to the latent level, waves x teams, larger is a higher score."""
    rng = np.random.default_rng(seed)
    cuts = np.array(CUTS[design.cuts])
    people_n = rng.integers(design.smallest, design.largest + 1, design.teams_n)
    is_person = np.arange(design.largest) < people_n[:, None]
    level = _levels(design, rng) + (0.0 if shift is None else shift)
    person = rng.normal(0, np.sqrt(design.person_variance), is_person.shape)
    turnout = _turnout(design, rng, is_person.shape)
    waves = [_wave(level[t], person, turnout, is_person, cuts, rng) for t in range(design.waves_n)]
    n, total, squares, finite, truth = (np.stack(parts) for parts in zip(*waves, strict=True))
    raw = total / np.maximum(n, 1)
    shares = n / people_n
    return Answers(
        n=n,
        people_n=np.broadcast_to(people_n, n.shape),
        mean=np.where(n >= LEAST_ANSWERS, np.round(raw, 1), np.nan),
        finite=finite,
        truth=truth,
        bands=np.searchsorted(BAND_EDGES, shares, side="right").astype(np.int8),
        phi=_phi(n, raw, squares),
    )


def _levels(design: Design, rng: np.random.Generator) -> Floats:
    steps = rng.normal(0, np.sqrt(design.drift), (design.waves_n, design.teams_n))
    steps[0] = rng.normal(0, np.sqrt(design.level_variance), design.teams_n)
    level: Floats = np.cumsum(steps, axis=0)
    return level


def _turnout(design: Design, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    rate = rng.uniform(*design.response, shape[0])[:, None]
    turnout: Floats = rng.beta(design.propensity * rate, design.propensity * (1 - rate), shape)
    return turnout


def _wave(
    level: Floats, person: Floats, turnout: Floats, is_person: Flags, cuts: Floats, rng: np.random.Generator
) -> tuple[Floats, ...]:
    """Of each team: people who answered, sum and sum of squares of their scores, mean of all, mean expected score."""
    mood = level[:, None] + person
    score = POINTS_A_STEP * np.searchsorted(cuts, mood + rng.normal(0, np.sqrt(FRESH_VARIANCE), mood.shape))
    expected = POINTS_A_STEP * sum(ndtr((mood - cut) / np.sqrt(FRESH_VARIANCE)) for cut in cuts)
    answers = is_person & (rng.random(mood.shape) < turnout)
    people_n = is_person.sum(axis=1)
    total, squares = (score * answers).sum(axis=1), (score**2 * answers).sum(axis=1)
    finite, truth = (score * is_person).sum(axis=1) / people_n, (expected * is_person).sum(axis=1) / people_n
    return answers.sum(axis=1), total, squares, finite, truth


def _phi(n: npt.NDArray[np.int64], mean: Floats, squares: Floats) -> float:
    """Spread of all shown teams and waves together, by the formula of TRENDS 1.1."""
    shown = n >= LEAST_ANSWERS
    n, mean = n[shown], mean[shown]
    within = squares[shown] - n * mean**2
    return float(within.sum() / (((n - 1) * mean * (100 - mean)).sum() + (within / n).sum()))
