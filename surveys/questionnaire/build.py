"""From a wave's item ids to its questionnaire: pages in a fixed order, the signpost where it belongs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from surveys.instrument import NOT_APPLICABLE, PREFER_NOT_TO_SAY, Catalogue, CodedAnswer, Instrument, Item
from surveys.languages import asking_instrument
from surveys.localised import localised
from surveys.questionnaire.codes import MISSING_CODES, answer_codes, column_names, shown_text, unit_codes
from surveys.questionnaire.model import BREAKDOWN, UNIT, Choice, Page, Place, Question, Questionnaire, UnitBy
from surveys.signpost import SIGNPOST_ITEMS, signpost_text
from surveys.texts.load import texts_of

_TEXTS = "questionnaire"


@dataclass(frozen=True, slots=True)
class Order:
    """What to make a questionnaire of. `breakdown_values`: empty where the wave has no breakdown."""

    wave_id: str
    organisation: str
    item_ids: tuple[str, ...]
    languages: tuple[str, ...]
    signpost: Mapping[str, str]
    places: tuple[Place, ...]
    breakdown_values: tuple[str, ...] = ()
    unit_by: UnitBy = UnitBy.LIST


def build_questionnaire(order: Order, catalogue: Catalogue) -> Questionnaire:
    """The questionnaire of an order. Raises SignpostError while the signpost is empty or an example."""
    may_skip = "may_skip" if order.unit_by is UnitBy.LINK else "may_skip_but_unit"
    welcome, leave = _texts(order, "welcome", organisation=order.organisation), _texts(order, may_skip)
    return Questionnaire(
        wave_id=order.wave_id,
        languages=order.languages,
        titles=_texts(order, "title", wave=order.wave_id),
        welcome={language: f"{welcome[language]} {leave[language]}" for language in order.languages},
        thanks=_texts(order, "thanks"),
        help_titles=_texts(order, "help_title"),
        signpost={language: shown_text(signpost_text(order.signpost, language)) for language in order.languages},
        pages=(_first_page(order), *_item_pages(order, catalogue)),
    )


def _texts(order: Order, key: str, **words: str) -> dict[str, str]:
    return {language: shown_text(texts_of(_TEXTS).text(key, language, **words)) for language in order.languages}


def _first_page(order: Order) -> Page:
    questions = [_unit_question(order)]
    if order.breakdown_values:
        questions.append(_breakdown_question(order))
    return Page(_texts(order, "about_you"), tuple(questions), has_signpost=False)


def _unit_question(order: Order) -> Question:
    codes = unit_codes(place.unit_id for place in order.places)
    names = _names(order.places)
    choices = [
        Choice(codes[place.unit_id], place.unit_id, _place_labels(order, place, names[place.unit_id]))
        for place in order.places
    ]
    is_hidden = order.unit_by is UnitBy.LINK
    return Question(UNIT, UNIT, _texts(order, "unit"), {}, tuple(choices), None, not is_hidden, is_hidden)


def _names(places: Sequence[Place]) -> dict[str, str]:
    """What people read in the list: the name; with the unit above where two are called the same, else with the id."""
    names = Counter(_folded(place.name) for place in places)
    longer = Counter(_folded(f"{place.name} {place.parent_name}") for place in places)
    result = {}
    for place in places:
        is_once = longer[_folded(f"{place.name} {place.parent_name}")] == 1
        apart = place.parent_name if place.parent_name and is_once else place.unit_id
        result[place.unit_id] = place.name if names[_folded(place.name)] == 1 else f"{place.name} ({apart})"
    return result


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _place_labels(order: Order, place: Place, name: str) -> dict[str, str]:
    return (
        _texts(order, "unit_direct", unit=name) if place.is_inner else dict.fromkeys(order.languages, shown_text(name))
    )


def _breakdown_question(order: Order) -> Question:
    choices = [
        Choice(f"G{number}", value, dict.fromkeys(order.languages, shown_text(value.replace("_", " "))))
        for number, value in enumerate(order.breakdown_values, start=1)
    ]
    # Whoever prefers not to say belongs to no group: an empty value.
    choices.append(Choice(MISSING_CODES[PREFER_NOT_TO_SAY], "", _texts(order, PREFER_NOT_TO_SAY)))
    return Question(BREAKDOWN, BREAKDOWN, _texts(order, "breakdown"), {}, tuple(choices))


def _item_pages(order: Order, catalogue: Catalogue) -> list[Page]:
    """A page for each run of questions that all need the signpost, or all do not."""
    names = column_names(order.item_ids)
    runs = [
        (has_signpost, tuple(_question(item_id, names[item_id], order, catalogue) for item_id in run))
        for has_signpost, run in groupby(order.item_ids, key=SIGNPOST_ITEMS.__contains__)
    ]
    return [
        Page(_texts(order, "page", number=str(number)), questions, has_signpost)
        for number, (has_signpost, questions) in enumerate(runs, start=1)
    ]


def _question(item_id: str, name: str, order: Order, catalogue: Catalogue) -> Question:
    item = catalogue.items[item_id]
    instrument = asking_instrument(item_id, order.item_ids, catalogue)
    texts = _labels(item.text, order)
    hints = {language: _hint(item, instrument, language) for language in order.languages}
    if isinstance(item.answer, CodedAnswer):
        choices = _choices(item.answer, instrument, order)
        return Question(name, item_id, texts, hints, choices)
    return Question(name, item_id, texts, hints, bounds=(item.answer.low, item.answer.high))


def _hint(item: Item, instrument: Instrument, language: str) -> str:
    """The time that the question asks about, and a notice where it is not in the language of the page."""
    stem = localised(instrument.stem, language).text if instrument.stem else ""
    is_fallback = localised(item.text, language).is_fallback
    notice = texts_of(_TEXTS).text("not_in_this_language", language) if is_fallback else ""
    return shown_text(" ".join(part for part in (stem, notice) if part))


def _choices(answer: CodedAnswer, instrument: Instrument, order: Order) -> tuple[Choice, ...]:
    """The item's answers in the order of its file, then those that count as missing.

    A validated form stays as its authors made it: whoever does not want to answer leaves it out.
    """
    codes = answer_codes({option.code: tuple(option.label.values()) for option in answer.options})
    choices = [Choice(codes[option.code], str(option.code), _labels(option.label, order)) for option in answer.options]
    if answer.not_applicable:
        choices.append(Choice(MISSING_CODES[NOT_APPLICABLE], NOT_APPLICABLE, _labels(answer.not_applicable, order)))
    if not instrument.validated:
        labels = _texts(order, PREFER_NOT_TO_SAY)
        choices.append(Choice(MISSING_CODES[PREFER_NOT_TO_SAY], PREFER_NOT_TO_SAY, labels))
    return tuple(choices)


def _labels(label: Mapping[str, str], order: Order) -> dict[str, str]:
    return {language: shown_text(localised(label, language).text) for language in order.languages}
