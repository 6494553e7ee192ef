"""An outsider who knows who works where and everybody's stated value, and who can do sums in fractions.

The attacker inverts rounding, solves linear equations, and runs integer programmes. Knows nothing of how groups were
chosen and shares no code with the auditor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tests.oracles.two_families import Statement, range_of, smallest_support
from tests.red_team.organisation import M, Organisation, Release


@dataclass(frozen=True)
class Equation:
    """The people of a published figure and the total it stands for."""

    people: frozenset[int]
    total: Fraction


def sums(organisation: Organisation, release: Release, measure_id: str = M) -> list[Equation]:
    """Exact sums behind the rounded means (attack 19)."""
    scale = next(one for one in organisation.scales if one.measure_id == measure_id)
    found = []
    for row in _exact_rows(release, measure_id):
        people = organisation.answered(
            organisation.members(str(row["group_id"]), str(row["breakdown_value"])), measure_id
        )
        whole = int(str(row["respondents_n"])) * scale.range_units
        found.append(Equation(people, Fraction(round(float(str(row["score_mean"])) * whole / 100))))
    return found


def at_risk_counts(organisation: Organisation, release: Release, measure_id: str = M) -> list[Equation]:
    """Exact numbers of people at risk behind the rounded shares."""
    rows = [row for row in _exact_rows(release, measure_id) if row["at_risk_pct"] is not None]
    exact = [row for row in rows if not row["is_pct_bounded"]]
    return [
        Equation(
            organisation.answered(organisation.members(str(row["group_id"])), measure_id),
            Fraction(round(float(str(row["at_risk_pct"])) * int(str(row["respondents_n"])) / 100)),
        )
        for row in exact
    ]


def respondents(organisation: Organisation, release: Release) -> list[Equation]:
    """Numbers of respondents as the groups file has them."""
    shown = release.groups.filter(release.groups["respondents_n"].is_not_null()).to_dicts()
    return [Equation(organisation.members(row["group_id"]), Fraction(row["respondents_n"])) for row in shown]


def _exact_rows(release: Release, measure_id: str) -> list[dict[str, object]]:
    rows = release.cells.filter(release.cells["measure_id"] == measure_id).to_dicts()
    return [
        row
        for row in rows
        if row["status"] == "published"
        and row["score_mean"] is not None
        and not row["is_mean_bounded"]
        and not str(row["group_id"]).startswith("other:")
        and row["breakdown_value"] != "other:"
    ]


def derive(equations: Sequence[Equation], weights: Mapping[int, int]) -> Fraction | None:
    """The value of a combination of people's answers, if the equations determine it. `weights`: person -> factor."""
    persons = sorted({person for equation in equations for person in equation.people} | set(weights))
    kinds: dict[tuple[tuple[bool, ...], int], int] = {}
    for person in persons:
        kind = (tuple(person in equation.people for equation in equations), weights.get(person, 0))
        kinds.setdefault(kind, person)
    columns = list(kinds.values())
    rows = [[Fraction(person in e.people) for person in columns] + [e.total] for e in equations]
    target = [Fraction(weights.get(person, 0)) for person in columns] + [Fraction(0)]
    for column in range(len(columns)):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        rows = [_less(row, pivot, column) for row in rows if row is not pivot]
        target = _less(target, pivot, column)
    return None if any(target[:-1]) else -target[-1]


def _less(row: list[Fraction], pivot: list[Fraction], column: int) -> list[Fraction]:
    factor = row[column] / pivot[column]
    return [a - factor * b for a, b in zip(row, pivot, strict=True)] if factor else row


def sum_of(equations: Sequence[Equation], people: frozenset[int]) -> Fraction | None:
    """The sum of a group's answers, if it is determined."""
    return derive(equations, dict.fromkeys(people, 1))


def fewest_people(organisation: Organisation, equations: Sequence[Equation], below: int = 5) -> int:
    """Fewest people on whom anything derivable rests; `below` where it is not fewer."""
    return smallest_support([equation.people for equation in equations], len(organisation.people), below)


def score_range(
    organisation: Organisation,
    equations: Sequence[Equation],
    person: int,
    top: int = 4,
    extra: Sequence[Statement] = (),
) -> tuple[int, int]:
    """Least and greatest score that one person can have. `extra`: what bounds say."""
    known = [Statement(e.people, int(e.total), int(e.total)) for e in equations] + list(extra)
    return range_of(person, len(organisation.people), top, known, {}, 1)
