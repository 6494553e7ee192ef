"""Large tables lie outside memory and hold what was put into them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from flows.trend.large_table import LARGE_BYTES, filled, set_aside


@pytest.mark.parametrize("rows_n", [10, LARGE_BYTES])
def test_a_table_holds_what_it_was_filled_with(rows_n: int) -> None:
    wanted = np.arange(rows_n, dtype=np.int32)

    def fill(table: npt.NDArray[Any]) -> None:
        table[:] = wanted

    assert np.array_equal(filled((rows_n,), np.dtype("<i4"), fill), wanted)


@pytest.mark.parametrize("rows_n", [3, 300_000])
def test_a_frame_set_aside_is_the_same(rows_n: int) -> None:
    names = pl.Series([None if n % 7 == 0 else f"a group whose name is long {n}" for n in range(rows_n)])
    frame = pl.DataFrame(
        {"name": names, "members": names.reshape((rows_n, 1)).arr.to_list(), "n": pl.Series(range(rows_n))}
    )
    again = set_aside(frame)
    assert again.schema == frame.schema and again.equals(frame)
    assert again.row(rows_n - 1) == frame.row(rows_n - 1)
