"""Valid data by default; a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from flows.aggregate.cells import ConfidentialCells, MeasureScale, no_breakdown_cells
from flows.protect.policy import DisclosurePolicy, policy_from
from flows.units import Unit, UnitTree
from surveys.instrument import (
    AnswerOption,
    AtRisk,
    Catalogue,
    CodedAnswer,
    Direction,
    Instrument,
    Item,
    Measure,
    ScoreMethod,
    Tier,
)

STANDARD: DisclosurePolicy = policy_from("standard", {})
Scores = Mapping[str, Sequence[int]]


def units(tree: Mapping[str, Sequence[str] | Mapping[str, Sequence[str]]], eligible: int = 1000) -> UnitTree:
    """`{"D": ["T1", "T2"]}` or `{"O": {"A": ["A1"]}}`: one root with teams, or with departments of teams."""
    root = next(iter(tree))
    below = tree[root]
    found = [Unit(root, None, f"Unit {root}", 0)]
    for child in below:
        teams = below[child] if isinstance(below, Mapping) else ()
        found.append(Unit(child, root, f"Unit {child}", 0 if teams else eligible))
        found.extend(Unit(team, child, f"Unit {team}", eligible) for team in teams)
    return UnitTree(tuple(sorted(found, key=lambda unit: unit.unit_id)))


def scale(measure_id: str = "m", **changes: object) -> MeasureScale:
    """A work measure with scores 0 to 4 and no cut-off."""
    values: dict[str, object] = {"tier": "work", "range_units": 4, "block": measure_id}
    return MeasureScale(measure_id=measure_id, **{**values, **changes})  # type: ignore[arg-type]


def cells(tree: UnitTree, scores: Mapping[str, Scores], scales: Sequence[MeasureScale]) -> ConfidentialCells:
    """Cells from people's scores: measure -> unit -> scores in units."""
    rows = []
    for measure in scales:
        for unit_id, people in scores[measure.measure_id].items():
            at_risk = [score for score in people if _is_at_risk(measure, score)]
            if people:
                rows.append(
                    (
                        unit_id,
                        measure.measure_id,
                        len(people),
                        sum(people),
                        float(sum(score * score for score in people)),
                        len(at_risk),
                    )
                )
    names = ("unit_id", "measure_id", "respondents_n", "score_sum", "score_sum_sq", "at_risk_n")
    kinds = (pl.String, pl.String, pl.Int64, pl.Int64, pl.Float64, pl.Int64)
    answered: dict[str, int] = {}
    for by_unit in scores.values():
        for unit_id, people in by_unit.items():
            answered[unit_id] = max(answered.get(unit_id, 0), len(people))
    present = sorted((unit_id, n) for unit_id, n in answered.items() if n)
    return ConfidentialCells(
        wave_id="w1",
        units=pl.DataFrame(
            [(u.unit_id, u.parent_id, u.unit_name, u.eligible_n) for u in tree.units],
            schema={"unit_id": pl.String, "parent_id": pl.String, "unit_name": pl.String, "eligible_n": pl.Int64},
            orient="row",
        ),
        cells=pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row").sort(
            "unit_id", "measure_id"
        ),
        participation=pl.DataFrame(present, schema={"unit_id": pl.String, "respondents_n": pl.Int64}, orient="row"),
        measures=tuple(scales),
    )


def with_breakdown(
    confidential: ConfidentialCells,
    scores: Mapping[str, Mapping[str, Sequence[tuple[str | None, int]]]],
    values: Sequence[str] = ("nursing", "therapy"),
) -> ConfidentialCells:
    """The same cells with a breakdown: measure -> unit -> (value or None, score in units) of each person."""
    by_id = {measure.measure_id: measure for measure in confidential.measures}
    rows: dict[tuple[str, str, str], list[int]] = {}
    for measure_id, by_unit in scores.items():
        for unit_id, people in by_unit.items():
            for value, score in people:
                if value is not None:
                    rows.setdefault((unit_id, value, measure_id), []).append(score)
    table = [
        (*key, len(found), sum(found), sum(_is_at_risk(by_id[key[2]], score) for score in found))
        for key, found in sorted(rows.items())
    ]
    return replace(
        confidential,
        breakdown_id="role_group",
        breakdown_values=tuple(values),
        breakdown_cells=pl.DataFrame(table, schema=no_breakdown_cells().schema, orient="row"),
    )


def _is_at_risk(measure: MeasureScale, score: int) -> bool:
    return (measure.at_risk_from_units is not None and score >= measure.at_risk_from_units) or (
        measure.at_risk_to_units is not None and score <= measure.at_risk_to_units
    )


def catalogue(scales: Sequence[MeasureScale]) -> Catalogue:
    """An own instrument with one item and one measure a scale."""
    items, measures = [], []
    for measure in scales:
        options = tuple(AnswerOption(code, {"en": str(code)}) for code in range(measure.range_units + 1))
        items.append(Item(f"{measure.measure_id}_item", {"en": "?"}, {"en": "ours"}, CodedAnswer(options)))
        risk = None
        if measure.has_at_risk:
            risk = AtRisk("at risk", from_=measure.at_risk_from_units, to=measure.at_risk_to_units)
        measures.append(
            Measure(
                id=measure.measure_id,
                name={"en": measure.measure_id},
                items=(f"{measure.measure_id}_item",),
                method=ScoreMethod.MEAN,
                min_answered=1,
                construct="burnout",
                tier=Tier(measure.tier),
                direction=Direction.WORSE,
                display_min=0,
                display_max=measure.range_units,
                at_risk=risk,
            )
        )
    return Catalogue(
        (
            Instrument(
                "own", 1, "Own", "", "A", "", "", True, False, False, None, tuple(items), tuple(measures), "0" * 64
            ),
        )
    )
