"""The same answers give the same release, byte for byte: whatever the machine's mood, the order of rows or of waves."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.release_without_prefect import ANSWERS, bytes_of, new_workspace, release, write_csv

ITEMS = ("bo1", "st1", "phq_1", "phq_2", "gad_1", "gad_2")
Make = Callable[[str], Path]


def _rows(seed: int) -> list[list[object]]:
    rng = random.Random(seed)
    return [
        [unit, rng.randint(1, 5), rng.choice(["", 1, 2, 5]), *(rng.randint(0, 3) for _ in range(4))]
        for unit, n in ANSWERS.items()
        for _ in range(n)
    ]


def _export(path: Path, seed: int, shuffled_by: int | None = None) -> Path:
    rows = _rows(seed)
    if shuffled_by is not None:
        random.Random(shuffled_by).shuffle(rows)
    return write_csv(path, ("unit_id", *ITEMS), rows)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_workspace(tmp_path_factory.mktemp("keys") / "workspace") / "keys"


@pytest.fixture
def fresh(tmp_path: Path, keys: Path) -> Make:
    """Makes a new workspace with the signing key of all others."""

    def make(name: str) -> Path:
        root = new_workspace(tmp_path / name)
        for file in ("release.key", "release.pub"):
            shutil.copy2(keys / file, root / "keys" / file)
        return root

    return make


def _released(root: Path) -> dict[str, bytes]:
    found = bytes_of(root / "data" / "released")
    assert found, "nothing was released"
    return found


def test_the_same_input_in_two_workspaces_gives_the_same_release(fresh: Make, tmp_path: Path) -> None:
    export = _export(tmp_path / "export.csv", seed=1)
    first, second = fresh("first"), fresh("second")
    release(first, "w1", export)
    release(second, "w1", export)
    assert _released(first) == _released(second)


@pytest.mark.parametrize("order", [11, 12])
def test_the_order_of_rows_leaves_no_trace_in_the_release(fresh: Make, tmp_path: Path, order: int) -> None:
    first, second = fresh("first"), fresh("second")
    release(first, "w1", _export(tmp_path / "sorted.csv", seed=1))
    release(second, "w1", _export(tmp_path / "shuffled.csv", seed=1, shuffled_by=order))
    assert _released(first) == _released(second)


def test_an_input_in_two_files_gives_the_release_of_the_whole(fresh: Make, tmp_path: Path) -> None:
    first, second = fresh("first"), fresh("second")
    rows, header = _rows(1), ("unit_id", *ITEMS)
    release(first, "w1", write_csv(tmp_path / "whole.csv", header, rows))
    parts = [write_csv(tmp_path / f"part{n}.csv", header, part) for n, part in enumerate((rows[20:], rows[:20]))]
    release(second, "w1", *parts)
    assert _released(first) == _released(second)


def test_the_order_in_which_waves_are_loaded_leaves_no_trace(fresh: Make, tmp_path: Path) -> None:
    exports = {f"2026-{month}": _export(tmp_path / f"{month}.csv", seed=month) for month in (9, 10, 11)}
    forwards, backwards = fresh("forwards"), fresh("backwards")
    for wave_id, export in exports.items():
        release(forwards, wave_id, export)
    for wave_id, export in reversed(exports.items()):
        release(backwards, wave_id, export)
    assert _released(forwards) == _released(backwards)


def test_other_answers_give_another_release(fresh: Make, tmp_path: Path) -> None:
    first, second = fresh("first"), fresh("second")
    release(first, "w1", _export(tmp_path / "first.csv", seed=1))
    release(second, "w1", _export(tmp_path / "second.csv", seed=2))
    assert _released(first)["w1/cells.parquet"] != _released(second)["w1/cells.parquet"]
