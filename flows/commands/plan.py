"""`quorum plan`: is the unit tree right, and what would each least group size show?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from flows.protect.policy import TIERS, DisclosurePolicy
from flows.protect.solver import Nodes, Programme
from flows.protect.tree import ReportingTree, reporting_tree
from flows.say import people
from flows.settings import read_settings
from flows.units import UnitTree, read_units
from flows.workbench import policy_of
from flows.zones import Zones

TOPICS = {"work": "work topics", "sensitive": "health topics", "guarded": "substance use"}
# TRENDS 3.1: smallest difference of two waves that is found with power 80 %, by answers.
SMALLEST_CHANGE = ((5, 44), (8, 35), (10, 31), (15, 26), (20, 22), (30, 18), (50, 14), (100, 10), (200, 7))


@dataclass(frozen=True, slots=True)
class Forecast:
    """Teams with a row of their own, and teams counted higher up, at one tier's least group size."""

    tier: str
    k: int
    own_row_n: int
    higher_up_n: int


def plan_workspace(root: Path, *, is_json: bool) -> None:
    """Print the forecast at the assumed response. Changes nothing."""
    zones = Zones(root.resolve()).require()
    settings = read_settings(zones.settings_file)
    policy, units = policy_of(settings), read_units(zones.units_file)
    forecasts = [forecast(units, policy, tier, settings.assumed_response) for tier in TIERS]
    if is_json:
        levels = list(units.level.values())
        report = {
            "people_n": units.eligible_n,
            "units": {name: levels.count(name) for name in ("team", "department", "division")},
            "assumed_response": settings.assumed_response,
            "tiers": [
                {"tier": f.tier, "k": f.k, "own_row_n": f.own_row_n, "higher_up_n": f.higher_up_n} for f in forecasts
            ],
            "next": "quorum map FILE",
        }
        click.echo(json.dumps(report, indent=1))
        return
    for line in _lines(units, forecasts, settings.assumed_response):
        click.echo(line)


def forecast(units: UnitTree, policy: DisclosurePolicy, tier: str, response: float) -> Forecast:
    """Run the programme on expected respondents; a guarded topic shows no team (PRIVACY 1a)."""
    tree = reporting_tree(units)
    teams = [node for node, level in enumerate(tree.levels) if level == "team"]
    if tier == "guarded":
        return Forecast(tier, policy.k(tier), 0, len(teams))
    shown = _shown(tree, policy, tier, response)
    own_row_n = sum(node in shown for node in teams)
    return Forecast(tier, policy.k(tier), own_row_n, len(teams) - own_row_n)


def _shown(tree: ReportingTree, policy: DisclosurePolicy, tier: str, response: float) -> frozenset[int]:
    own = np.floor(np.asarray(tree.eligible) * response + 1e-9).astype(np.int64)
    nodes = Nodes(
        parents=tree.parents,
        counts=[int(n) for n in own],
        weights=tree.weights(tree.totals(own)),
        leaf_k=[policy.k(tier)] * len(tree),
        ranks=tree.ranks,
        k_res=policy.k_res(tier),
    )
    return Programme(nodes).solve()


def _lines(units: UnitTree, forecasts: list[Forecast], response: float) -> list[str]:
    levels = list(units.level.values())
    parts = [people(levels.count(name), name) for name in ("team", "department", "division") if levels.count(name)]
    heads = [f"{TOPICS[f.tier]} (k {f.k})" for f in forecasts]
    teams_n = max(1, levels.count("team"))
    typical = round(units.eligible_n * response / teams_n)
    near = min(SMALLEST_CHANGE, key=lambda entry: abs(entry[0] - typical))
    return [
        f"{people(units.eligible_n, 'person', 'people')} in {', '.join(parts)}. "
        f"{100 * response:.0f} % response assumed (quorum.toml, [policy]).",
        f"{'':22}" + "".join(f"{head:24}" for head in heads),
        f"{'own row':22}" + "".join(f"{people(f.own_row_n, 'team'):24}" for f in forecasts),
        f"{'counted higher up':22}" + "".join(f"{people(f.higher_up_n, 'team'):24}" for f in forecasts),
        "Every answer counts in the nearest group that is shown; no team is lost.",
        f"With about {near[0]} answers, two waves differ clearly only from about {near[1]} points on; "
        "many waves tell more.",
        "Nothing was changed. Next: quorum map FILE",
    ]
