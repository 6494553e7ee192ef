"""Wording that a workspace supplies for a shipped instrument whose licence keeps it out of this repository.

A file in `instruments/` with the key `wording_for`; described in docs/reference/instruments.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from surveys.entry import Entry, Section
from surveys.instrument import CodedAnswer, Instrument, Item
from surveys.instrument_file import TEXT_STATUSES, read_options
from surveys.not_asked import refuse_not_asked
from surveys.strict_yaml import read_plain

_KEY = "wording_for"
_WORDING_KEYS = (_KEY, "version", "source", "text_status", "options", "items")


@dataclass(frozen=True, slots=True)
class Wording:
    """Texts for one instrument. `root`: the file key by key, still to be held against that instrument."""

    instrument_id: str
    where: str
    sha256: str
    root: Section


def read_wording(text: str, where: str) -> Wording | None:
    """The wording that a file holds; None for a file that is an instrument of its own. Raises InstrumentFileError."""
    plain = read_plain(text, where)
    if not isinstance(plain, dict) or _KEY not in plain:
        return None
    root = Entry(where, "", plain).section(_WORDING_KEYS)
    root.need("source").text()
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return Wording(root.need(_KEY).identifier(), where, digest, root)


def with_wording(instruments: tuple[Instrument, ...], wording: Wording) -> tuple[Instrument, ...]:
    """The instruments, one of them with its texts. Raises InstrumentFileError where file and instrument differ."""
    waiting = {each.id: each for each in instruments if not each.wording_shipped and not each.is_own}
    entry = wording.root.need(_KEY)
    found = waiting[entry.one_of(tuple(sorted(waiting)), "instrument without wording")]
    version = wording.root.need("version")
    if version.whole() != found.version:
        raise version.error(f"`{found.id}` is shipped in version {found.version}", "Supply the wording of that one.")
    if any(item.text for item in found.items):
        raise entry.error(f"`{found.id}` has its wording from another file", "Keep one of the two.")
    worded = _worded(found, wording)
    refuse_not_asked(worded, wording.where)
    return tuple(worded if each is found else each for each in instruments)


def _worded(instrument: Instrument, wording: Wording) -> Instrument:
    """Some items may stay without wording: they can be scored, not asked."""
    items = {item.id: item for item in instrument.items}
    status = {
        key: entry.one_of(TEXT_STATUSES, "text status") for key, entry in wording.root.need("text_status").pairs()
    }
    shared, told = wording.root.get("options"), set[str]()
    for element in wording.root.need("items").elements():
        section = element.section(("id", "text", "options"))
        place = section.need("id")
        item_id = place.one_of(tuple(items), "item")
        if item_id in told:
            raise place.error(f"the item `{item_id}` is there twice", "Word every item once.")
        told.add(item_id)
        options = section.get("options") or shared or section.need("options")
        items[item_id] = _item(items[item_id], section.need("text"), options, status)
    digest = hashlib.sha256(f"{instrument.sha256} {wording.sha256}".encode()).hexdigest()
    return replace(instrument, items=tuple(items.values()), sha256=digest)


def _item(item: Item, text: Entry, options: Entry, status: Mapping[str, str]) -> Item:
    texts = text.translations()
    for language in texts:
        if language not in status:
            raise text.error(f"no text_status for the language `{language}`", "Say `official`, `ours` or `unofficial`.")
    read = read_options(options)
    if {option.code for option in read} != _codes(item):
        codes = ", ".join(str(code) for code in sorted(_codes(item)))
        raise options.error(f"the codes are not those of `{item.id}`", f"Label the codes {codes}.")
    return replace(
        item,
        text=texts,
        text_status={language: status[language] for language in texts},
        answer=CodedAnswer(read),
    )


def _codes(item: Item) -> set[int]:
    return set(item.answer.codes) if isinstance(item.answer, CodedAnswer) else set()
