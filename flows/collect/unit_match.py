"""Find the column that holds the unit, and what each of its texts means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from flows.collect.map_columns import fold_label

__all__ = ["UnitMatch", "match_units"]

NEAR_UNIT = 0.85
LEAST_SHARE = 0.5
"""A column is the unit column when at least half of its distinct texts are units."""


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """`values`: text -> unit id (exact, then near ones); None: all texts are unit ids themselves.

    `near`: text -> (unit name, score 0-1), to be confirmed. `unknown`: text -> nearest unit name; not in values.
    """

    column: str
    values: Mapping[str, str] | None
    near: Mapping[str, tuple[str, float]]
    unknown: Mapping[str, str]
    share: float


def match_units(
    columns: Mapping[str, Sequence[str]], units: Sequence[tuple[str, str]]
) -> tuple[UnitMatch | None, tuple[str, ...]]:
    """The unit column among `columns` (name -> distinct texts), and other columns that fit equally well."""
    found = [match for name, texts in columns.items() if (match := _match(name, texts, units))]
    found.sort(key=lambda match: (-match.share, match.column))
    if not found:
        return None, ()
    return found[0], tuple(match.column for match in found[1:] if match.share == found[0].share)


def _match(column: str, texts: Sequence[str], units: Sequence[tuple[str, str]]) -> UnitMatch | None:
    by_label = {fold_label(name).casefold(): unit_id for unit_id, name in units}
    by_label.update({fold_label(unit_id).casefold(): unit_id for unit_id, _ in units})
    exact = {text: by_label[folded] for text in texts if (folded := fold_label(text).casefold()) in by_label}
    if not texts or len(exact) < LEAST_SHARE * len(texts):
        return None
    if all(text == unit_id for text, unit_id in exact.items()) and len(exact) == len(texts):
        return UnitMatch(column, None, {}, {}, 1.0)
    names = dict(units)
    near: dict[str, tuple[str, float]] = {}
    unknown: dict[str, str] = {}
    values = dict(sorted(exact.items()))
    for text in sorted(set(texts) - set(exact)):
        hit = process.extractOne(fold_label(text).casefold(), list(by_label), scorer=fuzz.ratio)
        if hit and hit[1] / 100 >= NEAR_UNIT:
            values[text] = by_label[hit[0]]
            near[text] = (names[by_label[hit[0]]], round(hit[1] / 100, 2))
        elif hit:
            unknown[text] = names[by_label[hit[0]]]
    return UnitMatch(column, values, near, unknown, len(exact) / len(texts))
