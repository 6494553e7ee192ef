"""Rows of the breakdown in `cells`: every group from department up x every value x every measure asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from flows.aggregate.cells import ConfidentialCells
from flows.protect.breakdown import BreakdownCell
from flows.protect.breakdown_values import BreakdownFigures
from flows.protect.category_counts import inner_levels
from flows.protect.rows import mean_interval, mean_of, percent_of
from flows.protect.selection import GUARDED, Selection
from flows.protect.tree import ReportingTree
from flows.publish.contract import CELLS, OTHER_VALUE, STATUS_PUBLISHED, STATUS_SUPPRESSED

NOTHING = BreakdownFigures({}, {})


def breakdown_rows(
    cells: ConfidentialCells,
    tree: ReportingTree,
    selections: Sequence[Selection],
    breakdowns: Mapping[str, BreakdownFigures],
    measures: pl.DataFrame,
) -> pl.DataFrame:
    """One figure a row: the mean, or for a guarded measure the share; none at all where the wave asked no family."""
    if cells.breakdown_cells.is_empty():
        return pl.DataFrame(schema=CELLS)
    phis = dict(zip(measures["measure_id"], measures["phi"], strict=True))
    rows: list[dict[str, object]] = []
    for selection in selections:
        scale = selection.scale
        found = breakdowns.get(scale.measure_id, NOTHING)
        writer = _Writer(cells, selection, phis[scale.measure_id])
        for node, is_inner in enumerate(inner_levels(tree)):
            if is_inner:
                for place, value in enumerate(cells.breakdown_values):
                    rows.append(writer.row(tree.group_ids[node], value, found.cells.get(BreakdownCell(node, place))))
                if node in found.others:
                    rows.append(writer.row(tree.group_ids[node], OTHER_VALUE, found.others[node]))
    return pl.DataFrame(rows, schema=CELLS)


class _Writer:
    """Writes the rows of one measure."""

    def __init__(self, cells: ConfidentialCells, selection: Selection, phi: float) -> None:
        self.wave_id, self.breakdown_id = cells.wave_id, cells.breakdown_id
        self.scale, self.phi = selection.scale, phi

    def row(self, group_id: str, value: str, figure: tuple[int, int] | None) -> dict[str, object]:
        """A row, suppressed where there is no figure. Heads by value are not known: no correction for them."""
        is_guarded = self.scale.tier == GUARDED
        n, total = figure if figure is not None else (0, 0)
        mean = mean_of(total, n, self.scale.range_units) if figure is not None and not is_guarded else None
        low, high = (None, None) if mean is None else mean_interval(mean, n, 0.0, self.phi)
        return {
            "wave_id": self.wave_id,
            "group_id": group_id,
            "breakdown_id": self.breakdown_id,
            "breakdown_value": value,
            "measure_id": self.scale.measure_id,
            "status": STATUS_SUPPRESSED if figure is None else STATUS_PUBLISHED,
            "respondents_n": None if figure is None else n,
            "score_mean": mean,
            "mean_low": low,
            "mean_high": high,
            "at_risk_pct": percent_of(total, n) if figure is not None and is_guarded else None,
            "is_mean_bounded": False,
            "is_pct_bounded": False,
        }
