"""A form as plain CSV: an empty tidy file to fill in, and a codebook that says what every code means."""

from __future__ import annotations

from collections.abc import Iterator

from surveys.instrument import PREFER_NOT_TO_SAY
from surveys.questionnaire.model import BREAKDOWN, UNIT, Question, Questionnaire
from surveys.questionnaire.safe_csv import write_csv

CODEBOOK = ("column", "language", "question", "hint", "value", "label")


def template_csv(questionnaire: Questionnaire, breakdown_id: str | None) -> bytes:
    """The headings of a tidy file; its columns are their own column map."""
    return write_csv(tuple(_column(question, breakdown_id) for question in questionnaire.questions), ())


def codebook_csv(questionnaire: Questionnaire, breakdown_id: str | None) -> bytes:
    """One line for each question, language and answer."""
    return write_csv(CODEBOOK, _lines(questionnaire, breakdown_id))


def _column(question: Question, breakdown_id: str | None) -> str:
    return {UNIT: "unit_id", BREAKDOWN: breakdown_id or BREAKDOWN}.get(question.target, question.target)


def _lines(questionnaire: Questionnaire, breakdown_id: str | None) -> Iterator[tuple[str, ...]]:
    for question in questionnaire.questions:
        for language in questionnaire.languages:
            head = (_column(question, breakdown_id), language, question.texts[language])
            hint = question.hints.get(language, "")
            for value, label in _answers(question, language):
                yield (*head, hint, value, label)


def _answers(question: Question, language: str) -> Iterator[tuple[str, str]]:
    if question.bounds:
        yield f"{question.bounds[0]} to {question.bounds[1]}", ""
        yield PREFER_NOT_TO_SAY, ""
    for choice in question.choices:
        yield choice.meaning, choice.labels[language]
