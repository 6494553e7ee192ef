"""LimeSurvey's tab separated survey structure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from surveys.questionnaire.limesurvey import (
    SETTINGS,
    LimeQuestion,
    as_html,
    lime_languages,
    lime_questions,
    page_html,
    thanks_html,
    welcome_html,
)
from surveys.questionnaire.model import Page, Questionnaire

# The attributes of questions follow the fixed columns.
HEADINGS = (
    "id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language", "validation",
    "mandatory", "encrypted", "other", "default", "same_default", "hidden", "min_num_value_n", "max_num_value_n",
)  # fmt: skip
_FIRST_QUESTION_ID = 101


def structure_tsv(questionnaire: Questionnaire) -> bytes:
    """The structure file, UTF-8 with a byte order mark as LimeSurvey writes it. Raises QuestionnaireError."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, HEADINGS, delimiter="\t", lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(_settings(questionnaire))
    for language, name in lime_languages(questionnaire).items():
        writer.writerows(_language_settings(questionnaire, language, name))
        writer.writerows(_groups(questionnaire, language, name))
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")


def _settings(questionnaire: Questionnaire) -> Iterator[dict[str, str]]:
    names = list(lime_languages(questionnaire).values())
    settings = {"language": names[0], "additional_languages": " ".join(names[1:]), **SETTINGS}
    for name, value in settings.items():
        yield {"class": "S", "name": name, "text": value}


def _language_settings(questionnaire: Questionnaire, language: str, name: str) -> Iterator[dict[str, str]]:
    texts = {
        "surveyls_title": as_html(questionnaire.titles[language]),
        "surveyls_welcometext": welcome_html(questionnaire, language),
        "surveyls_endtext": thanks_html(questionnaire, language),
    }
    for key, text in texts.items():
        yield {"class": "SL", "name": key, "text": text, "language": name}


def _groups(questionnaire: Questionnaire, language: str, name: str) -> Iterator[dict[str, str]]:
    questions, question_id = lime_questions(questionnaire), _FIRST_QUESTION_ID
    for number, page in enumerate(questionnaire.pages, start=1):
        yield _group(questionnaire, page, number, language, name)
        for question in page.questions:
            yield _question(questions[question.target], question_id, language, name)
            yield from _answers(questions[question.target], language, name)
            question_id += 1


def _group(questionnaire: Questionnaire, page: Page, number: int, language: str, name: str) -> dict[str, str]:
    return {
        "id": str(number),
        "class": "G",
        "name": as_html(page.titles[language]),
        "relevance": "1",
        "text": page_html(questionnaire, language, page.has_signpost),
        "language": name,
    }


def _question(lime: LimeQuestion, question_id: int, language: str, name: str) -> dict[str, str]:
    return {
        "id": str(question_id),
        "class": "Q",
        "type/scale": lime.kind,
        "name": lime.code,
        "relevance": "1",
        "text": as_html(lime.question.texts[language]),
        "help": as_html(lime.question.hints.get(language, "")),
        "language": name,
        "mandatory": "Y" if lime.question.is_required else "N",
        "encrypted": "N",
        "other": "N",
        **lime.attributes,
    }


def _answers(lime: LimeQuestion, language: str, name: str) -> Iterator[dict[str, str]]:
    for choice in lime.question.choices:
        text = as_html(choice.labels[language])
        yield {"class": "A", "type/scale": "0", "name": choice.code, "text": text, "language": name}
