"""What a simulation has to reach: a figure, the target of TRENDS 8, and the range in which it is accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Target:
    """One number of TRENDS 8. `low` and `high`: what is accepted, over the seeds of the full run."""

    name: str
    target: str
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a figure is accepted."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Reached:
    """A target, the figure reached, and whether it is accepted."""

    part: str
    target: Target
    value: float

    @property
    def is_good(self) -> bool:
        """Whether the figure lies in the accepted range."""
        return self.target.holds(self.value)


def around(name: str, target: float, tolerance: float) -> Target:
    """A target with the same tolerance on both sides."""
    return Target(name, f"{target:g}", target - tolerance, target + tolerance)


def mean_of(runs: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of every figure over seeds; a figure that a seed cannot give counts not."""
    found = list(runs)
    names = found[0].keys()
    values = {name: np.array([run[name] for run in found]) for name in names}
    return {name: float(np.nanmean(each)) if np.isfinite(each).any() else float("nan") for name, each in values.items()}
