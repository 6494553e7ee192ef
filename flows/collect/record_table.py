"""Records that DuckDB does not read itself (workbooks, JSON, other encodings), as a table of texts in memory.

What identifies people is left out while the records stream by: it reaches no table.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import duckdb
import polars as pl

from flows.collect.delimited import checked_names, no_rows
from flows.collect.identifying import identifies
from flows.collect.raw_table import FILLED, RawTable, WrongRow
from flows.errors import ExportRefused

__all__ = ["Record", "table_of_records", "table_of_texts"]

Record = Sequence[str | None]
_BATCH_N = 20_000


def table_of_records(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    names: Sequence[str],
    records: Iterator[Record],
    kept: frozenset[str],
    hashed: frozenset[str],
    *,
    is_ragged: bool,
) -> RawTable:
    """One row per record; records of another length than the heading are kept apart as wrong rows.

    kept: columns that may identify people and are needed to tell complete and late rows; hashed: those of which a
    checksum is enough; of every other identifying column only whether anything stood in it is kept. is_ragged: a
    short record is one that ends with empty cells, and is filled with nulls.
    Raises ExportRefused for a file without rows.
    """
    columns = checked_names(path, tuple(names))
    schema = {f"c{place}": pl.String for place in range(len(columns))}
    reader = _Reader(columns, kept, hashed, is_ragged=is_ragged)
    table = f"staged_{uuid.uuid4().hex}"
    _store(con, f"create temp table {table} as from batch", pl.DataFrame(schema=schema))
    while batch := reader.read(records):
        _store(con, f"insert into {table} from batch", pl.DataFrame(batch, schema=schema, orient="row"))
    if reader.good_n == 0:
        raise ExportRefused(no_rows(path, len(reader.wrong_rows), len(columns)))
    signs = tuple(name for name, is_filled in zip(columns, reader.is_filled, strict=True) if is_filled)
    return RawTable(
        tool="table",
        path=path,
        staged=con.table(table),
        columns=columns,
        file_columns=columns,
        read_n=reader.read_n,
        wrong_rows=tuple(reader.wrong_rows),
        signs_of_identity=signs,
    )


def _store(con: duckdb.DuckDBPyConnection, statement: str, batch: pl.DataFrame) -> None:
    """Batch by batch, so that rows are held once: in the table of this connection's memory."""
    con.register("batch", batch.to_arrow(compat_level=pl.CompatLevel.oldest()))
    try:
        con.execute(statement)
    finally:
        con.unregister("batch")


def table_of_texts(
    con: duckdb.DuckDBPyConnection, columns: Sequence[str], rows: Sequence[Record]
) -> duckdb.DuckDBPyRelation:
    """Rows that are known whole, as a relation with the columns c0, c1, ..."""
    schema = {f"c{place}": pl.String for place in range(len(columns))}
    frame = pl.DataFrame([list(row) for row in rows], schema=schema, orient="row")
    return con.from_arrow(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))


class _Reader:
    """Takes records in batches and remembers what it left out."""

    def __init__(
        self, columns: Sequence[str], kept: frozenset[str], hashed: frozenset[str], *, is_ragged: bool
    ) -> None:
        self.width = len(columns)
        self.is_ragged = is_ragged
        self.hashed = [place for place, name in enumerate(columns) if name in hashed]
        self.dropped = [
            place for place, name in enumerate(columns) if identifies(name) and name not in kept and name not in hashed
        ]
        self.is_filled = [False] * len(columns)
        self.wrong_rows: list[WrongRow] = []
        self.read_n = 0

    @property
    def good_n(self) -> int:
        """Records that fit."""
        return self.read_n - len(self.wrong_rows)

    def read(self, records: Iterator[Record]) -> list[list[str | None]]:
        """The next batch of records that fit; empty at the end."""
        batch: list[list[str | None]] = []
        while not batch and (taken := list(islice(records, _BATCH_N))):
            batch = [row for record in taken if (row := self._row(record)) is not None]
        return batch

    def _row(self, record: Record) -> list[str | None] | None:
        row = [cell or None for cell in record]
        if self.is_ragged:
            while row and row[-1] is None:
                row.pop()
            if not row:
                return None
        self.read_n += 1
        if len(row) > self.width or (len(row) < self.width and not self.is_ragged):
            self.wrong_rows.append(WrongRow(self.read_n, "\t".join(cell or "" for cell in row)))
            return None
        row += [None] * (self.width - len(row))
        for place in self.hashed:
            row[place] = None if row[place] is None else str(hash(row[place]))
        for place in self.dropped:
            if row[place] is not None:
                self.is_filled[place] = True
                row[place] = FILLED
        return row
