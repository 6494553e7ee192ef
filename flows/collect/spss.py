"""SPSS files (.sav, .zsav): codes and names, never value labels, which tools cut (EXPORTS: pitfall 10)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from flows.collect.delimited import MAX_COLUMNS
from flows.collect.raw_table import cell_text
from flows.errors import ExportRefused

__all__ = ["SpssFile", "read_spss"]

_CELLS_N = 2_000_000
"""As many cells are read at a time."""
_LAYOUT, _CASES = slice(64, 68), slice(80, 84)
_UNKNOWN = b"\xff" * 4
"""The number of cases that a program writes which does not know it (-1): then the file is read to its end."""


@dataclass(frozen=True, slots=True)
class SpssFile:
    """Names of the variables and their labels (the texts of the questions), in the order of the file."""

    path: Path = field(repr=False)
    names: tuple[str, ...]
    labels: tuple[str, ...]

    def records(self) -> Iterator[list[str | None]]:
        """One list of texts a case: codes as they are, dates as `YYYY-MM-DD HH:MM:SS`, missing ones null.

        Raises ExportRefused at the end where the file holds another number of cases than its head says.
        """
        rows_n = max(1, _CELLS_N // len(self.names))
        offset = 0
        while True:
            columns = _read(self.path, row_limit=rows_n, row_offset=offset)[0]
            read_n = 0
            for row in zip(*columns.values(), strict=True):
                read_n += 1
                yield [cell_text(value) for value in row]
            offset += read_n
            if read_n < rows_n:
                break
        claimed_n = _claimed_n(self.path)
        if claimed_n not in (-1, offset):
            raise ExportRefused(
                f"{self.path.name}: the head of the file says {claimed_n:,} cases, and it holds {offset:,}. It was cut "
                "off or changed. Export it again and copy it whole, or export as CSV (UTF-8)."
            )


class _ToTheEnd(io.FileIO):
    """An SPSS file whose head tells no number of cases: the library would believe one and leave out what follows."""

    def readinto(self, buffer: Any) -> int | None:
        place = self.tell()
        read_n = super().readinto(buffer)
        view = memoryview(buffer).cast("B")
        for at in range(max(place, _CASES.start), min(place + (read_n or 0), _CASES.stop)):
            view[at - place] = _UNKNOWN[at - _CASES.start]
        return read_n


def _claimed_n(path: Path) -> int:
    """The number of cases in the head; -1 for unknown."""
    with path.open("rb") as file:
        head = file.read(_CASES.stop)
    order: Literal["little", "big"] = "little" if head[_LAYOUT][:1] in (b"\x02", b"\x03") else "big"
    return int.from_bytes(head[_CASES], order, signed=True)


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
        with io.BufferedReader(_ToTheEnd(path)) as file:
            columns, meta = pyreadstat.read_sav(file, output_format="dict", **options)
    except MemoryError:
        raise
    except Exception as error:
        raise ExportRefused(
            f"{path.name}: a damaged SPSS file. Export it again and copy it whole, or export as CSV (UTF-8)."
        ) from RuntimeError(type(error).__name__)
    return columns, meta
