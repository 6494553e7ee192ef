"""The real flow pulls from a survey tool that is busy at first: Prefect tries again, and keeps no secret or answer."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.release_without_prefect import new_workspace
from tests.unit.collect.survey_server import ROWS_N, TOKEN, SurveyServer, serving

DRIVER = """
import sys
from pathlib import Path
from flows.prefect_home import use_prefect_home
from flows.zones import Zones
use_prefect_home(Zones(Path(sys.argv[-1])))
import flows.pulse_wave
flows.pulse_wave.RETRY_SECONDS["pull"] = [0.0, 0.0, 0.0]
from flows.cli import main
main(sys.argv[1:])
"""
"""The waits are for a server that recovers in minutes; here they would only take time."""
MAP = "tool: redcap\nunit: { column: team }\nitems:\n  bo1: { column: bo1 }\n"


def _run(root: Path, server: SurveyServer) -> subprocess.CompletedProcess[str]:
    source = (
        f'[[sources]]\nwave_id = "2026-11"\nkind = "redcap_api"\nurl = "{server.url}"\ncredentials = "PULSE_TOKEN"\n'
    )
    with (root / "quorum.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n" + source)
    command = [sys.executable, "-c", DRIVER, "run", "--wave", "2026-11", "--workspace", str(root)]
    settings_of_run = {**os.environ, "PULSE_TOKEN": TOKEN}
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=settings_of_run)


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str], list[str]]:
    root = new_workspace(tmp_path_factory.mktemp("pull") / "workspace", maps={"redcap": MAP})
    with serving("busy twice") as server:
        ended = _run(root, server)
    return root, ended, server.asked


Pulled = tuple[Path, "subprocess.CompletedProcess[str]", list[str]]


def test_a_busy_tool_is_asked_again_until_it_answers(pulled: Pulled) -> None:
    _, ended, asked = pulled
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert asked[:3] == ["metadata", "metadata", "metadata"]
    assert f"{ROWS_N}" in ended.stdout


def test_prefect_notes_three_runs_of_the_pull_in_one_task(pulled: Pulled) -> None:
    databases = sorted((pulled[0] / "data" / "restricted" / "prefect").rglob("*.db"))
    with sqlite3.connect(databases[0]) as con:
        rows = con.execute("select run_count, state_type from task_run where name like 'pull%'").fetchall()
    assert rows == [(3, "COMPLETED")]


def test_neither_token_nor_address_lies_in_any_file_or_message(pulled: Pulled) -> None:
    root, ended, _ = pulled
    secrets = (TOKEN, "canary@example.invalid")
    files = [path for path in root.rglob("*") if path.is_file()]
    contents = [*(path.read_bytes() for path in files), ended.stdout.encode(), ended.stderr.encode()]
    assert [text for text in secrets if any(text.encode() in content for content in contents)] == []
