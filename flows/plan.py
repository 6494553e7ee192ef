"""What is fixed for a wave: policy, units, pools, battery. Fixed when it opens, or at its first complete run.

`quorum plan` saves a draft for a declared wave that has not opened. From its opening day on nothing replaces it. The
first run that gets through validation marks it as fixed; for a wave without a draft it fixes the rules of that day.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    empty where nothing was planned. breakdown: the one family of the wave. is_fixed: a run has taken it up.
    opens_on, saved_on, pools_until: only of a plan that `quorum plan` saved: the opening day then declared, the day
    it was saved, and the last day for which its pools hold.
    """

    wave_id: str
    policy: DisclosurePolicy
    policy_fixed: str
    units: UnitTree
    pools: tuple[Pool, ...]
    instruments: Mapping[str, Mapping[str, object]]
    breakdown: Breakdown | None = None
    battery: tuple[str, ...] = ()
    is_fixed: bool = False
    opens_on: datetime.date | None = None
    saved_on: datetime.date | None = None
    pools_until: datetime.date | None = None

    def has_opened(self, on: datetime.date) -> bool:
        """Whether the plan can be replaced no more: its opening day is reached, or a run has taken it up."""
        return self.is_fixed or self.opens_on is None or self.opens_on <= on


def draft_plan(
    wave_id: str, policy: DisclosurePolicy, units: UnitTree, catalogue: Catalogue, breakdown: Breakdown | None
) -> WavePlan:
    """The plan of a wave that nothing was fixed for yet."""
    return WavePlan(wave_id, policy, "at_import", units, (), instrument_versions(catalogue), breakdown)


def taken_up(plan: WavePlan, opens_on: datetime.date | None, catalogue: Catalogue) -> WavePlan:
    """A saved plan as the first run fixes it: with the instruments of that day, and whether it was saved in time.

    `opens_on`: the opening day that the settings declare now.
    """
    is_in_time = opens_on is not None and plan.saved_on is not None and plan.saved_on < opens_on
    fixed = "before_opening" if is_in_time else "at_import"
    return replace(plan, policy_fixed=fixed, instruments=instrument_versions(catalogue))


def instrument_versions(catalogue: Catalogue) -> dict[str, dict[str, object]]:
    """Version and checksum of every instrument file."""
    return {
        instrument.id: {"version": instrument.version, "sha256": instrument.sha256}
        for instrument in sorted(catalogue.instruments, key=lambda instrument: instrument.id)
    }


def freeze(zones: Zones, plan: WavePlan) -> None:
    """Write the plan as fixed; from now on it rules this wave, whatever the settings say."""
    write_plan(zones, replace(plan, is_fixed=True))


def write_plan(zones: Zones, plan: WavePlan) -> None:
    """Write `plans/<wave>.json`."""
    content = json.dumps(_to_json(plan), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_atomically(zones.plan_file(plan.wave_id), content.encode())


def plan_digest(plan: WavePlan) -> str:
    """SHA-256 of a plan without the names of its pools, which people may change before the wave opens."""
    content = _to_json(plan)
    content["pools"] = [[pool.slug, list(pool.member_unit_ids)] for pool in plan.pools]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def frozen_plan(zones: Zones, wave_id: str) -> WavePlan | None:
    """The plan in the file of a wave, or None. Raises WorkspaceError where the file cannot be read."""
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
        "is_fixed": plan.is_fixed,
        "opens_on": _iso(plan.opens_on),
        "saved_on": _iso(plan.saved_on),
        "pools_until": _iso(plan.pools_until),
        "units": [[unit.unit_id, unit.parent_id, unit.unit_name, unit.eligible_n] for unit in plan.units.units],
    }


def _from_json(raw: Mapping[str, Any]) -> WavePlan:
    return WavePlan(
        wave_id=raw["wave_id"],
        policy=DisclosurePolicy(**raw["policy"]),
        policy_fixed=raw["policy_fixed"],
        units=UnitTree(tuple(Unit(*entry) for entry in raw["units"])),
        pools=tuple(_pool(entry) for entry in raw["pools"]),
        instruments=raw["instruments"],
        breakdown=_breakdown(raw.get("breakdown")),
        battery=tuple(raw.get("battery", ())),
        # A plan of an earlier version was written by a run.
        is_fixed=raw.get("is_fixed", True),
        opens_on=_date(raw.get("opens_on")),
        saved_on=_date(raw.get("saved_on")),
        pools_until=_date(raw.get("pools_until")),
    )


def _pool(entry: Mapping[str, Any]) -> Pool:
    name = " ".join(str(entry["name"]).split())
    if not name:
        raise ValueError(name)
    return Pool(entry["slug"], name, tuple(entry["members"]))


def _iso(date: datetime.date | None) -> str | None:
    return None if date is None else date.isoformat()


def _date(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)


def _breakdown(entry: Any) -> Breakdown | None:
    return None if entry is None else Breakdown(entry[0], tuple(entry[1]))
