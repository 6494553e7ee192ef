"""SPSS files (.sav, .zsav): codes and names, never value labels, which tools cut (EXPORTS: pitfall 10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.collect.delimited import MAX_COLUMNS
from flows.collect.raw_table import cell_text
from flows.errors import ExportRefused

__all__ = ["SpssFile", "read_spss"]

_CELLS_N = 2_000_000
"""As many cells are read at a time."""


@dataclass(frozen=True, slots=True)
class SpssFile:
    """Names of the variables and their labels (the texts of the questions), in the order of the file."""

    path: Path = field(repr=False)
    names: tuple[str, ...]
    labels: tuple[str, ...]

    def records(self) -> Iterator[list[str | None]]:
        """One list of texts a case: codes as they are, dates as `YYYY-MM-DD HH:MM:SS`, missing ones null."""
        rows_n = max(1, _CELLS_N // len(self.names))
        offset = 0
        while True:
            columns = _read(self.path, row_limit=rows_n, row_offset=offset)[0]
            read_n = 0
            for row in zip(*columns.values(), strict=True):
                read_n += 1
                yield [cell_text(value) for value in row]
            if read_n < rows_n:
                return
            offset += read_n


def read_spss(path: Path) -> SpssFile:
    """The variables of a file. Raises ExportRefused for a damaged file, or more variables than are read."""
    meta = _read(path, metadataonly=True)[1]
    names = tuple(str(name) for name in meta.column_names)
    if not names or len(names) > MAX_COLUMNS:
        raise ExportRefused(f"{path.name}: {len(names)} variables; the most that is read is {MAX_COLUMNS}.")
    labels = meta.column_names_to_labels
    return SpssFile(path, names, tuple(" ".join(str(labels.get(name) or "").split()) for name in names))


def _read(path: Path, **options: Any) -> tuple[dict[str, list[Any]], Any]:
    import pyreadstat

    try:
        columns, meta = pyreadstat.read_sav(str(path), output_format="dict", **options)
    except MemoryError:
        raise
    except Exception as error:
        raise ExportRefused(
            f"{path.name}: a damaged SPSS file. Export it again and copy it whole, or export as CSV (UTF-8)."
        ) from RuntimeError(type(error).__name__)
    return columns, meta
