"""What other tools do, kept here only to be broken: hide small teams alone, or hide the next smallest one with them.

Whole figures are shown of every unit above the teams; there is no bound, no threshold of residuals and no value rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl

from flows.publish.contract import CELLS, CELLS_KEY, GROUPS, GROUPS_KEY
from tests.oracles.two_families import smallest_support
from tests.red_team.organisation import Organisation, Release

Selector = Callable[[Organisation], list[str]]
WEAK_K = 5


def hide_small_only(organisation: Organisation) -> list[str]:
    """Every unit with others below it, and every team of 5 or more."""
    above = set(organisation.parents.values())
    return [unit for unit in organisation.parents if unit in above or len(organisation.members(unit)) >= WEAK_K]


def hide_next_smallest(organisation: Organisation) -> list[str]:
    """The same; where one team alone is hidden below a unit, its smallest sibling is hidden with it."""
    shown = hide_small_only(organisation)
    for above in set(organisation.parents.values()):
        below = [unit for unit, parent in organisation.parents.items() if parent == above]
        hidden = [unit for unit in below if unit not in shown]
        teams = sorted((len(organisation.members(unit)), unit) for unit in below if unit in shown)
        if len(hidden) == 1 and teams:
            shown.remove(teams[0][1])
    return shown


def families_safe_in_pairs(people: Sequence[Sequence[str]], families: Sequence[Sequence[str]]) -> list[frozenset[int]]:
    """Margins that a tool shows which tests every two families together, and never all: whatever those tests allow.

    `people`: the values of each person. A family joins when it is safe beside every family that is shown already.
    """

    def margins(family: Sequence[str]) -> list[frozenset[int]]:
        return [frozenset(at for at, own in enumerate(people) if value in own) for value in family]

    shown: list[Sequence[str]] = []
    for family in families:
        pairs = [[*margins(family), *margins(other)] for other in shown]
        if all(smallest_support(pair, len(people), WEAK_K) >= WEAK_K for pair in pairs):
            shown.append(family)
    return [margin for family in shown for margin in margins(family)]


def weak_release(
    organisation: Organisation, select: Selector = hide_small_only, cells: Iterable[tuple[str, str]] = ()
) -> Release:
    """Tables with n and exact mean of the selected units and of the named (unit, value) cells, and all their counts."""
    shown = select(organisation)
    keys = [(unit, "all") for unit in organisation.parents] + list(cells)
    rows = [
        _row(organisation, unit, value, one.measure_id, unit in shown)
        for one in organisation.scales
        for unit, value in keys
    ]
    groups = [_group(organisation, unit, unit in shown) for unit in organisation.parents]
    return Release(
        pl.DataFrame(rows, schema=CELLS, orient="row").sort(CELLS_KEY),
        pl.DataFrame(groups, schema=GROUPS, orient="row").sort(GROUPS_KEY),
    )


def _row(organisation: Organisation, unit: str, value: str, measure_id: str, is_shown: bool) -> dict[str, object]:
    scale = next(one for one in organisation.scales if one.measure_id == measure_id)
    people = organisation.answered(organisation.members(unit, value), measure_id)
    row: dict[str, object] = dict.fromkeys(CELLS)
    family = "all" if value == "all" else "role_group"
    row.update(wave_id="w1", group_id=unit, breakdown_id=family, breakdown_value=value, measure_id=measure_id)
    row.update(status="suppressed", is_mean_bounded=False, is_pct_bounded=False)
    if is_shown and people:
        total = organisation.total(people, measure_id)
        row.update(status="published", respondents_n=len(people))
        row["score_mean"] = round(100 * total / (len(people) * scale.range_units), 1)
        if scale.at_risk_from_units is not None:
            scores = [organisation.people[at].scores[measure_id] for at in people]
            row["at_risk_pct"] = float(round(100 * sum(s >= scale.at_risk_from_units for s in scores) / len(people)))
    return row


def _group(organisation: Organisation, unit: str, is_shown: bool) -> dict[str, object]:
    n = len(organisation.members(unit))
    return {
        "wave_id": "w1",
        "group_id": unit,
        "parent_group_id": organisation.parents[unit],
        "group_name": unit,
        "level": "team",
        "kind": "unit",
        "member_unit_ids": [unit],
        "respondents_n": n if is_shown else None,
        "response_band": "70-84" if is_shown else None,
    }
