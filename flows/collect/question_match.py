"""How well a column of an export fits a known question: by its wording, its code and its answers."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from surveys.instrument import MISSING_LABELS, NOT_APPLICABLE, PREFER_NOT_TO_SAY, Catalogue, CodedAnswer, Item

__all__ = ["AnswerFit", "Fit", "ItemMatch", "best_item", "fit_answers", "fold_text"]

SURE_SCORE = 0.93
"""From here on two wordings differ by marks and blanks only."""
NEAR_SCORE = 0.70
_TAGS = re.compile(r"<[^>]{1,200}>")
_PLACED_CODE = re.compile(r"[A-Za-z]{1,5}0*(\d{1,3})")
_SUB_CODE = re.compile(r"\[([A-Za-z0-9_]+)\]$")
_KEPT_WORDS = (PREFER_NOT_TO_SAY, NOT_APPLICABLE)


class Fit(StrEnum):
    """What the answers of a column say about an item."""

    LABELS = "labels"
    CODES = "codes"
    PLACES = "places"
    PARTLY = "partly"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class AnswerFit:
    """`values`: text in the file -> code, for the map; None where codes can stay as they are."""

    fit: Fit
    values: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ItemMatch:
    """The best known item for a column; `score` 0-1 of the wording, `is_by_code`: the column is called like it."""

    item: Item
    score: float
    is_by_code: bool


def fold_text(text: str) -> str:
    """Wording without case, marks, HTML and runs of blanks."""
    plain = _TAGS.sub(" ", html.unescape(text)).casefold()
    return " ".join(re.sub(r"[^\w\s/+-]|_", " ", plain).split())


def best_item(column: str, titles: Sequence[str], catalogue: Catalogue) -> ItemMatch | None:
    """The item whose id the column carries, else the one worded most alike (any language); None below NEAR_SCORE."""
    sub_code = _SUB_CODE.search(column)
    codes = {column.casefold(), sub_code.group(1).casefold() if sub_code else ""}
    scored = []
    for item in catalogue.items.values():
        score = max((_likeness(title, text) for title in titles for text in item.text.values()), default=0.0)
        scored.append(ItemMatch(item, round(score, 2), item.id.casefold() in codes))
    best = max(scored, key=lambda match: (match.is_by_code, match.score, match.item.id), default=None)
    return best if best and (best.is_by_code or best.score >= NEAR_SCORE) else None


def _likeness(left: str, right: str) -> float:
    one, other = fold_text(left), fold_text(right)
    if not one or not other:
        return 0.0
    return max(fuzz.ratio(one, other), 0.95 * fuzz.token_sort_ratio(one, other)) / 100


def fit_answers(item: Item, answers: Sequence[str]) -> AnswerFit:
    """How the distinct answers of a column fit an item: by label, by code, by the place in `A1, A2, …`, or not."""
    asked = [answer for answer in answers if answer not in _KEPT_WORDS]
    if not asked:
        return AnswerFit(Fit.NONE)
    if not isinstance(item.answer, CodedAnswer):
        return AnswerFit(Fit.CODES if all(_in_range(item, answer) for answer in asked) else Fit.NONE)
    if set(asked) <= {str(code) for code in item.answer.codes}:
        return AnswerFit(Fit.CODES)
    best = max((_by_labels(labels, asked) for labels in _labels(item.answer)), key=len, default={})
    if len(best) >= len(asked):
        return AnswerFit(Fit.LABELS, _all_labels(item.answer, asked, best))
    if places := _by_places(item.answer, asked):
        return AnswerFit(Fit.PLACES, places)
    return AnswerFit(Fit.PARTLY, best) if best else AnswerFit(Fit.NONE)


def _in_range(item: Item, answer: str) -> bool:
    try:
        return item.answer.low <= float(answer) <= item.answer.high
    except ValueError:
        return False


def _labels(answer: CodedAnswer) -> list[dict[str, tuple[str, str]]]:
    """Per language: folded label -> (label, code); `does not apply` included."""
    languages = sorted({language for option in answer.options for language in option.label})
    found = []
    for language in languages:
        labels = {fold_text(option.label[language]): (option.label[language], str(option.code))
                  for option in answer.options if language in option.label}  # fmt: skip
        for label, word in MISSING_LABELS.get(language[:2], {}).items():
            labels.setdefault(fold_text(label), (label, word))
        if answer.not_applicable and language in answer.not_applicable:
            label = answer.not_applicable[language]
            labels[fold_text(label)] = (label, NOT_APPLICABLE)
        found.append(labels)
    return found


def _by_labels(labels: Mapping[str, tuple[str, str]], asked: Sequence[str]) -> dict[str, str]:
    return {answer: labels[fold_text(answer)][1] for answer in asked if fold_text(answer) in labels}


def _all_labels(answer: CodedAnswer, asked: Sequence[str], best: Mapping[str, str]) -> dict[str, str]:
    """The answers of the file, and the labels of its language that nobody chose this time."""
    values = dict(best)
    for labels in _labels(answer):
        if all(fold_text(text) in labels for text in asked):
            chosen = set(values.values())
            values.update({label: code for label, code in labels.values() if code not in chosen})
            break
    order = {str(code): place for place, code in enumerate(answer.codes)}
    return dict(sorted(values.items(), key=lambda pair: (order.get(pair[1], len(order)), pair[0])))


def _by_places(answer: CodedAnswer, asked: Sequence[str]) -> dict[str, str]:
    """`A1, A2, …` read as first, second … option; empty when the answers have no such form."""
    found: dict[str, str] = {}
    for text in asked:
        place = _PLACED_CODE.fullmatch(text)
        if place is None or not 1 <= int(place.group(1)) <= len(answer.options):
            return {}
        found[text] = str(answer.options[int(place.group(1)) - 1].code)
    return dict(sorted(found.items()))
