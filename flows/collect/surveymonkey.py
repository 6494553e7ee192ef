"""SurveyMonkey CSV: the question stands in the first row over its columns, row or option in the second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce

import duckdb

from flows.collect.identifying import fold_name
from flows.collect.layout import Head, Layout, unique_names
from flows.collect.raw_table import RawTable
from flows.collect.tells import Tell, Tells

__all__ = ["surveymonkey_layout", "with_merged_choices"]

_ANSWER = ("response", "open-ended response")
_OPEN = ("open-ended response", "other (please specify)", "comments")
_OWN = ("respondent id", "respondentid", "collector id", "collectorid")
_DATES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")


def surveymonkey_layout(head: Head) -> Layout | None:
    """The layout of a SurveyMonkey file, None for any other file."""
    second = [fold_name(cell) for cell in head.row(1)]
    has_own = any(fold_name(name) in _OWN for name in head.names)
    is_continued = any(below and not name.strip() for name, below in zip(head.names, second, strict=True))
    if not has_own or second[0] or not (is_continued or any(cell in _ANSWER for cell in second)):
        return None
    names: list[str] = []
    question = ""
    for first, below in zip(head.names, head.row(1), strict=True):
        question = first.strip() or question
        part = " ".join(below.split())
        is_part = bool(part) and fold_name(part) not in _ANSWER
        names.append(f"{question} [{part}]" if is_part else question)
    unique = unique_names(names)
    titles = {name: name for name, below in zip(unique, head.row(1), strict=True) if below.strip()}
    folded = {fold_name(name): name for name in unique}
    open_ended = frozenset(name for name, below in zip(unique, second, strict=True) if below in _OPEN)
    return Layout("surveymonkey", "two heading rows", 2, unique, titles, _tells(folded), open_ended)


def _tells(folded: dict[str, str]) -> Tells:
    ended = folded.get("end date")
    own_id = next((folded[name] for name in _OWN[:2] if name in folded), None)
    return Tells(
        complete=Tell(ended) if ended else None,
        sent=ended,
        sent_formats=_DATES,
        repeated_by=(own_id,) if own_id else (),
    )


def with_merged_choices(raw: RawTable) -> RawTable:
    """The same rows; questions that the expanded export spreads over a column per option get one column more.

    Its name is that of the condensed export, `Question` or `Question [Row]`, and its cells hold the option that was
    taken. A question is one where no row has two options, and every cell repeats its option or holds one number.
    """
    groups: dict[str, dict[str, str]] = {}
    for column in raw.columns:
        question, _, part = column.removesuffix("]").partition(" [")
        if part and column.endswith("]"):
            row, dash, option = part.rpartition(" - ")
            name = f"{question} [{row}]" if dash else question
            groups.setdefault(name, {})[column] = option
    single = {name: options for name, options in groups.items() if len(options) > 1 and name not in raw.columns}
    single = {name: options for name, options in single.items() if _is_single(raw, options)}
    if not single:
        return raw
    cells = [raw.value(column) for column in raw.columns]
    cells += [duckdb.CoalesceOperator(*map(raw.value, options)) for options in single.values()]
    relation = raw.relation.select(*(cell.alias(f"c{place}") for place, cell in enumerate(cells)))
    return replace(
        raw,
        staged=relation,
        columns=(*raw.columns, *single),
        file_columns=(*raw.file_columns, *single),
        titles={**raw.titles, **{name: name for name in single}},
        variant=f"{raw.variant}, expanded",
    )


def _is_single(raw: RawTable, options: Mapping[str, str]) -> bool:
    """Whether no row has two of these options, and each column holds its own option, or one number, throughout."""
    function, constant = duckdb.FunctionExpression, duckdb.ConstantExpression
    taken = [
        duckdb.CaseExpression(raw.value(column).isnotnull(), constant(1)).otherwise(constant(0)) for column in options
    ]
    most = reduce(lambda left, right: left + right, taken)
    counts = [function("max", most)]
    for column in options:
        counts += [function("min", raw.value(column)), function("max", raw.value(column))]
    row = raw.relation.aggregate([count.alias(f"n{place}") for place, count in enumerate(counts)]).fetchall()[0]
    lows, highs = row[1::2], row[2::2]
    held = [low for low in lows if low is not None]
    is_steady = all(low == high for low, high in zip(lows, highs, strict=True))
    if row[0] != 1 or not is_steady or len(set(held)) < len(held):
        return False
    told = [(low, option) for low, option in zip(lows, options.values(), strict=True) if low is not None]
    is_text = all(fold_name(low) == fold_name(option) for low, option in told)
    return is_text or all(low.isdecimal() for low in held)
