"""`quorum shred`: the key first, then the store; the proof goes into the log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flows import log
from flows.errors import UsageError
from flows.keys import destroy_wave_key, overwrite_and_delete
from flows.settings import read_settings
from flows.workbench import only_run
from flows.zones import Zones, check_wave_id


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
        for path in (store, Path(f"{store}.wal"), store.with_suffix(".partial")):
            if path.exists():
                overwrite_and_delete(path)
        log.append(
            zones,
            "shredded",
            wave_id=wave_id,
            key=said,
            is_store_gone=not store.exists(),
            is_key_file_gone=not zones.wave_key_file(wave_id).exists(),
        )
    return [
        f"Shredded {wave_id}: {said}, store overwritten and deleted, logged. {kept}",
        "Copies of keys/ in a second place still hold its key: delete it there too.",
    ]
