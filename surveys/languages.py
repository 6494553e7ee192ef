"""What a survey lacks in a language: questions and texts that fall back to another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from surveys.instrument import Catalogue, CodedAnswer, Instrument, Item
from surveys.localised import localised
from surveys.signpost import SIGNPOST_LANGUAGES
from surveys.texts.load import text_names, texts_of


@dataclass(frozen=True, slots=True)
class ItemLanguage:
    """One question in one language: the language it is shown in, and where that wording comes from.

    `shown_in`: None where no wording is there at all. `parts_falling_back`: text, options, window, not_applicable.
    """

    item_id: str
    instrument_id: str
    shown_in: str | None
    status: str | None
    parts_falling_back: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LanguageReport:
    """One language of a survey. `texts`: keys that fall back, as `<file>: <key>`; `signpost`: it has its own words."""

    language: str
    items: tuple[ItemLanguage, ...]
    texts: tuple[str, ...]
    has_signpost: bool

    @property
    def falling_back(self) -> tuple[ItemLanguage, ...]:
        """Questions that are not wholly in this language."""
        return tuple(item for item in self.items if item.parts_falling_back)

    @property
    def is_complete(self) -> bool:
        """Nothing falls back."""
        return not self.falling_back and not self.texts and self.has_signpost


def report_language(language: str, item_ids: Sequence[str], catalogue: Catalogue) -> LanguageReport:
    """What of these questions, and of all other texts, is there in a language. Raises KeyError for unknown items."""
    return LanguageReport(
        language=language,
        items=tuple(_item(item_id, language, item_ids, catalogue) for item_id in item_ids),
        texts=tuple(f"{name}: {key}" for name in text_names() for key in texts_of(name).missing(language)),
        has_signpost=language.partition("-")[0] in SIGNPOST_LANGUAGES,
    )


def asking_instrument(item_id: str, item_ids: Sequence[str], catalogue: Catalogue) -> Instrument:
    """The instrument for which these questions ask an item: several may hold the same item. Raises KeyError."""
    for measure in catalogue.measures_asked(frozenset(item_ids)):
        if measure.is_released and item_id in measure.items:
            return catalogue.instrument_of(measure.id)
    for instrument in catalogue.instruments:
        if any(item.id == item_id for item in instrument.items):
            return instrument
    raise KeyError(item_id)


def _item(item_id: str, language: str, item_ids: Sequence[str], catalogue: Catalogue) -> ItemLanguage:
    item, instrument = catalogue.items[item_id], asking_instrument(item_id, item_ids, catalogue)
    if not item.text:
        return ItemLanguage(item_id, instrument.id, None, None, ("text",))
    found = localised(item.text, language)
    parts = tuple(
        dict.fromkeys(part for part, texts in _parts(item, instrument) if localised(texts, language).is_fallback)
    )
    return ItemLanguage(item_id, instrument.id, found.language, item.text_status[found.language], parts)


def _parts(item: Item, instrument: Instrument) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "text", item.text
    if instrument.stem:
        yield "window", instrument.stem
    if isinstance(item.answer, CodedAnswer):
        yield from (("options", option.label) for option in item.answer.options if option.label)
        if item.answer.not_applicable:
            yield "not_applicable", item.answer.not_applicable
