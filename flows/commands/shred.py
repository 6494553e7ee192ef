"""`quorum shred`: the key first, then the store and all that a wave leaves; the proof goes into the log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flows import clock, log
from flows.collect.sealed import remove_pulled
from flows.errors import UsageError
from flows.keys import destroy_wave_key, overwrite_and_delete
from flows.operate.inputs import forget_inputs, plain_inputs
from flows.operate.leftovers import clear_leftovers
from flows.operate.retention import kept_waves
from flows.settings import read_settings
from flows.workbench import only_run
from flows.zones import Zones, check_wave_id


def shred_due_waves(root: Path, is_sure: Callable[[str], bool]) -> list[str]:
    """Destroy the answers of every released wave whose retention is over."""
    zones = Zones(root.resolve()).require()
    days = read_settings(zones.settings_file).retention_days
    due = [wave.wave_id for wave in kept_waves(zones, days) if wave.is_due(clock.today())]
    if not due:
        return [f"No wave is due: none was released {days} days ago or earlier. Nothing was destroyed."]
    return [line for wave_id in due for line in shred_wave(root, wave_id, is_sure)]


def shred_wave(root: Path, wave_id: str, is_sure: Callable[[str], bool]) -> list[str]:
    """Destroy a wave's answers for good. Raises UsageError where it holds none."""
    zones = Zones(root.resolve()).require()
    settings = read_settings(zones.settings_file)
    store = zones.wave_store(check_wave_id(wave_id))
    if not store.exists() and not zones.wave_key_file(wave_id).exists():
        raise UsageError(f"wave {wave_id} holds no answers here: nothing to shred.")
    is_released = zones.release(wave_id).exists()
    kept = "Its release stays." if is_released else "It has NO release: its answers are lost for good."
    if not is_sure(f"Destroy the answers of wave {wave_id}? {kept}"):
        return ["Nothing was destroyed."]
    with only_run(zones):
        said = destroy_wave_key(zones, settings.key_store, wave_id)
        for path in (store, Path(f"{store}.wal"), store.with_suffix(".partial"), zones.quarantine(wave_id)):
            if path.exists():
                overwrite_and_delete(path)
        remove_pulled(zones, wave_id)
        also = clear_leftovers(zones, wave_id)
        exports = plain_inputs(zones).get(wave_id, [])
        log.append(
            zones,
            "shredded",
            wave_id=wave_id,
            key=said,
            also=also,
            plain_exports_n=len(exports),
            is_store_gone=not store.exists(),
            is_key_file_gone=not zones.wave_key_file(wave_id).exists(),
        )
        if not exports:
            forget_inputs(zones, wave_id)
    removed = f" Also removed: {', '.join(also)}." if also else ""
    return [
        f"Shredded {wave_id}: {said}, store overwritten and deleted, logged. {kept}{removed}",
        *(f"Your export still lies in {path} in plain text: delete it too." for path in exports),
        "Copies of keys/ in a second place still hold its key: delete it there too.",
    ]
