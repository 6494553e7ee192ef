"""Known answers of the shipped instruments (INSTRUMENTS 7), in native points and on 0-100."""

from __future__ import annotations

import statistics

import polars as pl
import pytest

from flows.score.scale import blocks_of, measure_scale
from flows.score.score import restrict_blocks, scales_of, score_answers
from surveys.load import load_catalogue

CATALOGUE = load_catalogue()
CBI = ("ee1", "cbi_w2", "cbi_w3", "cbi_w4", "cbi_w5", "cbi_w6", "cbi_w7")
Answers = dict[str, list[int | None]]


def display(measure_id: str, answers: Answers) -> list[float | None]:
    """Scores on 0-100, one a person."""
    measure = CATALOGUE.measures[measure_id]
    scale = measure_scale(measure, CATALOGUE.items, measure_id)
    frame = pl.DataFrame(answers, schema=dict.fromkeys(answers, pl.Int16))
    units = score_answers(frame, [measure], CATALOGUE.items)[measure_id].to_list()
    return [None if unit is None else 100 * unit / scale.range_units for unit in units]


def share(measure_id: str, answers: Answers) -> tuple[int, int]:
    """People at risk, people with a score."""
    measure = CATALOGUE.measures[measure_id]
    scale = measure_scale(measure, CATALOGUE.items, measure_id)
    frame = pl.DataFrame(answers, schema=dict.fromkeys(answers, pl.Int16))
    units = [
        unit for unit in score_answers(frame, [measure], CATALOGUE.items)[measure_id].to_list() if unit is not None
    ]
    if scale.at_risk_from_units is not None:
        return sum(unit >= scale.at_risk_from_units for unit in units), len(units)
    return sum(unit <= (scale.at_risk_to_units or 0) for unit in units), len(units)


def sum_of(measure_id: str, answers: Answers, top: int) -> list[float | None]:
    return [None if value is None else round(value * top / 100, 6) for value in display(measure_id, answers)]


def test_phq4_adds_its_two_halves() -> None:
    answers: Answers = {"gad_1": [2], "gad_2": [1], "phq_1": [1], "phq_2": [3]}
    assert (sum_of("gad2", answers, 6), sum_of("phq2", answers, 6), sum_of("phq4", answers, 12)) == ([3], [4], [7])


def test_a_sum_with_a_missing_item_has_no_score() -> None:
    answers: Answers = {"gad_1": [2], "gad_2": [None], "phq_1": [1], "phq_2": [1]}
    assert (sum_of("gad2", answers, 6), sum_of("phq2", answers, 6), sum_of("phq4", answers, 12)) == (
        [None],
        [2],
        [None],
    )


def test_the_sleep_item_of_a_team() -> None:
    answers: Answers = {"phq_3": [0, 1, 2, 3, 2]}
    assert statistics.mean(v * 3 / 100 for v in display("phq_3", answers) if v is not None) == pytest.approx(1.6)
    assert share("phq_3", answers) == (3, 5)


def test_burnout_of_a_team() -> None:
    answers: Answers = {"bo1": [1, 2, 2, 3, 5]}
    assert statistics.mean(1 + v / 25 for v in display("bo1", answers) if v is not None) == pytest.approx(2.6)
    assert share("bo1", answers) == (2, 5)


def test_burnout_of_the_published_sample() -> None:
    counts = {1: 955, 2: 2369, 3: 1233, 4: 546, 5: 301}
    answers: Answers = {"bo1": [code for code, n in counts.items() for _ in range(n)]}
    native = [1 + v / 25 for v in display("bo1", answers) if v is not None]
    assert statistics.fmean(native) == pytest.approx(2.420614, abs=1e-6)
    assert statistics.stdev(native) == pytest.approx(1.064715, abs=1e-6)
    assert share("bo1", answers)[0] / 5404 == pytest.approx(0.384900, abs=1e-6)


def test_stress_is_turned_so_that_always_is_a_hundred() -> None:
    answers: Answers = {"st1": [2, 3, 3, 4, 1]}
    assert display("st1", answers) == [75, 50, 50, 25, 100]
    assert share("st1", answers) == (2, 5)


def test_stress_of_the_published_sample() -> None:
    counts = {1: 171, 2: 409, 3: 906, 4: 339, 5: 128}
    scores = display("st1", {"st1": [code for code, n in counts.items() for _ in range(n)]})
    assert statistics.fmean(v for v in scores if v is not None) == pytest.approx(51.996928, abs=1e-6)
    assert statistics.stdev(v for v in scores if v is not None) == pytest.approx(24.868630, abs=1e-6)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((75, 50, 25, 75, 50, 25, 50), 50.0),
        ((75, 75, 50, 75, 50, 50, 25), 450 / 7),
        ((75, None, 50, 75, None, None, 25), 68.75),
        ((75, None, 50, None, None, None, 25), None),
        ((75,) * 7, 475 / 7),
    ],
)
def test_the_burnout_scale_is_the_mean_of_at_least_four_items(
    answers: tuple[int | None, ...], expected: float | None
) -> None:
    assert display("cbi_work", {item: [value] for item, value in zip(CBI, answers, strict=True)}) == [
        expected if expected is None else pytest.approx(expected)
    ]


def test_half_of_the_scale_counts_as_at_risk() -> None:
    answers: Answers = {item: [value] for item, value in zip(CBI, (75, 50, 25, 75, 50, 25, 50), strict=True)}
    assert share("cbi_work", answers) == (1, 1)


def test_loneliness_counts_often_or_always() -> None:
    assert share("lonely1", {"lonely1": [1, 2, 3, 3, 4, 5, 5, 2]}) == (1, 8)


def test_an_original_item_where_high_is_better() -> None:
    assert display("cas1", {"cas1": [1, 2, 3, 4, None]}) == [25, 50, 75, 100, None]


def test_a_pair_needs_both_answers() -> None:
    assert display("cf", {"cf1": [3, 3], "cf2": [1, None]}) == [50, None]


def test_supervision_received() -> None:
    assert display("sup1", {"sup1": [4, 2, 0, None]}) == [100, 50, 0, None]


def test_mindful_days() -> None:
    assert display("mind1", {"mind1": [0, 2, 4]}) == [0, 50, 100]


def test_substances_to_cope_counts_about_once_a_week() -> None:
    assert share("sub1", {"sub1": [0, 0, 1, 2, 4, None]}) == (2, 5)


def test_measures_that_share_an_item_stand_in_one_block() -> None:
    measures = [CATALOGUE.measures[name] for name in ("ee1", "cbi_work", "bo1")]
    assert blocks_of(measures) == {"bo1": "bo1", "cbi_work": "cbi_work", "ee1": "cbi_work"}


def test_a_block_counts_people_with_all_its_scores() -> None:
    answers = pl.DataFrame(
        {"ee1": [75, 75, None], **{item: [50, None, 50] for item in CBI[1:]}},
        schema=dict.fromkeys(CBI, pl.Int16),
    )
    scales = scales_of(CATALOGUE, frozenset(CBI))
    scores = score_answers(answers, [CATALOGUE.measures[s.measure_id] for s in scales], CATALOGUE.items)
    counts = restrict_blocks(scores, scales).select(pl.all().count()).row(0, named=True)
    assert counts == {"cbi_work": 1, "ee1": 1}


def test_phq4_is_never_released() -> None:
    assert "phq4" not in {scale.measure_id for scale in scales_of(CATALOGUE, frozenset(CATALOGUE.items))}


def test_a_half_of_a_pair_is_a_measure_only_where_its_partner_is_not_asked() -> None:
    alone = {measure.id for measure in CATALOGUE.measures_asked(frozenset({"cf1"}))}
    paired = {measure.id for measure in CATALOGUE.measures_asked(frozenset({"cf1", "cf2"}))}
    assert (alone, paired) == ({"cf1"}, {"cf"})
