"""Does a mapped column identify people by its values? Bank accounts, national numbers, places, times, names, numbers
of one's own (EXPORTS 2). Contacts are looked for where the columns are mapped."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from functools import cache

import duckdb
from duckdb import CaseExpression, ConstantExpression, Expression, FunctionExpression

from flows.collect.raw_table import RawTable
from flows.errors import ExportRefused

__all__ = ["refuse_identifying_values"]

LEAST_SHARE = 0.05
"""From one filled cell in twenty on, a column is one of such values."""
UNIQUE_FROM_N = 30
"""With fewer rows every row can have a value of its own by chance."""
_SHAPES: Mapping[str, str] = {
    "bank account numbers": r"\b[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?\b",
    "national insurance or identity numbers": (
        r"\b\d{3}-\d{2}-\d{4}\b|\b756\.\d{4}\.\d{4}\.\d{2}\b|\b\d{3} \d{3} \d{4}\b|\b\d{8}[A-HJ-NP-TV-Z]\b"
        r"|\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"
    ),
    "places on the map": r"^\s*-?\d{1,3}\.\d{4,}\s*[,; ]\s*-?\d{1,3}\.\d{4,}\s*$",
    "times of day": r"\b\d{1,2}:\d{2}:\d{2}\b|\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}",
}
_TWO_WORDS = r"^\s*(\p{Lu}[\p{L}'-]+),?\s+\p{Lu}[\p{L}'-]+\s*$"


@cache
def _first_names() -> frozenset[str]:
    """First names that are common where English, German and Spanish are spoken; lower case."""
    text = importlib.resources.files("flows.collect").joinpath("first_names.txt").read_text("utf-8")
    return frozenset(text.split())


def refuse_identifying_values(raw: RawTable, name: str, column: str, cell: Expression) -> None:
    """Raises ExportRefused where the values of a mapped column identify people.

    name: the line of the map, for the message; no value is ever quoted.
    """
    # A column has far fewer values than rows, unless each row has its own, and each value is looked at once.
    values = raw.relation.select(cell.alias("cell")).filter("cell is not null")
    values = values.aggregate("cell, count(*) as rows_n", "cell")
    value, rows_n = duckdb.ColumnExpression("cell"), duckdb.ColumnExpression("rows_n")
    shaped = [CaseExpression(_matches(value, shape), rows_n) for shape in _SHAPES.values()]
    counts = [FunctionExpression("count", value), *(FunctionExpression("sum", n) for n in (rows_n, *shaped))]
    row = values.aggregate([count.alias(f"n{place}") for place, count in enumerate(counts)]).fetchall()[0]
    distinct_n, filled_n, *found = (int(n or 0) for n in row)
    for kind, n in zip(_SHAPES, found, strict=True):
        if n and n >= LEAST_SHARE * filled_n:
            raise _refusal(raw, name, column, f"holds {kind}")
    if filled_n >= UNIQUE_FROM_N and distinct_n == filled_n:
        raise _refusal(raw, name, column, "holds another value in every row")
    if filled_n and _names_n(values) >= max(1.0, LEAST_SHARE * filled_n):
        raise _refusal(raw, name, column, "holds names of people")


def _refusal(raw: RawTable, name: str, column: str, what: str) -> ExportRefused:
    return ExportRefused(
        f'{raw.path.name}: the column "{column}" ({name}) {what}. It identifies people and cannot be mapped. Drop it.'
    )


def _names_n(values: duckdb.DuckDBPyRelation) -> int:
    """Rows whose value is two capitalised words, the first (or, with a comma, either) a common first name."""
    words = values.filter(_matches(duckdb.ColumnExpression("cell"), _TWO_WORDS)).fetchall()
    known = _first_names()
    return sum(int(n) for text, n in words if _is_name(str(text), known))


def _is_name(text: str, known: frozenset[str]) -> bool:
    words = text.replace(",", " ").casefold().split()
    return words[0] in known or ("," in text and words[-1] in known)


def _matches(cell: Expression, pattern: str) -> Expression:
    return FunctionExpression("regexp_matches", cell, ConstantExpression(pattern))
