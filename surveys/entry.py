"""A value of an instrument file together with its place, so that every error can name file and key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from surveys.file_error import InstrumentFileError
from surveys.strict_yaml import PlainValue, join_path

RESERVED_IDS = frozenset({"wave_id", "unit_id", "all", "participation"})
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Entry:
    """A plain value, the file and the key path it came from. Readers raise InstrumentFileError."""

    where: str
    path: str
    value: PlainValue

    def error(self, problem: str, advice: str) -> InstrumentFileError:
        """An error at this place, for the caller to raise."""
        return InstrumentFileError(self.where, self.path, problem, advice)

    def text(self) -> str:
        """Text that is not empty."""
        if not isinstance(self.value, str):
            raise self._wrong("text", "Put the text in quotes.")
        if not self.value:
            raise self.error("expected text, found nothing", "Write the text, or remove the key.")
        return self.value

    def text_or_empty(self) -> str:
        """Text; may be empty."""
        return "" if self.value == "" else self.text()

    def whole(self, least: int | None = None) -> int:
        """A whole number, at least `least`."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self._wrong("a whole number", "Write digits without quotes, such as 3.")
        if least is not None and self.value < least:
            raise self.error(f"{self.value} is too small", f"Write {least} or more.")
        return self.value

    def flag(self) -> bool:
        """true or false."""
        if not isinstance(self.value, bool):
            raise self._wrong("true or false", f"Write `{self.path.rpartition('.')[2]}: true` or `false`.")
        return self.value

    def choice(self, kind: type[_Choice]) -> _Choice:
        """One of the values of an enumeration."""
        allowed = [member.value for member in kind]
        if not isinstance(self.value, str) or self.value not in allowed:
            raise self._wrong(f"one of {', '.join(allowed)}", self._nearest(allowed))
        return kind(self.value)

    def one_of(self, allowed: Collection[str], what: str) -> str:
        """Text from a closed list."""
        text = self.text()
        if text not in allowed:
            raise self.error(f"unknown {what} `{text}`", self._nearest(allowed))
        return text

    def identifier(self) -> str:
        """An id: lower-case letters, digits and underscores, not reserved."""
        text = self.text()
        if not _IDENTIFIER.fullmatch(text):
            advice = "Use lower-case letters, digits and _, starting with a letter, at most 40 characters."
            raise self.error("this is no usable id", advice)
        if text in RESERVED_IDS:
            raise self.error(f"the id `{text}` is reserved", "Choose another id.")
        return text

    def translations(self) -> dict[str, str]:
        """Text by language: at least one."""
        result = {key: entry.text() for key, entry in self.pairs() if entry.is_language(key)}
        if not result:
            raise self.error("expected text in at least one language, found none", 'Write { en: "…" }.')
        return result

    def is_language(self, key: str) -> bool:
        """Whether the key is a language tag such as de or es-US; refuses any other key."""
        if not _LANGUAGE.fullmatch(key):
            raise self.error("this is no language tag", "Write a tag such as en, de or es-US.")
        return True

    def pairs(self) -> Iterator[tuple[str, Entry]]:
        """The entries of a mapping whose keys are free."""
        if not isinstance(self.value, dict):
            raise self._wrong("keys with values", 'Write { key: value }, such as { en: "…" }.')
        for key, value in self.value.items():
            yield key, Entry(self.where, join_path(self.path, key), value)

    def elements(self) -> tuple[Entry, ...]:
        """The entries of a list that is not empty."""
        if not isinstance(self.value, list):
            raise self._wrong("a list", "Write one `- ` line for each entry, or [a, b].")
        if not self.value:
            raise self.error("expected a list, found an empty one", "Write at least one entry.")
        return tuple(
            Entry(self.where, join_path(self.path, str(place)), value) for place, value in enumerate(self.value)
        )

    def section(self, known: Collection[str]) -> Section:
        """A mapping with known keys only; an unknown one is refused, naming the nearest known one."""
        entries = dict(self.pairs())
        for key, entry in entries.items():
            if key not in known:
                raise entry.error("unknown key", f"{nearest_advice(key, known)} Known here: {', '.join(known)}.")
        return Section(self, entries)

    def _nearest(self, allowed: Collection[str]) -> str:
        text = self.value if isinstance(self.value, str) else ""
        return f"{nearest_advice(text, allowed)} Known here: {', '.join(allowed)}."

    def _wrong(self, expected: str, advice: str) -> InstrumentFileError:
        return self.error(f"expected {expected}, found {_kind_of(self.value)}", advice)


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of an instrument file, read key by key."""

    entry: Entry
    entries: dict[str, Entry]

    def get(self, key: str) -> Entry | None:
        """The entry of a key that may be left out; an empty value counts as left out."""
        entry = self.entries.get(key)
        return None if entry is None or entry.value is None else entry

    def need(self, key: str) -> Entry:
        """The entry of a key that must be there."""
        entry = self.entries.get(key)
        if entry is None:
            path = join_path(self.entry.path, key)
            raise InstrumentFileError(self.entry.where, path, "the key is missing", f"Add `{key}:`.")
        return entry


def is_language_tag(text: str) -> bool:
    """Whether a text has the form of a language tag, such as de or es-US."""
    return _LANGUAGE.fullmatch(text) is not None


def nearest_advice(text: str, allowed: Collection[str]) -> str:
    """A sentence that names the allowed word nearest to the text."""
    nearest = difflib.get_close_matches(text[:60], list(allowed), n=1, cutoff=0.0)
    return f"Did you mean `{nearest[0]}`?" if nearest else "Remove it."


def _kind_of(value: PlainValue) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a number"
    return {str: "text", list: "a list", dict: "keys with values"}[type(value)]
