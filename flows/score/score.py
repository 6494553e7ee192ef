"""Scores of one wave: reads `response`, writes `scored_response`, one row a respondent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from flows.aggregate.cells import MeasureScale
from flows.score.scale import at_risk_expression, blocks_of, measure_scale, score_expression
from surveys.instrument import Catalogue, Item, Measure

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """Counts of a scoring: measures asked and people with a score of each."""

    scored_n: Mapping[str, int]


def released_measures(catalogue: Catalogue, item_ids: frozenset[str]) -> tuple[Measure, ...]:
    """The measures of a wave that are ever released, sorted by id (phq4 is scored, never released)."""
    return tuple(measure for measure in catalogue.measures_asked(item_ids) if measure.is_released)


def scales_of(catalogue: Catalogue, item_ids: frozenset[str]) -> tuple[MeasureScale, ...]:
    """Integer scales of the released measures of a wave."""
    measures = released_measures(catalogue, item_ids)
    blocks, items = blocks_of(measures), catalogue.items
    return tuple(measure_scale(measure, items, blocks[measure.id]) for measure in measures)


def score_answers(answers: pl.DataFrame, measures: Sequence[Measure], items: Mapping[str, Item]) -> pl.DataFrame:
    """Scores in units, one row a respondent as in `answers`, one column a measure; null where there is no score."""
    return answers.select([score_expression(measure, items) for measure in measures])


def restrict_blocks(scores: pl.DataFrame, scales: Sequence[MeasureScale]) -> pl.DataFrame:
    """Keep a score of a block only where the person has all scores of that block (PRIVACY 1b)."""
    blocks: dict[str, list[str]] = {}
    for scale in scales:
        blocks.setdefault(scale.block, []).append(scale.measure_id)
    kept = [
        pl.when(pl.all_horizontal([pl.col(name).is_not_null() for name in names])).then(pl.col(name)).alias(name)
        for names in blocks.values()
        if len(names) > 1
        for name in names
    ]
    return scores.with_columns(kept)


def score(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> ScoreSummary:
    """Score the wave's responses.

    In: `response`, one row a respondent (unit_id, breakdown, one column an item).
    Out: `scored_response`: unit_id, breakdown, `score_<measure>` in units, `risk_<measure>` 0/1 if it has a cut-off.
    """
    answers = con.table("response").pl()
    item_ids = frozenset(answers.columns) & frozenset(catalogue.items)
    scales = scales_of(catalogue, item_ids)
    scores = score_answers(answers, released_measures(catalogue, item_ids), catalogue.items)
    scores = restrict_blocks(scores, scales)
    flags = [at_risk_expression(scale).cast(pl.Int8).alias(f"risk_{scale.measure_id}") for scale in scales]
    named = [pl.col(scale.measure_id).alias(f"score_{scale.measure_id}") for scale in scales]
    scored = pl.concat([answers.select("unit_id", "breakdown"), scores.select([*named, *flags])], how="horizontal")
    con.register("scored_frame", scored)
    con.execute("create or replace table scored_response as select * from scored_frame")
    con.unregister("scored_frame")
    return ScoreSummary({scale.measure_id: int(scores[scale.measure_id].count()) for scale in scales})
