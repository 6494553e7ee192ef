"""Is a file text that can be read safely? Streamed through once, before any parser sees it."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path
from typing import IO

from flows.errors import ExportRefused

__all__ = ["MAX_LINE_BYTES", "Source", "opened", "refuse_other_than_utf8", "too_long"]

MAX_LINE_BYTES = 2_097_152
"""DuckDB's own limit. A higher one costs its parallel reading: ten times slower on a national wave."""
_CHUNK_BYTES = 1_048_576
_BEFORE = (b",", b";", b"\t", b"|", b"\r", b"\n")
"""Signs after which a quote opens a value."""

Source = Path | zipfile.Path
"""A file, or a file in an archive, which is read where it lies."""


def too_long(name: str, line: int | None = None) -> str:
    """The error for a row that never ends."""
    row = "a row" if line is None else f"row {line}"
    return f"{name}: {row} is longer than {MAX_LINE_BYTES // 2**20} MB. A quote may not be closed."


def opened(path: Source) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise ExportRefused(f"{path.name}: cannot be read ({error.strerror}). Check the name and its rights.") from None


def refuse_other_than_utf8(path: Source) -> None:
    """Stream through the file: UTF-8 throughout, no NUL byte, no quote left open for megabytes.

    DuckDB checks the first two in no cell that it does not use, and reads on for gigabytes after an open quote.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = lines = since_end = 0
    is_plain, quotes = True, _Quotes(path)
    with opened(path) as source:
        while chunk := source.read(_CHUNK_BYTES):
            if b"\0" in chunk:
                line = lines + chunk[: chunk.index(b"\0")].count(b"\n") + 1
                raise ExportRefused(f"{path.name}: line {line} holds a NUL byte. Save the file as UTF-8 text (CSV).")
            if not (is_plain and chunk.isascii()):
                is_plain = _decode(path, decoder, chunk, offset, lines)
            quotes.look(chunk, offset)
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            since_end = len(chunk) - end - 1 if end >= 0 else since_end + len(chunk)
            if since_end > MAX_LINE_BYTES:
                raise ExportRefused(too_long(path.name, lines + chunk.count(b"\n") + 1))
            offset += len(chunk)
            lines += chunk.count(b"\n")
    _decode(path, decoder, b"", offset, lines, is_final=True)


def _decode(
    path: Source, decoder: codecs.IncrementalDecoder, chunk: bytes, offset: int, lines: int, is_final: bool = False
) -> bool:
    """True when no sign is left half read at the end of the chunk. Raises ExportRefused with the place."""
    held = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk, is_final)
    except UnicodeDecodeError as error:
        place = offset - held + error.start
        line = lines + chunk[: max(0, error.start - held)].count(b"\n") + 1
        raise ExportRefused(
            f"{path.name}: not UTF-8 at byte {place + 1}, line {line}. Save the file as UTF-8 (CSV UTF-8) again."
        ) from None
    return not decoder.getstate()[0]


class _Quotes:
    """Watches for a quote that opens a value and is not closed for a whole chunk and more.

    Quotes are counted only where a chunk holds none: then the file before it is read again, once.
    """

    def __init__(self, path: Source) -> None:
        self._path = path
        self._last: int | None = None
        self._is_quiet = False

    def look(self, chunk: bytes, offset: int) -> None:
        """The next chunk, which begins at this byte. Raises ExportRefused for a quote that stays open."""
        place = chunk.rfind(b'"')
        if place >= 0:
            self._last, self._is_quiet = offset + place, False
        elif self._last is not None and not self._is_quiet and offset + len(chunk) - self._last > MAX_LINE_BYTES:
            self._is_quiet = True
            if line := self._open_at(self._last):
                raise ExportRefused(
                    f"{self._path.name}: line {line}: a quote opens a value and is not closed. "
                    "Export the file again from the survey tool; quotes inside values must be doubled."
                )

    def _open_at(self, last: int) -> int | None:
        """The line of the quote at this byte if it opens a value, None if it closes one or stands within one."""
        quotes_n = lines_n = offset = 0
        before = b""
        with opened(self._path) as source:
            while offset <= last and (chunk := source.read(min(_CHUNK_BYTES, last + 1 - offset))):
                quotes_n += chunk.count(b'"')
                lines_n += chunk.count(b"\n")
                offset += len(chunk)
                before = (before + chunk)[-4:]
        opens = not before[:-1] or before[-2:-1] in _BEFORE or before[:-1].endswith(codecs.BOM_UTF8)
        return lines_n + 1 if quotes_n % 2 == 1 and opens else None
