"""Write a column map as YAML with remarks that a person can settle line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from flows.collect.column_map import ColumnMap, CompleteRule, MappedColumn

__all__ = ["UNIT_KEY", "dump_map"]

UNIT_KEY = "unit:"
"""Prefix of a remark on one value of the unit column: `unit:<text in the file>`; alone: on the unit line."""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def dump_map(
    column_map: ColumnMap,
    remarks: Mapping[str, str] | None = None,
    header: Sequence[str] = (),
    offers: Sequence[str] = (),
) -> str:
    """YAML text that `load_map` reads back as the same map.

    `remarks`: item id, `unit:` or `unit:<text>` -> remark at the end of that line (one with the word CONFIRM
    stops check and run). `header`: comment lines on top. `offers`: item lines left out, written as comments.
    """
    notes = remarks or {}
    lines = [f"# {_one_line(line)}" for line in header]
    lines.append(f"tool: {_text(column_map.tool)}")
    lines.extend(_unit_lines(column_map.unit, notes))
    if column_map.wave_column:
        lines.append(f"wave: {_quoted(column_map.wave_column)}")
    if column_map.breakdown:
        lines.append(f"breakdown: {_column(column_map.breakdown)}{_remark(notes.get('breakdown'))}")
    if column_map.complete:
        lines.append(f"complete: {_complete(column_map.complete)}")
    lines.append("items:")
    lines.extend(f"  {_text(key)}: {_column(item)}{_remark(notes.get(key))}" for key, item in column_map.items.items())
    lines.extend(f"  # {_one_line(offer)}" for offer in offers)
    lines.append(f"drop: [{', '.join(_quoted(name) for name in column_map.drop)}]")
    lines.append("confirm: []" if not column_map.confirm else "confirm:")
    lines.extend(f"  - {_quoted(line.removeprefix('confirm: '))}" for line in column_map.confirm)
    return "\n".join(lines) + "\n"


def _unit_lines(unit: MappedColumn, notes: Mapping[str, str]) -> list[str]:
    if unit.values is None:
        return [f"unit: {_column(unit)}{_remark(notes.get(UNIT_KEY))}"]
    lines = [f"unit:{_remark(notes.get(UNIT_KEY))}", f"  column: {_quoted(unit.column)}", "  values:"]
    for key, meaning in unit.values.items():
        lines.append(f"    {_quoted(key)}: {_text(meaning)}{_remark(notes.get(UNIT_KEY + key))}")
    if not unit.values:
        lines[-1] = "  values: {}"
    return lines


def item_line(item_id: str, item: MappedColumn) -> str:
    """One line of `items:`, without its indentation."""
    return f"{_text(item_id)}: {_column(item)}"


def _column(mapped: MappedColumn) -> str:
    if mapped.values is None:
        return f"{{ column: {_quoted(mapped.column)} }}"
    pairs = ", ".join(f"{_quoted(key)}: {_text(meaning)}" for key, meaning in mapped.values.items())
    return f"{{ column: {_quoted(mapped.column)}, values: {{ {pairs} }} }}"


def _complete(rule: CompleteRule) -> str:
    value = f", value: {_quoted(rule.value)}" if rule.when != "not_empty" else ""
    return f"{{ column: {_quoted(rule.column)}, when: {rule.when}{value} }}"


def _remark(remark: str | None) -> str:
    return f"   # {_one_line(remark)}" if remark else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _text(value: str) -> str:
    return value if _PLAIN.fullmatch(value) or re.fullmatch(r"\d{1,9}", value) else _quoted(value)


def _quoted(value: str) -> str:
    """A double-quoted YAML scalar. Escapes that JSON and YAML share; no sign of a line end stays bare."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in text)
