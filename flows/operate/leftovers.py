"""What a wave leaves beside its store: staged tables, temporary files, Data Docs, Prefect's states and results."""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.errors import QuorumError
from flows.keys import overwrite_and_delete
from flows.operate.retention import shredded_waves
from flows.prefect_home import use_prefect_home
from flows.say import people
from flows.settings import read_settings
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
    said += _forget(zones, wave_id)
    return said


def _forget(zones: Zones, wave_id: str) -> list[str]:
    """The answers are gone already, so a Prefect that does not start is told and stops nothing; see `forget_runs`."""
    try:
        runs_n = forget_runs(zones, shredded_waves(zones) | {wave_id})
    except QuorumError:
        raise
    except Exception as error:
        return [f"not yet Prefect's record of its runs ({type(error).__name__}): the next shred removes it"]
    return [people(runs_n, "Prefect run")] if runs_n else []


def _empty(folder: Path) -> bool:
    """Overwrite and delete every file below a folder; whether there was one."""
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    for path in files:
        overwrite_and_delete(path)
    return bool(files)


def forget_runs(zones: Zones, wave_ids: frozenset[str]) -> int:
    """Delete Prefect's record of the runs of waves: parameters, states, results, tables of counts; how many runs.

    A workspace whose flows never ran has none, and Prefect is not started for it.
    """
    is_elsewhere = read_settings(zones.settings_file).up.database == "postgresql"
    if not is_elsewhere and not any(zones.prefect_home.glob("*.db")):
        return 0
    use_prefect_home(zones)
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    gone, offset = 0, 0
    with get_client(sync_client=True) as client:
        while runs := client.read_flow_runs(limit=PAGE_OF_RUNS, offset=offset):
            of_waves = [run for run in runs if run.parameters.get("wave_id") in wave_ids]
            for run in of_waves:
                # Deleting a run leaves its artifacts; states, task runs and inputs go with it.
                for artifact in client.read_artifacts(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))):
                    client.delete_artifact(artifact.id)
                client.delete_flow_run(run.id)
            gone += len(of_waves)
            offset += len(runs) - len(of_waves)
    return gone
