"""A made-up wave of any size: units.csv and a tidy CSV of the 15 items of the quarterly battery, from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from surveys.instrument import Catalogue, CodedAnswer

BATTERY = (
    "bo1", "st1", "ee1", "cf1", "vt1", "gad_1", "gad_2", "phq_1", "phq_2", "ip1", "lonely1", "phq_3", "sub1", "bnd1",
    "sup2",
)  # fmt: skip
SEED = 20_240
EMPTY_SHARE = 0.03
RESPONSE_RATE = 0.6
TEAM_SPREAD = 0.5


@dataclass(frozen=True, slots=True)
class WaveSize:
    """How large a made-up wave is; people per team are Poisson distributed."""

    name: str
    divisions_n: int
    departments_n: int
    teams_n: int
    people_per_team: float = 12.0


TEAMS_2000 = WaveSize("2,000 teams", divisions_n=4, departments_n=40, teams_n=2_000)
NATIONAL = WaveSize("100,000 teams", divisions_n=20, departments_n=1_000, teams_n=100_000)
SIZES = {"small": TEAMS_2000, "national": NATIONAL}


def make_wave(size: WaveSize, catalogue: Catalogue, folder: Path) -> int:
    """Write units.csv and answers.csv into a folder. Returns the number of respondents."""
    rng = np.random.default_rng(SEED)
    answered_n = rng.poisson(size.people_per_team, size.teams_n)
    team_frame(size, np.ceil(answered_n / RESPONSE_RATE).astype(np.int64)).write_csv(folder / "units.csv")
    teams = rng.permutation(np.repeat(np.arange(size.teams_n), answered_n))
    team_mood = rng.normal(0.0, TEAM_SPREAD, size.teams_n)
    mood = team_mood[teams] + rng.normal(0.0, 1.0, len(teams))
    team_ids = pl.Series("unit_id", _ids("T", size.teams_n))
    columns = [team_ids.gather(teams)]
    for item_id in BATTERY:
        answer = catalogue.items[item_id].answer
        if not isinstance(answer, CodedAnswer):
            raise TypeError(f"{item_id} has no codes")
        columns.append(_answers(item_id, np.asarray(answer.codes), mood, rng))
    pl.DataFrame(columns).write_csv(folder / "answers.csv")
    return len(teams)


def _answers(item_id: str, codes: np.ndarray, mood: np.ndarray, rng: np.random.Generator) -> pl.Series:
    """Codes that rise with mood; about three in a hundred are empty."""
    level = 0.6 * mood + rng.normal(0.0, 0.8, len(mood))
    cuts = np.linspace(-0.6, 1.6, len(codes) - 1)
    values = pl.Series(item_id, codes[np.searchsorted(cuts, level)])
    is_empty = pl.Series(rng.random(len(mood)) < EMPTY_SHARE)
    return pl.select(pl.when(is_empty).then(None).otherwise(values).alias(item_id)).to_series()


def team_frame(size: WaveSize, eligible_n: np.ndarray) -> pl.DataFrame:
    """The rows of units.csv: one organisation, divisions, departments, teams with `eligible_n` people each."""
    divisions, departments, teams = _ids("D", size.divisions_n), _ids("P", size.departments_n), _ids("T", size.teams_n)
    parents = [
        None,
        *["ORG"] * size.divisions_n,
        *[divisions[number % size.divisions_n] for number in range(size.departments_n)],
        *[departments[number % size.departments_n] for number in range(size.teams_n)],
    ]
    unit_ids = ["ORG", *divisions, *departments, *teams]
    inner_n = len(unit_ids) - size.teams_n
    return pl.DataFrame(
        {
            "unit_id": unit_ids,
            "parent_id": parents,
            "unit_name": [f"Unit {unit_id}" for unit_id in unit_ids],
            "eligible_n": [*[0] * inner_n, *eligible_n.tolist()],
        }
    )


def _ids(letter: str, many: int) -> list[str]:
    return [f"{letter}{number:06d}" for number in range(many)]
