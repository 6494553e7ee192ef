"""Where the export files of a wave lay when a run read them: paths only, in the restricted zone.

A release stays; the plain export that it came from should not. These paths let Quorum remind of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from flows.zones import Zones, write_atomically


def note_inputs(zones: Zones, wave_id: str, paths: Sequence[Path]) -> None:
    """Remember the files of a wave, beside those that an earlier run read."""
    known = _read(zones)
    found = sorted({*known.get(wave_id, ()), *(str(path.expanduser().resolve()) for path in paths)})
    if known.get(wave_id) != found:
        content = json.dumps({**known, wave_id: found}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        write_atomically(zones.inputs_file, content.encode(), mode=0o600)


def forget_inputs(zones: Zones, wave_id: str) -> None:
    """Drop the paths of a wave whose files are gone."""
    known = _read(zones)
    if known.pop(wave_id, None) is not None:
        content = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        write_atomically(zones.inputs_file, content.encode(), mode=0o600)


def plain_inputs(zones: Zones) -> dict[str, list[Path]]:
    """Export files that still lie where a run read them, by wave."""
    found = {wave_id: [Path(name) for name in names if Path(name).is_file()] for wave_id, names in _read(zones).items()}
    return {wave_id: paths for wave_id, paths in found.items() if paths}


def _read(zones: Zones) -> dict[str, list[str]]:
    try:
        known = json.loads(zones.inputs_file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {str(wave_id): [str(name) for name in names] for wave_id, names in known.items() if isinstance(names, list)}
