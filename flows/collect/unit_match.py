"""Find the column that holds the unit, and what each of its texts means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from flows.collect.map_columns import fold_label

__all__ = ["UnitMatch", "match_units", "nearest_column"]

NEAR_UNIT = 0.85
LEAST_SHARE = 0.5
"""A column is the unit column when at least half of its distinct texts are units."""

_ASKS_FOR_UNIT = re.compile(
    r"\b(teams?|units?|wards?|departments?|stations?|abteilung|bereich|einheit|equipo|unidad|departamento|servicio)\b",
    re.IGNORECASE,
)


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


def nearest_column(
    columns: Mapping[str, Sequence[str]], titles: Mapping[str, str], units: Sequence[tuple[str, str]]
) -> tuple[str, int, int] | None:
    """Where no column holds the units, the one that comes nearest: its name, how many of its texts are units, and all.

    That is the one with the most units among its texts; where none has any, one whose question asks for a team.
    """
    known = {fold_label(text).casefold() for unit in units for text in unit}
    found_n = {
        name: sum(fold_label(text).casefold() in known for text in texts) for name, texts in columns.items() if texts
    }
    asked = [name for name in found_n if _ASKS_FOR_UNIT.search(f"{name} {titles.get(name, '')}")]
    best = max(found_n, key=lambda name: (found_n[name], name in asked), default=None)
    if best is None or (found_n[best] == 0 and not asked):
        return None
    return best, found_n[best], len(columns[best])


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
