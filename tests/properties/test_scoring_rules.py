"""Rules that every score obeys, over all shipped instruments: reversing, bounds, order, and the oracle."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.score.scale import measure_scale
from flows.score.score import score_answers
from surveys.instrument import CodedAnswer, Item, Measure, ScoreMethod
from surveys.load import load_catalogue

CATALOGUE = load_catalogue()
MEASURES = tuple(CATALOGUE.measures.values())
Answers = dict[str, int | None]


@st.composite
def answered(draw: st.DrawFn) -> tuple[Measure, dict[str, Item], Answers]:
    """A shipped measure, its items, and one person's answers."""
    measure = draw(st.sampled_from(MEASURES))
    items = {item_id: CATALOGUE.items[item_id] for item_id in measure.items}
    return measure, items, {item_id: draw(st.none() | st.sampled_from(_codes(item))) for item_id, item in items.items()}


def _codes(item: Item) -> tuple[int, ...]:
    assert isinstance(item.answer, CodedAnswer)
    return item.answer.codes


def _score(measure: Measure, items: dict[str, Item], answers: Answers) -> int | None:
    frame = pl.DataFrame([answers], schema=dict.fromkeys(answers, pl.Int16))
    (score,) = score_answers(frame, [measure], items)[measure.id].to_list()
    return None if score is None else int(score)


def _mirrored(item: Item, answer: int | None) -> int | None:
    return None if answer is None else item.answer.low + item.answer.high - answer


@settings(max_examples=100, deadline=None)
@given(answered())
def test_reversing_key_and_answer_changes_nothing(case: tuple[Measure, dict[str, Item], Answers]) -> None:
    measure, items, answers = case
    turned = {item_id: replace(item, reverse_keyed=not item.reverse_keyed) for item_id, item in items.items()}
    mirrored = {item_id: _mirrored(items[item_id], answer) for item_id, answer in answers.items()}
    assert _score(measure, turned, mirrored) == _score(measure, items, answers)


@settings(max_examples=100, deadline=None)
@given(answered())
def test_a_score_lies_between_nought_and_its_range(case: tuple[Measure, dict[str, Item], Answers]) -> None:
    measure, items, answers = case
    score = _score(measure, items, answers)
    answered_n = sum(answer is not None for answer in answers.values())
    assert (score is None) == (answered_n < measure.min_answered)
    assert score is None or 0 <= score <= measure_scale(measure, items, "m").range_units


@settings(max_examples=100, deadline=None)
@given(answered(), st.randoms(use_true_random=False))
def test_the_order_of_items_and_of_columns_does_not_matter(
    case: tuple[Measure, dict[str, Item], Answers], chance: object
) -> None:
    measure, items, answers = case
    order, columns = list(measure.items), list(answers)
    chance.shuffle(order)  # type: ignore[attr-defined]
    chance.shuffle(columns)  # type: ignore[attr-defined]
    shuffled = replace(measure, items=tuple(order))
    assert _score(shuffled, items, {name: answers[name] for name in columns}) == _score(measure, items, answers)


@settings(max_examples=150, deadline=None)
@given(answered())
def test_a_shipped_score_is_the_one_worked_out_by_hand(case: tuple[Measure, dict[str, Item], Answers]) -> None:
    measure, items, answers = case
    points = []
    for item_id, answer in answers.items():
        if answer is not None:
            item = items[item_id]
            points.append((item.answer.low + item.answer.high - answer if item.reverse_keyed else answer) + item.offset)
    expected = None
    if len(points) >= measure.min_answered:
        native = sum(points) if measure.method is ScoreMethod.SUM else Fraction(sum(points), len(points))
        expected = (native - Fraction(measure.display_min)) / (measure.display_max - measure.display_min)
    score = _score(measure, items, answers)
    found = None if score is None else Fraction(score, measure_scale(measure, items, "m").range_units)
    assert found == expected


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.id)
def test_the_ends_of_a_measure_are_reached(measure: Measure) -> None:
    items = {item_id: CATALOGUE.items[item_id] for item_id in measure.items}
    low = {name: item.answer.high if item.reverse_keyed else item.answer.low for name, item in items.items()}
    high = {name: _mirrored(items[name], answer) for name, answer in low.items()}
    assert {_score(measure, items, dict(low)), _score(measure, items, high)} == {
        0,
        measure_scale(measure, items, "m").range_units,
    }
