"""The unit tree of a wave: `units.csv`, checked (CONTRACTS: input)."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flows.errors import UnitsError

COLUMNS = ("unit_id", "parent_id", "unit_name", "eligible_n")
RESERVED_PREFIXES = ("pool:", "other:")
LONGEST_TEXT = 200
MOST_LEVELS = 30
NEVER_IN_IDS = frozenset('\\<>"|*?`')
"""Signs that mean something else in paths, pages and shells; a slash is one of many ids in use and stays."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One node of the organisation tree; `eligible_n` people are attached directly to it."""

    unit_id: str
    parent_id: str | None
    unit_name: str
    eligible_n: int


@dataclass(frozen=True)
class UnitTree:
    """A checked tree with one root. `units` are sorted by unit_id."""

    units: tuple[Unit, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Unit]:
        """Units by their id."""
        return {unit.unit_id: unit for unit in self.units}

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Ids of the units directly below each inner unit, sorted."""
        below: dict[str, list[str]] = {}
        for unit in self.units:
            if unit.parent_id is not None:
                below.setdefault(unit.parent_id, []).append(unit.unit_id)
        return {unit_id: tuple(ids) for unit_id, ids in below.items()}

    @cached_property
    def root(self) -> Unit:
        """The organisation."""
        return next(unit for unit in self.units if unit.parent_id is None)

    @cached_property
    def level(self) -> Mapping[str, str]:
        """organisation, division, department or team, by unit id (CONTRACTS: units.csv)."""
        return {unit.unit_id: self._level_of(unit) for unit in self.units}

    def _level_of(self, unit: Unit) -> str:
        if unit.parent_id is None:
            return "organisation"
        below = self.children.get(unit.unit_id, ())
        if not below:
            return "team"
        return "department" if any(child not in self.children for child in below) else "division"

    @cached_property
    def eligible_n(self) -> int:
        """People asked in the whole organisation."""
        return sum(unit.eligible_n for unit in self.units)


def read_units(path: Path) -> UnitTree:
    """Read and check a units file. Raises UnitsError naming file, line and what to do."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UnitsError(
            f"{path.name} is missing in {path.parent}. Put your units into it: {','.join(COLUMNS)}."
        ) from None
    return parse_units(raw, path.name)


def parse_units(raw: bytes, where: str) -> UnitTree:
    """Check the bytes of a units file; `where` names it in errors."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UnitsError(f"{where} line {line}: not UTF-8. Save the file as UTF-8 and try again.") from None
    # newline="" leaves the ends of lines to csv, which knows a lone carriage return too.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter_of(text))
    try:
        rows = iter([(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)])
    except csv.Error:
        raise UnitsError(
            f"{where} line {reader.line_num}: this line cannot be read as fields. Save the file as CSV again."
        ) from None
    header = next(rows, None)
    if header is None:
        raise UnitsError(f"{where} is empty. It needs the columns {','.join(COLUMNS)} and one line a unit.")
    order = _column_order([cell.strip() for cell in header[1]], where)
    units = _parse_rows(rows, order, len(header[1]), where)
    _check_tree(units, where)
    return UnitTree(tuple(sorted((unit for _, unit in units), key=lambda unit: unit.unit_id)))


def _delimiter_of(text: str) -> str:
    head = text.split("\n", 1)[0]
    return ";" if head.count(";") > head.count(",") else ","


def _column_order(header: list[str], where: str) -> dict[str, int]:
    for name in COLUMNS:
        if name not in header:
            raise UnitsError(f"{where} line 1: the column {name} is missing. Needed: {','.join(COLUMNS)}.")
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or len(set(header)) != len(header):
        raise UnitsError(f"{where} line 1: only {','.join(COLUMNS)}, each once; found {','.join(header)}.")
    return {name: header.index(name) for name in COLUMNS}


def _parse_rows(
    rows: Iterable[tuple[int, list[str]]], order: Mapping[str, int], width: int, where: str
) -> list[tuple[int, Unit]]:
    units: list[tuple[int, Unit]] = []
    seen: dict[str, int] = {}
    for line, row in rows:
        if len(row) != width:
            raise UnitsError(f"{where} line {line}: {len(row)} fields, {width} expected. Nothing was changed.")
        cells = {name: row[index].strip() for name, index in order.items()}
        unit = _parse_unit(cells, where, line)
        if unit.unit_id in seen:
            raise UnitsError(
                f'{where} line {line}: unit_id "{unit.unit_id}" stands already in line {seen[unit.unit_id]}. '
                "Each unit has one line."
            )
        seen[unit.unit_id] = line
        units.append((line, unit))
    if not units:
        raise UnitsError(f"{where} has a header and no unit. Add one line a unit, the organisation first.")
    return units


def _parse_unit(cells: Mapping[str, str], where: str, line: int) -> Unit:
    unit_id = cells["unit_id"]
    if not unit_id or unit_id.startswith(RESERVED_PREFIXES):
        raise UnitsError(
            f'{where} line {line}: unit_id "{unit_id}" is empty or begins with {" or ".join(RESERVED_PREFIXES)}. '
            "Choose another id."
        )
    if NEVER_IN_IDS & set(unit_id) or any(part in ("", ".", "..") for part in unit_id.split("/")):
        raise UnitsError(
            f'{where} line {line}: unit_id "{unit_id}" holds one of {" ".join(sorted(NEVER_IN_IDS))}, or reads like a '
            "path (begins or ends with /, or has a part that is empty, . or ..). Use letters and digits of any script, "
            "blanks and . _ - / among them, in units.csv and in the files with the answers."
        )
    for name in ("unit_id", "unit_name"):
        if len(cells[name]) > LONGEST_TEXT or not cells[name].isprintable():
            raise UnitsError(
                f"{where} line {line}: {name} is longer than {LONGEST_TEXT} signs or holds a line break or a control "
                "sign. Shorten it, or write it anew."
            )
    if not cells["unit_name"]:
        raise UnitsError(f'{where} line {line}: unit "{unit_id}" has no unit_name. Give it the name people know.')
    try:
        eligible_n = int(cells["eligible_n"] or "0")
    except ValueError:
        eligible_n = -1
    if not 0 <= eligible_n <= 10_000_000:
        raise UnitsError(
            f'{where} line {line}: eligible_n "{cells["eligible_n"]}" is no count of people. Write a whole number, '
            "0 where nobody is attached directly."
        )
    return Unit(unit_id, cells["parent_id"] or None, cells["unit_name"], eligible_n)


def _check_tree(units: list[tuple[int, Unit]], where: str) -> None:
    by_id = {unit.unit_id: unit for _, unit in units}
    for line, unit in units:
        if unit.parent_id is not None and unit.parent_id not in by_id:
            near = difflib.get_close_matches(unit.parent_id, by_id, n=1, cutoff=0.0)
            raise UnitsError(
                f'{where} line {line}: parent_id "{unit.parent_id}" is not a unit. '
                f'Nearest: "{near[0]}". Nothing was changed.'
            )
    roots = [(line, unit) for line, unit in units if unit.parent_id is None]
    if len(roots) > 1:
        raise UnitsError(
            f'{where} line {roots[1][0]}: a second root, "{roots[1][1].unit_id}", beside "{roots[0][1].unit_id}" '
            f"(line {roots[0][0]}). Only the organisation has an empty parent_id."
        )
    _check_cycles(units, by_id, where)
    _check_levels(units, by_id, where)


def _check_levels(units: list[tuple[int, Unit]], by_id: Mapping[str, Unit], where: str) -> None:
    """Organisations have a handful of levels; thousands are a mistake, and no plan for them ends."""
    for line, unit in units:
        levels_n, current = 1, unit
        while current.parent_id is not None:
            levels_n, current = levels_n + 1, by_id[current.parent_id]
            if levels_n > MOST_LEVELS:
                raise UnitsError(
                    f'{where} line {line}: unit "{unit.unit_id}" lies more than {MOST_LEVELS} levels deep. '
                    "Give it the parent that it really has."
                )


def _check_cycles(units: list[tuple[int, Unit]], by_id: Mapping[str, Unit], where: str) -> None:
    safe: set[str] = set()
    for line, unit in units:
        path: list[str] = []
        on_path: set[str] = set()
        current: Unit | None = unit
        while current is not None and current.unit_id not in safe:
            if current.unit_id in on_path:
                circle = " > ".join([*path[path.index(current.unit_id) :], current.unit_id])
                raise UnitsError(
                    f"{where} line {line}: these units are each other's parents: {circle}. "
                    "Give one of them its real parent_id."
                )
            path.append(current.unit_id)
            on_path.add(current.unit_id)
            current = by_id[current.parent_id] if current.parent_id is not None else None
        safe.update(path)
