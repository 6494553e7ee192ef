"""LimeSurvey's survey structure, `.lss`: the tables of its database as XML, as its own export writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

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
from surveys.questionnaire.model import Questionnaire

# The layout of LimeSurvey 6; newer versions read it, and turn its tables into their own.
DB_VERSION = "630"
_TEMPLATE = "fruity_twentythree"
_QUESTION_FIELDS = (
    "qid", "parent_qid", "sid", "gid", "type", "title", "preg", "other", "mandatory", "encrypted", "question_order",
    "scale_id", "same_default", "relevance", "question_theme_name", "modulename", "same_script",
)  # fmt: skip
_DATE_FORMATS = {"de": "1", "en": "6", "es": "5"}
_Row = Mapping[str, str | None]


def structure_lss(questionnaire: Questionnaire) -> bytes:
    """The structure file. Raises QuestionnaireError."""
    languages = lime_languages(questionnaire)
    questions = lime_questions(questionnaire)
    survey_id = _survey_id(questionnaire)
    tables = (
        ("answers", _answers(questions)),
        ("answer_l10ns", _answer_texts(questions, languages)),
        ("groups", _groups(questionnaire, survey_id)),
        ("group_l10ns", _group_texts(questionnaire, languages, survey_id)),
        ("questions", _questions(questionnaire, questions, survey_id)),
        ("question_l10ns", _question_texts(questions, languages)),
        ("question_attributes", _attributes(questions)),
        ("surveys", [_survey(languages, survey_id)]),
        ("surveys_languagesettings", _survey_texts(questionnaire, languages, survey_id)),
    )
    head = "".join(f"  <language>{name}</language>\n" for name in languages.values())
    body = "".join(_table(name, list(rows)) for name, rows in tables)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<document>\n <LimeSurveyDocType>Survey</LimeSurveyDocType>\n'
        f" <DBVersion>{DB_VERSION}</DBVersion>\n <languages>\n{head} </languages>\n{body}</document>\n"
    ).encode()


def _survey_id(questionnaire: Questionnaire) -> str:
    """Six digits of the wave; LimeSurvey takes another number where this one is in use."""
    digest = hashlib.sha256(questionnaire.wave_id.encode()).digest()
    return str(100_000 + int.from_bytes(digest[:4], "big") % 900_000)


def _table(name: str, rows: list[_Row]) -> str:
    """One table; nothing where it has no rows, as LimeSurvey writes it."""
    if not rows:
        return ""
    fields = "".join(f"   <fieldname>{field}</fieldname>\n" for field in rows[0])
    lines = "".join(f"   <row>\n{''.join(_cell(field, row[field]) for field in rows[0])}   </row>\n" for row in rows)
    return f" <{name}>\n  <fields>\n{fields}  </fields>\n  <rows>\n{lines}  </rows>\n </{name}>\n"


def _cell(field: str, value: str | None) -> str:
    if not value:
        return f"    <{field}/>\n"
    text = value.replace("]]>", "]]]]><![CDATA[>")
    return f"    <{field}><![CDATA[{text}]]></{field}>\n"


def _numbered(questions: Mapping[str, LimeQuestion]) -> Iterable[tuple[str, LimeQuestion]]:
    """Question id and question, in their order."""
    return ((str(number), lime) for number, lime in enumerate(questions.values(), start=1))


def _numbered_answers(questions: Mapping[str, LimeQuestion]) -> Iterator[tuple[str, str, int, str, Mapping[str, str]]]:
    """Answer id, question id, place, code and labels of every answer."""
    answer_id = 0
    for qid, lime in _numbered(questions):
        for place, choice in enumerate(lime.question.choices, start=1):
            answer_id += 1
            yield str(answer_id), qid, place, choice.code, choice.labels


def _answers(questions: Mapping[str, LimeQuestion]) -> Iterator[_Row]:
    for aid, qid, place, code, _ in _numbered_answers(questions):
        row = {"aid": aid, "qid": qid, "code": code, "sortorder": str(place)}
        yield {**row, "assessment_value": "0", "scale_id": "0"}


def _answer_texts(questions: Mapping[str, LimeQuestion], languages: Mapping[str, str]) -> Iterator[_Row]:
    number = 0
    for aid, _, _, _, labels in _numbered_answers(questions):
        for language, name in languages.items():
            number += 1
            yield {"id": str(number), "aid": aid, "answer": as_html(labels[language]), "language": name}


def _groups(questionnaire: Questionnaire, survey_id: str) -> Iterator[_Row]:
    for number in range(1, len(questionnaire.pages) + 1):
        place = {"gid": str(number), "sid": survey_id, "group_order": str(number)}
        yield {**place, "randomization_group": None, "grelevance": "1"}


def _group_texts(questionnaire: Questionnaire, languages: Mapping[str, str], survey_id: str) -> Iterator[_Row]:
    row_id = 0
    for number, page in enumerate(questionnaire.pages, start=1):
        for language, name in languages.items():
            row_id += 1
            yield {
                "id": str(row_id),
                "gid": str(number),
                "group_name": as_html(page.titles[language]),
                "description": page_html(questionnaire, language, page.has_signpost),
                "language": name,
                "sid": survey_id,
                "group_order": str(number),
                "randomization_group": None,
                "grelevance": "1",
            }


def _questions(questionnaire: Questionnaire, questions: Mapping[str, LimeQuestion], sid: str) -> Iterator[_Row]:
    ids = {lime.question.target: qid for qid, lime in _numbered(questions)}
    for number, page in enumerate(questionnaire.pages, start=1):
        for place, question in enumerate(page.questions):
            lime = questions[question.target]
            row: dict[str, str | None] = dict.fromkeys(_QUESTION_FIELDS)
            row |= {"qid": ids[question.target], "parent_qid": "0", "sid": sid, "gid": str(number), "type": lime.kind}
            row |= {"title": lime.code, "other": "N", "mandatory": "Y" if question.is_required else "N"}
            row |= {"encrypted": "N", "question_order": str(place), "scale_id": "0", "same_default": "0"}
            yield row | {"relevance": "1", "question_theme_name": lime.theme, "same_script": "0"}


def _question_texts(questions: Mapping[str, LimeQuestion], languages: Mapping[str, str]) -> Iterator[_Row]:
    number = 0
    for qid, lime in _numbered(questions):
        for language, name in languages.items():
            number += 1
            yield {
                "id": str(number),
                "qid": qid,
                "question": as_html(lime.question.texts[language]),
                "help": as_html(lime.question.hints.get(language, "")),
                "script": None,
                "language": name,
            }


def _attributes(questions: Mapping[str, LimeQuestion]) -> Iterator[_Row]:
    for qid, lime in _numbered(questions):
        for attribute, value in lime.attributes.items():
            yield {"qid": qid, "attribute": attribute, "value": value, "language": None}


def _survey(languages: Mapping[str, str], survey_id: str) -> _Row:
    """The settings of the survey: the server fills in owner, addresses and tokens."""
    names = list(languages.values())
    others = " ".join(names[1:])
    return {"sid": survey_id, "gsid": "1", **SETTINGS, "template": _TEMPLATE, "language": names[0],
            "additional_languages": others, "showsurveypolicynotice": "0", "autonumber_start": "0",
            "tokenlength": "15"}  # fmt: skip


def _survey_texts(questionnaire: Questionnaire, languages: Mapping[str, str], survey_id: str) -> Iterator[_Row]:
    for language, name in languages.items():
        yield {
            "surveyls_survey_id": survey_id,
            "surveyls_language": name,
            "surveyls_title": as_html(questionnaire.titles[language]),
            "surveyls_description": None,
            "surveyls_welcometext": welcome_html(questionnaire, language),
            "surveyls_endtext": thanks_html(questionnaire, language),
            "surveyls_dateformat": _DATE_FORMATS.get(name, "6"),
            "surveyls_numberformat": "0",
        }
