"""Scores in exact integer units agree with plain fractions, for random measures and answers."""

from __future__ import annotations

from fractions import Fraction

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.score.scale import measure_scale
from flows.score.score import score_answers
from surveys.instrument import AnswerOption, CodedAnswer, Direction, Item, Measure, ScoreMethod, Tier


@st.composite
def cases(draw: st.DrawFn) -> tuple[Measure, dict[str, Item], list[list[int | None]]]:
    size = draw(st.integers(1, 7))
    codes = draw(st.sampled_from([(0, 1, 2, 3), (1, 2, 3, 4, 5), (0, 25, 50, 75, 100), (0, 2, 4)]))
    answer = CodedAnswer(tuple(AnswerOption(code, {}) for code in codes))
    items = {f"i{n}": Item(f"i{n}", {}, {}, answer, draw(st.booleans())) for n in range(size)}
    method = draw(st.sampled_from(list(ScoreMethod)))
    least = size if method is ScoreMethod.SUM else draw(st.integers(1, size))
    low, high = codes[0], codes[-1]
    if method is ScoreMethod.SUM:
        low, high = low * size, high * size
    ends = draw(st.permutations([low, high]))
    measure = Measure("m", {}, tuple(items), method, least, "burnout", Tier.WORK, Direction.WORSE, ends[0], ends[1])
    people = draw(st.lists(st.lists(st.sampled_from([None, *codes]), min_size=size, max_size=size), max_size=8))
    return measure, items, people


def oracle(measure: Measure, items: dict[str, Item], answers: list[int | None]) -> Fraction | None:
    """0 to 1, as an occupational psychologist would work it out by hand."""
    values = []
    for item_id, answer in zip(measure.items, answers, strict=True):
        if answer is not None:
            codes = items[item_id].answer
            values.append(Fraction(codes.low + codes.high - answer if items[item_id].reverse_keyed else answer))
    if len(values) < measure.min_answered:
        return None
    score = sum(values) if measure.method is ScoreMethod.SUM else sum(values) / len(values)
    return (score - measure.display_min) / (measure.display_max - measure.display_min)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_scores_in_units_are_exact(case: tuple[Measure, dict[str, Item], list[list[int | None]]]) -> None:
    measure, items, people = case
    scale = measure_scale(measure, items, "m")
    frame = pl.DataFrame(people, schema=dict.fromkeys(items, pl.Int16), orient="row")
    units = score_answers(frame, [measure], items)["m"].to_list()
    found = [None if unit is None else Fraction(unit, scale.range_units) for unit in units]
    assert found == [oracle(measure, items, answers) for answers in people]
