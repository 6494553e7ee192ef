"""What a questionnaire holds, whatever the tool that asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

UNIT, BREAKDOWN = "unit", "breakdown"


class UnitBy(StrEnum):
    """How a respondent's unit is told: chosen from a list, or carried by the link that a unit gets."""

    LIST = "list"
    LINK = "link"


class QuestionnaireError(Exception):
    """No questionnaire can be made; the message says why and what to do. It never holds an answer."""


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that people are attached to.

    `is_inner`: other units lie below it. `parent_name` tells equal names apart.
    """

    unit_id: str
    name: str
    is_inner: bool
    parent_name: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its code in the tool, what it means (answer code, unit id, breakdown value), labels by language."""

    code: str
    meaning: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `name`: its column. `target`: item id, `unit` or `breakdown`.

    `choices` empty: a number between `bounds`. `hints`: small print beside it. `is_hidden`: the link answers it.
    """

    name: str
    target: str
    texts: Mapping[str, str]
    hints: Mapping[str, str]
    choices: tuple[Choice, ...] = ()
    bounds: tuple[int, int] | None = None
    is_required: bool = False
    is_hidden: bool = False

    def choice_texts(self) -> Mapping[str, str]:
        """Everything that an export can hold for an answer, its code or a label in any language, to its meaning.

        A label that two answers share tells nothing and is left out.
        """
        meanings: dict[str, set[str]] = {}
        for choice in self.choices:
            for text in (choice.code, *choice.labels.values()):
                meanings.setdefault(text.strip().casefold(), set()).add(choice.meaning)
        texts = {choice.code: choice.meaning for choice in self.choices}
        for choice in self.choices:
            for label in choice.labels.values():
                if len(meanings[label.strip().casefold()]) == 1:
                    texts.setdefault(label, choice.meaning)
        return texts


@dataclass(frozen=True, slots=True)
class Page:
    """Questions that stand together. `has_signpost`: with the signpost above them."""

    titles: Mapping[str, str]
    questions: tuple[Question, ...]
    has_signpost: bool


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A wave's questions in their order, with the texts around them, in every language of the survey."""

    wave_id: str
    languages: tuple[str, ...]
    titles: Mapping[str, str]
    welcome: Mapping[str, str]
    thanks: Mapping[str, str]
    help_titles: Mapping[str, str]
    signpost: Mapping[str, str]
    pages: tuple[Page, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in their order."""
        return tuple(question for page in self.pages for question in page.questions)

    @property
    def unit(self) -> Question:
        """The question that tells the unit."""
        return next(question for question in self.questions if question.target == UNIT)


@dataclass(frozen=True, slots=True)
class AnswerColumns:
    """What the columns of a tool's export mean; becomes a column map.

    `columns`: target to column. `complete`: column and the value that says sent in; no value: any.
    `drop`: columns of the tool itself. `texts`: target to the meaning of every text that a cell can hold.
    """

    tool: str
    columns: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    complete: tuple[str, str | None] | None
    drop: tuple[str, ...]
