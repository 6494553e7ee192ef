"""What a wave leaves beside its store: staged tables, temporary files, Data Docs, Prefect's states and results."""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.keys import overwrite_and_delete
from flows.prefect_home import use_prefect_home
from flows.zones import Zones

PAGE_OF_RUNS = 200


def clear_leftovers(zones: Zones, wave_id: str) -> list[str]:
    """Remove them; says what was removed. Held by the caller: the lock of the workspace, so that no run writes."""
    said = []
    for folder, words in (
        (zones.staging(wave_id), "staged tables"),
        (zones.released / f".incoming-{wave_id}", "half-written release"),
        (zones.site / wave_id, "Data Docs"),
    ):
        if folder.exists():
            shutil.rmtree(folder)
            said.append(words)
    if _empty(zones.spill):
        said.append("temporary files")
    if _empty(zones.prefect_home / "storage"):
        said.append("Prefect results")
    runs_n = forget_runs(zones, wave_id)
    if runs_n:
        said.append(f"{runs_n} Prefect runs")
    return said


def _empty(folder: Path) -> bool:
    """Overwrite and delete every file below a folder; whether there was one."""
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    for path in files:
        overwrite_and_delete(path)
    return bool(files)


def forget_runs(zones: Zones, wave_id: str) -> int:
    """Delete Prefect's record of the runs of a wave, with their parameters, states and results; how many there were.

    A workspace whose flows never ran has none, and Prefect is not started for it.
    """
    if not zones.prefect_home.is_dir() or not any(zones.prefect_home.glob("*.db")):
        return 0
    use_prefect_home(zones)
    from prefect.client.orchestration import get_client

    gone, offset = 0, 0
    with get_client(sync_client=True) as client:
        while runs := client.read_flow_runs(limit=PAGE_OF_RUNS, offset=offset):
            of_wave = [run for run in runs if run.parameters.get("wave_id") == wave_id]
            for run in of_wave:
                client.delete_flow_run(run.id)
            gone += len(of_wave)
            offset += len(runs) - len(of_wave)
    return gone
