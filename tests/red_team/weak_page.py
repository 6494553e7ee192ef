"""A page as other tools draw it, kept here only to be broken: everything is sent, and what is hidden is not painted.

Rows stand by score, the axis ends at the greatest mean, tool-tips and a file to download hold what was left out, and an
address opens any group.
"""

from __future__ import annotations

import json
import re

from tests.red_team.organisation import Organisation, everybody
from tests.red_team.weak_selectors import hide_small_only


def weak_page(organisation: Organisation, group: str | None = None) -> str:
    """The markup; with a group in the address, its figure is the heading."""
    shown = hide_small_only(organisation)
    means = {unit: _mean(organisation, unit) for unit in organisation.parents if organisation.members(unit)}
    by_score = sorted(means, key=lambda unit: -means[unit])
    rows = [_row(unit, means[unit], is_hidden=unit not in shown) for unit in by_score]
    heading = f"<h1>{group}: {means[group]}</h1>" if group is not None else ""
    axis = f'<svg data-domain="0 {max(means.values())}"></svg>'
    download = f"<a download=\"table.json\" href='data:application/json,{json.dumps(means)}'>All figures</a>"
    return "\n".join([heading, axis, *rows, download])


def _row(unit: str, mean: float, *, is_hidden: bool) -> str:
    if is_hidden:
        return f'<tr style="display:none" data-group="{unit}" title="{unit}: {mean}"><td>hidden</td></tr>'
    return f'<tr data-group="{unit}"><td>{mean}</td></tr>'


def _mean(organisation: Organisation, unit: str) -> float:
    people = organisation.members(unit)
    return round(organisation.total(people) / len(people), 2)


def readings(markup: str, group: str) -> dict[str, object]:
    """What each channel of a page says of a group that is not to be seen."""
    tip = re.search(rf'title="{group}: ([\d.]+)"', markup)
    download = re.search(r"data:application/json,(\{.*?\})'", markup)
    axis = re.search(r'data-domain="0 ([\d.]+)"', markup)
    heading = re.search(rf"<h1>{group}: ([\d.]+)", markup)
    return {
        "unpainted row": tip and tip[1],
        "download": download and json.loads(download[1])[group],
        "axis": axis and axis[1],
        "order": re.findall(r'data-group="(\w+)"', markup).index(group) if f'data-group="{group}"' in markup else None,
        "address": heading and heading[1],
    }


def weak_organisation(of_hidden: list[int]) -> Organisation:
    """Three teams, of which T2 has four people and is not painted."""
    teams = {"T1": [2, 2, 3, 1, 2], "T2": of_hidden, "T3": [1, 2, 1, 2, 3, 1]}
    return Organisation({"D": None, **dict.fromkeys(teams, "D")}, everybody(teams))
