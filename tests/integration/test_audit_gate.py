"""A selector that leaks meets the auditor on the way to a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.protect.solver import Programme
from flows.zones import Zones
from tests.integration.release_without_prefect import ANSWERS, new_workspace, quorum, write_csv


def test_a_release_on_which_an_attack_succeeds_is_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = new_workspace(tmp_path / "workspace")
    rows = [(unit, 1 + number % 5) for unit, n in ANSWERS.items() for number in range(n)]
    answers = write_csv(tmp_path / "answers.csv", ("unit_id", "bo1"), rows)
    monkeypatch.setattr("flows.steps.expect", lambda *_: ())
    # The weak selector hides what is too small by itself, and nothing to protect it.
    monkeypatch.setattr(
        Programme,
        "solve_flags",
        lambda self, is_forbidden: (self._totals >= 5) & ~is_forbidden,
    )
    said = quorum("run", "--workspace", root, "--wave", "w1", answers)
    assert said.code == 13, said.text
    assert not Zones(root).release("w1").exists()
    assert not Zones(root).staging("w1").exists()
