"""Excel workbooks (.xlsx), row by row as text; formulas are text, never evaluated (EXPORTS: pitfall 9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.collect.archive import checked_parts, damaged, refuse_long_texts
from flows.collect.delimited import MAX_COLUMNS
from flows.collect.raw_table import cell_text
from flows.errors import ExportRefused

__all__ = ["Workbook", "open_workbook"]

MAX_ROWS = 1_048_576
"""As many rows as a sheet of Excel has; a file may say that its next row is a million million further down."""


_REPEAT = "_parent_index"
"""A column of the sheets in which KoboToolbox keeps the answers to repeated questions."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """The place of the one sheet that holds the answers; left_out: sheets of repeated questions."""

    path: Path = field(repr=False)
    place: int
    left_out: tuple[str, ...] = ()

    def rows(self) -> Iterator[list[str | None]]:
        """Every row as text; dates as `YYYY-MM-DD HH:MM:SS`, whole numbers without a point."""
        with _opened(self.path) as book:
            yield from _texts(self.path, book.worksheets[self.place])


def open_workbook(path: Path) -> Workbook:
    """The sheet with the answers. Raises ExportRefused for a damaged workbook, one that unpacks to far more than it
    weighs, and where none or several sheets hold rows."""
    refuse_long_texts(path, checked_parts(path))
    with _opened(path) as book:
        heads = [next(_texts(path, sheet), None) for sheet in book.worksheets]
        titles = [str(sheet.title) for sheet in book.worksheets]
    filled = [place for place, head in enumerate(heads) if head is not None and _REPEAT not in head]
    if len(filled) != 1:
        names = ", ".join(titles[place] for place in filled) or "none"
        raise ExportRefused(
            f"{path.name}: {len(filled)} sheets hold rows ({names}). Keep the one with the answers and save again."
        )
    repeats = tuple(title for title, head in zip(titles, heads, strict=True) if head is not None and _REPEAT in head)
    return Workbook(path, filled[0], repeats)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import openpyxl

    # Opened here: given a path, openpyxl would judge the file by the end of its name.
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        except Exception as error:
            raise ExportRefused(damaged(path)) from RuntimeError(type(error).__name__)
        try:
            yield book
        finally:
            book.close()


def _texts(path: Path, sheet: Any) -> Iterator[list[str | None]]:
    # A sheet may claim a million columns; what it holds counts, not what it says of itself.
    sheet.reset_dimensions()
    try:
        blank_n = 0
        for row in sheet.iter_rows(values_only=True):
            texts = [cell_text(value) for value in row[: MAX_COLUMNS + 1]]
            while texts and texts[-1] is None:
                texts.pop()
            blank_n = 0 if texts else blank_n + 1
            if texts:
                yield texts
            elif blank_n > MAX_ROWS:
                raise ExportRefused(damaged(path))
    except ExportRefused:
        raise
    except Exception as error:
        raise ExportRefused(damaged(path)) from RuntimeError(type(error).__name__)
