"""The one door: confidential cells in, protected tables out. Only this module builds a ProtectedTable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from flows.aggregate.cells import ConfidentialCells
from flows.protect.breakdown_rows import breakdown_rows
from flows.protect.breakdown_selection import select_breakdowns
from flows.protect.policy import DisclosurePolicy
from flows.protect.rows import cell_rows, group_rows, measure_rows
from flows.protect.selection import select_all, select_participation
from flows.protect.tree import Pool, reporting_tree
from flows.publish.contract import CELLS_KEY
from flows.units import UnitTree
from surveys.instrument import Catalogue

_SEAL = object()


class ProtectedTable:
    """A table that may leave the restricted zone. It cannot be built outside this module."""

    __slots__ = ("frame", "name")

    def __init__(self, name: str, frame: pl.DataFrame, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only protect() builds a ProtectedTable")
        self.name = name
        self.frame = frame


@dataclass(frozen=True, slots=True)
class ProtectSummary:
    """Counts of a protected wave, for stewards: groups with at least one figure, by kind."""

    shown_n: int
    pooled_n: int
    other_n: int
    hidden_n: int


@dataclass(frozen=True, slots=True)
class Protected:
    """The three tables of a release and what they show."""

    tables: tuple[ProtectedTable, ...]
    summary: ProtectSummary


def protect(
    cells: ConfidentialCells,
    units: UnitTree,
    pools: Sequence[Pool],
    policy: DisclosurePolicy,
    catalogue: Catalogue,
) -> Protected:
    """Select, bound and round: what the release of one wave may show.

    Out: tables cells, groups, measures as CONTRACTS section 5 has them, sorted by their keys.
    """
    tree = reporting_tree(units, pools)
    selections = select_all(cells, tree, policy)
    respondents, shown_participation = select_participation(cells, tree, policy)
    measures = measure_rows(selections, tree, catalogue, cells)
    groups = group_rows(cells.wave_id, tree, respondents, shown_participation, selections)
    breakdowns = select_breakdowns(cells, tree, policy, selections)
    by_value = breakdown_rows(cells, tree, selections, breakdowns, measures)
    cell_frame = pl.concat([cell_rows(cells.wave_id, tree, selections, groups, measures), by_value]).sort(CELLS_KEY)
    present = groups.filter(pl.col("kind") == "other")["group_id"]
    tables = (
        ProtectedTable("cells", cell_frame, _SEAL),
        ProtectedTable("groups", groups, _SEAL),
        ProtectedTable("measures", measures, _SEAL),
    )
    return Protected(tables, _summary(cell_frame, groups, len(present)))


def _summary(cells: pl.DataFrame, groups: pl.DataFrame, other_n: int) -> ProtectSummary:
    shown = cells.filter(pl.col("status") == "published")["group_id"].unique()
    kinds = groups.filter(pl.col("group_id").is_in(shown.implode()))["kind"]
    pooled_n = int((kinds == "pooled").sum())
    units_shown = int((kinds == "unit").sum())
    return ProtectSummary(
        shown_n=units_shown + pooled_n,
        pooled_n=pooled_n,
        other_n=other_n,
        hidden_n=len(groups) - other_n - units_shown - pooled_n,
    )
