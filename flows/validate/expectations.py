"""Great Expectations suites made from the instruments and the unit tree, judged on what the store holds.

The batches are small on purpose: the distinct values of each column (codes, unit ids) and one row a
unit with its counts. So a suite means the same for twenty answers and for two million, and no row of a
respondent ever reaches Great Expectations, its results or its documents. Results are BOOLEAN_ONLY.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.errors import ExportRefused
from flows.score.scale import NUMERIC_UNITS
from flows.units import UnitTree
from surveys.instrument import Catalogue, CodedAnswer, Item

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

FIXED_COLUMNS = ("unit_id", "breakdown")
EMAIL = r"[^\s@]+@[^\s@]+\.[^\s@]+"
PHONE = r"^\+?[0-9][0-9 ()/.-]{8,}[0-9]$"
IP_ADDRESS = r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$"


@dataclass(frozen=True, slots=True)
class ExpectationOutcome:
    """Whether one expectation held; its name says about which column, never about which value."""

    name: str
    success: bool


def expect(
    con: DuckDBPyConnection, catalogue: Catalogue, units: UnitTree, allowed_breakdowns: Sequence[str] = ()
) -> tuple[ExpectationOutcome, ...]:
    """Judge `response`. Raises ExportRefused naming the expectations that failed."""
    names = con.table("response").columns
    items = [catalogue.items[name] for name in names if name not in FIXED_COLUMNS]
    outcomes = (
        *_run("columns", _distinct_values(con, items), _column_expectations(items, allowed_breakdowns)),
        *_run("units", _counts_by_unit(con, units), _unit_expectations()),
    )
    failed = [outcome.name for outcome in outcomes if not outcome.success]
    if failed:
        raise ExportRefused(
            f"validation failed: {'; '.join(failed)}. The answers stay in the restricted zone; nothing was released. "
            "This is a fault of Quorum or of a changed store: run the wave again from its export."
        )
    return outcomes


def _distinct_values(con: DuckDBPyConnection, items: Sequence[Item]) -> pd.DataFrame:
    """One column a column of `response`, its distinct values below each other (of numbers the least and greatest).

    `unit_id` is empty here: its values stand in the batch of units.
    """
    import pandas as pd

    response = con.table("response")
    breakdowns = [row[0] for row in response.select("breakdown").distinct().fetchall() if row[0] is not None]
    columns: dict[str, list[Any]] = {"unit_id": [], "breakdown": breakdowns}
    for item in items:
        if isinstance(item.answer, CodedAnswer):
            values = [row[0] for row in response.select(item.id).distinct().fetchall()]
        else:
            values = list(response.aggregate([_min(item.id), _max(item.id)]).fetchone() or ())
        columns[item.id] = [value for value in values if value is not None]
    return pd.DataFrame({name: pd.Series(values, dtype="object") for name, values in columns.items()})


def _min(name: str) -> Any:
    import duckdb

    return duckdb.FunctionExpression("min", duckdb.ColumnExpression(name))


def _max(name: str) -> Any:
    import duckdb

    return duckdb.FunctionExpression("max", duckdb.ColumnExpression(name))


def _counts_by_unit(con: DuckDBPyConnection, units: UnitTree) -> pd.DataFrame:
    """One row a unit id in `response`: how many answers, and how many its head-count allows (null: no such unit)."""
    counts = con.execute("select unit_id, count(*) as answers_n from response group by unit_id order by unit_id").df()
    allowed = {unit.unit_id: 1.2 * unit.eligible_n + 3 for unit in units.units}
    counts["allowed_n"] = counts["unit_id"].map(allowed)
    return counts


def _column_expectations(items: Sequence[Item], breakdowns: Sequence[str]) -> list[Any]:
    from great_expectations import expectations as gxe

    expected: list[Any] = [
        gxe.ExpectTableColumnsToMatchSet(column_set=[*FIXED_COLUMNS, *(item.id for item in items)], exact_match=True),
    ]
    if breakdowns:
        expected.append(gxe.ExpectColumnValuesToBeInSet(column="breakdown", value_set=list(breakdowns)))
    expected.extend(
        gxe.ExpectColumnValuesToNotMatchRegex(column="breakdown", regex=regex) for regex in (EMAIL, PHONE, IP_ADDRESS)
    )
    for item in items:
        if isinstance(item.answer, CodedAnswer):
            expected.append(gxe.ExpectColumnValuesToBeInSet(column=item.id, value_set=list(item.answer.codes)))
        else:
            low, high = item.answer.low * NUMERIC_UNITS, item.answer.high * NUMERIC_UNITS
            expected.append(gxe.ExpectColumnValuesToBeBetween(column=item.id, min_value=low, max_value=high))
    return expected


def _unit_expectations() -> list[Any]:
    from great_expectations import expectations as gxe

    return [
        gxe.ExpectColumnValuesToNotBeNull(column="unit_id"),
        gxe.ExpectColumnValuesToBeUnique(column="unit_id"),
        # Stands for "unit_id is a known unit": Great Expectations copies a set of 100,000 ids dozens of times.
        gxe.ExpectColumnValuesToNotBeNull(column="allowed_n"),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="allowed_n", column_B="answers_n", or_equal=True),
    ]


def _run(name: str, frame: pd.DataFrame, expectations: Sequence[Any]) -> list[ExpectationOutcome]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.ERROR)

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe(name)
    suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=list(expectations)))
    definition = gx.ValidationDefinition(name=name, data=batch, suite=suite)
    result = definition.run(batch_parameters={"dataframe": frame}, result_format="BOOLEAN_ONLY")
    return [ExpectationOutcome(_name_of(single.expectation_config), bool(single.success)) for single in result.results]


def _name_of(config: Any) -> str:
    column = config.kwargs.get("column") or config.kwargs.get("column_A") or "table"
    return f"{column}: {config.type.removeprefix('expect_').replace('_', ' ')}"
