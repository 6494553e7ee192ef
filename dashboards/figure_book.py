"""Figures of one verified release as a compact table, groups x measures, so that fifty national waves stay readable.

A release that was checked is never read again while its files stay as they are: what a page shows is what was checked.
Large tables lie in a file without a name, which only this process can open and which goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.publish.contract import STATUS_PUBLISHED, STATUS_SUPPRESSED
from flows.trend.large_table import filled

RECORD = np.dtype(
    [
        ("state", "u1"),
        ("n", "<i4"),
        ("score_mean", "<i2"),
        ("mean_low", "<i2"),
        ("mean_high", "<i2"),
        ("at_risk_pct", "<i2"),
        ("is_mean_bounded", "?"),
        ("is_pct_bounded", "?"),
    ]
)
NOT_ASKED, SUPPRESSED, PUBLISHED = 0, 1, 2
NONE = -1
_TENTHS = ("score_mean", "mean_low", "mean_high", "at_risk_pct")
Rows = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class FigureBook:
    """`table` holds tenths of a point, as released; `is_shown` says which groups have a figure at all."""

    table: npt.NDArray[Any]
    columns: Mapping[str, int]
    is_shown: npt.NDArray[np.bool_]

    def cell(self, row: int, measure_id: str) -> dict[str, Any] | None:
        """The released columns of one cell; None where the measure was not asked."""
        column = self.columns.get(measure_id)
        return None if column is None else _columns_of(self.table[row, column])

    def cells(self, row: int) -> list[tuple[str, dict[str, Any]]]:
        """All cells of one group."""
        record = self.table[row]
        found = ((measure_id, _columns_of(record[column])) for measure_id, column in self.columns.items())
        return [(measure_id, cell) for measure_id, cell in found if cell is not None]

    def is_exact(self, rows: Rows, measure_id: str) -> npt.NDArray[np.bool_]:
        """Which of these rows have a mean that is no bound."""
        column = self.columns.get(measure_id)
        if column is None:
            return np.zeros(len(rows), bool)
        found = self.table[rows, column]
        has_mean = (found["state"] == PUBLISHED) & (found["score_mean"] != NONE) & (found["n"] != NONE)
        exact: npt.NDArray[np.bool_] = has_mean & ~found["is_mean_bounded"]
        return exact


def _columns_of(record: Any) -> dict[str, Any] | None:
    state, n, *tenths, is_mean_bounded, is_pct_bounded = record.item()
    if state == NOT_ASKED:
        return None
    figures = {name: None if value == NONE else value / 10 for name, value in zip(_TENTHS, tenths, strict=True)}
    return {
        "status": STATUS_PUBLISHED if state == PUBLISHED else STATUS_SUPPRESSED,
        "respondents_n": None if n == NONE else n,
        **figures,
        "is_mean_bounded": is_mean_bounded,
        "is_pct_bounded": is_pct_bounded,
    }


def build_figures(cells: pl.DataFrame, group_ids: pl.Series, measure_ids: Sequence[str]) -> FigureBook:
    """The book of a release's cells without a breakdown; rows as in `group_ids`, figures to the tenth."""
    columns = {measure_id: place for place, measure_id in enumerate(measure_ids)}
    is_published = pl.col("status") == STATUS_PUBLISHED
    coded = cells.lazy().select(
        pl.when(is_published).then(PUBLISHED).otherwise(SUPPRESSED).cast(pl.UInt8()).alias("state"),
        pl.when(is_published).then("respondents_n").fill_null(NONE).cast(pl.Int32()).alias("n"),
        *[
            pl.when(is_published).then((pl.col(name) * 10).round()).fill_null(NONE).cast(pl.Int16()).alias(name)
            for name in _TENTHS
        ],
        "is_mean_bounded",
        "is_pct_bounded",
    )
    found = coded.collect()
    row = _rows_of(cells["group_id"], group_ids)
    column = cells["measure_id"].cast(pl.Enum(measure_ids)).to_physical().to_numpy()

    def fill(table: npt.NDArray[Any]) -> None:
        for name in RECORD.names or ():
            table[name][row, column] = found[name].to_numpy()

    is_shown = np.zeros(len(group_ids), bool)
    is_shown[row[found["state"].to_numpy() == PUBLISHED]] = True
    return FigureBook(filled((len(group_ids), len(columns)), RECORD, fill), columns, is_shown)


def _rows_of(ids: pl.Series, group_ids: pl.Series) -> Rows:
    """The row of each id; neighbours are mostly the same, so each stretch is looked up once."""
    runs = ids.rle().struct.unnest()
    places = pl.DataFrame({"value": group_ids, "row": np.arange(len(group_ids), dtype=np.int32)})
    found = runs.join(places, on="value", how="left", maintain_order="left")
    rows: Rows = np.repeat(found["row"].to_numpy(), found["len"].to_numpy())
    return rows
