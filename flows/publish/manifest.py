"""The manifest of a release: its fields, its contract version and the policy floors it has to keep.

Part of the reader (`flows.publish.read`); nothing here opens a table.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flows.errors import ReleaseInvalid
from flows.publish.contract import CONTRACT_VERSION, TABLES

FLOOR_K: Mapping[str, int] = {"work": 5, "sensitive": 10, "guarded": 20}
POLICY_FIXED = ("before_opening", "at_import")
SOURCE_GRADES = ("anonymous_ballot", "anonymous_export", "confidential_export")
TABLE_FILES = tuple(f"{name}.parquet" for name in TABLES)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release says about itself; `k` and `k_res` are people per tier, `counts` are answer sheets."""

    contract_version: int
    release_id: str
    wave_id: str
    closes_on: date | None
    preset: str
    k: Mapping[str, int]
    k_res: Mapping[str, int]
    policy_fixed: str
    source_grade: str
    instruments: Mapping[str, Mapping[str, Any]]
    counts: Mapping[str, int]
    files: Mapping[str, str]
    audit_checks: tuple[Any, ...]
    software: Any
    public_key: bytes


def invalid(folder: Path, what: str) -> ReleaseInvalid:
    """The error for one folder; `what` is a sentence without its first words and its full stop."""
    return ReleaseInvalid(f"Release {folder.name} is not shown: {what}.")


def parse_json(content: bytes, folder: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise invalid(folder, f"{name} is not JSON. Restore the release from a backup") from error
    if not isinstance(value, dict):
        raise invalid(folder, f"{name} is not a JSON object. Restore the release from a backup")
    return value


def check_version(raw: Mapping[str, Any], folder: Path) -> None:
    version = raw.get("contract_version")
    if isinstance(version, int) and not isinstance(version, bool) and version > CONTRACT_VERSION:
        raise invalid(
            folder, f"it follows contract version {version}, this Quorum knows {CONTRACT_VERSION}. Update Quorum"
        )
    if version != CONTRACT_VERSION or isinstance(version, bool):
        raise invalid(folder, "manifest.json names no contract version. Restore the release from a backup")


def parse_manifest(raw: Mapping[str, Any], folder: Path) -> Manifest:
    """The manifest as a typed object; raises ReleaseInvalid naming the first field that does not fit."""

    def take(field: str, source: Mapping[str, Any], fits: Callable[[Any], bool]) -> Any:
        if field not in source or not fits(source[field]):
            raise invalid(folder, f"manifest.json: the field {field} is missing or wrong. Restore it from a backup")
        return source[field]

    wave, policy = take("wave", raw, _is_object), take("policy", raw, _is_object)
    audit = take("audit", raw, _is_object)
    if take("passed", audit, _is_bool) is not True:
        raise invalid(folder, "its attack test did not pass. Ask your data steward to run quorum audit")
    wave_id = take("wave_id", wave, _is_text)
    closes_on = wave.get("closes_on")
    return Manifest(
        contract_version=CONTRACT_VERSION,
        release_id=take("release_id", raw, lambda value: value == wave_id),
        wave_id=wave_id,
        closes_on=None if closes_on is None else date.fromisoformat(take("closes_on", wave, _is_date)),
        preset=take("preset", policy, _is_text),
        k=take("k", policy, _is_tier_table),
        k_res=take("k_res", policy, _is_tier_table),
        policy_fixed=take("policy_fixed", raw, lambda value: value in POLICY_FIXED),
        source_grade=take("source_grade", raw, lambda value: value in SOURCE_GRADES),
        instruments=take("instruments", raw, lambda value: _is_object(value) and all(map(_is_object, value.values()))),
        counts=take("counts", raw, lambda value: _is_object(value) and all(map(_is_count, value.values()))),
        files=take("files", raw, lambda value: _is_object(value) and set(value) == set(TABLE_FILES)),
        audit_checks=tuple(take("checks", audit, lambda value: isinstance(value, list))),
        software=raw.get("software"),
        public_key=hex_bytes(take("public_key", raw, lambda value: hex_bytes(value, 32) is not None), 32) or b"",
    )


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_count(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


def _is_tier_table(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == set(FLOOR_K) and all(type(n) is int for n in value.values())


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def hex_bytes(value: Any, length: int) -> bytes | None:
    """Bytes of a lower-case hex string of known length, None for anything else."""
    is_hex = isinstance(value, str) and re.fullmatch(rf"[0-9a-f]{{{2 * length}}}", value) is not None
    return bytes.fromhex(value) if is_hex else None


def check_policy(manifest: Manifest, folder: Path) -> None:
    """Floors of PRIVACY section 1a; a policy below them is refused whoever signed it."""
    for tier, floor in FLOOR_K.items():
        k, k_res = manifest.k[tier], manifest.k_res[tier]
        if k < floor:
            raise invalid(folder, f"its least group size for {tier} measures is {k}, below the floor of {floor}")
        least = max(k, math.ceil(1.5 * (k - 1)))
        if k_res < least:
            raise invalid(folder, f"its least remainder for {tier} measures is {k_res}, below {least}")
