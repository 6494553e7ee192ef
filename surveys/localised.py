"""A text in the language that somebody asked for, or in the nearest one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LAST_RESORT = "en"


@dataclass(frozen=True, slots=True)
class Localised:
    """A text and the language it is in. `is_fallback`: another language than the one asked for."""

    text: str
    language: str
    is_fallback: bool


def localised(texts: Mapping[str, str], language: str) -> Localised:
    """The text in `language`; else in the language without its region, in English, or in the first one there is.

    `es` never takes the words of `es-US`: a regional form of a validated questionnaire is a form of its own.
    Raises KeyError where there is no text at all.
    """
    plain = language.partition("-")[0]
    for tag in (language, plain):
        if tag in texts:
            return Localised(texts[tag], tag, is_fallback=False)
    if not texts:
        raise KeyError(language)
    tag = LAST_RESORT if LAST_RESORT in texts else next(iter(texts))
    return Localised(texts[tag], tag, is_fallback=True)
