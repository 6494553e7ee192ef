"""Draft an own instrument from closed questions of an export that no known item fits."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flows.collect.column_map import MappedColumn

__all__ = ["OwnQuestion", "draft_own_question", "own_instrument_yaml"]

MOST_OPTIONS = 10
LONGEST_LABEL = 60
LEAST_PER_LABEL = 3
"""A text given by fewer people may be somebody's own words: it is never taken as a label."""
_ANSWER_CODE = re.compile(r"[A-Za-z]{0,3}\d{1,3}|[YN]")


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A closed question of the organisation: `labels` in the order of their codes."""

    item_id: str
    title: str
    labels: tuple[str, ...]
    codes: tuple[int, ...]
    column: MappedColumn


def draft_own_question(
    column: str, title: str, counts: Mapping[str, int], taken: Collection[str]
) -> OwnQuestion | None:
    """An own question for a column with few distinct answers; None for free text, constants and rare texts.

    `counts`: answer -> rows, over all columns of the file, since the rows of a matrix share their answers.
    Numbers keep their value as code; other answers are numbered in sorted order.
    """
    labels = sorted(counts, key=_natural)
    if not 2 <= len(labels) <= MOST_OPTIONS or not all(_is_label(label, counts[label]) for label in labels):
        return None
    are_codes = all(re.fullmatch(r"\d{1,4}", label) and str(int(label)) == label for label in labels)
    codes = tuple(int(label) for label in labels) if are_codes else tuple(range(1, len(labels) + 1))
    values = None if are_codes else {label: str(code) for label, code in zip(labels, codes, strict=True)}
    return OwnQuestion(_own_id(column, taken), title, tuple(labels), codes, MappedColumn(column, values))


def _is_label(label: str, rows_n: int) -> bool:
    if _ANSWER_CODE.fullmatch(label):
        return True
    return rows_n >= LEAST_PER_LABEL and len(label) <= LONGEST_LABEL and "\n" not in label


def _natural(label: str) -> tuple[tuple[int, int, str], ...]:
    parts = re.findall(r"\d+|\D+", label.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def _own_id(column: str, taken: Collection[str]) -> str:
    plain = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode().casefold()
    stem = "own_" + ("_".join(re.findall(r"[a-z0-9]+", plain))[:24].strip("_") or "question")
    if stem not in taken:
        return stem
    return next(f"{stem}_{number}" for number in range(2, len(taken) + 3) if f"{stem}_{number}" not in taken)


def own_instrument_yaml(questions: Sequence[OwnQuestion], language: str) -> str:
    """An instrument file of these questions, one measure each, tier sensitive; directions are to be checked."""
    lines = [
        "# Drafted from an export. Check of every question: the order of its answers, direction and display.",
        "# A measure is collected once its line in the column map is taken up.",
        "id: own",
        "version: 1",
        "name: Own questions",
        'citation: ""',
        "licence_tier: A",
        'licence_evidence: "written by this organisation"',
        'attribution: ""',
        "wording_shipped: true",
        "validated: false",
        "verified: false",
        "recall_days: null",
        "items:",
    ]
    for question in questions:
        lines.extend(_item_lines(question, language))
    lines.append("measures:")
    for question in questions:
        lines.extend(_measure_lines(question))
    return "\n".join(lines) + "\n"


def _item_lines(question: OwnQuestion, language: str) -> list[str]:
    options = [
        f"        - {{ code: {code}, label: {{ {language}: {_quoted(label)} }} }}"
        for code, label in zip(question.codes, question.labels, strict=True)
    ]
    return [
        f"  - id: {question.item_id}",
        f"    text: {{ {language}: {_quoted(question.title)} }}",
        f"    text_status: {{ {language}: ours }}",
        "    answer:",
        "      kind: coded",
        "      options:",
        *options,
        "    reverse_keyed: false",
    ]


def _measure_lines(question: OwnQuestion) -> list[str]:
    return [
        f"  - id: {question.item_id}",
        f"    items: [{question.item_id}]",
        "    score: { method: mean, min_answered: 1 }",
        "    construct: own",
        "    tier: sensitive",
        "    direction: higher_is_worse   # check",
        f"    display: {{ min: {min(question.codes)}, max: {max(question.codes)} }}",
    ]


def _quoted(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))
    return json.dumps(plain, ensure_ascii=False)
