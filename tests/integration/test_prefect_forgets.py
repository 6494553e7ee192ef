"""Shredding reaches what Prefect keeps of a wave, in SQLite and in PostgreSQL, on a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from flows.zones import Zones
from tests.integration.release_without_prefect import new_workspace
from tests.services import postgresql


def shredded(root: Path) -> dict[str, object]:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
    command = [sys.executable, "-m", "tests.integration.prefect_memory", str(root)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    return dict(json.loads(ended.stdout))


def judge(found: dict[str, object]) -> None:
    """Of three runs, two were of the shredded wave."""
    ones = {"flow_run": 1, "flow_run_state": 3, "task_run": 1, "artifact": 1, "artifact_collection": 1}
    before, after = found["before"], found["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert {name: before[name] for name in ("flow_run", "task_run", "artifact")} == {
        "flow_run": 3,
        "task_run": 3,
        "artifact": 3,
    }
    assert {name: after[name] for name in ones} == ones
    assert found["results"] == [3, 0]
    assert found["said"] == ["Prefect results", "2 Prefect runs"]


def test_in_sqlite_the_runs_of_a_shredded_wave_are_gone_and_those_of_another_stay(tmp_path: Path) -> None:
    judge(shredded(new_workspace(tmp_path / "workspace")))


@pytest.mark.skipif(not list(Path("/usr/lib/postgresql").glob("*/bin")), reason="no PostgreSQL on this machine")
def test_in_postgresql_the_runs_of_a_shredded_wave_are_gone_too(tmp_path: Path) -> None:
    root = new_workspace(tmp_path / "workspace", settings='[up]\ndatabase = "postgresql"')
    # PostgreSQL runs as its own user, who may not enter pytest's folders.
    with tempfile.TemporaryDirectory() as folder, postgresql(Path(folder)) as url:
        address = Zones(root).database_url_file
        address.write_text(url + "\n", "utf-8")
        address.chmod(0o600)
        judge(shredded(root))
