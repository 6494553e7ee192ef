"""A measure in exact integer units, and the expression that scores it (CONTRACTS 4, INSTRUMENTS 3).

Units are chosen so that every possible score is an integer from 0 (displayed as 0) to `range_units`
(displayed as 100): the step between answer codes is one unit, times the least common multiple of the
numbers of items that may have been answered. Sums of integers do not depend on the order of rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from flows.aggregate.cells import MeasureScale
from flows.errors import InstrumentError
from surveys.instrument import CodedAnswer, Item, Measure, NumericAnswer, ScoreMethod

NUMERIC_UNITS = 1_000_000
LARGEST_RANGE = 2**63 // (2000 * 20_000_000)


def answer_bounds(item: Item) -> tuple[int, int, int]:
    """Least answer, greatest answer and step, as stored: codes as they are, numbers in millionths."""
    answer = item.answer
    if isinstance(answer, NumericAnswer):
        return answer.low * NUMERIC_UNITS, answer.high * NUMERIC_UNITS, 1
    codes = answer.codes
    step = math.gcd(*(code - codes[0] for code in codes)) or 1
    return codes[0], codes[-1], step


def measure_scale(measure: Measure, items: Mapping[str, Item], block: str) -> MeasureScale:
    """The integer scale of a measure. Raises InstrumentError where its display or cut-off does not fit."""
    scale = _Scale.of(measure, [items[item_id] for item_id in measure.items])
    from_units, to_units = scale.at_risk()
    return MeasureScale(
        measure_id=measure.id,
        tier=str(measure.tier),
        range_units=scale.range_units,
        block=block,
        at_risk_from_units=from_units,
        at_risk_to_units=to_units,
    )


def score_expression(measure: Measure, items: Mapping[str, Item]) -> pl.Expr:
    """Score in units, null where too few items were answered. In: a column an item, answers as stored."""
    return _Scale.of(measure, [items[item_id] for item_id in measure.items]).expression()


def at_risk_expression(scale: MeasureScale) -> pl.Expr:
    """Whether a score in units is at risk; null where there is no score or no cut-off."""
    score = pl.col(scale.measure_id)
    if scale.at_risk_from_units is not None:
        return score >= scale.at_risk_from_units
    if scale.at_risk_to_units is not None:
        return score <= scale.at_risk_to_units
    return pl.lit(None, dtype=pl.Boolean)


class _Scale:
    """Arithmetic of one measure: native score = low + units * step / multiple."""

    def __init__(self, measure: Measure, items: Sequence[Item], step: int, multiple: int) -> None:
        self.measure = measure
        self.items = items
        self.step = step
        self.multiple = multiple
        self.point = NUMERIC_UNITS if isinstance(items[0].answer, NumericAnswer) else 1
        is_sum = measure.method is ScoreMethod.SUM
        lows = [item.native_low * self.point for item in items]
        highs = [item.native_high * self.point for item in items]
        self.low = sum(lows) if is_sum else min(lows)
        self.high = sum(highs) if is_sum else max(highs)
        self.range_units = (self.high - self.low) // step * multiple
        self._check()

    @classmethod
    def of(cls, measure: Measure, items: Sequence[Item]) -> _Scale:
        """Choose the smallest units in which every score is whole."""
        step = math.gcd(*(answer_bounds(item)[2] for item in items))
        answered = range(measure.min_answered, len(items) + 1)
        multiple = 1 if measure.method is ScoreMethod.SUM else math.lcm(*answered)
        shared = math.gcd(*(multiple // n for n in answered)) if measure.method is ScoreMethod.MEAN else 1
        return cls(measure, items, step, multiple // shared)

    def _check(self) -> None:
        measure = self.measure
        display = {measure.display_min * self.point, measure.display_max * self.point}
        if display != {self.low, self.high}:
            raise InstrumentError(
                f"measure {measure.id}: display runs from {measure.display_min} to {measure.display_max}, scores "
                f"from {self.low / self.point:g} to {self.high / self.point:g}. Write the whole range."
            )
        if len({isinstance(item.answer, CodedAnswer) for item in self.items}) > 1:
            raise InstrumentError(f"measure {measure.id}: mixes coded and numeric items. Split it into two measures.")
        if self.range_units > LARGEST_RANGE:
            raise InstrumentError(f"measure {measure.id}: its range is too wide to add up exactly. Use a coarser unit.")

    @property
    def is_turned(self) -> bool:
        """Whether the greatest native score is displayed as 0."""
        return self.measure.display_min > self.measure.display_max

    def at_risk(self) -> tuple[int | None, int | None]:
        """The cut-off in units: from, or to."""
        risk = self.measure.at_risk
        if risk is None:
            return None, None
        low_units = None if risk.from_ is None else -(-self._scaled(risk.from_) // self.step)
        high_units = None if risk.to is None else self._scaled(risk.to) // self.step
        if self.is_turned:
            low_units, high_units = (
                None if high_units is None else self.range_units - high_units,
                None if low_units is None else self.range_units - low_units,
            )
        return low_units, high_units

    def _scaled(self, native: int) -> int:
        return (native * self.point - self.low) * self.multiple

    def expression(self) -> pl.Expr:
        """Sum or mean of the answered items after reverse keying, in units."""
        parts = [self._item(item) for item in self.items]
        answered = pl.sum_horizontal([part.is_not_null().cast(pl.Int64) for part in parts])
        total = pl.sum_horizontal([part.fill_null(0) for part in parts])
        score = total if self.measure.method is ScoreMethod.SUM else total * self.multiple // answered
        if self.is_turned:
            score = self.range_units - score
        return pl.when(answered >= self.measure.min_answered).then(score).otherwise(None).alias(self.measure.id)

    def _item(self, item: Item) -> pl.Expr:
        low, high, _ = answer_bounds(item)
        value = pl.col(item.id).cast(pl.Int64)
        return (high - value if item.reverse_keyed else value - low) // self.step


def blocks_of(measures: Iterable[Measure]) -> dict[str, str]:
    """Block name by measure id: measures that share an item, directly or in a chain (PRIVACY 1b)."""
    block: dict[str, str] = {}
    members: dict[str, list[Measure]] = {}
    for measure in sorted(measures, key=lambda measure: measure.id):
        touching = sorted(
            name for name, known in members.items() if any(set(measure.items) & set(other.items) for other in known)
        )
        home = touching[0] if touching else measure.id
        members.setdefault(home, []).append(measure)
        for name in touching[1:]:
            members[home].extend(members.pop(name))
    for name, known in members.items():
        block.update({measure.id: name for measure in known})
    return block
