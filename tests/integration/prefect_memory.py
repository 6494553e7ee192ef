"""`python -m tests.integration.prefect_memory WORKSPACE`: what Prefect keeps of a shredded wave.

Two waves run on it, with results and tables of counts; then one is shredded.

Prints JSON: the words of the shred, and by table the rows that Prefect's database holds of each wave, before and after.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

from flows.operate.leftovers import clear_leftovers
from flows.prefect_home import DATABASE_NAME, use_prefect_home
from flows.zones import Zones

WAVES = ("gone", "kept")
TABLES = ("flow_run", "flow_run_state", "task_run", "task_run_state", "artifact", "artifact_collection")


def _run_waves(zones: Zones) -> None:
    from prefect import flow, task
    from prefect.artifacts import create_table_artifact

    @task(persist_result=True)
    def count(wave_id: str) -> str:
        return f"result of {wave_id}"

    @flow(name="pulse-wave")
    def wave(wave_id: str) -> None:
        count(wave_id)
        create_table_artifact(key=f"account-{wave_id}", table=[{"rows": "read", "count": 7}])

    for wave_id in (*WAVES, WAVES[0]):
        wave(wave_id)


def _rows(zones: Zones) -> dict[str, int]:
    """Rows of each table, as the database holds them."""
    url = os.environ.get(DATABASE_NAME, "")
    if url:
        return asyncio.run(_postgresql_rows(url.replace("postgresql+asyncpg", "postgresql")))
    with contextlib.closing(sqlite3.connect(zones.prefect_home / "prefect.db")) as con:
        return {name: int(con.execute(f"select count(*) from {name}").fetchone()[0]) for name in TABLES}


async def _postgresql_rows(url: str) -> dict[str, int]:
    import asyncpg

    con = await asyncpg.connect(url)
    try:
        return {name: int(await con.fetchval(f"select count(*) from {name}")) for name in TABLES}
    finally:
        await con.close()


def _results(zones: Zones) -> int:
    return sum(path.is_file() for path in (zones.prefect_home / "storage").rglob("*"))


def main(root: Path) -> dict[str, Any]:
    """Run, look, shred, look."""
    zones = Zones(root.resolve()).require()
    use_prefect_home(zones)
    _run_waves(zones)
    before, results_n = _rows(zones), _results(zones)
    said = clear_leftovers(zones, WAVES[0])
    return {"said": said, "before": before, "after": _rows(zones), "results": [results_n, _results(zones)]}


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        found = main(Path(sys.argv[1]))
    print(json.dumps(found))
