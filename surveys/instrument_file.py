"""One instrument file: plain values to a frozen Instrument, with every rule that concerns one file alone.

The format is described key by key in docs/reference/instruments.md.
"""

from __future__ import annotations

import hashlib

from surveys.entry import Entry, Section
from surveys.instrument import (
    AnswerOption,
    CodedAnswer,
    Instrument,
    Item,
    Measure,
    NumericAnswer,
)
from surveys.measure_file import read_measure
from surveys.not_asked import free_text_refusal, refuse_not_asked
from surveys.strict_yaml import read_plain

_INSTRUMENT_KEYS = (
    "id", "version", "name", "citation", "licence_tier", "licence", "licence_evidence", "attribution",
    "wording_shipped", "validated", "verified", "recall_days", "stem", "notes", "items", "measures",
)  # fmt: skip
_ITEM_KEYS = ("id", "text", "text_status", "answer", "reverse_keyed", "offset")
_CODED_KEYS = ("kind", "options", "codes", "not_applicable")
_NUMERIC_KEYS = ("kind", "min", "max")
_LICENCE_TIERS = ("A", "A*", "B", "C")
_SHIPPABLE_TIERS = ("A", "A*")
TEXT_STATUSES = ("official", "ours", "unofficial")


def parse_instrument(text: str, where: str, is_own: bool) -> Instrument:
    """The instrument that the text of a file describes.

    `where` is the file's name as errors show it. `is_own`: written for one workspace, with softer
    demands (tier defaults to sensitive, constructs are free, wording may be left out).
    Raises InstrumentFileError, and nothing else, for any text.
    """
    root = Entry(where, "", read_plain(text, where)).section(_INSTRUMENT_KEYS)
    wording_shipped = root.need("wording_shipped").flag()
    licence_tier = _licence_tier(root, wording_shipped, is_own)
    items = _items(root.need("items"), wording_shipped, is_own)
    licence, stem, notes = root.get("licence"), root.get("stem"), root.get("notes")
    instrument = Instrument(
        id=root.need("id").identifier(),
        version=root.need("version").whole(least=1),
        name=root.need("name").text(),
        citation=_source_line(root, "citation", is_own),
        licence_tier=licence_tier,
        licence=licence.text() if licence else "",
        licence_evidence=_source_line(root, "licence_evidence", is_own),
        attribution=_source_line(root, "attribution", is_own),
        wording_shipped=wording_shipped,
        validated=root.need("validated").flag(),
        verified=root.need("verified").flag(),
        recall_days=_recall_days(root),
        items=items,
        measures=_measures(root.need("measures"), items, is_own),
        sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        is_own=is_own,
        stem=stem.translations() if stem else None,
        notes=tuple(note.text() for note in notes.elements()) if notes else (),
    )
    refuse_not_asked(instrument, where)
    return instrument


def _licence_tier(root: Section, wording_shipped: bool, is_own: bool) -> str:
    entry = root.need("licence_tier")
    tier = entry.one_of(_LICENCE_TIERS, "licence tier")
    if wording_shipped and tier not in _SHIPPABLE_TIERS:
        problem = f"wording of licence tier {tier} must not be shipped"
        raise root.need("wording_shipped").error(problem, "Write `wording_shipped: false`.")
    if tier == "C" and not is_own:
        raise entry.error("an instrument of licence tier C must not be shipped at all", "Remove the file.")
    return tier


def _source_line(root: Section, key: str, is_own: bool) -> str:
    entry = root.get(key)
    if entry is None and is_own:
        return ""
    entry = entry or root.need(key)
    return entry.text_or_empty() if is_own else entry.text()


def _recall_days(root: Section) -> int | None:
    entry = root.get("recall_days")
    return None if entry is None else entry.whole(least=1)


def _items(entry: Entry, wording_shipped: bool, is_own: bool) -> tuple[Item, ...]:
    items: dict[str, Item] = {}
    for element in entry.elements():
        section = element.section(_ITEM_KEYS)
        item = _item(section)
        if item.id in items:
            raise section.need("id").error(f"the item `{item.id}` is there twice", "Give every item its own id.")
        _check_wording(section, item, wording_shipped, is_own)
        items[item.id] = item
    return tuple(items.values())


def _item(section: Section) -> Item:
    text_entry, status_entry = section.get("text"), section.get("text_status")
    text = text_entry.translations() if text_entry else {}
    status = (
        {key: entry.one_of(TEXT_STATUSES, "text status") for key, entry in status_entry.pairs()} if status_entry else {}
    )
    if set(text) != set(status):
        place = status_entry or text_entry or section.entry
        language = min(set(text) ^ set(status))
        missing = "text_status" if language in text else "text"
        raise place.error(f"no {missing} for the language `{language}`", "Give both for every language.")
    reverse, offset = section.get("reverse_keyed"), section.get("offset")
    return Item(
        id=section.need("id").identifier(),
        text=text,
        text_status=status,
        answer=_answer(section.need("answer")),
        reverse_keyed=reverse.flag() if reverse else False,
        offset=offset.whole() if offset else 0,
    )


def _check_wording(section: Section, item: Item, wording_shipped: bool, is_own: bool) -> None:
    """Shipped files carry English wording exactly when they may; own files as they like."""
    if is_own:
        return
    if wording_shipped and "en" not in item.text:
        raise section.need("text").error("no English wording", "Add `en:`, or write `wording_shipped: false`.")
    if not wording_shipped and item.text:
        raise section.need("text").error("wording in a file that ships none", "Remove `text` and `text_status`.")
    if not wording_shipped and isinstance(item.answer, CodedAnswer) and any(o.label for o in item.answer.options):
        raise section.need("answer").error("labels in a file that ships no wording", "Write `codes: [0, 1, …]`.")


def _answer(entry: Entry) -> CodedAnswer | NumericAnswer:
    kind_entry = entry.section((*_CODED_KEYS, "min", "max")).need("kind")
    if refusal := free_text_refusal(kind_entry.value):
        raise kind_entry.error(*refusal)
    kind = kind_entry.one_of(("coded", "numeric"), "kind of answer")
    if kind == "numeric":
        section = entry.section(_NUMERIC_KEYS)
        low, high = section.need("min").whole(), section.need("max").whole()
        if low >= high:
            raise section.need("max").error("`max` is not above `min`", "Write the greatest allowed number.")
        return NumericAnswer(low, high)
    section = entry.section(_CODED_KEYS)
    not_applicable, codes = section.get("not_applicable"), section.get("codes")
    if codes and section.get("options"):
        raise codes.error("`codes` beside `options`", "Write `options` where there are labels, `codes` where none are.")
    return CodedAnswer(
        options=_bare_options(codes) if codes else read_options(section.need("options")),
        not_applicable=not_applicable.translations() if not_applicable else None,
    )


def _bare_options(entry: Entry) -> tuple[AnswerOption, ...]:
    """Codes whose labels are wording that the user supplies."""
    codes = [element.whole() for element in entry.elements()]
    if len(set(codes)) < max(2, len(codes)):
        raise entry.error("a code is there twice, or there is only one", "Write every code once, at least two.")
    return tuple(AnswerOption(code, {}) for code in codes)


def read_options(entry: Entry) -> tuple[AnswerOption, ...]:
    """Codes with their labels. Raises InstrumentFileError."""
    options: dict[int, AnswerOption] = {}
    for element in entry.elements():
        section = element.section(("code", "label"))
        code = section.need("code").whole()
        if code in options:
            raise section.need("code").error(f"the code {code} is there twice", "Give every option its own code.")
        options[code] = AnswerOption(code, section.need("label").translations())
    if len(options) < 2:
        raise entry.error("one option is no choice", "Write at least two options.")
    return tuple(options.values())


def _measures(entry: Entry, items: tuple[Item, ...], is_own: bool) -> tuple[Measure, ...]:
    measures: dict[str, Measure] = {}
    items_by_id = {item.id: item for item in items}
    for element in entry.elements():
        measure = read_measure(element, items_by_id, is_own)
        if measure.id in measures:
            problem = f"the measure `{measure.id}` is there twice"
            raise dict(element.pairs())["id"].error(problem, "Give every measure its own id.")
        measures[measure.id] = measure
    return tuple(measures.values())
