"""How each kind of file is opened: its first records, and a way to read the rows below its headings."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

import duckdb

from flows.collect.archive import checked_parts, damaged, table_in_archive
from flows.collect.delimited import Heading, decoded_records, read_delimited, sniff_heading
from flows.collect.encodings import encoding_of
from flows.collect.form_tools import kobo_json_layout
from flows.collect.json_responses import read_json
from flows.collect.layout import Head, Layout
from flows.collect.limesurvey import is_limesurvey
from flows.collect.qualtrics import qualtrics_names_layout
from flows.collect.raw_table import RawTable, trim_name
from flows.collect.record_table import Record, table_of_records
from flows.collect.spss import read_spss
from flows.collect.text_check import refuse_other_than_utf8
from flows.collect.workbook import open_workbook
from flows.errors import ExportRefused

__all__ = ["CSV_INSTEAD", "Needed", "Opened", "open_file"]

CSV_INSTEAD = "Export the answers as CSV (UTF-8) instead."
_HEAD_ROWS = 4
_SPSS = (b"$FL2", b"$FL3")

Reader = Callable[[tuple[str, ...], int, "Needed"], RawTable]
Rows = Callable[[], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Needed:
    """Identifying columns that are read all the same: whole, or as a checksum (see `staged_cell`)."""

    kept: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose first records are known: `read(names, heading_n, needed)` reads the rows below its headings.

    layout: where the kind of the file says which tool wrote it. left_out: tables of repeated questions beside it.
    """

    head: Head
    read: Reader
    encoding: str = "utf-8"
    layout: Layout | None = None
    left_out: tuple[str, ...] = ()


def open_file(con: duckdb.DuckDBPyConnection, path: Path, start: bytes) -> Opened:
    """The opening of a file by its first bytes. Raises ExportRefused for one that is damaged, or holds no table."""
    if start.startswith(b"PK"):
        return _open_archive(con, path)
    if start.startswith(_SPSS):
        return _open_spss(con, path)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _open_json(con, path)
    encoding = encoding_of(path, start)
    if encoding != "utf-8":
        return _open_text(con, path, path, encoding)
    found = sniff_heading(path)

    def read(names: tuple[str, ...], heading_n: int, needed: Needed) -> RawTable:
        heading = Heading(found.delimiter, names, (), found.blank_n)
        return read_delimited(con, path, heading, heading_n - 1, needed.kept, needed.hashed)

    return Opened(Head((found.names, *found.below)), read)


def _open_archive(con: duckdb.DuckDBPyConnection, path: Path) -> Opened:
    parts = checked_parts(path)
    if any(part.filename.startswith("xl/") for part in parts):
        book = open_workbook(path)
        return replace(_open_records(con, path, book.rows), left_out=book.left_out)
    if any(part.filename.endswith((".lsr", ".lst", ".lss")) for part in parts):
        raise ExportRefused(
            f"{path.name}: a LimeSurvey archive, which holds names and e-mail addresses. Delete this copy. "
            f"{CSV_INSTEAD}"
        )
    if any(part.filename == "content.xml" for part in parts):
        raise ExportRefused(f"{path.name}: an OpenDocument file. Save it as an Excel workbook (.xlsx), or as CSV.")
    table, left_out = table_in_archive(path, parts)
    try:
        refuse_other_than_utf8(table)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ExportRefused(damaged(path)) from RuntimeError(type(error).__name__)
    return replace(_open_text(con, path, table, "utf-8-sig"), encoding="utf-8", left_out=left_out)


def _open_text(con: duckdb.DuckDBPyConnection, path: Path, text: Path | zipfile.Path, encoding: str) -> Opened:
    """A table that DuckDB does not read itself, record by record."""
    delimiter = sniff_heading(text, encoding).delimiter
    opened = _open_records(con, path, lambda: decoded_records(text, encoding, delimiter), is_ragged=False)
    return replace(opened, encoding=encoding)


def _open_spss(con: duckdb.DuckDBPyConnection, path: Path) -> Opened:
    file = read_spss(path)
    if is_limesurvey(file.names):
        # A VV export has the same two heading rows: texts above codes.
        return _open_records(con, path, lambda: chain([file.labels, file.names], file.records()))
    opened = _open_records(con, path, lambda: chain([file.names], file.records()))
    return replace(opened, layout=qualtrics_names_layout("SPSS file", file.names, file.labels))


def _open_json(con: duckdb.DuckDBPyConnection, path: Path) -> Opened:
    responses = read_json(path)
    opened = _open_records(con, path, lambda: chain([responses.names], responses.records()))
    layout = None
    if responses.tool == "qualtrics":
        layout = qualtrics_names_layout("JSON of its API", responses.names)
    if responses.tool == "kobo":
        layout = kobo_json_layout(responses.names)
    return replace(opened, layout=layout, left_out=responses.left_out)


def _open_records(con: duckdb.DuckDBPyConnection, path: Path, rows: Rows, *, is_ragged: bool = True) -> Opened:
    """A file that is read record by record; blank records above the heading do not count.

    is_ragged: records end with their last filled cell, as in workbooks; in text, a record that is too short is wrong.
    """

    def filled() -> Iterator[Record]:
        is_inside = False
        for row in rows():
            if any(cell for cell in row) or (is_inside and not is_ragged and len(row) > 1):
                is_inside = True
                yield row

    top = tuple(tuple(trim_name(cell or "") for cell in row) for row in islice(filled(), _HEAD_ROWS))
    if not top or len(top[0]) < 2:
        raise ExportRefused(f"{path.name}: no table with a heading was found. {CSV_INSTEAD}")

    def read(names: tuple[str, ...], heading_n: int, needed: Needed) -> RawTable:
        records = islice(filled(), heading_n, None)
        return table_of_records(con, path, names, records, needed.kept, needed.hashed, is_ragged=is_ragged)

    return Opened(Head(top), read)
