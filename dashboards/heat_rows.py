"""Which rows a heat map shows, and in which order: opened and closed groups, siblings sorted by a measure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dashboards.waves import Figure, Group, Wave
from flows.publish.contract import LEVELS

Figures = Mapping[tuple[str, str], Figure]


@dataclass(frozen=True, slots=True)
class Row:
    """One group of the heat map. `is_open`: None where nothing lies below it."""

    group: Group
    is_open: bool | None


@dataclass(frozen=True, slots=True)
class Order:
    """How siblings stand: by name where `measure_id` is empty; hidden and unasked figures always come last."""

    measure_id: str = ""
    is_least_first: bool = False


def parse_order(text: str, measure_ids: Collection[str]) -> Order:
    """The order in the address: `bo1`, `-bo1` for the other way; anything else is by name."""
    measure_id = text.removeprefix("-")
    return Order(measure_id, text.startswith("-")) if measure_id in measure_ids else Order()


def visible_rows(wave: Wave, level: str, toggled: Collection[str]) -> list[Row]:
    """Rows from the organisation down to a level; a toggled group shows what lies below it, or hides it."""
    below, deepest = wave.below, LEVELS.index(level)
    rows: list[Row] = []
    waiting = list(reversed(below.get(None, ())))
    while waiting:
        group = waiting.pop()
        children = below.get(group.group_id, ())
        usual = [child for child in children if level_place(child) <= deepest]
        shown = usual
        if group.group_id in toggled:
            shown = [] if len(usual) == len(children) else list(children)
        rows.append(Row(group, len(shown) == len(children) if children else None))
        waiting.extend(reversed(shown))
    return rows


def part_of(wave: Wave, rows: Sequence[Row], start: int, length: int) -> list[Row]:
    """Some of very many rows, below the groups above the first of them, so that it is known where they belong."""
    part = list(rows[start : start + length])
    above = {group.group_id for group in wave.path(part[0].group)} if part else set()
    return [row for row in rows[:start] if row.group.group_id in above] + part


def level_place(group: Group) -> int:
    """How deep a group lies; other teams stand with the teams."""
    return LEVELS.index("team") if group.kind == "other" else LEVELS.index(group.level)


def sorted_rows(rows: Sequence[Row], figures: Figures, order: Order, is_high_worse: bool) -> list[Row]:
    """Siblings by a measure, most strain or least protection first; each keeps what lies below it."""
    if not order.measure_id:
        return list(rows)
    here = {row.group.group_id: row for row in rows}
    below: dict[str | None, list[Row]] = {}
    for row in rows:
        below.setdefault(row.group.parent_id if row.group.parent_id in here else None, []).append(row)
    is_descending = is_high_worse != order.is_least_first
    ordered: list[Row] = []
    waiting = list(reversed(_siblings(below.get(None, []), figures, order.measure_id, is_descending)))
    while waiting:
        row = waiting.pop()
        ordered.append(row)
        siblings = _siblings(below.get(row.group.group_id, []), figures, order.measure_id, is_descending)
        waiting.extend(reversed(siblings))
    return ordered


def _siblings(rows: Sequence[Row], figures: Figures, measure_id: str, is_descending: bool) -> list[Row]:
    """Exact figures and bounds by value; those without a value, and other teams, stay at the end in their order."""

    def value_of(row: Row) -> int | None:
        figure = figures.get((row.group.group_id, measure_id))
        return None if figure is None or row.group.kind == "other" else figure.value

    told = [row for row in rows if value_of(row) is not None]
    told.sort(key=lambda row: -(value_of(row) or 0) if is_descending else (value_of(row) or 0))
    return told + [row for row in rows if value_of(row) is None]
