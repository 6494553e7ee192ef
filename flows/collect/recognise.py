"""What kind of file is this? Told by content, never by its name; doubt refuses the file."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from flows.collect.delimited import Heading, read_delimited, read_parquet, sniff_heading
from flows.collect.identifying import identifies
from flows.collect.limesurvey import as_limesurvey, is_limesurvey, is_vv
from flows.collect.raw_table import CONFIDENTIAL, RawTable, trim_name
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
    (codecs.BOM_UTF16_LE, "UTF-16 text. Save it as UTF-8 (CSV UTF-8)."),
    (codecs.BOM_UTF16_BE, "UTF-16 text. Save it as UTF-8 (CSV UTF-8)."),
)
_LAYOUTS = {
    "Qualtrics": "a Qualtrics export with several heading rows",
    "SurveyMonkey": "a SurveyMonkey export with two heading rows",
}


def open_export(con: duckdb.DuckDBPyConnection, path: Path) -> RawTable:
    """The rows of a source file; `tool` is "tidy", "limesurvey" or "table" (any other table with a heading).

    Raises ExportRefused, naming what the file is, for every kind that is not read, and for doubt.
    """
    start = _start(path)
    if start.startswith(b"PAR1"):
        return _named(read_parquet(con, path))
    _refuse_other_kinds(path, start)
    heading = sniff_heading(path)
    if is_vv(heading.names, heading.first_row):
        codes = Heading(heading.delimiter, heading.first_row, (), heading.blank_n)
        return as_limesurvey(read_delimited(con, path, codes, skip_records=1), heading.names)
    _refuse_other_layouts(path, heading)
    kinds = _candidates(heading.names)
    if len(kinds) > 1:
        raise ExportRefused(
            f"{path.name}: could be {' or '.join(kinds)}: it has the columns of both. Take out the columns of one."
        )
    raw = read_delimited(con, path, heading)
    return as_limesurvey(raw) if kinds == ("limesurvey",) else _named(raw)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as source:
            return source.read(512)
    except OSError as error:
        raise ExportRefused(f"{path.name}: cannot be read ({error.strerror}). Check the name and its rights.") from None


def _candidates(names: Sequence[str]) -> tuple[str, ...]:
    trimmed = [trim_name(name) for name in names]
    found = ("limesurvey",) if is_limesurvey(trimmed) else ()
    return (*found, "tidy") if "unit_id" in trimmed else found


def _named(raw: RawTable) -> RawTable:
    tool = "tidy" if "unit_id" in raw.columns else "table"
    signs = tuple(column for column in raw.columns if identifies(column))
    return replace(raw, tool=tool, signs_of_identity=signs, source_grade=CONFIDENTIAL if signs else raw.source_grade)


def _refuse_other_kinds(path: Path, start: bytes) -> None:
    for magic, kind in _REFUSED_STARTS:
        if start.startswith(magic):
            raise ExportRefused(f"{path.name}: {kind}")
    if start.startswith(b"PK"):
        raise ExportRefused(f"{path.name}: {_zip_kind(path)}")
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(b"<"):
        kind = "a LimeSurvey structure" if b"LimeSurveyDocType" in start else "an XML or HTML file"
        raise ExportRefused(f"{path.name}: {kind}, not a table of answers. {_CSV_INSTEAD}")
    if text.startswith((b"{", b"[{", b"[\n")):
        raise ExportRefused(f"{path.name}: a JSON file. {_CSV_INSTEAD}")


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return f"a damaged archive or workbook. {_CSV_INSTEAD}"
    if any(name.startswith("xl/") for name in names):
        return f"an Excel workbook. {_CSV_INSTEAD}"
    if any(name.endswith((".lsr", ".lst", ".lss")) for name in names):
        return f"a LimeSurvey archive, which holds names and e-mail addresses. Delete this copy. {_CSV_INSTEAD}"
    return "a zip archive. Unpack it and name the file with the answers."


def _refuse_other_layouts(path: Path, heading: Heading) -> None:
    folded = {name.strip().casefold() for name in heading.names}
    tool = None
    if {"responseid", "finished"} <= folded or {"startdate", "enddate", "status"} <= folded:
        tool = "Qualtrics"
    elif {"respondent id", "collector id"} <= folded or {"respondentid", "collectorid"} <= folded:
        tool = "SurveyMonkey"
    if tool:
        raise ExportRefused(f"{path.name}: {_LAYOUTS[tool]}, which is not read yet. Bring it into the tidy layout.")
