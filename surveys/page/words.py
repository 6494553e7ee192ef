"""The page's own words in English, German and Spanish, and dates as people write them there."""

from __future__ import annotations

import datetime
import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import yaml

LANGUAGES = ("en", "de", "es")
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
_DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
}


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one language by their key."""

    language: str
    texts: dict[str, str]

    def say(self, key: str, **parts: object) -> str:
        """A sentence with its parts filled in. Raises KeyError for a sentence that does not exist."""
        text = self.texts[key]
        return text.format_map(parts) if parts else text

    def day(self, date: datetime.date) -> str:
        """`Friday 13 November`, `Freitag, 13. November`, `viernes 13 de noviembre`."""
        weekday = _DAYS[self.language].split()[date.weekday()]
        month = _MONTHS[self.language].split()[date.month - 1]
        if self.language == "de":
            return f"{weekday}, {date.day}. {month}"
        return f"{weekday} {date.day} {'de ' if self.language == 'es' else ''}{month}"


@cache
def words_of(language: str) -> Words:
    """The words of a language; English for one that the page does not speak."""
    known = language if language in LANGUAGES else "en"
    raw = importlib.resources.files("surveys.page").joinpath(f"locales/{known}.yaml").read_text("utf-8")
    return Words(known, yaml.safe_load(raw))


def chosen_language(asked: str | None, accepted: str, offered: Sequence[str]) -> str:
    """The language asked for, else the first accepted by the browser that is offered, else the first offered."""
    if asked in offered and asked is not None:
        return asked
    for part in accepted[:200].split(","):
        plain = part.partition(";")[0].strip().partition("-")[0].casefold()
        if plain in offered:
            return plain
    return offered[0]
