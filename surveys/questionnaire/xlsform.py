"""XLSForm, the workbook that KoboToolbox, ODK and Enketo read."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from surveys.questionnaire.model import AnswerColumns, Question, Questionnaire

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_LANGUAGE_NAMES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "es": "Español", "es-US": "Español US"}
_DROPDOWN_FROM = 16
_Row = dict[str, str]
# The codes of a list, each with its labels by language.
_Key = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def workbook_xlsx(questionnaire: Questionnaire) -> bytes:
    """The workbook. It asks the tool for no start or end time, device, user or place."""
    import openpyxl

    lists = _lists(questionnaire)
    sheets = {
        "survey": list(_survey(questionnaire, lists)),
        "choices": list(_choices(lists)),
        "settings": [_settings(questionnaire)],
    }
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        _fill(workbook.create_sheet(name), rows)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _fill(sheet: Worksheet, rows: Sequence[_Row]) -> None:
    headings = tuple(dict.fromkeys(heading for row in rows for heading in row))
    for column, heading in enumerate(headings, start=1):
        sheet.cell(1, column, heading)
        for line, row in enumerate(rows, start=2):
            cell = sheet.cell(line, column)
            # A string whatever it begins with: never a formula.
            cell.value, cell.data_type = row.get(heading) or None, "s" if row.get(heading) else "n"


def language_name(language: str) -> str:
    """A language as XLSForm names it in headings, such as `Deutsch (de)`; it knows codes without region only."""
    return f"{_LANGUAGE_NAMES.get(language, language)} ({language.partition('-')[0]})"


def _translated(heading: str, texts: Mapping[str, str]) -> _Row:
    return {f"{heading}::{language_name(language)}": _shown(text) for language, text in texts.items()}


def _shown(text: str) -> str:
    """Text that is shown as it is: `${` would put an answer in, `<` begin a tag."""
    return text.replace("${", "$ {").replace("<", "‹").replace(">", "›")


def _lists(questionnaire: Questionnaire) -> dict[_Key, str]:
    """Name of each list of choices; questions with the same answers share one."""
    lists: dict[_Key, str] = {}
    for question in questionnaire.questions:
        # A hidden question needs no list: the link carries its code.
        if question.choices and not question.is_hidden:
            lists.setdefault(_key(question), f"answers_{len(lists) + 1}")
    return lists


def _key(question: Question) -> _Key:
    return tuple((choice.code, tuple(choice.labels.items())) for choice in question.choices)


def _survey(questionnaire: Questionnaire, lists: Mapping[_Key, str]) -> Iterator[_Row]:
    yield _note("welcome", questionnaire.welcome)
    yield _help("help", questionnaire)
    for number, page in enumerate(questionnaire.pages, start=1):
        if page.has_signpost:
            yield _help(f"help_{number}", questionnaire)
        for question in page.questions:
            yield _question(question, lists)
    yield _help("thanks", questionnaire)


def _note(name: str, texts: Mapping[str, str]) -> _Row:
    return {"type": "note", "name": name, **_translated("label", texts)}


def _help(name: str, questionnaire: Questionnaire) -> _Row:
    titles, texts = questionnaire.help_titles, questionnaire.signpost
    return _note(name, {language: f"{titles[language]}: {texts[language]}" for language in questionnaire.languages})


def _question(question: Question, lists: Mapping[_Key, str]) -> _Row:
    if question.is_hidden:
        return {"type": "hidden", "name": question.name}
    row = {"type": "decimal", "name": question.name}
    if question.choices:
        row["type"] = f"select_one {lists[_key(question)]}"
        row["appearance"] = "minimal" if len(question.choices) >= _DROPDOWN_FROM else ""
    if question.bounds:
        row["constraint"] = f". >= {question.bounds[0]} and . <= {question.bounds[1]}"
    if question.is_required:
        row["required"] = "yes"
    hints = {language: hint for language, hint in question.hints.items() if hint}
    return {**row, **_translated("label", question.texts), **_translated("hint", hints)}


def _choices(lists: Mapping[_Key, str]) -> Iterator[_Row]:
    for choices, name in lists.items():
        for code, labels in choices:
            yield {"list_name": name, "name": code, **_translated("label", dict(labels))}


def _settings(questionnaire: Questionnaire) -> _Row:
    first = questionnaire.languages[0]
    form_id = "".join(sign if sign.isalnum() else "_" for sign in questionnaire.wave_id)
    return {
        "form_title": questionnaire.titles[first],
        "form_id": f"quorum_{form_id}",
        "version": questionnaire.wave_id,
        "default_language": language_name(first),
    }


def answer_columns(questionnaire: Questionnaire) -> AnswerColumns:
    """What the columns of an export mean, with XML names or labels as values."""
    return AnswerColumns(
        tool="kobo",
        columns={question.target: question.name for question in questionnaire.questions},
        texts={question.target: _texts(question) for question in questionnaire.questions if question.choices},
        complete=None,
        drop=("_id", "_uuid", "_submission_time", "_submitted_by"),
    )


def _texts(question: Question) -> dict[str, str]:
    """What a cell can hold; labels also as the tool shows them."""
    texts = question.choice_texts()
    return {_shown(text): meaning for text, meaning in texts.items()} | dict(texts)
