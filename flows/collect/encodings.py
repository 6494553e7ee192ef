"""Text that is not UTF-8: UTF-16 by its byte order mark, Windows-1252 or Mac Roman by the letters that it makes."""

from __future__ import annotations

import codecs
from pathlib import Path

from flows.errors import ExportRefused

__all__ = ["encoding_of"]

_CHUNK_BYTES = 1_048_576
_OLD = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman"}
_EXPECTED = frozenset("ÄÖÜäöüßàâæçéèêëîïíìôœùûúñáóÀÂÉÈÊÇÑÁÍÓÚ“”„‘’‚–—…•·€£§°«»¿¡©®™\u00a0")
_CLEAR = 0.9
_FAR = 0.3


def encoding_of(path: Path, start: bytes) -> str:
    """`utf-8`, `utf-16`, `cp1252` or `mac_roman`. Raises ExportRefused where the last two fit equally well."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _is_utf8(path):
        return "utf-8"
    fits = {encoding: _fit(path, encoding) for encoding in _OLD}
    best, other = sorted(fits, key=lambda encoding: -fits[encoding])
    if fits[best] >= _CLEAR and fits[best] - fits[other] >= _FAR:
        return best
    raise ExportRefused(
        f"{path.name}: not UTF-8; could be {_OLD['cp1252']} or {_OLD['mac_roman']}, and the letters do not tell. "
        "Save the file as UTF-8 (CSV UTF-8) again."
    )


def _is_utf8(path: Path) -> bool:
    """Whether the file is UTF-8, or has NUL bytes, which the reader of UTF-8 files refuses with their place."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            if b"\0" in chunk:
                return True
            if chunk.isascii() and not decoder.getstate()[0]:
                continue
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return False
    return not decoder.getstate()[0]


def _fit(path: Path, encoding: str) -> float:
    """Share of the signs beyond ASCII that are letters or marks of western text, and stand as such in their words."""
    signs = good = 0
    before = " "
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            for sign in chunk.decode(encoding, errors="replace"):
                if not sign.isascii():
                    signs += 1
                    good += sign in _EXPECTED and not (sign.isupper() and before.islower())
                before = sign
    return good / max(1, signs)
