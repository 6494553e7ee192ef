"""Writing a release: protected tables only, staged, audited, signed, and moved into place by one rename."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.errors import AlreadyReleased
from flows.keys import sign
from flows.protect.policy import TIERS, DisclosurePolicy
from flows.protect.protect import ProtectedTable
from flows.publish.contract import CONTRACT_VERSION
from flows.settings import Wave
from flows.zones import Zones, sync_folder


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What the manifest says beside the tables. Nothing of it depends on the clock or the machine."""

    wave: Wave
    policy: DisclosurePolicy
    policy_fixed: str
    source_grade: str
    instruments: Mapping[str, Mapping[str, object]]
    counts: Mapping[str, int]
    software: str
    ballots: Mapping[str, int | bool] | None = None


PARQUET_SETTINGS: Mapping[str, Any] = {
    "compression": "zstd",
    "compression_level": 9,
    "statistics": {"min": True, "max": True, "null_count": False, "distinct_count": False},
    "row_group_size": 20_000,
}
"""Fixed, so that the same tables give the same bytes; small row groups with their least and greatest key, so that a
page that asks for one group of 100,000 reads the rows around it alone."""


def stage_release(tables: Sequence[ProtectedTable], folder: Path) -> None:
    """Write the tables into an empty staging folder, with fixed writer settings."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for table in tables:
        table.frame.rechunk().write_parquet(folder / f"{table.name}.parquet", **PARQUET_SETTINGS)


def publish_staged(zones: Zones, facts: ReleaseFacts, checks: Sequence[Mapping[str, object]]) -> Path:
    """Sign the audited tables and rename them into place. Raises AlreadyReleased where the wave has a release."""
    wave_id = facts.wave.wave_id
    staged, target = zones.staging(wave_id), zones.release(wave_id)
    if target.exists():
        shutil.rmtree(staged, ignore_errors=True)
        raise AlreadyReleased(
            f"Wave {wave_id} is released. A wave is released once; `quorum retract --wave {wave_id}` takes it off the "
            "dashboards."
        )
    # Only now do the tables enter the released zone; readers pass over folders that begin with a dot.
    folder = zones.released / f".incoming-{wave_id}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(staged, folder)
    files = {path.name: _sha256(path) for path in sorted(folder.glob("*.parquet"))}
    manifest = canonical_json(_manifest(zones, facts, checks, files))
    signature, _ = sign(zones, manifest)
    (folder / "manifest.json").write_bytes(manifest)
    (folder / "manifest.sig").write_bytes(signature)
    for path in folder.iterdir():
        _sync(path)
    sync_folder(folder)
    os.rename(folder, target)
    sync_folder(zones.released)
    shutil.rmtree(staged, ignore_errors=True)
    return target


def _manifest(
    zones: Zones, facts: ReleaseFacts, checks: Sequence[Mapping[str, object]], files: Mapping[str, str]
) -> dict[str, Any]:
    wave: dict[str, str] = {"wave_id": facts.wave.wave_id}
    if facts.wave.closes_on is not None:
        wave["closes_on"] = facts.wave.closes_on.isoformat()
    _, public_key = sign(zones, b"")
    ballots = {} if facts.ballots is None else {"ballots": dict(facts.ballots)}
    return {
        **ballots,
        "contract_version": CONTRACT_VERSION,
        "release_id": facts.wave.wave_id,
        "wave": wave,
        "policy": {
            "preset": facts.policy.preset,
            "k": {tier: facts.policy.k(tier) for tier in TIERS},
            "k_res": {tier: facts.policy.k_res(tier) for tier in TIERS},
        },
        "policy_fixed": facts.policy_fixed,
        "source_grade": facts.source_grade,
        "instruments": facts.instruments,
        "counts": dict(facts.counts),
        "files": dict(files),
        "audit": {"passed": True, "checks": list(checks)},
        "software": facts.software,
        "public_key": public_key.hex(),
    }


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Sorted keys, no spaces, UTF-8: the same content gives the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write_retraction(zones: Zones, wave_id: str, reason: str, retracted_on: str) -> None:
    """Put a signed note beside a release; the release itself stays as it is."""
    note = canonical_json({"wave_id": wave_id, "release_id": wave_id, "reason": reason, "retracted_on": retracted_on})
    signature, _ = sign(zones, note)
    folder = zones.release(wave_id)
    for name, content in (("retraction.sig", signature), ("retraction.json", note)):
        partial = folder.parent / f".{wave_id}.{name}"
        partial.write_bytes(content)
        _sync(partial)
        os.replace(partial, folder / name)
    sync_folder(folder)
