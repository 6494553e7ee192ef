"""The texts of one place, read from its YAML file. Anything that staff read has its texts in such a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from surveys.entry import Entry
from surveys.localised import localised
from surveys.strict_yaml import read_plain

_PACKAGE = "surveys.texts"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one place by key, then by language."""

    name: str
    by_key: Mapping[str, Mapping[str, str]]

    def text(self, key: str, language: str, **words: str) -> str:
        """The text of a key in a language (or the nearest one), with its words filled in. Raises KeyError."""
        return localised(self.by_key[key], language).text.format_map(words)

    def missing(self, language: str) -> tuple[str, ...]:
        """Keys that fall back to another language."""
        return tuple(key for key, texts in self.by_key.items() if localised(texts, language).is_fallback)


def text_names() -> tuple[str, ...]:
    """Every place that has texts, sorted."""
    return tuple(sorted(entry.name[:-5] for entry in resources.files(_PACKAGE).iterdir() if entry.name[-5:] == ".yaml"))


@cache
def texts_of(name: str) -> Texts:
    """The texts in `surveys/texts/<name>.yaml`. Raises InstrumentFileError where the file is wrong."""
    where = f"surveys/texts/{name}.yaml"
    content = (resources.files(_PACKAGE) / f"{name}.yaml").read_text("utf-8")
    root = Entry(where, "", read_plain(content, where))
    return Texts(name, {key: entry.translations() for key, entry in root.pairs()})
