"""What `quorum plan` finds out, before it is put into words: forecasts, pools, chances, costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from flows.forecast import Chances, DirectCost, Outlook, Seen, chances, direct_costs, seen
from flows.plan import WavePlan, frozen_plan
from flows.plan_waves import PlannedWave, Planner, plan_coming
from flows.pools import left_alone, plan_pools, pool_rule, rule_of
from flows.protect.policy import TIERS, residual_threshold
from flows.settings import Wave
from flows.units import Unit

TABLE_K = range(5, 21)
CHANCE_TIERS = ("work", "sensitive")
NAMELESS = "check"
OnStep = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class TierForecast:
    """Where teams are seen on the topics of a tier."""

    tier: str
    k: int
    seen: Seen


@dataclass(frozen=True, slots=True)
class KForecast:
    """Where teams would be seen on work topics at another least group size, with pools made for it."""

    k: int
    seen: Seen


@dataclass(frozen=True, slots=True)
class TeamChance:
    """A team, how many of it are expected to answer, and the chance of a row by tier, from 0 to 1.

    pool: name of its pooled group, whose chance it then is; None for a team that is not pooled.
    """

    unit: Unit
    expected_n: int
    pool: str | None
    chance: dict[str, float]


@dataclass(frozen=True, slots=True)
class PlanReport:
    """Everything that `quorum plan` says. Grain: one workspace.

    outlook: the next coming wave with its pools, or, where none is declared, units.csv without pools.
    pooled: the same with pools in both cases. seen_pooled and seen_unpooled: work topics with and without pools.
    last_wave: the release that expected response is taken from, None where it is assumed.
    undated, fixed, unplanned: declared waves without a release that cannot be planned: without an opening day, with a
    plan that stays since they opened, and opened without a plan.
    """

    outlook: Outlook
    pooled: Outlook
    planned: tuple[PlannedWave, ...]
    last_wave: str | None
    assumed_response: float
    tiers: tuple[TierForecast, ...]
    by_k: tuple[KForecast, ...]
    seen_pooled: Seen
    seen_unpooled: Seen
    alone: tuple[Unit, ...]
    teams: tuple[TeamChance, ...]
    direct_costs: tuple[DirectCost, ...]
    namesakes: tuple[str, ...]
    undated: tuple[str, ...]
    fixed: tuple[str, ...]
    unplanned: tuple[str, ...]


def plan_report(planner: Planner, last_wave: str | None, on_step: OnStep) -> PlanReport:
    """Plan the coming waves and forecast the next one. Writes nothing. `on_step` hears steps done, and all."""
    planned = plan_coming(planner)
    pooled = planned[0].outlook if planned else planner.outlook(NAMELESS)
    unpooled = replace(pooled, pools=())
    outlook = pooled if planned else unpooled
    opened = _opened(planner)
    policy, rule = planner.policy, pool_rule(planner.policy, planner.settings.rhythm)
    k, k_res = policy.k("work"), policy.k_res("work")
    return PlanReport(
        outlook=outlook,
        pooled=pooled,
        planned=planned,
        last_wave=last_wave,
        assumed_response=planner.settings.assumed_response,
        tiers=tuple(TierForecast(tier, policy.k(tier), _seen_at(planner, outlook, tier)) for tier in TIERS),
        by_k=_by_k(planner, pooled, on_step),
        seen_pooled=seen(pooled, k, k_res),
        seen_unpooled=seen(unpooled, k, k_res),
        alone=left_alone(pooled.units, pooled.response, rule, pooled.pools),
        teams=_team_chances(planner, outlook, on_step),
        direct_costs=tuple(direct_costs(outlook, k, k_res)),
        namesakes=_namesakes(outlook),
        undated=tuple(wave.wave_id for wave in _unreleased(planner) if wave.opens_on is None),
        fixed=tuple(wave_id for wave_id, plan in opened.items() if plan is not None),
        unplanned=tuple(wave_id for wave_id, plan in opened.items() if plan is None),
    )


def _seen_at(planner: Planner, outlook: Outlook, tier: str) -> Seen:
    """A guarded topic shows no team (PRIVACY 1a)."""
    found = seen(outlook, planner.policy.k(tier), planner.policy.k_res(tier))
    if tier != "guarded":
        return found
    teams_n = found.own_row_n + found.pooled_n + found.higher_up_n
    return replace(found, own_row_n=0, pooled_n=0, pools_n=0, higher_up_n=teams_n)


def _by_k(planner: Planner, outlook: Outlook, on_step: OnStep) -> tuple[KForecast, ...]:
    found = []
    for number, k in enumerate(TABLE_K, 1):
        pools = plan_pools(outlook.units, outlook.response, rule_of(k, planner.settings.rhythm))
        found.append(KForecast(k, seen(replace(outlook, pools=pools), k, residual_threshold(k))))
        on_step(number, 3 * len(TABLE_K))
    return tuple(found)


def _team_chances(planner: Planner, outlook: Outlook, on_step: OnStep) -> tuple[TeamChance, ...]:
    """Chances on work and health topics; a guarded topic shows no team."""
    by_tier: dict[str, Chances] = {}
    for place, tier in enumerate(CHANCE_TIERS, 1):

        def on_draw(done: int, of: int, place: int = place) -> None:
            on_step(round((place + done / of) * len(TABLE_K)), 3 * len(TABLE_K))

        by_tier[tier] = chances(outlook, planner.policy.k(tier), planner.policy.k_res(tier), on_draw)
    tree = outlook.tree
    return tuple(
        TeamChance(
            unit=outlook.units.by_id[member],
            expected_n=int(np.floor(_mean(outlook, member) + 1e-9)),
            pool=tree.names[node] if tree.is_pool(node) else None,
            chance={tier: float(found[node]) for tier, found in by_tier.items()},
        )
        for node in outlook.teams
        for member in tree.members[node]
    )


def _mean(outlook: Outlook, unit_id: str) -> float:
    return outlook.units.by_id[unit_id].eligible_n * outlook.response[unit_id]


def _namesakes(outlook: Outlook) -> tuple[str, ...]:
    """Names that more than one unit bears: on pages nobody can tell them apart."""
    counts = Counter(unit.unit_name.casefold() for unit in outlook.units.units)
    return tuple(sorted({unit.unit_name for unit in outlook.units.units if counts[unit.unit_name.casefold()] > 1}))


def _unreleased(planner: Planner) -> list[Wave]:
    return [wave for wave in planner.settings.waves if not planner.zones.release(wave.wave_id).exists()]


def _opened(planner: Planner) -> dict[str, WavePlan | None]:
    """Plans of dated waves without a release that can be planned no more."""
    plans = {
        wave.wave_id: (wave.opens_on, frozen_plan(planner.zones, wave.wave_id))
        for wave in _unreleased(planner)
        if wave.opens_on is not None
    }
    return {
        wave_id: plan
        for wave_id, (opens_on, plan) in plans.items()
        if opens_on <= planner.today or (plan is not None and plan.has_opened(planner.today))
    }
