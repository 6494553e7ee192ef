"""Files are written measure by measure; what is judged together is judged as if it had been in one table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from statsmodels.stats.multitest import multipletests

from flows.trend.judge import discovery_limit
from flows.trend.tables import DERIVED_KEY, FILES
from flows.trend.write import write_derived
from tests.release_builder import PUBLIC_KEY, WAVES, write_shelf


@pytest.mark.parametrize("seed", range(20))
def test_the_limit_of_a_family_rejects_what_the_procedure_rejects(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p_values = np.round(rng.beta(0.4, 1.5, 300), 3) if seed % 4 else rng.uniform(0.2, 1, 300)
    parts = [p_values[:100], np.append(p_values[100:], np.nan)]
    rejected = multipletests(p_values, alpha=0.10, method="fdr_bh")[0]
    assert np.array_equal(p_values <= discovery_limit(parts), rejected)


def test_a_family_without_p_values_rejects_nothing() -> None:
    assert discovery_limit([np.array([np.nan])]) < 0
    assert discovery_limit([]) < 0


def test_files_are_sorted_by_their_key_and_no_draft_is_left(tmp_path: Path) -> None:
    write_shelf(tmp_path / "released")
    write_derived(tmp_path / "derived", tmp_path / "released", PUBLIC_KEY)
    folder = tmp_path / "derived" / WAVES[-1]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["derived.json", *(f"{name}.parquet" for name in FILES)]
    )
    for name in FILES:
        frame = pl.read_parquet(folder / f"{name}.parquet")
        assert frame.equals(frame.sort(DERIVED_KEY)) and frame.height
        file = pq.ParquetFile(folder / f"{name}.parquet")
        place = file.schema_arrow.get_field_index("measure_id")
        for group in range(file.metadata.num_row_groups):
            found = file.metadata.row_group(group).column(place).statistics
            assert found.min == found.max
