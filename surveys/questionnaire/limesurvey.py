"""LimeSurvey: its settings, question types and codes, for both of its structure files, and what its exports mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from surveys.questionnaire.codes import limesurvey_names
from surveys.questionnaire.model import AnswerColumns, Question, Questionnaire, QuestionnaireError

# What keeps a survey anonymous, and what keeps the server from mailing or showing answers.
SETTINGS: Mapping[str, str] = {
    "format": "G", "anonymized": "Y", "datestamp": "N", "ipaddr": "N", "ipanonymize": "Y", "refurl": "N",
    "savetimings": "N", "usecookie": "N", "allowsave": "N", "allowprev": "Y", "allowregister": "N",
    "alloweditaftercompletion": "N", "tokenanswerspersistence": "N", "usecaptcha": "N", "listpublic": "N",
    "publicstatistics": "N", "publicgraphs": "N", "printanswers": "N", "assessments": "N", "sendconfirmation": "N",
    "autoredirect": "N", "htmlemail": "Y", "showwelcome": "Y", "showprogress": "Y", "showgroupinfo": "B",
    "shownoanswer": "N", "showxquestions": "N", "showqnumcode": "X", "questionindex": "0", "navigationdelay": "0",
    "nokeyboard": "N", "usetokens": "N",
}  # fmt: skip
METADATA = ("id", "submitdate", "lastpage", "startlanguage", "seed")
# Languages that LimeSurvey has under the same name, with a region too; any other region goes by its language.
_REGIONS = frozenset({"es-AR", "es-CL", "es-MX", "pt-BR", "zh-Hans"})
_DROPDOWN_FROM = 16
_ENTITY = re.compile(r"&(?=#?\w+;)")


@dataclass(frozen=True, slots=True)
class LimeQuestion:
    """A question with LimeSurvey's type, theme and code."""

    question: Question
    code: str
    kind: str
    theme: str

    @property
    def attributes(self) -> Mapping[str, str]:
        """Attributes that are not LimeSurvey's own default."""
        attributes = {"hidden": "1"} if self.question.is_hidden else {}
        if self.question.bounds:
            low, high = self.question.bounds
            attributes |= {"min_num_value_n": str(low), "max_num_value_n": str(high)}
        return attributes


def lime_questions(questionnaire: Questionnaire) -> dict[str, LimeQuestion]:
    """Every question as LimeSurvey asks it, by target."""
    codes = limesurvey_names(question.name for question in questionnaire.questions)
    return {
        question.target: LimeQuestion(question, codes[question.name], *_kind(question))
        for question in questionnaire.questions
    }


def _kind(question: Question) -> tuple[str, str]:
    if not question.choices:
        return "N", "numerical"
    return ("!", "list_dropdown") if len(question.choices) >= _DROPDOWN_FROM else ("L", "listradio")


def lime_languages(questionnaire: Questionnaire) -> dict[str, str]:
    """LimeSurvey's name of each language. Raises QuestionnaireError where two languages have the same one."""
    names: dict[str, str] = {}
    for language in questionnaire.languages:
        name = language if language in _REGIONS else language.partition("-")[0]
        if name in names.values():
            raise QuestionnaireError(
                f"languages: LimeSurvey has one `{name}`, and `{language}` would be a second. "
                "Keep one of them: --language, or [survey] languages in quorum.toml."
            )
        names[language] = name
    return names


def page_html(questionnaire: Questionnaire, language: str, has_signpost: bool) -> str:
    """What stands above the questions of a page."""
    if not has_signpost:
        return ""
    title, text = questionnaire.help_titles[language], questionnaire.signpost[language]
    return f"<p><strong>{as_html(title)}</strong><br>{as_html(text)}</p>"


def welcome_html(questionnaire: Questionnaire, language: str) -> str:
    """The start page: what this is, and the signpost."""
    return f"<p>{as_html(questionnaire.welcome[language])}</p>{page_html(questionnaire, language, True)}"


def thanks_html(questionnaire: Questionnaire, language: str) -> str:
    """The last page, with the signpost again."""
    return f"<p>{as_html(questionnaire.thanks[language])}</p>{page_html(questionnaire, language, True)}"


def as_html(text: str) -> str:
    """Text that LimeSurvey shows as it is: no tag, no entity, and no expression in braces."""
    safe = _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("{", "&#123;").replace("}", "&#125;")


def answer_columns(questionnaire: Questionnaire) -> AnswerColumns:
    """What the columns of an export mean whose headings are question codes."""
    return _columns(questionnaire, {target: each.code for target, each in lime_questions(questionnaire).items()})


def answer_columns_by_text(questionnaire: Questionnaire, language: str) -> AnswerColumns:
    """What the columns of an export mean whose headings are the full questions in a language, LimeSurvey's default."""
    texts = {question.target: " ".join(question.texts[language].split()) for question in questionnaire.questions}
    return _columns(questionnaire, texts)


def _columns(questionnaire: Questionnaire, columns: Mapping[str, str]) -> AnswerColumns:
    return AnswerColumns(
        tool="limesurvey",
        columns=columns,
        texts={question.target: question.choice_texts() for question in questionnaire.questions if question.choices},
        complete=("submitdate", None),
        drop=tuple(name for name in METADATA if name != "submitdate"),
    )
