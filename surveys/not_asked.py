"""What an instrument file must not ask: the lint over items, answers and explaining texts (docs/reference/battery.md).

It runs on shipped and own files alike, when they are read. It catches what people write in good faith; whoever
wants to get round a list of words can, so a person reads every new file too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from surveys.file_error import InstrumentFileError
from surveys.instrument import Instrument, Item, Measure, NumericAnswer
from surveys.not_asked_words import RULES, SCORES_A_PERSON, Rule

FREE_TEXT_KINDS = frozenset({"text", "free_text", "freetext", "string", "open", "comment", "textarea", "note"})
# 0 to 100 is the widest scale in use; beyond it a number is an amount, a year or a personal number.
MAX_NUMERIC_RANGE = 100
MAX_OPTIONS = 21
# Ids that scoring keys give to the self-harm item of the PHQ-9 and of Beck's inventory.
_SELF_HARM_IDS = frozenset({"phq_9", "phq9", "phq9_9", "bdi_9", "bdi2_9"})
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def refuse_not_asked(instrument: Instrument, where: str) -> None:
    """Raises InstrumentFileError for the first thing that must not be asked; it says why, and what to ask instead."""
    for place, item in enumerate(instrument.items):
        _check_item(item, where, f"items.{place}")
    for place, measure in enumerate(instrument.measures):
        for path, text in _texts_of_measure(measure, f"measures.{place}"):
            _check_text(text, (SCORES_A_PERSON,), where, path)


def free_text_refusal(kind: object) -> tuple[str, str] | None:
    """Problem and advice for a kind of answer that means free text; None for any other."""
    if not isinstance(kind, str) or kind.lower() not in FREE_TEXT_KINDS:
        return None
    rule = next(rule for rule in RULES if rule.id == "free_text")
    return f"`{kind}` answers must not be asked: {rule.why}", rule.instead


def _check_item(item: Item, where: str, path: str) -> None:
    if item.id in _SELF_HARM_IDS:
        raise _refusal(next(rule for rule in RULES if rule.id == "self_harm"), where, f"{path}.id")
    for text_path, text in _texts_of_item(item, path):
        _check_text(text, RULES, where, text_path)
    if isinstance(item.answer, NumericAnswer):
        if item.answer.high - item.answer.low > MAX_NUMERIC_RANGE:
            problem = f"a number with more than {MAX_NUMERIC_RANGE + 1} values must not be asked: it singles people out"
            raise InstrumentFileError(where, f"{path}.answer.max", problem, "Offer a few bands to choose from.")
    elif len(item.answer.options) > MAX_OPTIONS:
        problem = f"more than {MAX_OPTIONS} options must not be asked: a rare one singles people out"
        raise InstrumentFileError(where, f"{path}.answer.options", problem, "Offer fewer, wider options.")


def _check_text(text: str, rules: tuple[Rule, ...], where: str, path: str) -> None:
    plain = _plain(text)
    for rule in rules:
        if rule.pattern.search(plain):
            raise _refusal(rule, where, path)


def _refusal(rule: Rule, where: str, path: str) -> InstrumentFileError:
    return InstrumentFileError(where, path, f"this must not be asked: {rule.why}", rule.instead)


def _plain(text: str) -> str:
    """Small letters without accents, one space between words, straight apostrophes, nothing invisible."""
    parts = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text).replace("’", "'"))
    bare = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return " ".join(bare.casefold().lstrip("¿¡ ").split())


def _texts_of_item(item: Item, path: str) -> Iterator[tuple[str, str]]:
    yield from _translated(item.text, f"{path}.text")
    if isinstance(item.answer, NumericAnswer):
        return
    for place, option in enumerate(item.answer.options):
        yield from _translated(option.label, f"{path}.answer.options.{place}.label")
    yield from _translated(item.answer.not_applicable or {}, f"{path}.answer.not_applicable")


def _texts_of_measure(measure: Measure, path: str) -> Iterator[tuple[str, str]]:
    yield from _translated(measure.name, f"{path}.name")
    yield from _translated(measure.explains or {}, f"{path}.explains")
    if measure.at_risk is not None:
        yield f"{path}.at_risk.label", measure.at_risk.label


def _translated(texts: Mapping[str, str], path: str) -> Iterator[tuple[str, str]]:
    for language, text in texts.items():
        yield f"{path}.{language}", text
