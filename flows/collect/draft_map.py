"""Draft the column map of an export: what is sure is mapped, what is doubtful is left for a person to confirm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from flows.collect.column_map import ColumnMap, CompleteRule, MappedColumn
from flows.collect.dump_map import UNIT_KEY, dump_map, item_line
from flows.collect.free_text import is_comment_column
from flows.collect.identifying import belongs_to_tool, identifies, looks_identifying
from flows.collect.limesurvey import METADATA, question_title
from flows.collect.own_questions import OwnQuestion, draft_own_question, own_instrument_yaml
from flows.collect.question_match import SURE_SCORE, AnswerFit, Fit, ItemMatch, best_item, fit_answers
from flows.collect.raw_table import RawTable
from flows.collect.unit_match import UnitMatch, match_units, nearest_column
from flows.errors import ExportRefused
from surveys.instrument import Catalogue, CodedAnswer

__all__ = ["Decision", "DraftLine", "MapDraft", "draft_map"]

_LANGUAGES = {"German": "de", "Spanish": "es"}
MOST_DISTINCT = 5000


class Decision(StrEnum):
    """What the draft does with a column."""

    DROP = "drop"
    SURE = "sure"
    CONFIRM = "confirm"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One column of the file: `title` is its question or heading; `target` unit, breakdown or an item id."""

    decision: Decision
    column: str
    title: str
    target: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MapDraft:
    """A drafted map. `map_yaml` is the file to write; `own_yaml` an instrument file, or None without own questions."""

    lines: tuple[DraftLine, ...]
    column_map: ColumnMap
    map_yaml: str
    own_yaml: str | None
    tool: str
    variant: str
    read_n: int
    columns_n: int
    signs_of_identity: tuple[str, ...]
    unknown_units: Mapping[str, str] = field(default_factory=dict)

    def lines_of(self, decision: Decision) -> tuple[DraftLine, ...]:
        """The columns with this decision, in the order of the file."""
        return tuple(line for line in self.lines if line.decision is decision)


@dataclass(slots=True)
class _Parts:
    """What has been drafted so far."""

    lines: dict[str, DraftLine] = field(default_factory=dict)
    items: dict[str, MappedColumn] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    own: list[OwnQuestion] = field(default_factory=list)


def draft_map(
    raw: RawTable,
    catalogue: Catalogue,
    units: Sequence[tuple[str, str]],
    breakdown: tuple[str, Sequence[str]] | None = None,
) -> MapDraft:
    """A map of `raw`. `units`: (unit_id, unit_name); `breakdown`: (breakdown_id, its values).

    Free text is never shown nor drafted. Raises ExportRefused when no column can be the unit.
    """
    parts = _Parts()
    for column in raw.columns:
        is_own = raw.tool not in ("tidy", "table") and belongs_to_tool(column)
        if (
            is_own
            or column in METADATA
            or identifies(column)
            or column in raw.flagged
            or column in raw.free_text
            or column in raw.tells.columns - set(raw.titles)
        ):
            parts.lines[column] = DraftLine(Decision.DROP, column, _title(raw, column))
        elif is_comment_column(raw, column):
            parts.lines[column] = DraftLine(Decision.LEAVE, column, _title(raw, column), "", "free text")
    counts = {column: _counts(raw, column) for column in raw.columns if column not in parts.lines}
    unit = _draft_unit(raw, parts, counts, units)
    broken_down = _draft_breakdown(raw, parts, counts, breakdown)
    _draft_items(raw, parts, counts, catalogue)
    _draft_rest(raw, parts, counts, catalogue)
    dropped = tuple(line.column for line in parts.lines.values() if line.decision is Decision.DROP)
    column_map = ColumnMap(
        tool=raw.tool,
        unit=MappedColumn(unit.column, unit.values),
        items=parts.items,
        breakdown=broken_down,
        complete=CompleteRule("submitdate") if raw.tool == "limesurvey" else None,
        drop=dropped,
    )
    return _finished(raw, parts, column_map, unit)


def _finished(raw: RawTable, parts: _Parts, column_map: ColumnMap, unit: UnitMatch) -> MapDraft:
    language = next((code for name, code in _LANGUAGES.items() if name in raw.variant), "en")
    header = [f"Column map of {raw.path.name}. Columns that are not named here are never stored."]
    header += [f'Not a unit: "{text}". Nearest: "{name}".' for text, name in unit.unknown.items()]
    offers = [f"{item_line(own.item_id, own.column)}   # {_own_remark(own)}" for own in parts.own]
    return MapDraft(
        lines=tuple(parts.lines[column] for column in raw.columns),
        column_map=column_map,
        map_yaml=dump_map(column_map, parts.remarks, header, offers),
        own_yaml=own_instrument_yaml(parts.own, language) if parts.own else None,
        tool=raw.tool,
        variant=raw.variant,
        read_n=raw.read_n,
        columns_n=len(raw.columns),
        signs_of_identity=raw.signs_of_identity,
        unknown_units=unit.unknown,
    )


def _own_remark(own: OwnQuestion) -> str:
    """A number means what it meant in the survey tool; the order of labels is for a person to say."""
    collected = "own question: collected once the first # is away"
    return collected if own.column.values is None else f"{collected}; CONFIRM the order of its answers"


def _title(raw: RawTable, column: str) -> str:
    return question_title(raw.titles.get(column, column))


def _counts(raw: RawTable, column: str) -> dict[str, int]:
    """Distinct filled texts of a column with their rows; at most MOST_DISTINCT + 1 of them."""
    cells = raw.relation.select(raw.value(column).alias("cell")).aggregate("cell, count(*) as rows_n", "cell")
    found: dict[str, int] = {}
    for cell, rows_n in cells.limit(MOST_DISTINCT + 1).fetchall():
        text = str(cell).strip() if cell is not None else ""
        if text and text not in raw.missing_tokens:
            found[text] = found.get(text, 0) + int(rows_n)
    return found


def _draft_unit(
    raw: RawTable, parts: _Parts, counts: Mapping[str, Mapping[str, int]], units: Sequence[tuple[str, str]]
) -> UnitMatch:
    columns = {name: tuple(found) for name, found in counts.items()}
    match, equal = match_units(columns, units)
    if match is None:
        titles = {name: _title(raw, name) for name in columns}
        near = nearest_column(columns, titles, units)
        hint = ""
        if near is not None:
            column, units_n, texts_n = near
            title = titles[column] if column == titles[column] else f"{column}: {titles[column]}"
            hint = f' Nearest: "{title}", of whose {texts_n} texts {units_n} are units; at least half must be.'
        raise ExportRefused(
            f"{raw.path.name}: no column holds units of units.csv (by id or name).{hint} Add the missing units to "
            "units.csv as the file writes them, or write the map by hand: "
            "unit: { column: …, values: { text in the file: unit_id } }"
        )
    for text, (name, score) in match.near.items():
        parts.remarks[UNIT_KEY + text] = f'CONFIRM looks like "{name}" ({score:.2f})'
    if equal:
        named = ", ".join(f'"{column}"' for column in equal)
        parts.remarks[UNIT_KEY] = f"CONFIRM this column holds units, and so does {named}"
    doubt = bool(match.near or equal)
    note = f"{len(match.near)} of its texts only look like a unit" if match.near else ""
    decision = Decision.CONFIRM if doubt else Decision.SURE
    parts.lines[match.column] = DraftLine(decision, match.column, _title(raw, match.column), "unit", note)
    return match


def _draft_breakdown(
    raw: RawTable,
    parts: _Parts,
    counts: Mapping[str, Mapping[str, int]],
    breakdown: tuple[str, Sequence[str]] | None,
) -> MappedColumn | None:
    if breakdown is None:
        return None
    known = {value.casefold(): value for value in breakdown[1]}
    for column, found in counts.items():
        if column not in parts.lines and found and all(text.casefold() in known for text in found):
            parts.lines[column] = DraftLine(Decision.SURE, column, _title(raw, column), "breakdown")
            is_same = all(text in breakdown[1] for text in found)
            return MappedColumn(column, None if is_same else {text: known[text.casefold()] for text in sorted(found)})
    return None


def _draft_items(raw: RawTable, parts: _Parts, counts: Mapping[str, Mapping[str, int]], catalogue: Catalogue) -> None:
    """The best column for each item first, so that a near wording never takes the place of an exact one."""
    matches: list[tuple[ItemMatch, str]] = []
    for column in counts:
        if column not in parts.lines and counts[column] and not _is_free_text(counts[column]):
            titles = (_title(raw, column), raw.titles.get(column, column))
            if match := best_item(column, titles, catalogue):
                matches.append((match, column))
    matches.sort(key=lambda pair: (not pair[0].is_by_code, -pair[0].score, raw.position(pair[1])))
    for match, column in matches:
        if match.item.id not in parts.items:
            _draft_item(raw, parts, column, match, fit_answers(match.item, tuple(counts[column])), len(counts[column]))
    order = {column: place for place, column in enumerate(raw.columns)}
    parts.items = dict(sorted(parts.items.items(), key=lambda pair: order[pair[1].column]))


def _draft_item(raw: RawTable, parts: _Parts, column: str, match: ItemMatch, answers: AnswerFit, steps_n: int) -> None:
    item_id, title = match.item.id, _title(raw, column)
    doubt = _doubt(match, answers, steps_n)
    parts.items[item_id] = MappedColumn(column, answers.values)
    if doubt is None:
        parts.lines[column] = DraftLine(Decision.SURE, column, title, item_id)
        return
    note = f"looks like {item_id} ({1.0 if match.is_by_code else match.score:.2f}): {doubt}"
    parts.lines[column] = DraftLine(Decision.CONFIRM, column, title, item_id, note)
    parts.remarks[item_id] = f"CONFIRM {note}"


def _doubt(match: ItemMatch, answers: AnswerFit, steps_n: int) -> str | None:
    """Why a person has to look at a match; None when wording (or code) and answers both fit."""
    coded = match.item.answer if isinstance(match.item.answer, CodedAnswer) else None
    options_n = len(coded.options) if coded else 0
    if answers.fit is Fit.PLACES:
        return "the file holds answer codes; check that they stand in the order of the item's answers"
    if answers.fit in (Fit.PARTLY, Fit.NONE):
        if coded and steps_n != options_n:
            return f"the answers have {steps_n} steps, {match.item.id} has {options_n}"
        return f"the answers are not those of {match.item.id}"
    if not match.is_by_code and match.score < SURE_SCORE:
        return "the answers fit, the wording differs"
    if not match.is_by_code and answers.fit is Fit.CODES and coded:
        return f"the file holds numbers without labels; check that {coded.low} and {coded.high} mean the same"
    return None


def _is_free_text(counts: Mapping[str, int]) -> bool:
    return len(counts) > MOST_DISTINCT or any(looks_identifying(text) for text in counts)


def _draft_rest(raw: RawTable, parts: _Parts, counts: Mapping[str, Mapping[str, int]], catalogue: Catalogue) -> None:
    pooled = sum((Counter(found) for found in counts.values()), Counter())
    for column in raw.columns:
        if column in parts.lines:
            continue
        title, found = _title(raw, column), counts[column]
        taken = {*catalogue.items, *(own.item_id for own in parts.own)}
        own = (
            None
            if _is_free_text(found)
            else draft_own_question(column, title, {text: pooled[text] for text in found}, taken)
        )
        if own is not None:
            parts.own.append(own)
            parts.lines[column] = DraftLine(Decision.LEAVE, column, title, own.item_id, "own question")
        else:
            note = "free text" if len(found) > 1 else "no choice: one answer or none"
            parts.lines[column] = DraftLine(Decision.LEAVE, column, title, "", note)
