"""What the columns of an export mean: the column map (CONTRACTS: input), read strictly and found by columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from flows.collect.raw_table import trim_name
from flows.errors import ExportRefused
from surveys.instrument import Catalogue

__all__ = [
    "ColumnMap",
    "CompleteRule",
    "MappedColumn",
    "TextLoader",
    "find_map",
    "load_map",
    "refuse_unconfirmed",
    "tidy_map",
]

_KEYS = ("tool", "unit", "wave", "breakdown", "complete", "items", "drop", "confirm")
_COLUMN_KEYS = ("column", "values")
_COMPLETE_KEYS = ("column", "when", "value")
_WHENS = ("not_empty", "equals", "at_least")
_CONFIRM = re.compile(r"\bCONFIRM\b")


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column and, where its values have other names in the file, what each value means.

    `values`: text in the file -> unit id, breakdown value or answer code; an empty meaning is a missing answer.
    None: the values are taken as they are.
    """

    column: str
    values: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class CompleteRule:
    """When a row counts as sent in: `column` is not_empty, equals `value`, or is at_least the number `value`."""

    column: str
    when: str = "not_empty"
    value: str = ""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The meaning of the columns of one kind of file. Columns it does not name are dropped.

    `confirm` holds the lines a person has to settle, each with its place; while there is one, no row is read.
    """

    tool: str
    unit: MappedColumn
    items: Mapping[str, MappedColumn]
    wave_column: str | None = None
    breakdown: MappedColumn | None = None
    complete: CompleteRule | None = None
    drop: tuple[str, ...] = ()
    confirm: tuple[str, ...] = ()
    path: Path | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """What messages call the map."""
        return self.path.name if self.path else "the column map"

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """Columns without which the map says nothing about a file."""
        single = (self.unit.column, self.wave_column, self.breakdown.column if self.breakdown else None,
                  self.complete.column if self.complete else None)  # fmt: skip
        return tuple(column for column in (*single, *(item.column for item in self.items.values())) if column)


class TextLoader(yaml.BaseLoader):
    """YAML in which every scalar is text (`1`, `Yes` and `2026-11-02` included) and no key may come twice.

    It builds text, lists and dictionaries only, never objects.
    """


def _mapping(loader: TextLoader, node: yaml.MappingNode) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(problem="a key is not text", problem_mark=key_node.start_mark)
        if key in result:
            raise yaml.constructor.ConstructorError(problem=f'"{key}" is named twice', problem_mark=key_node.start_mark)
        result[key] = loader.construct_object(value_node, deep=True)
    return result


TextLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load_map(path: Path) -> ColumnMap:
    """The map in a file. Raises ExportRefused, naming file, key and the nearest known key."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw = TextLoader(text).get_single_data()
    except (OSError, UnicodeDecodeError) as error:
        raise ExportRefused(f"{path.name}: cannot be read as UTF-8 text ({type(error).__name__}).") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise ExportRefused(f"{path.name}: {place}{problem}. Correct the line.") from None
    return _MapReader(path).read(raw, text)


def _confirm_lines(text: str) -> tuple[str, ...]:
    """Lines with the word CONFIRM; a line that is a comment as a whole is not in force and settles nothing."""
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
    return tuple(f"line {number}: {line}" for number, line in lines if line[:1] != "#" and _CONFIRM.search(line))


@dataclass(frozen=True, slots=True)
class _MapReader:
    path: Path

    def read(self, raw: Any, text: str) -> ColumnMap:
        table = self._table(raw, "the file", _KEYS)
        for key in ("tool", "unit"):
            if not table.get(key):
                raise self._error(f"`{key}:` is missing")
        items = table.get("items")
        if not items:
            raise self._error("items: no item is mapped yet. Add a line, or take the # away from an offered one")
        if not isinstance(items, dict):
            raise self._error("items: expected `item_id: { column: … }` lines")
        listed = tuple(f"confirm: {line}" for line in self._texts(table.get("confirm"), "confirm"))
        return ColumnMap(
            tool=self._text(table["tool"], "tool"),
            unit=self._column(table["unit"], "unit"),
            items={item_id: self._column(value, f"items.{item_id}") for item_id, value in items.items()},
            wave_column=trim_name(self._text(table["wave"], "wave")) if table.get("wave") else None,
            breakdown=self._column(table["breakdown"], "breakdown") if table.get("breakdown") else None,
            complete=self._complete(table["complete"]) if table.get("complete") else None,
            drop=tuple(trim_name(name) for name in self._texts(table.get("drop"), "drop")),
            confirm=(*_confirm_lines(text), *listed),
            path=self.path,
        )

    def _error(self, problem: str) -> ExportRefused:
        return ExportRefused(f"{self.path.name}: {problem}. Correct the map, or draft it anew with  quorum map FILE")

    def _table(self, raw: Any, where: str, known: Sequence[str]) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self._error(f"{where}: expected `key: value` lines")
        for key in raw:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.0)
                raise self._error(f'{where}: unknown key "{key}". Nearest: {near[0] if near else known[0]}')
        return raw

    def _text(self, raw: Any, where: str) -> str:
        if not isinstance(raw, str) or not raw.strip():
            raise self._error(f"{where}: expected text")
        return raw

    def _texts(self, raw: Any, where: str) -> tuple[str, ...]:
        if raw in (None, ""):
            return ()
        if not isinstance(raw, list) or not all(isinstance(entry, str) for entry in raw):
            raise self._error(f"{where}: expected a list of texts")
        return tuple(raw)

    def _column(self, raw: Any, where: str) -> MappedColumn:
        table = self._table(raw, where, _COLUMN_KEYS)
        column = trim_name(self._text(table.get("column"), f"{where}.column"))
        values = table.get("values")
        if values in (None, ""):
            return MappedColumn(column)
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise self._error(f"{where}.values: expected `text in the file: meaning` pairs")
        return MappedColumn(column, {key: value.strip() for key, value in values.items()})

    def _complete(self, raw: Any) -> CompleteRule:
        table = self._table(raw, "complete", _COMPLETE_KEYS)
        when = table.get("when", "not_empty")
        if when not in _WHENS:
            raise self._error(f'complete.when: "{when}" is none of {", ".join(_WHENS)}')
        value = str(table.get("value", "")).strip()
        if when != "not_empty" and not value:
            raise self._error(f"complete.value: `when: {when}` needs a value")
        if when == "at_least" and not re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", value):
            raise self._error("complete.value: expected a number")
        return CompleteRule(trim_name(self._text(table.get("column"), "complete.column")), when, value)


def refuse_unconfirmed(column_map: ColumnMap) -> None:
    """Raises ExportRefused, naming the first open line, while a person has something to settle."""
    if column_map.confirm:
        more = len(column_map.confirm) - 1
        others = f" (and {more} more)" if more else ""
        raise ExportRefused(
            f"{column_map.name}: a line has to be settled first{others}: {column_map.confirm[0]}  "
            "Keep the line and delete its remark, or delete the line."
        )


def find_map(
    maps_dir: Path, columns: Sequence[str], file_columns: Sequence[str] = (), *, tool: str = "", wave_id: str = ""
) -> ColumnMap | None:
    """The map that fits a file with these columns; None when there is none.

    `file_columns`: the headings as they stand in the file, in the same order, where readers rename them; a map
    may use either name. A map fits when the file has every column that it uses. Of several, those that were made
    for this wave win (the name is `<tool>-<wave_id>`, as `quorum survey export` writes it), then those of the
    file's tool, then one that names every column of the file (the draft of that very layout).
    Raises ExportRefused when several remain, or for a broken map.
    """
    renamed = {trim_name(old): trim_name(new) for old, new in zip(file_columns, columns, strict=False)}
    have = {trim_name(column) for column in columns}
    paths = sorted(maps_dir.glob("*.yaml")) if maps_dir.is_dir() else []
    fitting = [found for found in map(load_map, paths) if have.issuperset(_renamed(found.needed_columns, renamed))]
    of_wave = re.compile(rf"[a-z]+-{re.escape(wave_id)}(-text-[A-Za-z-]+)?\.yaml")
    preferences: tuple[Callable[[ColumnMap], bool], ...] = (
        lambda found: bool(wave_id) and of_wave.fullmatch(found.name) is not None,
        lambda found: found.tool == tool,
        lambda found: have.issubset(_renamed((*found.needed_columns, *found.drop), renamed)),
    )
    for is_preferred in preferences:
        if len(fitting) > 1:
            fitting = [found for found in fitting if is_preferred(found)] or fitting
    if len(fitting) > 1:
        names = ", ".join(found.name for found in fitting)
        raise ExportRefused(
            f"Several maps fit this file: {names}. Delete or move all but one, or name one in [[sources]]."
        )
    return fitting[0] if fitting else None


def _renamed(names: Sequence[str], renamed: Mapping[str, str]) -> set[str]:
    return {renamed.get(name, name) for name in names}


def tidy_map(
    columns: Sequence[str], catalogue: Catalogue, breakdown_id: str | None = None, file_name: str = "tidy file"
) -> ColumnMap:
    """The meaning of a tidy file: `[wave_id,] unit_id, [breakdown column,] <item_id>…` in any order.

    Raises ExportRefused for a column that is none of these, naming it and the nearest known one.
    """
    structure = ("wave_id", "unit_id", *((breakdown_id,) if breakdown_id else ()))
    known = (*structure, *catalogue.items)
    for column in columns:
        if column not in known:
            near = get_close_matches(column, known, n=1, cutoff=0.0)
            raise ExportRefused(
                f'{file_name}: unknown column "{column}". Nearest: {near[0]}. Rename it, take it out, or map the file.'
            )
    if "unit_id" not in columns:
        raise ExportRefused(f"{file_name}: the column unit_id is missing. Every row needs the unit of its respondent.")
    items = {column: MappedColumn(column) for column in columns if column not in structure}
    if not items:
        raise ExportRefused(f"{file_name}: no item column. Add at least one item id as a heading.")
    has_breakdown = breakdown_id is not None and breakdown_id in columns
    return ColumnMap(
        tool="tidy",
        unit=MappedColumn("unit_id"),
        items=items,
        wave_column="wave_id" if "wave_id" in columns else None,
        breakdown=MappedColumn(breakdown_id) if has_breakdown and breakdown_id else None,
    )
