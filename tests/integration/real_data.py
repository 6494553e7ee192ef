"""The real survey files beside this project, read where they lie, and the figures that they should reproduce."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "real"
needs_real_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="the real survey files are not beside this project")


def rows_of(file_name: str) -> list[dict[str, str]]:
    """One dictionary a row, all text, empty for missing."""
    with (FOLDER / file_name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def expected(file_name: str, measure: str, group: str, statistic: str) -> float:
    """A value of expected_aggregates.csv."""
    wanted = (file_name, measure, group, statistic)
    found = [
        float(row["value"])
        for row in rows_of("expected_aggregates.csv")
        if (row["file"], row["measure"], row["group"], row["statistic"]) == wanted
    ]
    assert len(found) == 1, f"{wanted} stands {len(found)} times"
    return found[0]
