"""Hostile files, small ones, each in a process with a limit of memory and of time: refused, and nothing stored.

`python -m tests.fuzz.hostile` tries the same files at their full size.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.hostile import HOSTILE, checked, tried
from tests.integration.release_without_prefect import new_workspace


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_workspace(tmp_path_factory.mktemp("hostile") / "workspace")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_within_its_limits_and_leaves_nothing(root: Path, tmp_path: Path, name: str) -> None:
    _, faults = tried(tmp_path, root, name, HOSTILE[name].small)
    assert faults == []


def test_formulas_in_cells_are_text_and_never_answers(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "formulas.csv"
    rows = ["ALDER,=1+1,3", "ALDER,@SUM(A1),2", "ALDER,3,+cmd|' /C calc'!A0"] * 4
    path.write_text("\n".join(["unit_id,st1,bo1", *rows]) + "\n", "utf-8")
    outcome = checked(root, path)
    assert (outcome.exit_code, outcome.left_behind) == (0, ())
    assert "cmd" not in outcome.message
