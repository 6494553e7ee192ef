"""The language of a page: one catalogue a language, and the one that is spoken while a page is drawn.

A visitor's language is set once at the start of a run (`speak`), so that words, charts and tables need no argument for
it. Streamlit runs each visitor's script in a thread of its own, and a context variable belongs to its thread.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = [
    "LANGUAGES",
    "LANGUAGE_NAMES",
    "Catalogue",
    "catalogue",
    "digits",
    "say",
    "say_n",
    "speak",
    "speaking",
    "spoken",
]

LANGUAGE_NAMES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}
LANGUAGES = tuple(LANGUAGE_NAMES)
_FOLDER = Path(__file__).parent / "languages"
_SPOKEN: ContextVar[str] = ContextVar("q_language", default=LANGUAGES[0])


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All words of one language. `soft_hyphens`: long words by the word with its places to part."""

    phrases: Mapping[str, str]
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    soft_hyphens: Mapping[str, str]


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of one language; raises KeyError for a language that is not among LANGUAGES."""
    if language not in LANGUAGE_NAMES:
        raise KeyError(language)
    raw = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return Catalogue(
        {name: text for name, text in raw.items() if isinstance(text, str)},
        tuple(raw["month"]["names"]),
        tuple(raw["month"]["short"]),
        {word.replace("|", ""): word.replace("|", "\u00ad") for word in raw["soft_hyphens"]["words"]},
    )


def spoken() -> str:
    """The language of the page that is being drawn."""
    return _SPOKEN.get()


def speak(language: str) -> None:
    """Draw in this language from here on; anything that is no language of ours is English."""
    _SPOKEN.set(language if language in LANGUAGE_NAMES else LANGUAGES[0])


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Draw in this language for a while."""
    token = _SPOKEN.set(language if language in LANGUAGE_NAMES else LANGUAGES[0])
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def say(name: str, /, **parts: object) -> str:
    """One phrase in the language of the page; raises KeyError for a phrase that no catalogue has."""
    return catalogue(spoken()).phrases[name].format(**parts)


def say_n(name: str, number: int, /, **parts: object) -> str:
    """The phrase for one or for many; `{n}` is the number as the language writes it."""
    return say(f"{name}_{'one' if number == 1 else 'many'}", n=digits(number), **parts)


def digits(number: int) -> str:
    """A whole number with its thousands apart: 1,234 in English, 1.234 in German."""
    text = f"{number:,}"
    return text.replace(",", ".") if spoken() == "de" else text
