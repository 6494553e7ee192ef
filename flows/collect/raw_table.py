"""A source file as it was read: text columns, before any column has a meaning."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from duckdb.sqltypes import UTINYINT, VARCHAR

from flows.collect.identifying import identifies
from flows.collect.tells import NOTHING_TOLD, Tells

__all__ = ["RawTable", "WrongRow", "cell_text", "staged_cell", "trim_name"]

ANONYMOUS = "anonymous_export"
CONFIDENTIAL = "confidential_export"


def trim_name(name: str) -> str:
    """A heading without byte order mark, outer blanks and no-break spaces."""
    return name.replace("\ufeff", "").strip()


def cell_text(value: Any) -> str | None:
    """A typed cell as text: dates as `YYYY-MM-DD HH:MM:SS`, whole numbers without a point; an empty one is null."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return f"{value:.0f}" if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


FILLED = "1"
"""What stands for a cell of an identifying column: that there was something, so that a rule of completeness can ask."""


def staged_cell(place: int, name: str, kept: frozenset[str], hashed: frozenset[str]) -> duckdb.Expression:
    """What of a cell is read into memory: all of it, or of an identifying column only that it was filled.

    kept: columns that identify and are read all the same, to tell late and complete rows. hashed: columns of which a
    checksum is enough, to tell a row that was sent twice.
    """
    cell = duckdb.ColumnExpression(f"c{place}")
    if name in hashed:
        cell = duckdb.CaseExpression(cell.isnotnull(), duckdb.FunctionExpression("hash", cell))
    elif identifies(name) and name not in kept:
        cell = duckdb.CaseExpression(cell.isnotnull(), duckdb.ConstantExpression(FILLED))
    return cell.alias(f"c{place}")


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row with another number of fields than the heading, as it stands in the file.

    `reason`: the word for the quarantine.
    `text` may hold answers: it belongs in the encrypted quarantine and nowhere else, so it has no repr.
    """

    line: int
    text: str = field(repr=False)
    reason: str = "wrong_field_count"


@dataclass(frozen=True, slots=True)
class RawTable:
    """One row per record of the file that has the right number of fields.

    `staged` is a table in memory, or lazy; its columns are called c0, c1, ... (headings can be any text, and a heading
    must never reach a parser of expressions). All are VARCHAR, but for checksums (UBIGINT), and for columns in which
    every filled cell is one digit: they are UTINYINT, which makes a national wave a third cheaper. `relation` shows all
    of them as text. `columns` are the names the program uses,
    `file_columns` the headings as they stand in the file, both in the order of the relation. `titles` holds texts
    of questions
    by column name, where the file has them.
    tells: what the columns of the tool itself say of complete, test, late and repeated rows.
    flagged: columns of which the tool itself says that they identify. free_text: those in which people write.
    left_out: tables of repeated questions beside the answers: several rows a person, which no pulse asks.
    read_n counts all rows of the file, also the `wrong_rows`, which are not in the relation.
    """

    tool: str
    path: Path
    staged: duckdb.DuckDBPyRelation = field(repr=False)
    columns: tuple[str, ...]
    file_columns: tuple[str, ...]
    read_n: int
    wrong_rows: tuple[WrongRow, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    missing_tokens: tuple[str, ...] = ()
    source_grade: str = ANONYMOUS
    signs_of_identity: tuple[str, ...] = ()
    variant: str = ""
    tells: Tells = NOTHING_TOLD
    flagged: frozenset[str] = frozenset()
    free_text: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()

    @property
    def relation(self) -> duckdb.DuckDBPyRelation:
        """All rows, every cell as text."""
        cells = [self._text(place).alias(f"c{place}") for place in range(len(self.columns))]
        return self.staged.select(*cells)

    @property
    def wrong_field_n(self) -> int:
        """Rows with a wrong number of fields."""
        return len(self.wrong_rows)

    def resolve(self, name: str) -> str | None:
        """The column meant by a name of the program or a heading of the file; None when there is none."""
        wanted = trim_name(name)
        if wanted in self.columns:
            return wanted
        if wanted in self.file_columns:
            return self.columns[self.file_columns.index(wanted)]
        return None

    def position(self, column: str) -> int:
        """Place of a column in the relation. Raises ValueError for a column the file lacks."""
        return self.columns.index(column)

    def value(self, column: str) -> duckdb.Expression:
        """The text of a column, as an expression over `relation` or `staged`."""
        return self._text(self.position(column))

    def held(self, column: str) -> duckdb.Expression:
        """A column as it is held, a number where it has digits alone: an expression over `staged`."""
        return duckdb.ColumnExpression(f"c{self.position(column)}")

    def has_digits(self, column: str) -> bool:
        """Whether every filled cell of a column is known to be one digit."""
        return bool(self.staged.types[self.position(column)] == UTINYINT)

    def _text(self, place: int) -> duckdb.Expression:
        cell = duckdb.ColumnExpression(f"c{place}")
        return cell if self.staged.types[place] == VARCHAR else cell.cast(VARCHAR)
