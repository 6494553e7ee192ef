"""Scored answers to additive cells per unit; the SQL stands beside this file, one file per table."""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from flows.aggregate.cells import ConfidentialCells, MeasureScale, no_breakdown_cells
from flows.settings import Breakdown
from flows.units import UnitTree

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class AggregateSummary:
    """Counts of an aggregation."""

    cells_n: int
    units_n: int
    respondents_n: int


def sql(name: str) -> str:
    """Text of a query beside this module."""
    return importlib.resources.files("flows.aggregate").joinpath(f"{name}.sql").read_text("utf-8")


def aggregate(con: duckdb.DuckDBPyConnection) -> AggregateSummary:
    """In: `scored_response`, `response`. Out: tables `cell`, `breakdown_cell` and `participation` of the store."""
    con.execute("begin")
    for table in ("cell", "breakdown_cell", "participation"):
        con.execute(f"create or replace table {table} as {sql(table)}")
    con.execute("commit")
    units_n, respondents_n = _one(con, "select count(*), coalesce(sum(respondents_n), 0) from participation")
    (cells_n,) = _one(con, "select count(*) from cell")
    return AggregateSummary(cells_n=cells_n, units_n=units_n, respondents_n=respondents_n)


def _one(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = con.execute(query).fetchone()
    return tuple(int(value) for value in row or ())


def read_cells(
    con: duckdb.DuckDBPyConnection,
    wave_id: str,
    units: UnitTree,
    scales: tuple[MeasureScale, ...],
    breakdown: Breakdown | None,
) -> ConfidentialCells:
    """The confidential cells of a wave, for protection and for the auditor."""
    by_value = con.table("breakdown_cell").pl().sort("unit_id", "breakdown_value", "measure_id")
    return ConfidentialCells(
        wave_id=wave_id,
        units=pl.DataFrame(
            {
                "unit_id": [unit.unit_id for unit in units.units],
                "parent_id": [unit.parent_id for unit in units.units],
                "unit_name": [unit.unit_name for unit in units.units],
                "eligible_n": [unit.eligible_n for unit in units.units],
            },
            schema={"unit_id": pl.String, "parent_id": pl.String, "unit_name": pl.String, "eligible_n": pl.Int64},
        ),
        cells=con.table("cell").pl().sort("unit_id", "measure_id"),
        participation=con.table("participation").pl().sort("unit_id"),
        measures=scales,
        breakdown_id=None if breakdown is None else breakdown.id,
        breakdown_values=() if breakdown is None else breakdown.values,
        breakdown_cells=by_value if breakdown is not None else no_breakdown_cells(),
    )
