"""REDCap's data dictionary: one CSV file with eighteen columns, in one language."""

from __future__ import annotations

from collections.abc import Iterator

from surveys.questionnaire.model import AnswerColumns, Question, Questionnaire
from surveys.questionnaire.safe_csv import write_csv

FORM = "quorum_pulse"
HEADINGS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
_DROPDOWN_FROM = 16
# The words before the tag keep a spreadsheet from reading it as a formula.
_HIDDEN = "set by the link @HIDDEN-SURVEY"


def dictionary_csv(questionnaire: Questionnaire, language: str) -> bytes:
    """The data dictionary in one language; REDCap keeps other languages apart from it."""
    rows = ([row.get(heading, "") for heading in HEADINGS] for row in _rows(questionnaire, language))
    return write_csv(HEADINGS, rows)


def _rows(questionnaire: Questionnaire, language: str) -> Iterator[dict[str, str]]:
    yield _field("record_id", "text", "Record ID")
    yield _field("welcome", "descriptive", _lines(questionnaire.welcome[language], _help(questionnaire, language)))
    for number, page in enumerate(questionnaire.pages, start=1):
        if page.has_signpost:
            yield _field(f"help_{number}", "descriptive", _help(questionnaire, language))
        for question in page.questions:
            yield _question(question, language)
    yield _field("thanks", "descriptive", _lines(questionnaire.thanks[language], _help(questionnaire, language)))


def _help(questionnaire: Questionnaire, language: str) -> str:
    return _lines(questionnaire.help_titles[language], questionnaire.signpost[language])


def _lines(*parts: str) -> str:
    return "\n".join(_shown(part) for part in parts)


def _shown(text: str) -> str:
    """Text that REDCap shows as it is: no tag, and no square brackets, in which it puts answers in."""
    return text.replace("<", "&lt;").replace(">", "&gt;").replace("[", "(").replace("]", ")")


def _field(name: str, kind: str, label: str) -> dict[str, str]:
    return {HEADINGS[0]: name, HEADINGS[1]: FORM, HEADINGS[3]: kind, HEADINGS[4]: label}


def _question(question: Question, language: str) -> dict[str, str]:
    kind = "text" if not question.choices else "dropdown" if len(question.choices) >= _DROPDOWN_FROM else "radio"
    row = _field(question.name, kind, _shown(question.texts[language]))
    row["Field Note"] = _shown(question.hints.get(language, ""))
    row["Required Field?"] = "y" if question.is_required else ""
    row["Field Annotation"] = _HIDDEN if question.is_hidden else ""
    if question.bounds:
        row["Text Validation Type OR Show Slider Number"] = "number"
        row["Text Validation Min"], row["Text Validation Max"] = (str(bound) for bound in question.bounds)
    # A bar divides choices.
    choices = (f"{choice.code}, {_shown(choice.labels[language]).replace('|', '/')}" for choice in question.choices)
    row["Choices, Calculations, OR Slider Labels"] = " | ".join(choices)
    row["Custom Alignment"] = "LV" if question.choices else ""
    return row


def answer_columns(questionnaire: Questionnaire) -> AnswerColumns:
    """What the columns of a raw export mean."""
    return AnswerColumns(
        tool="redcap",
        columns={question.target: question.name for question in questionnaire.questions},
        texts={question.target: _texts(question) for question in questionnaire.questions if question.choices},
        complete=(f"{FORM}_complete", "2"),
        drop=("record_id", "redcap_survey_identifier", f"{FORM}_timestamp"),
    )


def _texts(question: Question) -> dict[str, str]:
    """What a cell can hold; labels also as the tool shows them."""
    texts = question.choice_texts()
    return {_shown(text): meaning for text, meaning in texts.items()} | dict(texts)
