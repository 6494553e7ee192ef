"""Which scores a wave has: blocks, measures never released, pairs and halves of pairs."""

from __future__ import annotations

import polars as pl

from flows.score.scale import blocks_of
from flows.score.score import restrict_blocks, scales_of, score_answers
from surveys.load import load_catalogue

CATALOGUE = load_catalogue()
CBI = ("ee1", "cbi_w2", "cbi_w3", "cbi_w4", "cbi_w5", "cbi_w6", "cbi_w7")


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
