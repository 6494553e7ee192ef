"""Prefect's server dies in the middle of a run: the run ends with 14 and says so, and the next one makes it good."""

from __future__ import annotations

from pathlib import Path

from tests.faults import Row, dying_server, prepare
from tests.integration.kill_laboratory import open_laboratory


def test_a_run_whose_server_is_killed_ends_with_14_and_the_next_one_gives_the_same_release(tmp_path: Path) -> None:
    row = Row("Prefect's server dies")
    with open_laboratory() as laboratory:
        dying_server(prepare(laboratory, tmp_path), row, lambda: True)
    assert row.notes == []
    assert (row.tried_n, row.well_n) == (2, 2)
