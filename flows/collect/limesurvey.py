"""LimeSurvey CSV and VV exports: recognised by their own columns, named by question code where there is one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import duckdb

from flows.collect.identifying import fold_name, identifies
from flows.collect.raw_table import ANONYMOUS, CONFIDENTIAL, RawTable
from flows.collect.tells import Tell, Tells

__all__ = [
    "METADATA",
    "NOT_SHOWN",
    "as_limesurvey",
    "hashed_metadata",
    "is_limesurvey",
    "is_vv",
    "kept_metadata",
    "question_title",
]

METADATA = (
    "id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "ipaddr", "refurl",
)  # fmt: skip
NOT_SHOWN = "{question_not_shown}"
_NO_ANSWER = "N/A"
_LOCAL_NAMES = {
    "response id": "id", "antwort id": "id", "antwort-id": "id",
    "date submitted": "submitdate", "datum abgeschickt": "submitdate",
    "last page": "lastpage", "letzte seite": "lastpage",
    "start language": "startlanguage", "start-sprache": "startlanguage", "startsprache": "startlanguage",
    "seed": "seed", "zufallsstartwert": "seed",
    "access code": "token", "zugangscode": "token", "zugangsschlüssel": "token",
    "date started": "startdate", "datum gestartet": "startdate",
    "date last action": "datestamp", "datum letzte aktivität": "datestamp",
    "ip address": "ipaddr", "ip-adresse": "ipaddr",
    "referrer url": "refurl", "weiterleitungs-url": "refurl",
    "id de respuesta": "id", "fecha de envío": "submitdate", "última página": "lastpage",
    "lenguaje inicial": "startlanguage", "idioma inicial": "startlanguage", "semilla": "seed",
    "código de acceso": "token", "fecha de inicio": "startdate", "fecha de la última acción": "datestamp",
    "dirección ip": "ipaddr", "url de referencia": "refurl", "url referente": "refurl",
}  # fmt: skip
_CODE_AND_TEXT = re.compile(r"([A-Za-z][A-Za-z0-9]*(?:\[[^\]]+\])*)\. (.+)", re.DOTALL)
_EXPRESSION_CODE = re.compile(r"([A-Za-z][A-Za-z0-9]*)_([A-Za-z0-9_]+)")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*(\[[^\]]+\])*")
_SGQA = re.compile(r"\d+X\d+X\d+\w*")
_ARRAY_TEXT = re.compile(r".*\[(.+)\]\s*", re.DOTALL)
_IDENTITY = ("token", "ipaddr", "refurl")
_DATES = ("startdate", "datestamp", "submitdate")
_BLANKED_DATE = "1980-01-01"


def is_limesurvey(names: Sequence[str]) -> bool:
    """True when the headings hold LimeSurvey's own first columns, as codes or in German or English."""
    found = {_metadata_name(name) for name in names}
    return {"id", "submitdate", "lastpage", "startlanguage"} <= found


def is_vv(names: Sequence[str], first_row: Sequence[str]) -> bool:
    """True when the codes stand in the second record (a VV export)."""
    return {"id", "submitdate", "lastpage", "startlanguage"} <= set(first_row) and len(names) == len(first_row)


def kept_metadata(names: Sequence[str]) -> frozenset[str]:
    """Columns of dates: they may identify people and are needed, in memory only, to tell late answers."""
    return frozenset(name for name in names if _metadata_name(name) in _DATES)


def hashed_metadata(names: Sequence[str]) -> frozenset[str]:
    """The column of seeds, of which a checksum tells repeated answers."""
    return frozenset(name for name in names if _metadata_name(name) == "seed")


def _split(name: str) -> tuple[str, str | None]:
    found = _CODE_AND_TEXT.fullmatch(name)
    return (found.group(1), found.group(2)) if found else (name, None)


def _metadata_name(name: str) -> str | None:
    code, _ = _split(name)
    if code in METADATA:
        return code
    return _LOCAL_NAMES.get(fold_name(name))


def _codes_only(names: Sequence[str]) -> bool:
    return all(_metadata_name(name) or _CODE.fullmatch(name) for name in names)


def canonical_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The names the program uses: metadata by code, `burn[SQ001]` for `burn_SQ001` and for `burn[SQ001]. Text`.

    Question codes of LimeSurvey hold no underscore, so the first one divides question and sub-question.
    Headings that are question texts stay as they are.
    """
    are_codes = _codes_only(names)
    result = []
    for name in names:
        code, text = _split(name)
        if known := _metadata_name(name):
            result.append(known)
        elif text is not None and _splits_all(names):
            result.append(code)
        elif identifies(name):
            result.append(name)
        elif are_codes and not _SGQA.fullmatch(name) and (parts := _EXPRESSION_CODE.fullmatch(name)):
            result.append(f"{parts.group(1)}[{parts.group(2)}]")
        else:
            result.append(name)
    return tuple(result) if len(set(result)) == len(result) else tuple(names)


def _splits_all(names: Sequence[str]) -> bool:
    """`code. text` headings have that form throughout; a question text can have it by chance."""
    return all(_split(name)[1] is not None for name in names)


def question_title(heading: str) -> str:
    """What a respondent read last: the row of an array question, else the question itself."""
    found = _ARRAY_TEXT.fullmatch(heading)
    return found.group(1) if found else heading


def as_limesurvey(raw: RawTable, texts: Sequence[str] = ()) -> RawTable:
    """The same rows with LimeSurvey's names, missing answers and grade of the source.

    `texts` are the question texts of a VV export (its first row). Complete is a row whose submitdate is not
    empty; an anonymised survey without dates writes 1980-01-01 there, which counts.
    """
    columns = canonical_columns(raw.file_columns)
    headings = texts or [(_split(name)[1] or name) for name in raw.file_columns]
    titled = zip(columns, headings, raw.file_columns, strict=True)
    titles = {column: text for column, text, _ in titled if column not in METADATA and not _CODE.fullmatch(text)}
    named = replace(raw, tool="limesurvey", columns=columns, titles=titles, missing_tokens=(_NO_ANSWER, NOT_SHOWN))
    dates = _filled_dates(named)
    signs = _signs_of_identity(named, dates)
    grade = CONFIDENTIAL if signs else ANONYMOUS
    return replace(
        named,
        source_grade=grade,
        signs_of_identity=signs,
        variant=_variant(raw.file_columns, texts),
        tells=_tells(named, dates),
    )


def _tells(raw: RawTable, dates: Sequence[str]) -> Tells:
    """A row sent twice has the same seed and the same answers; without the seed equal answers are legitimate."""
    answers = tuple(column for column in raw.columns if column not in METADATA)
    return Tells(
        complete=Tell("submitdate"),
        sent="submitdate" if "submitdate" in dates else None,
        repeated_by=("seed", *answers) if "seed" in raw.columns else (),
    )


def _variant(names: Sequence[str], texts: Sequence[str]) -> str:
    if texts:
        return "VV export"
    if _splits_all(names):
        return "code and text headings"
    if _codes_only(names) and "submitdate" in names:
        return "code headings"
    folded = {fold_name(name) for name in names}
    languages = {"response id": "English", "id de respuesta": "Spanish"}
    language = next((found for heading, found in languages.items() if heading in folded), "German")
    return f"full headings, {language}"


def _signs_of_identity(raw: RawTable, dates: Sequence[str]) -> tuple[str, ...]:
    signs = [column for column in _IDENTITY if column in raw.columns]
    signs += [column for column in raw.columns if re.fullmatch(r"attribute_\d+|firstname|lastname|email", column)]
    return (*signs, *dates)


def _filled_dates(raw: RawTable) -> tuple[str, ...]:
    """The columns of dates in which some row has a real one."""
    dates = [column for column in _DATES if column in raw.columns]
    if not dates:
        return ()
    seen = raw.relation.aggregate([_has_date(raw, column).alias(column) for column in dates]).fetchall()[0]
    return tuple(column for column, has_date in zip(dates, seen, strict=True) if has_date)


def _has_date(raw: RawTable, column: str) -> duckdb.Expression:
    constant, function = duckdb.ConstantExpression, duckdb.FunctionExpression
    value = raw.value(column)
    blank = function("starts_with", value, constant(_BLANKED_DATE)) | value.isin(constant(NOT_SHOWN))
    return function("bool_or", ~blank)
