"""Answers of invented people: strain decides what they choose; some questions are skipped."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from flows.demo.organisation import ATTACHED, ROLES, SEED, DemoTeam
from surveys.instrument import Catalogue, CodedAnswer, Direction, Item

CORE = ("bo1", "st1", "ee1", "cas1", "psy1", "sup2", "wlb1")
ROTATION = (
    ("gad_1", "gad_2", "phq_1", "phq_2", "cf1", "cf2", "vt1", "vt2"),
    ("phq_3", "slp1", "sub1", "ip1", "ip2", "bnd1", "bnd2"),
    ("lonely1", "iso1", "dep1", "acc1", "sup1", "ther1", "mind1", "net1"),
)
SKIPPED = 0.03
NOT_SAID = 0.01
LEVEL = {"bo1": -0.35, "sub1": -1.4, "gad_1": -0.5, "phq_2": -0.6, "phq_1": -0.4}


@dataclass(frozen=True, slots=True)
class DemoRow:
    """One answer sheet: unit, role where it was stated, and the chosen code, or a word, by item; None where skipped."""

    unit_id: str
    answers: dict[str, str | None]
    is_complete: bool = True
    role: str | None = None


def items_asked(wave_number: int) -> tuple[str, ...]:
    """The battery of a wave: the core, and one block of modules in turn."""
    return (*CORE, *ROTATION[wave_number % len(ROTATION)])


ROLES_ASKED_FROM = 5
"""Number of the first wave that asks for the role: the last three do."""


def demo_rows(catalogue: Catalogue, teams: list[DemoTeam], wave_number: int) -> list[DemoRow]:
    """Everybody who answered in a wave, in random order; the same at every call."""
    random = np.random.default_rng(SEED + 1000 * (wave_number + 1))
    asked = items_asked(wave_number)
    high_is_strain = {item_id: _high_is_strain(catalogue, item_id) for item_id in asked}
    rows = []
    for team in teams:
        wobble = float(random.normal(0.0, 0.1))
        for _ in range(int(random.binomial(team.eligible_n, team.turnout))):
            strain = team.strain + team.drift[wave_number] + wobble + float(random.normal(0.0, 0.9))
            rows.append(_row(random, catalogue, team.unit_id, asked, strain, high_is_strain))
    rows.extend(
        _row(random, catalogue, unit_id, asked, float(random.normal(0.2, 0.9)), high_is_strain)
        for unit_id, eligible_n in ATTACHED.items()
        for _ in range(max(2, round(0.7 * eligible_n)))
    )
    if wave_number < ROLES_ASKED_FROM:
        return [rows[index] for index in random.permutation(len(rows))]
    # Roles have a generator of their own, so that they leave the answers as they are.
    states = np.random.default_rng(SEED + 500 + wave_number)
    stated = states.choice([*ROLES, ""], size=len(rows), p=[*ROLES.values(), 1 - sum(ROLES.values())])
    with_roles = [replace(row, role=str(role) or None) for row, role in zip(rows, stated, strict=True)]
    return [with_roles[index] for index in random.permutation(len(rows))]


def _row(
    random: np.random.Generator,
    catalogue: Catalogue,
    unit_id: str,
    asked: tuple[str, ...],
    strain: float,
    high_is_strain: dict[str, bool],
) -> DemoRow:
    stops_early = random.random() < 0.02
    answers: dict[str, str | None] = {}
    for place, item_id in enumerate(asked):
        if (stops_early and place >= 3) or random.random() < SKIPPED:
            answers[item_id] = None
        elif random.random() < NOT_SAID:
            answers[item_id] = "prefer_not_to_say"
        else:
            answers[item_id] = _choice(random, catalogue.items[item_id], strain, high_is_strain[item_id])
    return DemoRow(unit_id, answers, is_complete=not stops_early)


def _choice(random: np.random.Generator, item: Item, strain: float, high_is_strain: bool) -> str:
    if not isinstance(item.answer, CodedAnswer):
        raise TypeError(f"the demo asks coded items only, {item.id} is none")
    if item.answer.not_applicable is not None and random.random() < 0.06:
        return "not_applicable"
    codes = item.answer.codes
    pull = LEVEL.get(item.id, -0.1) + 0.75 * strain + float(random.normal(0.0, 0.65))
    cuts = np.linspace(-1.15, 1.15, len(codes) - 1)
    place = int(np.searchsorted(cuts, pull))
    return str(codes[place] if high_is_strain else codes[len(codes) - 1 - place])


def _high_is_strain(catalogue: Catalogue, item_id: str) -> bool:
    """Whether a high code means strain, from the measure that the item belongs to."""
    item = catalogue.items[item_id]
    measure = next(m for m in catalogue.measures.values() if item_id in m.items)
    high_is_worse = measure.direction is Direction.WORSE
    is_turned = (measure.display_min > measure.display_max) != item.reverse_keyed
    return high_is_worse != is_turned
