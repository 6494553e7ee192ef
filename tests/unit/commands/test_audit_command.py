"""`quorum audit`: on waves and on bare folders, as an outsider, with JSON; a leak ends with exit 13."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.integration.release_without_prefect import ANSWERS, new_workspace, quorum, release, write_csv
from tests.oracles.tiny_release import department


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one released wave."""
    root = new_workspace(tmp_path_factory.mktemp("audit") / "w")
    rows = [(unit, 2 + number % 3) for unit, n in ANSWERS.items() for number in range(n)]
    release(root, "w1", write_csv(root / "w1.csv", ("unit_id", "bo1"), rows))
    return root


def test_a_wave_is_attacked_with_the_counts_while_its_answers_are_here(workspace: Path) -> None:
    said = quorum("audit", "--workspace", workspace, "w1")
    assert said.code == 0
    assert "w1, with the confidential counts: policy floors" in said.out
    assert "nothing below k derivable" in said.out
    assert "interval widths of hidden teams: smallest, of the whole scale" in said.out
    assert said.out.endswith("Nothing was stored.\n")


def test_a_shredded_wave_is_attacked_from_its_release_alone_and_the_report_says_so(
    workspace: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "w"
    shutil.copytree(workspace, copy)
    assert quorum("shred", "--workspace", copy, "--wave", "w1", "--yes").code == 0
    said = quorum("audit", "--workspace", copy, "w1", "--json")
    assert said.code == 0, said.text
    (found,) = json.loads(said.out)["audits"]
    assert found["is_public_only"]
    checks = {check["name"]: check["detail"] for check in found["checks"]}
    assert "public only: from the release alone" in checks["means: residual atoms"]
    assert "truth" not in checks
    assert "hidden counts and truth were not checked" in checks["range of every person: means"]


def test_a_bare_folder_is_attacked_without_any_workspace(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "from-somewhere"
    shutil.copytree(workspace / "data" / "released" / "w1", folder)
    said = quorum("audit", "--workspace", tmp_path / "none", folder)
    assert said.code == 0, said.text
    assert "w1, from the release alone" in said.out
    assert "smallest for fewer than k hidden people" in said.out
    assert "ADULT / bo1" in said.out or "NORTH / bo1" in said.out or "YOUNG / bo1" in said.out


def test_tables_without_a_manifest_are_judged_by_the_floors_and_a_leak_ends_with_13(tmp_path: Path) -> None:
    department([9, 3], ["D", "T1"]).write(tmp_path / "leaky")
    said = quorum("audit", tmp_path / "leaky")
    assert said.code == 13
    assert "means: residual atoms: D / bo1" in said.err


def test_a_signed_folder_whose_tables_were_changed_ends_with_13(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(workspace / "data" / "released" / "w1", folder)
    cells = pl.read_parquet(folder / "cells.parquet")
    cells.with_columns(pl.lit(99.0).alias("score_mean")).write_parquet(folder / "cells.parquet")
    assert quorum("audit", folder).code == 13


def test_a_name_that_is_neither_wave_nor_folder_is_told(workspace: Path) -> None:
    said = quorum("audit", "--workspace", workspace, "w7")
    assert said.code == 2
    assert "w7 is neither a released wave nor a folder with cells.parquet. Released: w1." in said.err
