"""What kind of file is this? Told by content, never by its name; doubt refuses the file and names the candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from flows.collect.delimited import read_parquet
from flows.collect.form_tools import form_tool_layouts
from flows.collect.identifying import identifies
from flows.collect.layout import Head, Layout
from flows.collect.limesurvey import as_limesurvey, hashed_metadata, is_limesurvey, is_vv, kept_metadata
from flows.collect.openings import CSV_INSTEAD, Needed, Opened, open_file
from flows.collect.qualtrics import qualtrics_layout
from flows.collect.raw_table import ANONYMOUS, CONFIDENTIAL, RawTable, trim_name
from flows.collect.surveymonkey import surveymonkey_layout, with_merged_choices
from flows.collect.tells import Tells
from flows.collect.text_check import refuse_other_than_utf8
from flows.errors import ExportRefused

__all__ = ["open_export"]

_REFUSED_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", f"an old Excel workbook (.xls), or one that is locked with a password. {CSV_INSTEAD}"),
    (b"%PDF", f"a PDF document. {CSV_INSTEAD}"),
    (b"\x1f\x8b", "a compressed file (gzip). Unpack it first."),
    (b"SQLite format 3", f"a SQLite database. {CSV_INSTEAD}"),
)
_STRUCTURE = ("related_id", "class", "type/scale", "relevance")
_DICTIONARY = ("variable / field name", "form name", "field type", "choices, calculations, or slider labels")


def open_export(con: duckdb.DuckDBPyConnection, path: Path) -> RawTable:
    """The rows of a source file, with the tool that wrote it; "tidy" and "table" are any other tables.

    Raises ExportRefused, naming what the file is, for every kind that is not read, and for doubt.
    """
    start = _start(path)
    if start.startswith(b"PAR1"):
        return _named(read_parquet(con, path))
    _refuse_other_kinds(path, start)
    opened = open_file(con, path, start)
    raw = _read(path, opened)
    if not opened.left_out:
        return raw
    groups = ", ".join(opened.left_out)
    variant = ", ".join(part for part in (raw.variant, f"without its repeated questions ({groups})") if part)
    return replace(raw, variant=variant, left_out=opened.left_out)


def _read(path: Path, opened: Opened) -> RawTable:
    names, first_row = opened.head.names, opened.head.row(1)
    _refuse_dictionary(path, names)
    if opened.layout is not None:
        return _read_layout(opened, opened.layout)
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
    raw = _read_layout(opened, layout)
    return with_merged_choices(raw) if layout.tool == "surveymonkey" else raw


def _read_layout(opened: Opened, layout: Layout) -> RawTable:
    return _with_layout(opened.read(layout.names, layout.heading_n, _needed_columns(layout.tells)), layout)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as source:
            return source.read(512)
    except OSError as error:
        raise ExportRefused(f"{path.name}: cannot be read ({error.strerror}). Check the name and its rights.") from None


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
        free_text=layout.free_text,
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
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<"):
        kind = "a LimeSurvey structure" if b"LimeSurveyDocType" in start else "an XML or HTML file"
        raise ExportRefused(f"{path.name}: {kind}, not a table of answers. {CSV_INSTEAD}")
    if text.startswith((b"[{", b"[\n", b"[]")):
        raise ExportRefused(f"{path.name}: a JSON list. {CSV_INSTEAD}")


def _refuse_dictionary(path: Path, names: Sequence[str]) -> None:
    if set(_STRUCTURE) <= {trim_name(name).casefold() for name in names}:
        raise ExportRefused(
            f"{path.name}: a LimeSurvey structure, which holds the questions and no answers. "
            "Name the file with the answers."
        )
    if set(_DICTIONARY) <= {trim_name(name).casefold() for name in names}:
        raise ExportRefused(
            f"{path.name}: a REDCap data dictionary, which holds the questions and no answers. "
            "Name the file with the data."
        )
