"""What is fixed for a wave: policy, units, pools, instruments. Frozen when it opens, or at its first complete run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.errors import WorkspaceError
from flows.protect.policy import DisclosurePolicy
from flows.protect.tree import Pool
from flows.settings import Breakdown
from flows.units import Unit, UnitTree
from flows.zones import Zones, write_atomically
from surveys.instrument import Catalogue

PLAN_VERSION = 1


@dataclass(frozen=True, slots=True)
class WavePlan:
    """The frozen rules of one wave.

    policy_fixed: `before_opening`, or `at_import` for undeclared waves. battery: item ids that the wave asks,
    empty where nothing was planned. breakdown: the one family of the wave.
    """

    wave_id: str
    policy: DisclosurePolicy
    policy_fixed: str
    units: UnitTree
    pools: tuple[Pool, ...]
    instruments: Mapping[str, Mapping[str, object]]
    breakdown: Breakdown | None = None
    battery: tuple[str, ...] = ()


def draft_plan(
    wave_id: str, policy: DisclosurePolicy, units: UnitTree, catalogue: Catalogue, breakdown: Breakdown | None
) -> WavePlan:
    """The plan of a wave that nothing was fixed for yet."""
    return WavePlan(wave_id, policy, "at_import", units, (), instrument_versions(catalogue), breakdown)


def instrument_versions(catalogue: Catalogue) -> dict[str, dict[str, object]]:
    """Version and checksum of every instrument file."""
    return {
        instrument.id: {"version": instrument.version, "sha256": instrument.sha256}
        for instrument in sorted(catalogue.instruments, key=lambda instrument: instrument.id)
    }


def freeze(zones: Zones, plan: WavePlan) -> None:
    """Write the plan; from now on it rules this wave, whatever the settings say."""
    content = json.dumps(_to_json(plan), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_atomically(zones.plan_file(plan.wave_id), content.encode())


def frozen_plan(zones: Zones, wave_id: str) -> WavePlan | None:
    """The plan that was fixed for a wave, or None. Raises WorkspaceError where the file cannot be read."""
    path = zones.plan_file(wave_id)
    if not path.exists():
        return None
    try:
        return _from_json(json.loads(path.read_text("utf-8")))
    except (ValueError, KeyError, TypeError):
        raise WorkspaceError(
            f"plans/{wave_id}.json cannot be read. Put it back from your backup; "
            "without a release of this wave you may also delete it, and the next run fixes a new one."
        ) from None


def _to_json(plan: WavePlan) -> dict[str, Any]:
    return {
        "plan_version": PLAN_VERSION,
        "wave_id": plan.wave_id,
        "policy_fixed": plan.policy_fixed,
        "policy": {
            "preset": plan.policy.preset,
            "work": plan.policy.work,
            "sensitive": plan.policy.sensitive,
            "guarded": plan.policy.guarded,
        },
        "pools": [{"slug": pool.slug, "name": pool.name, "members": list(pool.member_unit_ids)} for pool in plan.pools],
        "instruments": plan.instruments,
        "breakdown": None if plan.breakdown is None else [plan.breakdown.id, list(plan.breakdown.values)],
        "battery": list(plan.battery),
        "units": [[unit.unit_id, unit.parent_id, unit.unit_name, unit.eligible_n] for unit in plan.units.units],
    }


def _from_json(raw: Mapping[str, Any]) -> WavePlan:
    return WavePlan(
        wave_id=raw["wave_id"],
        policy=DisclosurePolicy(**raw["policy"]),
        policy_fixed=raw["policy_fixed"],
        units=UnitTree(tuple(Unit(*entry) for entry in raw["units"])),
        pools=tuple(Pool(entry["slug"], entry["name"], tuple(entry["members"])) for entry in raw["pools"]),
        instruments=raw["instruments"],
        breakdown=_breakdown(raw.get("breakdown")),
        battery=tuple(raw.get("battery", ())),
    )


def _breakdown(entry: Any) -> Breakdown | None:
    return None if entry is None else Breakdown(entry[0], tuple(entry[1]))
