"""What a zip archive may be, a workbook among them: nothing is unpacked to disk, and nothing unpacks to gigabytes."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from flows.collect.text_check import MAX_LINE_BYTES
from flows.errors import ExportRefused

__all__ = ["checked_parts", "damaged", "refuse_long_texts", "table_in_archive"]

MAX_UNPACKED_BYTES = 4 * 2**30
MAX_SQUEEZE = 400
"""More than this many bytes from one packed byte is no survey: real exports stay below 50."""
_BOMB_FROM_BYTES = 64 * 2**20
_MAX_PARTS = 20_000
_HELD_BYTES = {"sharedStrings.xml": 192 * 2**20}
_OTHER_HELD_BYTES = 16 * 2**20
"""Parts of a workbook that are held in memory as a whole: its texts, and its styles, names and links."""
_CHUNK_BYTES = 262_144
_START_BYTES = 65_536
_PARENT_KEYS = (b"PARENT_KEY", b"_parent_index")


def damaged(path: Path) -> str:
    """The error for an archive that cannot be read."""
    return f"{path.name}: a damaged archive or Excel workbook. Export it again and copy it whole, or export as CSV."


def checked_parts(path: Path) -> list[zipfile.ZipInfo]:
    """The parts of an archive. Raises ExportRefused for a damaged one, a bomb, a locked one or paths that lead out."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise ExportRefused(damaged(path)) from None
    packed, unpacked = sum(part.compress_size for part in parts), sum(part.file_size for part in parts)
    is_squeezed = unpacked > _BOMB_FROM_BYTES and unpacked > MAX_SQUEEZE * max(1, packed)
    if unpacked > MAX_UNPACKED_BYTES or is_squeezed or len(parts) > _MAX_PARTS:
        raise ExportRefused(
            f"{path.name}: {len(parts)} parts that unpack to {unpacked // 2**20} MB from {packed // 2**20} MB, which "
            "no survey does. Nothing was read. Export the answers as CSV (UTF-8)."
        )
    if any(part.flag_bits & 1 for part in parts):
        raise ExportRefused(f"{path.name}: locked with a password. Save it without one.")
    if any(_leads_out(part.filename) for part in parts):
        raise ExportRefused(
            f"{path.name}: holds a path that leads out of the archive, as no survey tool writes it. Nothing was read."
        )
    return parts


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0] if path.parts else True


def refuse_long_texts(path: Path, parts: Sequence[zipfile.ZipInfo]) -> None:
    """Raises ExportRefused for a workbook with a text of megabytes, or with more beside its rows than is held.

    The parser of XML holds a text whole, and expands every name; no cell of Excel has more than 32,767 signs.
    """
    with zipfile.ZipFile(path) as archive:
        for part in parts:
            name = PurePosixPath(part.filename).name
            is_sheet = part.filename.startswith("xl/worksheets/")
            if not is_sheet and part.file_size > _HELD_BYTES.get(name, _OTHER_HELD_BYTES):
                raise ExportRefused(
                    f"{path.name}: {part.file_size // 2**20} MB of {name}. Export the answers as CSV (UTF-8)."
                )
            if part.filename.endswith((".xml", ".rels")):
                _refuse_long_text(path, archive, part)


def _refuse_long_text(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    since_mark = 0
    try:
        with archive.open(part) as source:
            while chunk := source.read(_CHUNK_BYTES):
                if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
                    raise ExportRefused(f"{path.name}: a workbook that defines names of its own, as Excel never does.")
                place = max(chunk.rfind(b"<"), chunk.rfind(b">"))
                since_mark = len(chunk) - place - 1 if place >= 0 else since_mark + len(chunk)
                if since_mark > MAX_LINE_BYTES:
                    raise ExportRefused(f"{path.name}: a cell of more than {MAX_LINE_BYTES // 2**20} MB.")
    except ExportRefused:
        raise
    except Exception as error:
        raise ExportRefused(damaged(path)) from RuntimeError(type(error).__name__)


def table_in_archive(path: Path, parts: Sequence[zipfile.ZipInfo]) -> tuple[zipfile.Path, tuple[str, ...]]:
    """The one table of answers in a zip as ODK Central writes it, and the names of its tables of repeated questions.

    It is read where it lies. Raises ExportRefused where there is none, or more than one.
    """
    tables = [part.filename for part in parts if part.filename.casefold().endswith((".csv", ".tsv"))]
    archive = zipfile.ZipFile(path)
    try:
        repeats = [name for name in tables if _is_repeat(archive, name)]
    except Exception as error:
        raise ExportRefused(damaged(path)) from RuntimeError(type(error).__name__)
    answers = [name for name in tables if name not in repeats]
    if len(answers) != 1:
        named = ", ".join(sorted(answers)[:5]) or "none"
        raise ExportRefused(
            f"{path.name}: a zip archive with {len(answers)} tables of answers ({named}). "
            "Unpack it and name the file with the answers."
        )
    return zipfile.Path(archive, answers[0]), tuple(sorted(PurePosixPath(name).stem for name in repeats))


def _is_repeat(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as source:
        heading = source.read(_START_BYTES).splitlines()[:1]
    return any(key in line for key in _PARENT_KEYS for line in heading)
