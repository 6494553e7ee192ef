"""Does a mapped column identify people by its values? Bank accounts, national numbers, places, times, names, numbers
of one's own (EXPORTS 2). Contacts are looked for where the columns are mapped."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from functools import cache

from duckdb import ConstantExpression, Expression, FunctionExpression

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
    counts = {kind: FunctionExpression("count_if", _matches(cell, shape)) for kind, shape in _SHAPES.items()}
    named = [FunctionExpression("count", cell), FunctionExpression("approx_count_distinct", cell), *counts.values()]
    row = raw.relation.aggregate([count.alias(f"n{place}") for place, count in enumerate(named)]).fetchall()[0]
    filled_n, about_n, *found = (int(value or 0) for value in row)
    for kind, n in zip(counts, found, strict=True):
        if n and n >= LEAST_SHARE * filled_n:
            raise _refusal(raw, name, column, f"holds {kind}")
    if filled_n >= UNIQUE_FROM_N and about_n > 0.9 * filled_n and _distinct_n(raw, cell) == filled_n:
        raise _refusal(raw, name, column, "holds another value in every row")
    if about_n and _names_n(raw, cell) >= max(1.0, LEAST_SHARE * filled_n):
        raise _refusal(raw, name, column, "holds names of people")


def _refusal(raw: RawTable, name: str, column: str, what: str) -> ExportRefused:
    return ExportRefused(
        f'{raw.path.name}: the column "{column}" ({name}) {what}. It identifies people and cannot be mapped. Drop it.'
    )


def _distinct_n(raw: RawTable, cell: Expression) -> int:
    return int(
        raw.relation.select(cell.alias("cell")).filter("cell is not null").distinct().count("*").fetchall()[0][0]
    )


def _names_n(raw: RawTable, cell: Expression) -> int:
    """Rows whose value is two capitalised words, the first (or, with a comma, either) a common first name."""
    two = raw.relation.filter(_matches(cell, _TWO_WORDS)).select(cell.alias("cell"))
    words = two.aggregate("cell, count(*) as rows_n", "cell").fetchall()
    known = _first_names()
    return sum(int(n) for text, n in words if _is_name(str(text), known))


def _is_name(text: str, known: frozenset[str]) -> bool:
    words = text.replace(",", " ").casefold().split()
    return words[0] in known or ("," in text and words[-1] in known)


def _matches(cell: Expression, pattern: str) -> Expression:
    return FunctionExpression("regexp_matches", cell, ConstantExpression(pattern))
