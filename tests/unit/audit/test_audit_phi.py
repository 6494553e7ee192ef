"""The released spread of a measure is pooled over published atoms."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from flows.audit.audit_release import audit_folder
from tests.oracles.tiny_release import K_RES, K, TinyRelease, department


def _audited_with(phi: float | None, basis: str | None, release: TinyRelease, folder: Path) -> set[str]:
    release.write(folder)
    path = folder / "measures.parquet"
    changed = [pl.lit(phi, pl.Float64()).alias("phi"), pl.lit(basis, pl.String()).alias("phi_basis")]
    pl.read_parquet(path).with_columns(changed).write_parquet(path)
    return {check.name for check in audit_folder(folder, release.confidential(), K, K_RES).failed}


def _twelve_teams() -> TinyRelease:
    """Twelve teams of ten, all shown, each with sum 20 and sum of squares 50."""
    release = department([10] * 12, ["D", *(f"T{i + 1}" for i in range(12))])
    release.answers = {"bo1": {f"T{i + 1}": [1, 1, 1, 1, 1, 3, 3, 3, 3, 3] for i in range(12)}}
    return release


def test_the_pooled_phi_of_published_atoms_passes(tmp_path: Path) -> None:
    # SS = 50 - 20 * 20 / 10 = 10; B = 9 * 2 * (4 - 2) = 36; A1 = 1; phi = 10 / 37 = 0.27
    assert _audited_with(0.27, "pooled", _twelve_teams(), tmp_path) == set()


@pytest.mark.parametrize(("phi", "basis"), [(0.29, "pooled"), (0.27, "default"), (0.27, None)])
def test_any_other_phi_is_caught(phi: float, basis: str | None, tmp_path: Path) -> None:
    assert _audited_with(phi, basis, _twelve_teams(), tmp_path) == {"truth: phi"}


def test_a_default_passes(tmp_path: Path) -> None:
    assert _audited_with(0.4, "default", department([9, 8], ["D"]), tmp_path) == set()


def test_pooling_over_too_few_atoms_is_caught(tmp_path: Path) -> None:
    assert _audited_with(0.4, "pooled", department([90, 80], ["D"]), tmp_path) == {"truth: phi"}
