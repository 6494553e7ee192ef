"""Give the columns of a source their meaning: one row per respondent, unit, breakdown and canonical answers."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from urllib.parse import unquote

import duckdb
from duckdb import CaseExpression, ConstantExpression, Expression, FunctionExpression
from duckdb.sqltypes import DOUBLE, VARCHAR

from flows.collect.column_lint import refuse_identifying_values
from flows.collect.column_map import ColumnMap, CompleteRule, MappedColumn, refuse_unconfirmed
from flows.collect.delimited import plain_number
from flows.collect.free_text import refuse_comment_column, refuse_comment_values
from flows.collect.identifying import CONTACT_PATTERN, PHONE_PATTERN, TRUNK_PHONE_PATTERN, identifies
from flows.collect.raw_table import RawTable
from flows.collect.row_status import first_of_repeated, has_repeated, or_false, repeated_key, row_status, untold
from flows.errors import ExportRefused
from surveys.instrument import NOT_APPLICABLE, PREFER_NOT_TO_SAY, Catalogue, CodedAnswer, Item

__all__ = ["MappedTable", "fold_label", "map_table"]

IDENTIFYING_SHARE = 0.05
"""From one filled cell in twenty on, a column is one of contacts; below, single rows are set aside."""
_KEPT_WORDS = (PREFER_NOT_TO_SAY, NOT_APPLICABLE)
_SHORTEST_CONTACT = 5
_CONTACT_SIGNS = r"[@.:]|^\s*[+0]"
_OUTSIDE_PLAIN_TEXT = r"[^!-~]"
_ODD_LABEL = r"[^!-~]|[@.:/]|^[+0]"
_LINK_SIGN = re.compile(r"%[0-9A-Fa-f]{2}")
_ANY_NUMBER = r"[+-]?\d{1,15}(\.\d{1,15})?"
UNMAPPED = "unmapped: "
"""Before an answer that the map does not name but that reads like a code of the item: it must not pass as one."""


@dataclass(frozen=True, slots=True)
class MappedTable:
    """One row per record, lazy: row_status, wave_id, unit, breakdown, then one column per item. All VARCHAR, but for
    items in `whole`, which may be numbers.

    row_status: complete, incomplete, test, late, duplicate, or `identifying` (a cell of the row looks like an
    e-mail, IP address or telephone number; it is null here, and the row belongs in quarantine).
    unit: unit id, or the label of the file when the map does not know it; null when empty. Answers: a code, a
    decimal, `prefer_not_to_say`, `not_applicable`, null when skipped, any other text when unknown.
    whole: items of which every filled cell is a whole number of at most four digits.
    cannot_tell: which of test, late, duplicate, incomplete, other_wave this file does not show.
    """

    relation: duckdb.DuckDBPyRelation = field(repr=False)
    item_ids: tuple[str, ...]
    whole: frozenset[str]
    cannot_tell: frozenset[str]
    source_grade: str
    dropped: tuple[str, ...]
    read_n: int
    tool: str
    wrong_field_lines: tuple[str, ...] = field(default=(), repr=False)

    @property
    def wrong_field_n(self) -> int:
        """Rows with a wrong number of fields: counted in read_n, not in the relation."""
        return len(self.wrong_field_lines)


@dataclass(frozen=True, slots=True)
class _Target:
    """A mapped column: its cells, and which of them need a closer look (`is_odd`; None: all cells are canonical)."""

    name: str
    column: str
    cell: Expression
    is_odd: Expression | None
    phone_pattern: str

    @property
    def looks_identifying(self) -> Expression:
        """True for a cell with a contact in it. Short cells, and those without any sign of one, cost little."""
        found = _matches(self.cell, CONTACT_PATTERN) | _matches(self.cell, self.phone_pattern)
        nothing = ConstantExpression(False)
        is_short = _bytes_n(self.cell) < ConstantExpression(_SHORTEST_CONTACT)
        return CaseExpression(is_short, nothing).when(~_matches(self.cell, _CONTACT_SIGNS), nothing).otherwise(found)


def map_table(
    raw: RawTable, column_map: ColumnMap, catalogue: Catalogue, closes_on: datetime.date | None = None
) -> MappedTable:
    """The mapped relation of a source.

    Reads the file once to look for contacts in mapped columns, and for the distinct texts of columns whose
    values are translated; stores nothing.
    Raises ExportRefused for an open line of the map, a column the file lacks, an unknown item or code, and
    a mapped column that identifies people.
    """
    refuse_unconfirmed(column_map)
    _check_columns(raw, column_map)
    items = _checked_items(column_map, catalogue)
    targets = _targets(raw, column_map, items)
    odd = _counted(raw, {name: target.is_odd for name, target in targets.items() if target.is_odd is not None})
    tainted = _tainted(raw, targets, odd)
    for name, target in targets.items():
        if name in odd or name in ("unit", "breakdown"):
            refuse_identifying_values(raw, name, target.column, target.cell)
        if name in odd and name not in ("unit", "wave"):
            mapped = column_map.breakdown if name == "breakdown" else column_map.items[name.removeprefix("items.")]
            known = {fold_label(label) for label in (mapped.values or {})} if mapped else set()
            refuse_comment_values(raw, name, target.column, target.cell, known)
    answers = [
        _clean(
            _answer(raw, column_map.items[item_id], f"items.{item_id}" in odd),
            targets[f"items.{item_id}"],
            tainted,
        )
        for item_id in column_map.items
    ]
    null = ConstantExpression(None).cast(VARCHAR)
    wave, unit, breakdown = (
        _clean(_label(raw, mapped, name in odd), targets[name], tainted) if mapped else null
        for name, mapped in _label_columns(column_map).items()
    )
    rule = column_map.complete
    status = row_status(
        raw,
        None if rule is None else _is_complete(raw, rule),
        [targets[name].looks_identifying for name in tainted],
        closes_on,
    )
    columns = [status.alias("row_status"), wave.alias("wave_id"), unit.alias("unit"), breakdown.alias("breakdown")]
    columns += [answer.alias(item_id) for answer, item_id in zip(answers, column_map.items, strict=True)]
    if has_repeated(raw):
        relation = first_of_repeated(raw.staged.select(*columns, repeated_key(raw).alias("repeated_key")))
    else:
        relation = raw.staged.select(*columns)
    used = {raw.resolve(column) for column in column_map.needed_columns}
    return MappedTable(
        relation=relation,
        item_ids=tuple(column_map.items),
        whole=frozenset(
            item_id
            for item_id, mapped in column_map.items.items()
            if mapped.values is None and f"items.{item_id}" not in odd
        ),
        cannot_tell=untold(raw, closes_on, has_rule=rule is not None, has_wave=column_map.wave_column is not None),
        source_grade=raw.source_grade,
        dropped=(*(column for column in raw.columns if column not in used), *raw.left_out),
        read_n=raw.read_n,
        tool=raw.tool,
        wrong_field_lines=tuple(row.text for row in raw.wrong_rows),
    )


def _check_columns(raw: RawTable, column_map: ColumnMap) -> None:
    for column in column_map.needed_columns:
        if raw.resolve(column) is None:
            by_fold = {name.casefold(): name for name in (*raw.file_columns, *raw.columns)}
            near = get_close_matches(column.casefold(), by_fold, n=1, cutoff=0.0)
            raise ExportRefused(
                f'{raw.path.name}: {column_map.name} uses the column "{column}", which the file lacks. '
                f'Nearest: "{by_fold[near[0]] if near else ""}". Correct the map, or draft one with  quorum map FILE'
            )
    answers = [column_map.unit, *column_map.items.values(), *([column_map.breakdown] if column_map.breakdown else [])]
    for mapped in answers:
        resolved = raw.resolve(mapped.column) or mapped.column
        if identifies(resolved) or identifies(mapped.column) or resolved in raw.flagged:
            raise ExportRefused(
                f'{column_map.name}: the column "{mapped.column}" identifies people and cannot be mapped. Drop it.'
            )
        refuse_comment_column(raw, resolved, column_map.name)


def _checked_items(column_map: ColumnMap, catalogue: Catalogue) -> dict[str, Item]:
    known = catalogue.items
    for item_id, mapped in column_map.items.items():
        if item_id not in known:
            near = get_close_matches(item_id, known, n=1, cutoff=0.0)
            hint = f" Nearest: {near[0]}." if near else ""
            raise ExportRefused(
                f'{column_map.name}: items: no instrument has an item "{item_id}".{hint} '
                "Own questions need a file in instruments/."
            )
        for label, meaning in (mapped.values or {}).items():
            if not _is_answer(known[item_id], meaning):
                raise ExportRefused(
                    f'{column_map.name}: items.{item_id}: "{label}" is mapped to "{meaning}", '
                    f"which is no answer of the item. Answers: {_say_answers(known[item_id])}"
                )
    return {item_id: known[item_id] for item_id in column_map.items}


def _say_answers(item: Item) -> str:
    if isinstance(item.answer, CodedAnswer):
        return ", ".join((*(str(code) for code in item.answer.codes), *_KEPT_WORDS))
    return f"numbers from {item.answer.low} to {item.answer.high}, {', '.join(_KEPT_WORDS)}"


def _is_answer(item: Item, meaning: str) -> bool:
    if meaning == "" or meaning in _KEPT_WORDS:
        return True
    if isinstance(item.answer, CodedAnswer):
        return meaning in {str(code) for code in item.answer.codes}
    try:
        return item.answer.low <= float(meaning) <= item.answer.high
    except ValueError:
        return False


def _label_columns(column_map: ColumnMap) -> dict[str, MappedColumn | None]:
    wave = MappedColumn(column_map.wave_column) if column_map.wave_column else None
    return {"wave": wave, "unit": column_map.unit, "breakdown": column_map.breakdown}


def _targets(raw: RawTable, column_map: ColumnMap, items: Mapping[str, Item]) -> dict[str, _Target]:
    """Every mapped column that is kept, by the name of its line in the map."""
    found: dict[str, _Target] = {}
    for name, mapped in _label_columns(column_map).items():
        if mapped:
            cell = _cell(raw, mapped.column)
            phone = TRUNK_PHONE_PATTERN if name == "unit" else PHONE_PATTERN
            is_odd: Expression | None = _matches(cell, _ODD_LABEL)
            if raw.missing_tokens:
                is_odd = is_odd | _is_in(cell, raw.missing_tokens)
            found[name] = _Target(name, mapped.column, cell, is_odd, phone)
    for item_id, mapped in column_map.items.items():
        cell = _cell(raw, mapped.column)
        name = f"items.{item_id}"
        is_known = raw.has_digits(raw.resolve(mapped.column) or mapped.column)
        is_odd = None if is_known else _is_odd_answer(cell, items[item_id])
        found[name] = _Target(name, mapped.column, cell, is_odd, PHONE_PATTERN)
    return found


def _is_odd_answer(cell: Expression, item: Item) -> Expression:
    """True unless the cell is a short whole number as the catalogue writes it; the cheapest test that is certain."""
    if all(len(code) == 1 for code in _codes(item)) and _codes(item):
        return (_bytes_n(cell) != ConstantExpression(1)) | (cell <= ConstantExpression(" "))
    return (_bytes_n(cell) >= ConstantExpression(_SHORTEST_CONTACT)) | _matches(cell, r"[^0-9]|^0.")


def _counted(raw: RawTable, conditions: Mapping[str, Expression]) -> dict[str, int]:
    """How many cells of each column meet their condition; columns without such a cell are left out."""
    if not conditions:
        return {}
    counts = [FunctionExpression("count_if", condition) for condition in conditions.values()]
    row = raw.relation.aggregate([count.alias(f"n{place}") for place, count in enumerate(counts)]).fetchall()[0]
    return {name: int(found_n) for name, found_n in zip(conditions, row, strict=True) if found_n}


def _codes(item: Item) -> tuple[str, ...]:
    return tuple(str(code) for code in item.answer.codes) if isinstance(item.answer, CodedAnswer) else ()


def _tainted(raw: RawTable, targets: Mapping[str, _Target], odd: Mapping[str, int]) -> tuple[str, ...]:
    """Names of mapped columns in which some cell holds a contact. Raises ExportRefused for a column of contacts."""
    contacts = _counted(raw, {name: targets[name].looks_identifying for name in odd})
    for name, contacts_n in contacts.items():
        target = targets[name]
        filled_n = raw.relation.aggregate([FunctionExpression("count", target.cell).alias("n")]).fetchall()[0][0]
        if contacts_n >= IDENTIFYING_SHARE * filled_n:
            raise ExportRefused(
                f'{raw.path.name}: the column "{target.column}" ({name}) holds e-mail or IP addresses or telephone '
                "numbers. It identifies people and cannot be mapped. Drop it."
            )
    return tuple(contacts)


def _clean(value: Expression, target: _Target, tainted: Sequence[str]) -> Expression:
    """The value, or null where the cell holds a contact."""
    if target.name not in tainted:
        return value
    return CaseExpression(target.looks_identifying, ConstantExpression(None).cast(VARCHAR)).otherwise(value)


def _is_complete(raw: RawTable, rule: CompleteRule) -> Expression:
    text = _text(raw, rule.column)
    if rule.when == "equals":
        folded = FunctionExpression("lower", text)
        return or_false(_is_in(folded, (rule.value.lower(),)))
    if rule.when == "at_least":
        number = CaseExpression(_full_match(text, _ANY_NUMBER), text.cast(DOUBLE)).otherwise(ConstantExpression(None))
        return or_false(number >= ConstantExpression(float(rule.value)))
    return text.isnotnull()


def _cell(raw: RawTable, column: str) -> Expression:
    """A column as it stands in the file."""
    return raw.value(raw.resolve(column) or column)


def _text(raw: RawTable, column: str) -> Expression:
    """Trimmed text of a column; null when empty or one of the tool's words for missing."""
    cell = _cell(raw, column)
    # trim() with a list of signs is ten times slower than looking whether there is anything to trim
    trimmed = FunctionExpression("trim", cell, ConstantExpression(" \t\r\n\u00a0\u202f"))
    text = CaseExpression(~_matches(cell, _OUTSIDE_PLAIN_TEXT), cell).otherwise(trimmed)
    for token in ("", *raw.missing_tokens):
        text = FunctionExpression("nullif", text, ConstantExpression(token))
    return text


def fold_label(text: str) -> str:
    """A label as maps compare it: HTML references and signs of a link (`%20`) resolved, runs of blanks made one."""
    plain = html.unescape(text)
    return " ".join((unquote(plain) if _LINK_SIGN.search(plain) else plain).split())


def _translated(raw: RawTable, mapped: MappedColumn) -> dict[str, list[str]]:
    """Meaning -> every text of the column that stands for it, as the file spells it."""
    meanings = {fold_label(label): meaning for label, meaning in (mapped.values or {}).items()}
    cells = raw.relation.select(_cell(raw, mapped.column).alias("cell")).distinct().fetchall()
    spelled = [row[0] for row in cells if row[0] is not None]
    found: dict[str, list[str]] = {}
    for spelling in sorted(spelled):
        if (meaning := meanings.get(fold_label(spelling))) is not None:
            found.setdefault(meaning, []).append(spelling)
    return found


def _translate(raw: RawTable, mapped: MappedColumn, otherwise: Expression) -> Expression:
    """The meaning of each text; `otherwise` for a text the map does not name."""
    cell = _cell(raw, mapped.column)
    cases: Expression | None = None
    for meaning, spellings in _translated(raw, mapped).items():
        result = ConstantExpression(meaning) if meaning else ConstantExpression(None).cast(VARCHAR)
        condition = _is_in(cell, spellings)
        cases = CaseExpression(condition, result) if cases is None else cases.when(condition, result)
    return otherwise if cases is None else cases.otherwise(otherwise)


def _label(raw: RawTable, mapped: MappedColumn, has_odd: bool) -> Expression:
    text = _text(raw, mapped.column) if has_odd else _cell(raw, mapped.column)
    return _translate(raw, mapped, text) if mapped.values is not None else text


def _answer(raw: RawTable, mapped: MappedColumn, has_odd: bool) -> Expression:
    text = _text(raw, mapped.column)
    if mapped.values is not None:
        return _translate(raw, mapped, _not_a_code(text))
    if not has_odd:
        return raw.held(raw.resolve(mapped.column) or mapped.column)
    return CaseExpression(_full_match(text, _ANY_NUMBER), plain_number(_no_plus(text))).otherwise(text)


def _bytes_n(cell: Expression) -> Expression:
    return FunctionExpression("strlen", cell)


def _no_plus(text: Expression) -> Expression:
    """A number without a plus sign and leading zeros: `+03` becomes `3`."""
    constant = ConstantExpression
    unsigned = FunctionExpression("ltrim", text, constant("+"))
    return FunctionExpression("regexp_replace", unsigned, constant(r"^(-?)0+(\d)"), constant(r"\1\2"))


def _not_a_code(text: Expression) -> Expression:
    marked = FunctionExpression("concat", ConstantExpression(UNMAPPED), text)
    is_taken = _full_match(text, _ANY_NUMBER)
    return CaseExpression(is_taken, marked).otherwise(text)


def _is_in(text: Expression, values: Sequence[str]) -> Expression:
    return text.isin(*(ConstantExpression(value) for value in values))


def _matches(text: Expression, pattern: str) -> Expression:
    return FunctionExpression("regexp_matches", text, ConstantExpression(pattern))


def _full_match(text: Expression, pattern: str) -> Expression:
    return FunctionExpression("regexp_full_match", text, ConstantExpression(pattern))
