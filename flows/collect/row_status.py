"""Which rows count: complete, incomplete, test, late, duplicate, or identifying (CONTRACTS: account)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import reduce

import duckdb
from duckdb import CaseExpression, ConstantExpression, Expression, FunctionExpression

from flows.collect.raw_table import RawTable
from flows.collect.tells import Tell

__all__ = ["first_of_repeated", "has_repeated", "or_false", "repeated_key", "row_status", "untold"]


def row_status(
    raw: RawTable, is_complete: Expression | None, contacts: Sequence[Expression], closes_on: datetime.date | None
) -> Expression:
    """The status of each row, the first that holds of: test, identifying, incomplete, late, complete.

    Rows sent twice are told among the complete ones, by `first_of_repeated`.

    is_complete: what the column map says, None where it says nothing; then the tool's own columns tell.
    contacts: per mapped column, whether a cell holds a contact. closes_on: later rows are late; None: none is.
    """
    tells = raw.tells
    if is_complete is None and tells.complete is not None:
        is_complete = _says(raw, tells.complete)
    conditions = {
        "test": [_says(raw, tell) for tell in tells.test],
        "identifying": [or_false(contact) for contact in contacts],
        "incomplete": [] if is_complete is None else [~is_complete],
        "late": [] if closes_on is None or tells.sent is None else [_is_after(raw, closes_on)],
    }
    status: Expression = ConstantExpression("complete")
    for name, found in reversed(conditions.items()):
        if found:
            any_of = reduce(lambda left, right: left | right, found)
            status = CaseExpression(any_of, ConstantExpression(name)).otherwise(status)
    return status


def untold(raw: RawTable, closes_on: datetime.date | None, *, has_rule: bool, has_wave: bool) -> frozenset[str]:
    """What this file cannot tell of its rows."""
    tells = raw.tells
    told = {
        "incomplete": has_rule or tells.only_complete or tells.complete is not None,
        "test": bool(tells.test),
        "late": tells.sent is not None and closes_on is not None,
        "duplicate": bool(tells.repeated_by),
        "other_wave": has_wave,
    }
    return frozenset(name for name, is_told in told.items() if not is_told)


def or_false(condition: Expression) -> Expression:
    """A condition that is false where it is unknown."""
    return duckdb.CoalesceOperator(condition, ConstantExpression(False))


def _says(raw: RawTable, tell: Tell) -> Expression:
    cell = FunctionExpression("trim", raw.value(tell.column))
    if tell.texts:
        texts = (ConstantExpression(text) for text in tell.texts)
        return or_false(FunctionExpression("lower", cell).isin(*texts))
    return or_false(cell != ConstantExpression(""))


def _is_after(raw: RawTable, closes_on: datetime.date) -> Expression:
    """Whether a row was sent in on a later day than the last. A day that cannot be read counts as in time."""
    # Fractions of seconds and the zone behind the clock time are cut: the day is what counts.
    text = FunctionExpression(
        "regexp_replace",
        raw.value(raw.tells.sent or ""),
        ConstantExpression(r"(\.\d+)?( ?(Z|GMT|UTC|[A-Z]{3,4}|[+-]\d{1,2}:?\d{0,2})([+-]\d{1,2}(:?\d{2})?)?)$"),
        ConstantExpression(""),
    )
    formats = duckdb.ConstantExpression(list(raw.tells.sent_formats))
    day = FunctionExpression("try_strptime", text, formats)
    return or_false(day >= ConstantExpression(closes_on + datetime.timedelta(days=1)))


def has_repeated(raw: RawTable) -> bool:
    """Whether any two rows, complete or not, were sent twice; False where the tool cannot tell.

    Only rows that share the first column with another are compared whole: in most files there is hardly one.
    """
    if not raw.tells.repeated_by:
        return False
    first = raw.held(raw.tells.repeated_by[0])
    shared = raw.staged.select(first.alias("first")).filter("first is not null")
    shared = (
        shared.aggregate("first, count(*) as rows_n", "first").filter("rows_n > 1").select("first").set_alias("shared")
    )
    rows = raw.staged.join(shared, first == duckdb.ColumnExpression("first"), how="semi")
    keys = rows.select(repeated_key(raw).alias("repeated_key"))
    again = keys.aggregate("repeated_key, count(*) as rows_n", "repeated_key").filter("rows_n > 1")
    return bool(again.limit(1).fetchall())


def repeated_key(raw: RawTable) -> Expression:
    """What rows that were sent twice have in common, as a checksum; null in a row that cannot be told.

    The tool has to say by which columns (`Tells.repeated_by`).
    """
    columns = raw.tells.repeated_by
    checksum = FunctionExpression("hash", *map(raw.held, columns))
    return CaseExpression(raw.held(columns[0]).isnotnull(), checksum)


def first_of_repeated(rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The same rows without `repeated_key`; of complete ones with an equal key all but one become duplicates.

    Which one stays does not depend on the order of the file: the first by its content.
    """
    others = [f'"{name}"' for name in rows.columns if name not in ("row_status", "repeated_key")]
    plain = ", ".join(others)
    place = f"row_number() over (partition by row_status, repeated_key order by {plain})"
    is_repeated = f"row_status = 'complete' and repeated_key is not null and {place} > 1"
    return rows.select(f"case when {is_repeated} then 'duplicate' else row_status end as row_status, {plain}")
