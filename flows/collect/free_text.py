"""Is a mapped column free text? Refused in this version: people name people, and style identifies (EXPORTS 2).

Told by the tool's own marks, by the heading, or by the values: sentences that only one person wrote.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from duckdb import ColumnExpression, ConstantExpression, Expression, FunctionExpression

from flows.collect.identifying import fold_name
from flows.collect.raw_table import RawTable
from flows.errors import ExportRefused

__all__ = ["is_comment_column", "is_comment_heading", "refuse_comment_column", "refuse_comment_values"]

LEAST_SHARE = 0.05
"""From one filled cell in twenty on, a column holds sentences of people's own."""
LEAST_N = 2
MOST_READ_N = 20_000
_WORDS = (
    r"comments?|remarks?|kommentare?|anmerkung(en)?|bemerkung(en)?|freitext|free ?text|open ?text|anything else"
    r"|comentarios?|observaci(ó|o)n(es)?|texto libre"
)
_ALSO = r"notes|feedback|sonstiges|r(ü|ue)ckmeldung"
"""Words that a question about something else may end with: they tell only by themselves."""
_HEADING = re.compile(rf"((.*[\[_/.-] ?)?({_WORDS}|{_ALSO})|(\S+ ){{1,2}}({_WORDS}))[\]?:. ]*")
_MARKS = re.compile(r".+\[(other|sonstiges|otro|[a-z0-9]*comment|kommentar|other \(please specify\))\]", re.DOTALL)
"""Fields beside an option, of LimeSurvey and SurveyMonkey."""
_QUALTRICS_TEXT = re.compile(r".+_text", re.IGNORECASE)
_PROSE = r"\S+\s+\S+\s+\S+\s+\S|^.{60}"
"""Four words, or sixty signs."""


def is_comment_heading(name: str) -> bool:
    """Whether a heading, or a question, is one under which people write what they like."""
    folded = fold_name(name)
    return _HEADING.fullmatch(folded) is not None or _MARKS.fullmatch(folded) is not None


def is_comment_column(raw: RawTable, column: str) -> bool:
    """Whether the tool, the heading or the question says that a column is free text."""
    heading = raw.file_columns[raw.columns.index(column)] if column in raw.columns else column
    names = (column, heading, raw.titles.get(column, column))
    is_text = raw.tool == "qualtrics" and _QUALTRICS_TEXT.fullmatch(column)
    return bool(is_text) or column in raw.free_text or any(map(is_comment_heading, names))


def refuse_comment_column(raw: RawTable, column: str, map_name: str) -> None:
    """Raises ExportRefused for a mapped column that is free text by what tool, heading or question say."""
    if is_comment_column(raw, column):
        raise _refusal(map_name, column, "is free text")


def refuse_comment_values(raw: RawTable, name: str, column: str, cell: Expression, known: Collection[str]) -> None:
    """Raises ExportRefused where the values of a mapped column are people's own sentences.

    name: the line of the map. known: the texts that the map gives a meaning. No value is ever quoted.
    """
    values = raw.relation.select(cell.alias("cell")).aggregate("cell, count(*) as rows_n", "cell")
    is_prose = FunctionExpression("regexp_matches", ColumnExpression("cell"), ConstantExpression(_PROSE))
    counted = values.filter(is_prose)
    found = [(str(text), int(rows_n)) for text, rows_n in counted.limit(MOST_READ_N).fetchall()]
    own = [rows_n for text, rows_n in found if " ".join(text.split()) not in known]
    single_n = sum(rows_n == 1 for rows_n in own)
    if single_n < LEAST_N or single_n < sum(own) / 2:
        return
    filled_n = int(raw.relation.aggregate([FunctionExpression("count", cell).alias("n")]).fetchall()[0][0])
    if single_n >= LEAST_SHARE * filled_n:
        raise _refusal(f"{raw.path.name}: {name}", column, "holds sentences that single people wrote")


def _refusal(where: str, column: str, what: str) -> ExportRefused:
    return ExportRefused(
        f'{where}: the column "{column}" {what}. Free text is refused in this version: it can name people, and the '
        "way a person writes identifies. Take it out of the map, it is then never stored."
    )
