"""Release folders for tests and for looking at pages: valid by default, a test changes only what it is about.

All names and figures are invented. Hidden cells carry no figure at all, as in a real release.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flows.publish.contract import CELLS, CELLS_KEY, GROUPS, GROUPS_KEY, MEASURES

Row = dict[str, Any]
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC_KEY = SIGNING_KEY.public_key().public_bytes_raw()
EVIL_NAME = "<script>alert('x')</script> & Söhne"

HIDDEN, BOUND, NOT_ASKED = "hidden", "bound", "not asked"
VALIDATED = ("bo1", "st1", "ee1", "phq2", "gad2", "phq_3")


@dataclass(frozen=True)
class Unit:
    """One row of groups; `base` is how strained the group is, in points around 50."""

    group_id: str
    parent_id: str | None
    name: str
    level: str
    respondents_n: int
    base: int = 0
    band: str | None = "70-84"
    kind: str = "unit"
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class MeasureSpec:
    """One row of measures; `level` is the organisation's usual score."""

    measure_id: str
    name: str
    construct: str
    tier: str
    direction: str
    level: int


MEASURE_SPECS = (
    MeasureSpec("bo1", "Burnout", "burnout", "work", "higher_is_worse", 52),
    MeasureSpec("st1", "Stress", "stress", "work", "higher_is_worse", 49),
    MeasureSpec("ee1", "Emotional exhaustion", "emotional_exhaustion", "work", "higher_is_worse", 53),
    MeasureSpec("vt", "Vicarious trauma", "vicarious_trauma", "sensitive", "higher_is_worse", 31),
    MeasureSpec("gad2", "Anxiety", "anxiety", "sensitive", "higher_is_worse", 33),
    MeasureSpec("phq2", "Low mood", "depression", "sensitive", "higher_is_worse", 26),
    MeasureSpec("phq_3", "Poor sleep", "sleep", "sensitive", "higher_is_worse", 44),
    MeasureSpec("sub1", "Substance use", "substance_use", "guarded", "higher_is_worse", 12),
    MeasureSpec("sup2", "Safe supervision", "supervision", "work", "higher_is_better", 60),
    MeasureSpec("wlb1", "Work-life balance", "work_life_balance", "work", "higher_is_better", 48),
    MeasureSpec("peer1", "Colleagues' support", "network", "work", "higher_is_better", 66),
    MeasureSpec("cas1", "Manageable caseload", "caseload", "work", "higher_is_better", 40),
    MeasureSpec("psy1", "Psychological safety", "culture", "work", "higher_is_better", 55),
)
UNITS = (
    Unit("northfield", None, "Northfield", "organisation", 412),
    Unit("community", "northfield", "Adult community", "division", 148, -6),
    Unit("outreach", "community", "Assertive outreach", "department", 66, -5),
    Unit("alder", "outreach", "Team Alder", "team", 19, -8),
    Unit("birch", "outreach", "Team Birch", "team", 17, -7),
    Unit("cedar", "outreach", "Team Cedar", "team", 16, 0),
    Unit("pool:larch", "outreach", "Larch and Linden", "team", 9, 2, kind="pooled", members=("larch", "linden")),
    Unit("liaison", "community", "Primary care liaison", "department", 82, 1),
    Unit("maple", "liaison", "Team Maple", "team", 8, 4, band="50-69"),
    Unit("oak", "liaison", "Team Oak", "team", 24, 3),
    Unit("rowan", "liaison", "Team Rowan", "team", 21, -20),
    Unit("hazel", "liaison", "Team Hazel", "team", 4),
    Unit("willow", "liaison", "Team Willow", "team", 5),
    Unit("other:liaison", "liaison", "Other teams", "team", 9, -9, band=None, kind="other"),
    Unit("inpatient", "northfield", "Inpatient", "division", 178, 6),
    Unit("acute", "inpatient", "Acute wards", "department", 94, 10),
    Unit("fern", "acute", "Ward Fern", "team", 31, 29),
    Unit("heather", "acute", "Ward Heather", "team", 4),
    Unit("ivy", "acute", "Ward Ivy", "team", 14, 34),
    Unit("juniper", "acute", "Ward Juniper", "team", 27, 5),
    Unit("other:acute", "acute", "Other teams", "team", 22, 12, band=None, kind="other"),
    Unit("rehab", "inpatient", "Rehabilitation", "department", 84, 3),
    Unit("myrtle", "rehab", "Ward Myrtle", "team", 30, -10),
    Unit("olive", "rehab", "Ward Olive", "team", 34, -14),
    Unit("pool:pine", "rehab", "Pine and Poplar", "team", 20, 12, kind="pooled", members=("pine", "poplar")),
    Unit("young", "northfield", "Children and young people", "division", 86, 3),
    Unit("camhs", "young", "Community CAMHS", "department", 86, -2),
    Unit("robin", "camhs", "Team Robin", "team", 30, 9),
    Unit("wren", "camhs", "Team Wren", "team", 32, 2),
    Unit("swift", "camhs", "Team Swift", "team", 24, 8, band="<50"),
)
WAVES = ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11")
ALWAYS_HIDDEN = ("heather", "hazel", "willow")
NOT_ASKED_UNDER_YOUNG = "vt"


@dataclass(frozen=True)
class Draft:
    """A release before it is written; `change` lets a test spoil it."""

    wave_id: str
    closes_on: str | None
    cells: list[Row]
    groups: list[Row]
    measures: list[Row]
    manifest: dict[str, Any] = field(default_factory=dict)


def measure_rows(specs: Sequence[MeasureSpec] = MEASURE_SPECS) -> list[Row]:
    """Rows of measures.parquet."""
    return [
        {
            "measure_id": spec.measure_id,
            "name": spec.name,
            "construct": spec.construct,
            "instrument_id": f"{spec.measure_id}_instrument",
            "instrument_version": 1,
            "tier": spec.tier,
            "direction": spec.direction,
            "native_min": 0.0,
            "native_max": 4.0,
            "validated": spec.measure_id in VALIDATED,
            "note": None if spec.measure_id in VALIDATED else "not validated: compare only within this organisation",
            "phi": 0.3,
            "phi_basis": "pooled",
        }
        for spec in specs
    ]


def group_row(wave_id: str, unit: Unit, is_hidden: bool = False) -> Row:
    """A row of groups.parquet."""
    return {
        "wave_id": wave_id,
        "group_id": unit.group_id,
        "parent_group_id": unit.parent_id,
        "group_name": unit.name,
        "level": unit.level,
        "kind": unit.kind,
        "member_unit_ids": list(unit.members or (unit.group_id,)),
        "respondents_n": None if is_hidden or unit.kind == "other" else unit.respondents_n,
        "response_band": None if is_hidden else unit.band,
    }


def hidden_cell(wave_id: str, group_id: str, measure_id: str) -> Row:
    """A suppressed row."""
    key = dict(zip(CELLS_KEY, (wave_id, group_id, "all", "all", measure_id), strict=True))
    empty = dict.fromkeys(("respondents_n", "score_mean", "mean_low", "mean_high", "at_risk_pct"))
    return {**key, "status": "suppressed", **empty, "is_mean_bounded": False, "is_pct_bounded": False}


def shown_cell(wave_id: str, group_id: str, measure_id: str, mean: float | None, n: int, **changes: Any) -> Row:
    """A published row with a Wilson interval."""
    low, high = (None, None) if mean is None else _interval(mean, n)
    row = {
        **hidden_cell(wave_id, group_id, measure_id),
        "status": "published",
        "respondents_n": n,
        "score_mean": mean,
        "mean_low": low,
        "mean_high": high,
    }
    return {**row, **changes}


def _interval(mean: float, n: int) -> tuple[float, float]:
    p, k = mean / 100, 3.8415 * 0.3 * 0.3 / n
    middle, half = p + k / 2, math.sqrt(k * p * (1 - p) + k * k / 4)
    return round(100 * (middle - half) / (1 + k), 1), round(100 * (middle + half) / (1 + k), 1)


def bound_cell(wave_id: str, group_id: str, measure_id: str, bound: float, n: int) -> Row:
    """A row that says at least (above 50) or at most (below 50)."""
    return shown_cell(wave_id, group_id, measure_id, bound, n, mean_low=None, mean_high=None, is_mean_bounded=True)


def full_draft(wave_id: str, units: Sequence[Unit] = UNITS, specs: Sequence[MeasureSpec] = MEASURE_SPECS) -> Draft:
    """A wave of Northfield with every cell state, always the same for the same wave."""
    by_id = {unit.group_id: unit for unit in units}
    cells = [row for unit in units for spec in specs if (row := _cell(wave_id, unit, spec, by_id)) is not None]
    hidden = [unit.group_id for unit in units if _is_wholly_hidden(wave_id, unit)]
    groups = [group_row(wave_id, _as_of(wave_id, unit), unit.group_id in hidden) for unit in units]
    return Draft(wave_id, f"{wave_id}-13", cells, groups, measure_rows(specs))


def _is_wholly_hidden(wave_id: str, unit: Unit) -> bool:
    return unit.group_id in ALWAYS_HIDDEN or (unit.group_id in ("juniper", "acute") and wave_id == "2026-08")


def _as_of(wave_id: str, unit: Unit) -> Unit:
    """Larch and Linden gets another member in September."""
    if unit.group_id == "pool:larch" and wave_id >= "2026-09":
        return Unit(**{**unit.__dict__, "members": ("larch", "linden", "lime")})
    return unit


def _cell(wave_id: str, unit: Unit, spec: MeasureSpec, by_id: Mapping[str, Unit]) -> Row | None:
    key = (wave_id, unit.group_id, spec.measure_id)
    if spec.measure_id == NOT_ASKED_UNDER_YOUNG and (unit.group_id == "young" or unit.parent_id in ("young", "camhs")):
        return None
    if unit.kind == "other" and spec.tier != "work":
        return None
    least = {"work": 5, "sensitive": 10, "guarded": 20}[spec.tier]
    is_low_level = spec.tier == "guarded" and unit.level == "team"
    if _is_wholly_hidden(wave_id, unit) or unit.respondents_n < least or is_low_level:
        return hidden_cell(*key)
    rng = random.Random("/".join(key))
    if spec.tier == "guarded":
        return shown_cell(*key, None, unit.respondents_n, at_risk_pct=float(rng.randint(8, 16)))
    return _scored(key, unit, spec, rng)


def _scored(key: tuple[str, str, str], unit: Unit, spec: MeasureSpec, rng: random.Random) -> Row:
    wave_id, group_id, measure_id = key
    if (group_id, measure_id) == ("ivy", "bo1"):
        return bound_cell(*key, 85.7 + (int(wave_id[-2:]) % 3), unit.respondents_n)
    if (group_id, measure_id) in (("oak", "phq2"), ("rowan", "gad2")):
        return bound_cell(*key, 12.5, unit.respondents_n)
    drift = 0.7 * WAVES.index(wave_id) if wave_id in WAVES else 0
    turn = 1 if spec.direction == "higher_is_worse" else -0.5
    spread = 14 / math.sqrt(unit.respondents_n) + 1
    mean = round(min(96, max(4, spec.level + turn * (unit.base + drift) + rng.gauss(0, spread))), 1)
    share = float(min(80, max(20, round(mean * 0.8)))) if unit.respondents_n >= 20 else None
    return shown_cell(*key, mean, unit.respondents_n, at_risk_pct=share if turn == 1 else None)


def write_release(
    released_dir: Path,
    draft: Draft,
    key: Ed25519PrivateKey = SIGNING_KEY,
    change_tables: Callable[[dict[str, pl.DataFrame]], None] | None = None,
) -> Path:
    """Write a draft as CONTRACTS section 5 says; `change_tables` may spoil tables before they are hashed."""
    folder = released_dir / draft.wave_id
    folder.mkdir(parents=True)
    tables = {
        "cells": pl.DataFrame(draft.cells, schema=CELLS).sort(CELLS_KEY),
        "groups": pl.DataFrame(draft.groups, schema=GROUPS).sort(GROUPS_KEY),
        "measures": pl.DataFrame(draft.measures, schema=MEASURES).sort("measure_id"),
    }
    if change_tables is not None:
        change_tables(tables)
    hashes = {}
    for name, table in tables.items():
        buffer = io.BytesIO()
        table.write_parquet(buffer)
        (folder / f"{name}.parquet").write_bytes(buffer.getvalue())
        hashes[f"{name}.parquet"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    sign_manifest(folder, {**manifest(draft, hashes, key), **draft.manifest}, key)
    return folder


def sign_manifest(folder: Path, content: Mapping[str, Any], key: Ed25519PrivateKey = SIGNING_KEY) -> None:
    """Write manifest.json and its signature."""
    data = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    (folder / "manifest.json").write_bytes(data)
    (folder / "manifest.sig").write_bytes(key.sign(data))


def manifest(draft: Draft, hashes: Mapping[str, str], key: Ed25519PrivateKey = SIGNING_KEY) -> dict[str, Any]:
    """A manifest of the standard policy."""
    wave = {"wave_id": draft.wave_id} | ({"closes_on": draft.closes_on} if draft.closes_on else {})
    counts = {"eligible": 540, "read": 431, "accepted": 412, "quarantined": 3, "test": 2, "incomplete": 9}
    return {
        "contract_version": 1,
        "release_id": draft.wave_id,
        "wave": wave,
        "policy": {
            "preset": "standard",
            "k": {"work": 5, "sensitive": 10, "guarded": 20},
            "k_res": {"work": 6, "sensitive": 14, "guarded": 29},
        },
        "policy_fixed": "before_opening",
        "source_grade": "anonymous_export",
        "instruments": {"bo1_instrument": {"version": 1, "sha256": "0" * 64}},
        "counts": {**counts, "duplicate": 4, "late": 0, "blank": 1, "other_wave": 0},
        "files": dict(hashes),
        "audit": {"passed": True, "checks": ["rank", "ranges", "fields"]},
        "software": "quorum-pulse 0.1.0",
        "public_key": key.public_key().public_bytes_raw().hex(),
    }


def retract(folder: Path, reason: str, key: Ed25519PrivateKey | None = SIGNING_KEY) -> None:
    """Put a retraction beside a release, unsigned with `key=None`."""
    note = {"wave_id": folder.name, "release_id": folder.name, "reason": reason, "retracted_on": "2026-12-01"}
    data = json.dumps(note, sort_keys=True).encode()
    (folder / "retraction.json").write_bytes(data)
    if key is not None:
        (folder / "retraction.sig").write_bytes(key.sign(data))


def small_draft(wave_id: str = "2026-11", closes_on: str | None = None) -> Draft:
    """An organisation with one team and one measure, all published."""
    units = (Unit("org", None, "Org", "organisation", 40), Unit("team", "org", "Team", "team", 20))
    cells = [shown_cell(wave_id, unit.group_id, "bo1", 54.3, unit.respondents_n) for unit in units]
    groups = [group_row(wave_id, unit) for unit in units]
    return Draft(wave_id, closes_on, cells, groups, measure_rows(MEASURE_SPECS[:1]))


def evil_units() -> tuple[Unit, ...]:
    """The organisation with a team whose name is markup."""
    return tuple(Unit(**{**unit.__dict__, "name": EVIL_NAME}) if unit.group_id == "alder" else unit for unit in UNITS)


def write_shelf(released_dir: Path, units: Sequence[Unit] = UNITS, has_trouble: bool = True) -> None:
    """Several waves of Northfield; with trouble also a corrupted and a retracted one."""
    for wave_id in WAVES:
        write_release(released_dir, full_draft(wave_id, units))
    if has_trouble:
        retract(write_release(released_dir, full_draft("2026-04", units)), "Two exports had been mixed up.")
        broken = write_release(released_dir, full_draft("2026-12", units))
        (broken / "cells.parquet").write_bytes((broken / "cells.parquet").read_bytes() + b"x")
