"""Care of keys: a sealed copy in second hands, bringing it back, a new key for a store, and giving up a lost one."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from flows import clock, log
from flows.errors import KeyMissing, UsageError
from flows.keys import overwrite_and_delete, wave_key
from flows.operate.passphrase import seal, unseal
from flows.operate.retention import kept_waves, shredded_waves
from flows.settings import read_settings
from flows.workbench import only_run
from flows.zones import Zones, copy_store, open_store, write_atomically

OTHER_HANDS = "mixer"
"""A file or folder with this word belongs to another person: the outer key of ballots is never copied with ours."""


@dataclass(frozen=True, slots=True)
class KeysBack:
    """What came back from a sealed copy, and which wave keys did not and why."""

    written: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def save_keys(zones: Zones, path: Path, passphrase: str) -> int:
    """Seal the keys of this workspace into one file; how many. Raises KeyMissing for a weak passphrase."""
    files = {str(file.relative_to(zones.keys)): file.read_text("utf-8") for file in _own_files(zones)}
    content = json.dumps({"made_on": clock.today().isoformat(), "keys": files}, sort_keys=True)
    write_atomically(path, seal(content.encode(), passphrase), mode=0o600)
    log.append(zones, "keys_saved", keys_n=len(files))
    return len(files)


def _own_files(zones: Zones) -> list[Path]:
    files = [path for path in sorted(zones.keys.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    return [path for path in files if OTHER_HANDS not in str(path.relative_to(zones.keys))]


def bring_back_keys(zones: Zones, path: Path, passphrase: str) -> KeysBack:
    """Write keys that are missing; none is overwritten. Raises KeyMissing where the file does not open.

    A wave's key comes back only where its answers lie here and are still to be kept: a shredded wave stays shredded.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise KeyMissing(f"{path} does not exist. Nothing was changed.") from None
    saved: dict[str, str] = json.loads(unseal(raw, passphrase))["keys"]
    written, left_out = [], []
    for name, text in sorted(saved.items()):
        target = zones.keys / name
        if target.exists():
            continue
        reason = _reason_to_stay_away(zones, name)
        if reason:
            left_out.append((name, reason))
            continue
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(target, text.encode(), mode=0o644 if target == zones.public_key_file else 0o600)
        written.append(name)
    zones.keys.chmod(0o700)
    log.append(zones, "keys_restored", keys_n=len(written), left_out_n=len(left_out))
    return KeysBack(tuple(written), tuple(left_out))


def _reason_to_stay_away(zones: Zones, name: str) -> str:
    if not name.startswith("waves/"):
        return ""
    wave_id = Path(name).stem
    if wave_id in shredded_waves(zones):
        return "the wave was shredded, and stays so"
    if not zones.wave_store(wave_id).exists():
        return "no answers of this wave lie here"
    days = read_settings(zones.settings_file).retention_days
    if any(wave.wave_id == wave_id and wave.is_due(clock.today()) for wave in kept_waves(zones, days)):
        return "the retention of this wave is over: shred it"
    return ""


def rotate_wave_key(zones: Zones, wave_id: str) -> None:
    """Encrypt a wave's store anew under a new key. Killed at any moment, old key and store or both new are left.

    Raises UsageError where keys are kept elsewhere than in files, or the wave holds no answers.
    """
    store, key_file = zones.wave_store(wave_id), zones.wave_key_file(wave_id)
    if read_settings(zones.settings_file).key_store != "file":
        raise UsageError("storage keys are not kept in files here: shred the wave, or move its key to a file first.")
    if not store.exists():
        raise UsageError(f"wave {wave_id} holds no answers here: there is nothing to encrypt anew.")
    with only_run(zones):
        settle_rotation(zones, wave_id)
        old = wave_key(zones, "file", wave_id, may_make=False)
        new, partial = secrets.token_hex(32), store.with_suffix(".partial")
        copy_store(store, old, partial, new, zones.spill)
        # Cut off from here on, `settle_rotation` of the next call finds which of the two keys opens the store.
        waiting = key_file.with_suffix(".new")
        write_atomically(waiting, f"{new}\n".encode("ascii"), mode=0o600)
        os.replace(partial, store)
        _finish_rotation(zones, wave_id)
        log.append(zones, "key_rotated", wave_id=wave_id)


def settle_rotation(zones: Zones, wave_id: str) -> None:
    """Bring a rotation that was cut off to one of its two ends: the key that opens the store stays, alone."""
    key_file = zones.wave_key_file(wave_id)
    waiting = key_file.with_suffix(".new")
    if waiting.exists():
        try:
            with open_store(zones.wave_store(wave_id), key_file.read_text("ascii").strip(), zones.spill):
                overwrite_and_delete(waiting)
        except (KeyMissing, FileNotFoundError):
            _finish_rotation(zones, wave_id)
    retired = key_file.with_suffix(".old")
    if retired.exists() and key_file.exists():
        overwrite_and_delete(retired)


def _finish_rotation(zones: Zones, wave_id: str) -> None:
    key_file = zones.wave_key_file(wave_id)
    if key_file.exists():
        os.replace(key_file, key_file.with_suffix(".old"))
    os.replace(key_file.with_suffix(".new"), key_file)
    overwrite_and_delete(key_file.with_suffix(".old"))


def what_is_lost(zones: Zones, wave_id: str) -> str:
    """What losing the key of a wave means, in words, before anything is done. Raises UsageError where none is lost."""
    _refuse_unless_lost(zones, wave_id)
    if zones.release(wave_id).exists():
        return (
            f"Wave {wave_id} is released: its release stays whole and verifies. Lost are its answers, which were to be "
            "destroyed anyway, and with them an audit with the confidential counts."
        )
    return (
        f"Wave {wave_id} has no release. Its collected answers cannot be opened by anybody, ever. If the export still "
        "exists, run the wave again from it; if not, the wave is lost."
    )


def give_up_lost_key(zones: Zones, wave_id: str) -> None:
    """Remove a store that nothing opens any more. Raises UsageError where its key is there."""
    _refuse_unless_lost(zones, wave_id)
    with only_run(zones):
        zones.wave_store(wave_id).unlink()
        log.append(zones, "key_lost", wave_id=wave_id, is_released=zones.release(wave_id).exists())


def _refuse_unless_lost(zones: Zones, wave_id: str) -> None:
    if not zones.wave_store(wave_id).exists():
        raise UsageError(f"wave {wave_id} holds no answers here. Nothing was changed.")
    if zones.wave_key_file(wave_id).exists():
        raise UsageError(f"the key of wave {wave_id} is here. To destroy its answers: quorum shred --wave {wave_id}")
