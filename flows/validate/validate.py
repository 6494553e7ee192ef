"""Rules for rows and values of one wave: reads `collected`, writes `response`, `value_fault`, `quarantine`.

A value outside its code set becomes missing and is kept as a value fault; the row stays. A row with no
known unit, or with text that identifies, is quarantined. A row with no answer is counted as blank.
"""

from __future__ import annotations

import difflib
import importlib.resources
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from flows.errors import ExportRefused
from flows.score.scale import NUMERIC_UNITS
from flows.units import UnitTree
from surveys.instrument import NOT_APPLICABLE, PREFER_NOT_TO_SAY, Catalogue, CodedAnswer, Item

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, Expression

NUMBER = r"[+-]?[0-9]{1,9}([.,][0-9]{1,12})?"
ROW_COLUMNS = ("row_number", "unit", "breakdown")


@dataclass(frozen=True, slots=True)
class UnknownUnit:
    """A unit label that no unit has; `nearest` is a unit that looks like it."""

    label: str
    rows_n: int
    nearest_id: str
    nearest_name: str


@dataclass(frozen=True, slots=True)
class ItemAccount:
    """What became of one item's cells, in the whole organisation."""

    item_id: str
    answered_n: int
    skipped_n: int
    prefer_not_to_say_n: int
    not_applicable_n: int
    faults_n: int


@dataclass(frozen=True, slots=True)
class ValidateSummary:
    """Counts of a validation; no value, no unit but labels that are none."""

    accepted_n: int
    blank_n: int
    quarantined: Mapping[str, int]
    value_faults_n: int
    items: tuple[ItemAccount, ...]
    unknown_units: tuple[UnknownUnit, ...]
    crowded_units_n: int

    @property
    def quarantined_n(self) -> int:
        """Rows set aside, for any reason."""
        return sum(self.quarantined.values())


def sql(name: str) -> str:
    """Text of a query beside this module."""
    return importlib.resources.files("flows.validate").joinpath(f"{name}.sql").read_text("utf-8")


def validate(con: DuckDBPyConnection, catalogue: Catalogue, units: UnitTree) -> ValidateSummary:
    """Judge every collected row and value. Raises ExportRefused where a unit has far more answers than people."""
    items = [catalogue.items[name] for name in con.table("collected").columns if name not in ROW_COLUMNS]
    con.execute("begin")
    try:
        _register_units(con, units)
        _judge_values(con, items)
        _judge_rows(con)
        _write_responses(con, items)
        con.execute(f"create or replace table quarantine as {sql('quarantine')}")
        summary = _summary(con, items, units)
        _refuse_crowds(con)
        con.execute("drop view collected")
        for table in ("value_fault_row", "row_fault", "collected_row", "set_aside"):
            con.execute(f"drop table {table}")
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")
    return summary


def _register_units(con: DuckDBPyConnection, units: UnitTree) -> None:
    frame = pl.DataFrame(
        {"unit_id": [u.unit_id for u in units.units], "eligible_n": [u.eligible_n for u in units.units]},
        schema={"unit_id": pl.String, "eligible_n": pl.Int64},
    )
    con.register("unit_frame", frame)
    con.execute("create or replace table known_unit as select * from unit_frame")
    con.unregister("unit_frame")


def _is_valid(item: Item) -> Expression:
    column = duckdb.ColumnExpression(item.id)
    if isinstance(item.answer, CodedAnswer):
        return column.isin(*[duckdb.ConstantExpression(str(code)) for code in item.answer.codes])
    number = duckdb.FunctionExpression("regexp_full_match", column, duckdb.ConstantExpression(NUMBER))
    value = _number(item)
    inside = value.between(
        duckdb.ConstantExpression(item.answer.low * NUMERIC_UNITS),
        duckdb.ConstantExpression(item.answer.high * NUMERIC_UNITS),
    )
    return duckdb.CaseExpression(number, inside).otherwise(duckdb.ConstantExpression(False))


def _number(item: Item) -> Expression:
    """A number in millionths, rounded half up; only for text that is one."""
    dotted = duckdb.FunctionExpression(
        "replace", duckdb.ColumnExpression(item.id), duckdb.ConstantExpression(","), duckdb.ConstantExpression(".")
    )
    scaled = dotted.cast("decimal(18,7)") * duckdb.ConstantExpression(NUMERIC_UNITS)
    return duckdb.FunctionExpression("round", scaled).cast("bigint")


def _is_kept_apart(item: Item) -> Expression:
    column = duckdb.ColumnExpression(item.id)
    return column.isin(duckdb.ConstantExpression(PREFER_NOT_TO_SAY), duckdb.ConstantExpression(NOT_APPLICABLE))


def _judge_values(con: DuckDBPyConnection, items: Sequence[Item]) -> None:
    """`value_fault_row`: one row a faulty cell (row_number, item_id, value); `value_fault` is what stays of it."""
    source = con.table("collected")
    faulty = [
        duckdb.CaseExpression(_is_valid(item) | _is_kept_apart(item), duckdb.ConstantExpression(None))
        .otherwise(duckdb.ColumnExpression(item.id))
        .cast("varchar")
        .alias(item.id)
        for item in items
    ]
    wide = source.select(duckdb.ColumnExpression("row_number"), *faulty)
    any_fault = duckdb.CoalesceOperator(*[duckdb.ColumnExpression(item.id) for item in items]).isnotnull()
    con.register("faulty_wide", wide.filter(any_fault))
    con.execute(f"create or replace table value_fault_row as {sql('value_fault_row')}")
    con.unregister("faulty_wide")


def _judge_rows(con: DuckDBPyConnection) -> None:
    con.execute(f"create or replace table row_fault as {sql('unit_fault')}")
    con.execute(f"create or replace table value_fault as {sql('value_fault')}")


def _write_responses(con: DuckDBPyConnection, items: Sequence[Item]) -> None:
    """`response`: one row a respondent, no row number; codes as integers, numbers in millionths, null for the rest."""
    typed = [
        duckdb.CaseExpression(
            _is_valid(item),
            duckdb.ColumnExpression(item.id).cast("smallint")
            if isinstance(item.answer, CodedAnswer)
            else _number(item),
        ).alias(item.id)
        for item in items
    ]
    answered = duckdb.CoalesceOperator(*[duckdb.ColumnExpression(item.id) for item in items]).isnotnull()
    good = con.sql("select * from collected anti join row_fault using (row_number)")
    responses = good.filter(answered).select(
        duckdb.ColumnExpression("unit").alias("unit_id"), duckdb.ColumnExpression("breakdown"), *typed
    )
    con.execute("drop table if exists response")
    responses.create("response")


def _summary(con: DuckDBPyConnection, items: Sequence[Item], units: UnitTree) -> ValidateSummary:
    reasons = dict(con.execute("select reason, count(*) from row_fault group by reason order by reason").fetchall())
    collected_n, accepted_n, faults_n, crowded_n = _counts(con)
    names = {unit.unit_name: unit.unit_id for unit in units.units} | {u.unit_id: u.unit_id for u in units.units}
    unknown = [
        _unknown(label, rows_n, names, units) for label, rows_n in con.execute(sql("unknown_unit")).fetchmany(50)
    ]
    return ValidateSummary(
        accepted_n=accepted_n,
        blank_n=collected_n - sum(reasons.values()) - accepted_n,
        quarantined=reasons,
        value_faults_n=faults_n,
        items=_item_accounts(con, items),
        unknown_units=tuple(unknown),
        crowded_units_n=crowded_n,
    )


def _counts(con: DuckDBPyConnection) -> tuple[int, int, int, int]:
    con.execute(f"create or replace table crowded_unit as {sql('crowded_unit')}")
    row = con.execute(
        "select (select count(*) from collected), (select count(*) from response),"
        " (select count(*) from value_fault), (select count(*) from crowded_unit)"
    ).fetchone() or (0, 0, 0, 0)
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])


def _unknown(label: str, rows_n: int, names: Mapping[str, str], units: UnitTree) -> UnknownUnit:
    nearest = difflib.get_close_matches(label, names, n=1, cutoff=0.0)
    unit = units.by_id[names[nearest[0]]]
    return UnknownUnit(label, rows_n, unit.unit_id, unit.unit_name)


def _item_accounts(con: DuckDBPyConnection, items: Sequence[Item]) -> tuple[ItemAccount, ...]:
    """Cells of accepted rows by what they hold."""
    good = con.sql("select * from collected anti join row_fault using (row_number)")
    con.register("good_rows", good.select(*[duckdb.ColumnExpression(item.id) for item in items]))
    cells = {
        item_id: (int(filled_n), int(refused_n), int(na_n), int(rows_n))
        for item_id, filled_n, refused_n, na_n, rows_n in con.execute(sql("item_account")).fetchall()
    }
    con.unregister("good_rows")
    faults = dict(con.execute("select item_id, count(*) from value_fault group by item_id").fetchall())
    (blank_n,) = con.execute(
        "select (select count(*) from collected) - (select count(*) from row_fault) - (select count(*) from response)"
    ).fetchone() or (0,)
    return tuple(
        ItemAccount(
            item_id=item.id,
            answered_n=filled - refused - na - int(faults.get(item.id, 0)),
            skipped_n=rows - filled - int(blank_n),
            prefer_not_to_say_n=refused,
            not_applicable_n=na,
            faults_n=int(faults.get(item.id, 0)),
        )
        for item in items
        for filled, refused, na, rows in [cells[item.id]]
    )


def _refuse_crowds(con: DuckDBPyConnection) -> None:
    row = con.execute(
        "select unit_id, eligible_n from crowded_unit where is_refused order by unit_id limit 1"
    ).fetchone()
    if row is not None:
        raise ExportRefused(
            f'unit "{row[0]}" has far more answers than its {row[1]} people in units.csv (more than 120 % + 3). '
            "Is it the right file, or is eligible_n out of date? Correct units.csv and try again. Nothing was released."
        )
