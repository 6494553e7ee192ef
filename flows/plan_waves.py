"""The plans of coming waves: drafted and saved before they open, with pools that hold for three months."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from flows import log
from flows.errors import WorkspaceError
from flows.forecast import Outlook, expected_response
from flows.plan import WavePlan, draft_plan, frozen_plan, plan_digest, write_plan
from flows.pools import plan_pools, pool_rule
from flows.protect.policy import DisclosurePolicy
from flows.protect.tree import Pool
from flows.settings import Settings, Wave
from flows.units import read_units
from flows.wave_positions import family_of
from flows.zones import Zones
from surveys.instrument import Catalogue

POOLS_HOLD_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Planner:
    """What the plans of all coming waves have in common. last_groups: the groups of the last release, if any.

    battery_of: item ids that a wave asks, by its id.
    """

    zones: Zones
    settings: Settings
    policy: DisclosurePolicy
    catalogue: Catalogue
    last_groups: pl.DataFrame | None
    battery_of: Callable[[str], tuple[str, ...]]
    today: datetime.date

    def outlook(self, wave_id: str, kept: Sequence[Pool] = ()) -> Outlook:
        """A wave's units, expected response, and the pools planned for it."""
        units = read_units(self.zones.units_file_of(wave_id))
        response = expected_response(units, self.last_groups, self.settings.assumed_response)
        rule = pool_rule(self.policy, self.settings.rhythm)
        return Outlook(units, response, plan_pools(units, response, rule, kept))


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """A coming wave as planned now. is_new: the plan differs from the one saved before, or is the first."""

    plan: WavePlan
    outlook: Outlook
    is_new: bool


def coming_waves(zones: Zones, settings: Settings, today: datetime.date) -> tuple[Wave, ...]:
    """Declared waves that have not opened, in the order of their opening days."""
    dated = [(wave.opens_on, wave.wave_id, wave) for wave in settings.waves if wave.opens_on is not None]
    coming = [wave for opens_on, _, wave in sorted(dated, key=lambda entry: entry[:2]) if opens_on > today]
    return tuple(wave for wave in coming if not _is_closed_to_plans(zones, wave.wave_id, today))


def _is_closed_to_plans(zones: Zones, wave_id: str, today: datetime.date) -> bool:
    """Whether a release or a plan of an earlier opening day exists: neither is replaced by moving the date."""
    plan = frozen_plan(zones, wave_id)
    return zones.release(wave_id).exists() or (plan is not None and plan.has_opened(today))


def plan_coming(planner: Planner) -> tuple[PlannedWave, ...]:
    """Plan every coming wave; later waves of the same three months keep the pools of the first. Writes nothing."""
    waves = coming_waves(planner.zones, planner.settings, planner.today)
    coming = {wave.wave_id for wave in waves}
    known = [plan for plan in _saved_plans(planner.zones, planner.settings) if plan.wave_id not in coming]
    planned: list[PlannedWave] = []
    for wave in waves:
        found = _plan_wave(planner, wave, known)
        known.append(found.plan)
        planned.append(found)
    return tuple(planned)


def save_plans(zones: Zones, planned: Iterable[PlannedWave]) -> None:
    """Write the plans that are new, and log them."""
    for wave in planned:
        if wave.is_new:
            write_plan(zones, wave.plan)
            log.append(
                zones,
                "plan_saved",
                wave_id=wave.plan.wave_id,
                pools_n=len(wave.plan.pools),
                plan_digest=plan_digest(wave.plan),
            )


def check_as_saved(zones: Zones, plan: WavePlan) -> None:
    """Raises WorkspaceError where a saved plan was changed beyond the names of its pools."""
    saved = [
        entry for entry in log.entries(zones) if entry["event"] == "plan_saved" and entry["wave_id"] == plan.wave_id
    ]
    if not saved or saved[-1]["plan_digest"] != plan_digest(plan):
        raise WorkspaceError(
            f"plans/{plan.wave_id}.json is not as `quorum plan` saved it: only the names of pools may be changed. Put "
            "it back from your backup, or delete it. Before the wave opens `quorum plan` makes a new one; later its "
            "first run fixes the rules, without pools."
        )


def _plan_wave(planner: Planner, wave: Wave, known: Sequence[WavePlan]) -> PlannedWave:
    in_force = _in_force(known, wave.opens_on)
    outlook = planner.outlook(wave.wave_id, () if in_force is None else in_force.pools)
    before = frozen_plan(planner.zones, wave.wave_id)
    pools = _with_names(
        outlook.pools, () if before is None else before.pools, () if in_force is None else in_force.pools
    )
    outlook = replace(outlook, pools=pools)
    plan = replace(
        draft_plan(
            wave.wave_id,
            planner.policy,
            outlook.units,
            planner.catalogue,
            family_of(planner.settings, wave.wave_id),
        ),
        policy_fixed="before_opening",
        pools=pools,
        battery=planner.battery_of(wave.wave_id),
        opens_on=wave.opens_on,
        saved_on=planner.today if before is None else before.saved_on,
        pools_until=_hold_until(wave.opens_on) if in_force is None else in_force.pools_until,
    )
    if plan == before:
        return PlannedWave(before, outlook, is_new=False)
    return PlannedWave(replace(plan, saved_on=planner.today), outlook, is_new=True)


def _saved_plans(zones: Zones, settings: Settings) -> list[WavePlan]:
    found = (frozen_plan(zones, wave.wave_id) for wave in settings.waves)
    return [plan for plan in found if plan is not None]


def _in_force(known: Sequence[WavePlan], opens_on: datetime.date | None) -> WavePlan | None:
    """The plan whose pools hold on a day: the latest that opened before it; None starts new pools."""
    holding = [
        (plan.opens_on, plan.wave_id, plan)
        for plan in known
        if plan.opens_on is not None
        and plan.pools_until is not None
        and opens_on is not None
        and plan.opens_on <= opens_on <= plan.pools_until
    ]
    return max(holding, key=lambda entry: entry[:2])[2] if holding else None


def _hold_until(opens_on: datetime.date | None) -> datetime.date | None:
    """The last day of the third month, the opening month counted."""
    if opens_on is None:
        return None
    month = opens_on.year * 12 + opens_on.month - 1 + POOLS_HOLD_MONTHS
    return datetime.date(month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)


def _with_names(pools: Sequence[Pool], before: Sequence[Pool], in_force: Sequence[Pool]) -> tuple[Pool, ...]:
    """Pools with the names that people gave them: in the plan that they come from, else in this wave's own file."""
    names: Mapping[str, str] = {pool.slug: pool.name for pool in (*before, *in_force)}
    return tuple(replace(pool, name=names.get(pool.slug, pool.name)) for pool in pools)
