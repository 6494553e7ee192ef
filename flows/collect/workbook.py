"""Excel workbooks (.xlsx), row by row as text; formulas are text, never evaluated (EXPORTS: pitfall 9)."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flows.collect.delimited import MAX_COLUMNS
from flows.errors import ExportRefused

__all__ = ["workbook_rows"]

MAX_UNPACKED_BYTES = 4 * 2**30
MAX_SQUEEZE = 400
"""More than this many bytes from one packed byte is no survey: real exports stay below 50."""
MAX_ROWS = 1_048_576
"""As many rows as a sheet of Excel has; a file may say that its next row is a million million further down."""
_BOMB_FROM_BYTES = 64 * 2**20


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The one sheet that holds the answers. Raises ExportRefused for a damaged file, or for several sheets of rows."""
    import openpyxl

    _refuse_bomb(path)
    try:
        # Opened here: given a path, openpyxl would judge the file by the end of its name.
        file = path.open("rb")
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except Exception as error:
        raise ExportRefused(_damaged(path)) from RuntimeError(type(error).__name__)
    try:
        filled = [sheet for sheet in book.worksheets if next(_texts(path, sheet), None) is not None]
        if len(filled) != 1:
            names = ", ".join(sheet.title for sheet in filled) or "none"
            raise ExportRefused(
                f"{path.name}: {len(filled)} sheets hold rows ({names}). Keep the one with the answers and save again."
            )
        yield filled[0]
    finally:
        book.close()
        file.close()


def workbook_rows(path: Path) -> Iterator[list[str | None]]:
    """Every row of the only filled sheet, as text; dates as `YYYY-MM-DD HH:MM:SS`, whole numbers without a point.

    Raises ExportRefused for a damaged workbook, one that unpacks to far more than it weighs, several filled sheets,
    or more columns than are read.
    """
    with _opened(path) as sheet:
        yield from _texts(path, sheet)


def _texts(path: Path, sheet: Any) -> Iterator[list[str | None]]:
    # A sheet may claim a million columns; what it holds counts, not what it says of itself.
    sheet.reset_dimensions()
    try:
        blank_n = 0
        for row in sheet.iter_rows(values_only=True):
            texts = [_text(value) for value in row[: MAX_COLUMNS + 1]]
            while texts and texts[-1] is None:
                texts.pop()
            blank_n = 0 if texts else blank_n + 1
            if texts:
                yield texts
            elif blank_n > MAX_ROWS:
                raise ExportRefused(_damaged(path))
    except ExportRefused:
        raise
    except Exception as error:
        raise ExportRefused(_damaged(path)) from RuntimeError(type(error).__name__)


def _damaged(path: Path) -> str:
    return f"{path.name}: a damaged Excel workbook. Export it again and copy it whole, or export as CSV (UTF-8)."


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def _refuse_bomb(path: Path) -> None:
    """Raises ExportRefused for a workbook that unpacks to far more than any survey."""
    try:
        with zipfile.ZipFile(path) as archive:
            packed = sum(entry.compress_size for entry in archive.infolist())
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise ExportRefused(_damaged(path)) from None
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > _BOMB_FROM_BYTES and unpacked > MAX_SQUEEZE * max(1, packed)):
        raise ExportRefused(
            f"{path.name}: unpacks to {unpacked // 2**20} MB from {packed // 2**20} MB, which no survey does. "
            "Nothing was read. Export the answers as CSV (UTF-8)."
        )
