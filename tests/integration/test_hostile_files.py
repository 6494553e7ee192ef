"""Hostile files, small ones, in a process with a limit of memory and of time: refused, and nothing stored.

`python -m tests.fuzz.hostile` tries the same files at their full size, each in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.hostile import FRUGAL, HOSTILE
from tests.integration.release_without_prefect import new_workspace, quorum


@pytest.fixture(scope="module")
def tried() -> str:
    command = [sys.executable, "-m", "tests.fuzz.hostile", "--small"]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=900, check=False, env={**os.environ, **FRUGAL}
    )
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_within_its_limits_and_leaves_nothing(tried: str, name: str) -> None:
    line = next((line for line in tried.splitlines() if line.startswith(f"{name}  ")), tried)
    assert line.endswith(" refused"), tried


def test_formulas_in_cells_are_text_and_never_answers(tmp_path: Path) -> None:
    root, path = new_workspace(tmp_path / "workspace"), tmp_path / "formulas.csv"
    rows = ["ALDER,=1+1,3", "ALDER,@SUM(A1),2", "ALDER,3,+cmd|' /C calc'!A0"] * 4
    path.write_text("\n".join(["unit_id,st1,bo1", *rows]) + "\n", "utf-8")
    said = quorum("check", "--wave", "formulas", "--workspace", root, path)
    assert said.code == 0, said.text
    assert "cmd" not in said.text
    assert not (root / "data" / "restricted" / "waves" / "formulas.duckdb").exists()
