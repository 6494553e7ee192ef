"""What kind of file is this? Told by content, never by its name; doubt refuses the file and names the candidates."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

import duckdb

from flows.collect.delimited import (
    Heading,
    decoded_records,
    read_delimited,
    read_parquet,
    refuse_other_than_utf8,
    sniff_heading,
)
from flows.collect.encodings import encoding_of
from flows.collect.form_tools import form_tool_layouts
from flows.collect.identifying import identifies
from flows.collect.json_responses import read_json
from flows.collect.layout import Head, Layout
from flows.collect.limesurvey import as_limesurvey, hashed_metadata, is_limesurvey, is_vv, kept_metadata
from flows.collect.qualtrics import qualtrics_layout
from flows.collect.raw_table import ANONYMOUS, CONFIDENTIAL, RawTable, trim_name
from flows.collect.record_table import Record, table_of_records
from flows.collect.surveymonkey import surveymonkey_layout
from flows.collect.tells import Tells
from flows.collect.workbook import workbook_rows
from flows.errors import ExportRefused

__all__ = ["open_export"]

_CSV_INSTEAD = "Export the answers as CSV (UTF-8) instead."
_REFUSED_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", f"an old Excel workbook (.xls). {_CSV_INSTEAD}"),
    (b"$FL2", f"an SPSS file (.sav). {_CSV_INSTEAD}"),
    (b"$FL3", f"an SPSS file (.zsav). {_CSV_INSTEAD}"),
    (b"%PDF", f"a PDF document. {_CSV_INSTEAD}"),
    (b"\x1f\x8b", "a compressed file (gzip). Unpack it first."),
    (b"SQLite format 3", f"a SQLite database. {_CSV_INSTEAD}"),
)
_HEAD_ROWS = 4
_DICTIONARY = ("variable / field name", "form name", "field type", "choices, calculations, or slider labels")

Reader = Callable[[tuple[str, ...], int, "Needed"], RawTable]


@dataclass(frozen=True, slots=True)
class Needed:
    """Identifying columns that are read all the same: whole, or as a checksum (see `staged_cell`)."""

    kept: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file whose first records are known: `read(names, heading_n, needed)` reads the rows below its headings."""

    head: Head
    read: Reader
    encoding: str = "utf-8"


def open_export(con: duckdb.DuckDBPyConnection, path: Path) -> RawTable:
    """The rows of a source file, with the tool that wrote it; "tidy" and "table" are any other tables.

    Raises ExportRefused, naming what the file is, for every kind that is not read, and for doubt.
    """
    start = _start(path)
    if start.startswith(b"PAR1"):
        return _named(read_parquet(con, path))
    _refuse_other_kinds(path, start)
    opened = _open(con, path, start)
    names, first_row = opened.head.names, opened.head.row(1)
    _refuse_dictionary(path, names)
    if is_vv(names, first_row):
        return as_limesurvey(opened.read(first_row, 2, _needed_metadata(first_row)), names)
    layouts = _candidates(opened.head)
    if len(layouts) > 1:
        kinds = " or ".join(layout.tool for layout in layouts)
        raise ExportRefused(f"{path.name}: could be {kinds}: it has the columns of both. Take out the columns of one.")
    if not layouts:
        return _named(opened.read(names, 1, Needed()))
    layout = layouts[0]
    if layout.tool == "limesurvey":
        return as_limesurvey(opened.read(names, 1, _needed_metadata(names)))
    if layout.tool == "tidy":
        if opened.encoding == "utf-16":
            raise ExportRefused(f"{path.name}: UTF-16 text; a tidy file is UTF-8. Save it as UTF-8 (CSV UTF-8).")
        if opened.encoding != "utf-8":
            refuse_other_than_utf8(path)
        return _named(opened.read(names, 1, Needed()))
    return _with_layout(opened.read(layout.names, layout.heading_n, _needed_columns(layout.tells)), layout)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as source:
            return source.read(512)
    except OSError as error:
        raise ExportRefused(f"{path.name}: cannot be read ({error.strerror}). Check the name and its rights.") from None


def _open(con: duckdb.DuckDBPyConnection, path: Path, start: bytes) -> _Opened:
    if start.startswith(b"PK"):
        return _opened_records(con, path, lambda: workbook_rows(path))
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        responses = read_json(path)
        heading: Sequence[Record] = [responses.names]
        return _opened_records(con, path, lambda: chain(heading, responses.records()))
    encoding = encoding_of(path, start)
    if encoding != "utf-8":
        delimiter = sniff_heading(path, encoding).delimiter
        opened = _opened_records(con, path, lambda: decoded_records(path, encoding, delimiter), is_ragged=False)
        return replace(opened, encoding=encoding)
    found = sniff_heading(path)

    def read(names: tuple[str, ...], heading_n: int, needed: Needed) -> RawTable:
        heading = Heading(found.delimiter, names, (), found.blank_n)
        return read_delimited(con, path, heading, heading_n - 1, needed.kept, needed.hashed)

    return _Opened(Head((found.names, *found.below)), read)


def _opened_records(
    con: duckdb.DuckDBPyConnection, path: Path, rows: Callable[[], Iterator[Record]], *, is_ragged: bool = True
) -> _Opened:
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
        raise ExportRefused(f"{path.name}: no table with a heading was found. {_CSV_INSTEAD}")

    def read(names: tuple[str, ...], heading_n: int, needed: Needed) -> RawTable:
        records = islice(filled(), heading_n, None)
        return table_of_records(con, path, names, records, needed.kept, needed.hashed, is_ragged=is_ragged)

    return _Opened(Head(top), read)


def _needed_metadata(names: Sequence[str]) -> Needed:
    return Needed(kept_metadata(names), hashed_metadata(names))


def _needed_columns(tells: Tells) -> Needed:
    told = [tell.column for tell in (tells.complete, *tells.test) if tell is not None]
    kept = frozenset([*told, *([tells.sent] if tells.sent else [])])
    return Needed(kept, frozenset(tells.repeated_by) - kept)


def _candidates(head: Head) -> list[Layout]:
    trimmed = [trim_name(name) for name in head.names]
    found = [layout for layout in (qualtrics_layout(head), surveymonkey_layout(head)) if layout is not None]
    if is_limesurvey(trimmed):
        found.append(Layout("limesurvey", "", 1, head.names))
    found += form_tool_layouts(head)
    if "unit_id" in trimmed:
        found.append(Layout("tidy", "", 1, head.names))
    return found


def _with_layout(raw: RawTable, layout: Layout) -> RawTable:
    # A day, a time or a number of its own points at a person as a name does.
    telling = [layout.tells.sent, *layout.tells.repeated_by]
    signs = {*raw.signs_of_identity, *telling, *(column for column in raw.columns if identifies(column))}
    found = tuple(column for column in raw.columns if column in signs)
    return replace(
        raw,
        tool=layout.tool,
        variant=layout.variant,
        titles=layout.titles,
        tells=layout.tells,
        signs_of_identity=found,
        source_grade=CONFIDENTIAL if found else ANONYMOUS,
    )


def _named(raw: RawTable) -> RawTable:
    tool = "tidy" if "unit_id" in raw.columns else "table"
    return _with_layout(raw, Layout(tool, "", 1, raw.columns, raw.titles))


def _refuse_other_kinds(path: Path, start: bytes) -> None:
    for magic, kind in _REFUSED_STARTS:
        if start.startswith(magic):
            raise ExportRefused(f"{path.name}: {kind}")
    if start.startswith(b"PK") and (other := _zip_kind(path)):
        raise ExportRefused(f"{path.name}: {other}")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<"):
        kind = "a LimeSurvey structure" if b"LimeSurveyDocType" in start else "an XML or HTML file"
        raise ExportRefused(f"{path.name}: {kind}, not a table of answers. {_CSV_INSTEAD}")
    if text.startswith((b"[{", b"[\n", b"[]")):
        raise ExportRefused(f"{path.name}: a JSON list. {_CSV_INSTEAD}")


def _zip_kind(path: Path) -> str | None:
    """What a zip file is that is not a workbook; None for a workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return f"a damaged archive or workbook. {_CSV_INSTEAD}"
    if any(name.startswith("xl/") for name in names):
        return None
    if any(name.endswith((".lsr", ".lst", ".lss")) for name in names):
        return f"a LimeSurvey archive, which holds names and e-mail addresses. Delete this copy. {_CSV_INSTEAD}"
    return "a zip archive. Unpack it and name the file with the answers."


def _refuse_dictionary(path: Path, names: Sequence[str]) -> None:
    if set(_DICTIONARY) <= {trim_name(name).casefold() for name in names}:
        raise ExportRefused(
            f"{path.name}: a REDCap data dictionary, which holds the questions and no answers. "
            "Name the file with the data."
        )
