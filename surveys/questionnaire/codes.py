"""Codes and column names that every tool takes, and that stay the same when a questionnaire is made again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from surveys.instrument import NOT_APPLICABLE, PREFER_NOT_TO_SAY

# LimeSurvey takes five letters or digits as the code of an answer, the others take more.
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MISSING_CODES: Mapping[str, str] = {PREFER_NOT_TO_SAY: "PNS", NOT_APPLICABLE: "NAP"}
# Column names that tools use for themselves, or that this questionnaire does.
_TAKEN = frozenset({
    "unit", "breakdown", "id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp",
    "ipaddr", "refurl", "record_id", "start", "end", "today", "deviceid", "username", "phonenumber", "audit", "meta",
    "email", "name", "key", "edits", "status", "tags", "welcome", "thanks", "help", "language", "lang", "sid",
})  # fmt: skip
_NOT_SHOWN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def shown_text(text: str) -> str:
    """The text without signs that no file format can hold."""
    return _NOT_SHOWN.sub("", text)


def unit_codes(unit_ids: Iterable[str]) -> dict[str, str]:
    """A short code for every unit, made of its id; never its id itself, which may be the name of another unit.

    A code does not depend on the other units, unless two of them happen to make the same one: adding or removing
    a unit leaves links and maps that are in use as they are.
    """
    codes: dict[str, str] = {}
    for unit_id in sorted(unit_ids):
        codes[unit_id] = _free_code(unit_id, set(codes.values()))
    return codes


def _free_code(unit_id: str, taken: set[str]) -> str:
    for attempt in range(1000):
        number = int.from_bytes(hashlib.sha256(f"{attempt} {unit_id}".encode()).digest()[:8], "big")
        digits = "".join(_DIGITS[number // len(_DIGITS) ** place % len(_DIGITS)] for place in range(4))
        if f"U{digits}" not in taken:
            return f"U{digits}"
    raise ValueError(unit_id)


def answer_codes(options: Mapping[int, Iterable[str]]) -> dict[int, str]:
    """The code of every answer in the tool, by its own code. `options`: labels in all languages by code.

    Its own code as it is; with a letter before it where a label reads like the code of another answer, for then
    an export with labels could not be told from one with codes.
    """
    labels = {label.strip(): code for code, texts in options.items() for label in texts}
    is_mixed = any(labels.get(str(code), code) != code for code in options)
    letter = "A" if is_mixed else ""
    return {code: f"{letter}{code}" if code >= 0 else f"{letter}m{-code}" for code in options}


def column_names(ids: Iterable[str]) -> dict[str, str]:
    """A column name for every item id: the id itself, or one that no tool takes for a column of its own."""
    return {item_id: f"q_{item_id}" if item_id in _TAKEN else item_id for item_id in ids}


def limesurvey_names(names: Iterable[str]) -> dict[str, str]:
    """LimeSurvey's question codes, by column name: letters and digits alone, at most 20, each once."""
    codes: dict[str, str] = {}
    for name in names:
        plain = name.replace("_", "")[:20]
        attempt = 2
        while plain in codes.values():
            plain = f"{name.replace('_', '')[:16]}x{attempt}"
            attempt += 1
        codes[name] = plain
    return codes
