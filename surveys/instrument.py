"""Frozen types of an instrument file (CONTRACTS: input, instrument).

Nothing here knows how a score becomes an integer, a cell or a picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """Sensitivity of a measure; decides its least group size."""

    WORK = "work"
    SENSITIVE = "sensitive"
    GUARDED = "guarded"


class Direction(StrEnum):
    """What a high displayed score means."""

    WORSE = "higher_is_worse"
    BETTER = "higher_is_better"


class ScoreMethod(StrEnum):
    """How item answers become a score."""

    MEAN = "mean"
    SUM = "sum"


PREFER_NOT_TO_SAY = "prefer_not_to_say"
NOT_APPLICABLE = "not_applicable"
# How questionnaires word the two answers that every item may have (INSTRUMENTS 10.3).
MISSING_LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {"Prefer not to say": PREFER_NOT_TO_SAY, "Not applicable": NOT_APPLICABLE},
    "de": {"Möchte ich nicht beantworten": PREFER_NOT_TO_SAY, "Trifft nicht zu": NOT_APPLICABLE},
    "es": {"Prefiero no responder": PREFER_NOT_TO_SAY, "No se aplica": NOT_APPLICABLE},
}


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One answer that a respondent can choose. No label while its wording is not there."""

    code: int
    label: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CodedAnswer:
    """A closed set of answer codes."""

    options: tuple[AnswerOption, ...]
    not_applicable: Mapping[str, str] | None = None

    @property
    def codes(self) -> tuple[int, ...]:
        """All codes, ascending."""
        return tuple(sorted(option.code for option in self.options))

    @property
    def low(self) -> int:
        """The least code."""
        return self.codes[0]

    @property
    def high(self) -> int:
        """The greatest code."""
        return self.codes[-1]


@dataclass(frozen=True, slots=True)
class NumericAnswer:
    """A number between two whole bounds; kept to six decimals."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    `reverse_keyed`: it counts low + high - answer. `offset`: added to every answer before it counts, for
    data that number the same answers from 1 instead of 0. Without wording it can be scored, not asked.
    """

    id: str
    text: Mapping[str, str]
    text_status: Mapping[str, str]
    answer: CodedAnswer | NumericAnswer
    reverse_keyed: bool = False
    offset: int = 0

    @property
    def native_low(self) -> int:
        """The least number of points that an answer counts."""
        return self.answer.low + self.offset

    @property
    def native_high(self) -> int:
        """The greatest number of points that an answer counts."""
        return self.answer.high + self.offset


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Who counts as at risk, in native score points: `from_` or more, or `to` or less. Exactly one is set."""

    label: str
    from_: int | None = None
    to: int | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A score that can be reported for a group.

    `display_min` is the native score shown as 0, `display_max` the one shown as 100;
    they may run downwards (st1: 5 is 0, 1 is 100).
    `only_without`: a measure of its own only in a wave that asks none of these items.
    `explains`: what is asked and what high means. `cannot_say`: what nobody may read into it.
    """

    id: str
    name: Mapping[str, str]
    items: tuple[str, ...]
    method: ScoreMethod
    min_answered: int
    construct: str
    tier: Tier
    direction: Direction
    display_min: int
    display_max: int
    at_risk: AtRisk | None = None
    explains: Mapping[str, str] | None = None
    cannot_say: Mapping[str, str] | None = None
    is_released: bool = True
    only_without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instrument:
    """One version of one instrument, as its file says.

    `stem`: words above all its questions, by language. `notes`: for readers, such as what is left out and why.
    """

    id: str
    version: int
    name: str
    citation: str
    licence_tier: str
    licence_evidence: str
    attribution: str
    wording_shipped: bool
    validated: bool
    verified: bool
    recall_days: int | None
    items: tuple[Item, ...]
    measures: tuple[Measure, ...]
    sha256: str
    is_own: bool = False
    stem: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All instruments that a workspace knows: shipped ones and its own."""

    instruments: tuple[Instrument, ...]

    @property
    def items(self) -> dict[str, Item]:
        """Items by id; two instruments that share an item agree on it (the loader checks)."""
        return {item.id: item for instrument in self.instruments for item in instrument.items}

    @property
    def measures(self) -> dict[str, Measure]:
        """Measures by id."""
        return {measure.id: measure for instrument in self.instruments for measure in instrument.measures}

    def without_wording(self, item_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of the items that cannot be asked, since nobody supplied their wording yet."""
        items = self.items
        return tuple(item_id for item_id in item_ids if not items[item_id].text)

    def instrument_of(self, measure_id: str) -> Instrument:
        """The instrument that defines a measure."""
        for instrument in self.instruments:
            if any(measure.id == measure_id for measure in instrument.measures):
                return instrument
        raise KeyError(measure_id)

    def measures_asked(self, item_ids: frozenset[str]) -> tuple[Measure, ...]:
        """Measures all of whose items a wave asks, sorted by id; released or not."""
        asked = [
            measure
            for measure in self.measures.values()
            if item_ids.issuperset(measure.items) and not item_ids.intersection(measure.only_without)
        ]
        return tuple(sorted(asked, key=lambda measure: measure.id))
