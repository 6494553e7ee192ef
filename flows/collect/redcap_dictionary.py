"""REDCap's data dictionary beside its data: labels become variables and codes, and flagged fields cannot be mapped."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from duckdb import CaseExpression, ConstantExpression, Expression

from flows.collect.identifying import fold_name
from flows.collect.raw_table import FILLED, RawTable
from flows.errors import ExportRefused

__all__ = ["Field", "is_dictionary", "read_dictionary", "with_dictionary"]

HEADINGS = ("variable / field name", "form name", "field type", "choices, calculations, or slider labels")
MAX_BYTES = 16 * 2**20
_START_BYTES = 2048
_OPEN_TYPES = ("notes", "file", "signature", "descriptive")
_CHECKS = ("email", "phone", "zipcode", "postalcode", "date_", "datetime", "time", "mrn", "ssn", "vmrn")
_CHOSEN = re.compile(r"(.*) \(choice=(.*)\)", re.DOTALL)
_FIXED = {"yesno": {"Yes": "1", "No": "0"}, "truefalse": {"True": "1", "False": "0"}}
_CHECKED = {"Checked": "1", "Unchecked": "0"}
_COMPLETE = {"Incomplete": "0", "Unverified": "1", "Complete": "2"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a project. choices: label -> code."""

    name: str
    form: str
    kind: str
    label: str
    choices: Mapping[str, str]
    identifies: bool

    @property
    def is_open(self) -> bool:
        """Whether people write in it what they like."""
        return self.kind in _OPEN_TYPES


def is_dictionary(path: Path) -> bool:
    """Whether a file is a data dictionary, by its headings."""
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES).decode("utf-8-sig", errors="replace")
    except OSError:
        return False
    first = next(csv.reader([start.splitlines()[0] if start else ""]), [])
    return set(HEADINGS) <= {fold_name(name) for name in first}


def read_dictionary(path: Path) -> tuple[Field, ...]:
    """The fields, in their order. Raises ExportRefused for a file that is damaged or too large."""
    if path.stat().st_size > MAX_BYTES:
        raise ExportRefused(f"{path.name}: a data dictionary of more than {MAX_BYTES // 2**20} MB. Download it again.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (csv.Error, UnicodeError):
        raise ExportRefused(f"{path.name}: a damaged data dictionary. Download it again, as UTF-8.") from None
    return tuple(_field({fold_name(name or ""): str(cell or "").strip() for name, cell in row.items()}) for row in rows)


def _field(row: Mapping[str, str]) -> Field:
    kind, check = row.get("field type", ""), row.get("text validation type or show slider number", "").casefold()
    choices = {} if kind in ("slider", "calc", "text", "notes") else _choices(row.get(HEADINGS[3], ""))
    flagged = row.get("identifier?", "").casefold() in ("y", "1") or check.startswith(_CHECKS)
    label = " ".join(re.sub(r"<[^>]{1,200}>", " ", row.get("field label", "")).split())
    return Field(row[HEADINGS[0]], row.get("form name", ""), kind, label, {**choices, **_FIXED.get(kind, {})}, flagged)


def _choices(text: str) -> dict[str, str]:
    """`1, Never | 2, Sometimes` as label -> code; a label may hold commas."""
    pairs = [part.partition(",") for part in text.split("|")]
    return {" ".join(label.split()): code.strip() for code, comma, label in pairs if comma}


def with_dictionary(raw: RawTable, fields: Sequence[Field]) -> RawTable:
    """The same answers under the names of variables, as codes; the fields flagged as identifying hold nothing any more.

    Raises ExportRefused where two columns would be the same variable.
    """
    names = _variables(raw, fields)
    by_name = {field.name: field for field in fields}
    columns = tuple(name for name, _ in names)
    if len(set(columns)) != len(columns):
        raise ExportRefused(f"{raw.path.name}: two columns are one field of the dictionary. Export raw data instead.")
    cells, titles = [], dict(raw.titles)
    flagged: set[str] = set()
    written: set[str] = set()
    for place, (name, labels) in enumerate(names):
        field = by_name.get(name.partition("___")[0])
        cell = _recoded(raw.value(raw.columns[place]), labels)
        if field is not None:
            titles[name] = field.label or name
            if field.identifies or field.is_open:
                (flagged if field.identifies else written).add(name)
                cell = CaseExpression(cell.isnotnull(), ConstantExpression(FILLED))
        cells.append(cell.alias(f"c{place}"))
    renamed = dict(zip(raw.columns, columns, strict=True))
    return replace(
        raw,
        staged=raw.relation.select(*cells),
        columns=columns,
        titles=titles,
        flagged=frozenset(flagged),
        free_text=frozenset(written),
        tells=raw.tells.renamed(renamed, complete_texts=("2",)),
        signs_of_identity=tuple(
            dict.fromkeys([*(renamed.get(s, s) for s in raw.signs_of_identity), *flagged, *written])
        ),
        variant="with its data dictionary",
    )


def _variables(raw: RawTable, fields: Sequence[Field]) -> list[tuple[str, Mapping[str, str]]]:
    """Per column: the variable that it is, and what its labels mean (nothing where the file holds codes)."""
    by_label: dict[str, list[Field]] = defaultdict(list)
    for field in fields:
        by_label[fold_name(field.label)].append(field)
    raw_names = {field.name for field in fields}
    forms = list(dict.fromkeys(field.form for field in fields))
    found: list[tuple[str, Mapping[str, str]]] = []
    for column, heading in zip(raw.columns, raw.file_columns, strict=True):
        label = re.sub(r" \(\d+\)$", "", heading) if heading not in by_label else heading
        chosen = _CHOSEN.fullmatch(label)
        if column.partition("___")[0] in raw_names:
            found.append((column, {}))
        elif chosen and (owners := by_label.get(fold_name(chosen.group(1)))):
            code = owners[0].choices.get(" ".join(chosen.group(2).split()), chosen.group(2))
            found.append((f"{owners[0].name}___{code.casefold().replace('-', '_')}", _CHECKED))
        elif owners := by_label.get(fold_name(label)):
            field = owners.pop(0) if len(owners) > 1 else owners[0]
            found.append((field.name, field.choices))
        elif fold_name(label) == "complete?" and forms:
            found.append((f"{forms.pop(0)}_complete", _COMPLETE))
        else:
            found.append((column, {}))
    return found


def _recoded(cell: Expression, labels: Mapping[str, str]) -> Expression:
    result = cell
    for label, code in labels.items():
        result = CaseExpression(cell == ConstantExpression(label), ConstantExpression(code)).otherwise(result)
    return result
