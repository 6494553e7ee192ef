"""Read a delimited text file safely: every cell as text, every row counted, odd rows kept apart."""

from __future__ import annotations

import codecs
import csv
import io
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import duckdb
from duckdb.sqltypes import VARCHAR

from flows.collect.identifying import identifies
from flows.collect.raw_table import RawTable, WrongRow, staged_cell, trim_name
from flows.collect.text_check import MAX_LINE_BYTES, Source, opened, refuse_other_than_utf8, too_long
from flows.errors import ExportRefused

__all__ = [
    "MAX_COLUMNS",
    "Heading",
    "checked_names",
    "decoded_records",
    "no_rows",
    "plain_number",
    "read_delimited",
    "read_parquet",
    "sniff_heading",
]

MAX_COLUMNS = 5000
_SNIFF_BYTES = 262_144
_SNIFF_RECORDS = 50
_SAMPLE_RECORDS = 2000
_DIGITS = frozenset(("", *"0123456789"))
_NO_DIGIT = 255
_ROWS_BELOW = 3
_NONE: frozenset[str] = frozenset()
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Heading:
    """How a file is delimited and what its columns are called; `below` are the first records below the heading.

    `blank_n` empty lines stand above the heading (DuckDB would take the first of them for the heading).
    """

    delimiter: str
    names: tuple[str, ...]
    below: tuple[tuple[str, ...], ...] = ()
    blank_n: int = 0


def read_delimited(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    heading: Heading | None = None,
    skip_records: int = 0,
    kept: frozenset[str] = frozenset(),
    hashed: frozenset[str] = frozenset(),
) -> RawTable:
    """One row per record below the heading; all cells VARCHAR, an empty cell is null, quoted or not.

    `skip_records` records stand above the heading (LimeSurvey VV: one). Rows with a wrong number of fields
    are counted in read_n and kept in `wrong_rows`. The file is parsed once, into a table of this connection's memory;
    of identifying columns only what `kept` and `hashed` name reaches it (`staged_cell`).
    Raises ExportRefused for a file whose structure or encoding is not certain.
    """
    refuse_other_than_utf8(path)
    found = heading or sniff_heading(path)
    names = checked_names(path, found.names)
    options: dict[str, Any] = {
        "header": True,
        "auto_detect": False,
        "sep": found.delimiter,
        "quotechar": '"',
        "escapechar": '"',
        "columns": {f"c{position}": "VARCHAR" for position in range(len(names))},
        "skiprows": skip_records + found.blank_n,
    }
    cells = [staged_cell(place, name, kept, hashed) for place, name in enumerate(names)]
    plain = [place for place, name in enumerate(names) if not (identifies(name) or name in kept or name in hashed)]
    digits = _digit_places(path, found.delimiter, plain, skip_records + 1)
    staged, good_n, wrong_rows = _staged(con, path, options, _with_digits(cells, digits))
    if other := _with_other_cells(staged, digits):
        digits -= other
        con.execute(f"drop table {staged.alias}")
        staged, good_n, wrong_rows = _staged(con, path, options, _with_digits(cells, digits))
    if good_n == 0:
        raise ExportRefused(no_rows(path, len(wrong_rows), len(names)))
    return RawTable("table", path, staged, names, names, good_n + len(wrong_rows), wrong_rows)


def _digit_places(path: Path, delimiter: str, places: Sequence[int], skip_n: int) -> frozenset[int]:
    """Of these columns, those with digits alone in the first records: most answers to a scale are."""
    text, is_whole = _first_text(path, "utf-8")
    records = list(_records(text.lstrip("\r\n"), is_whole, delimiter, _SAMPLE_RECORDS))[skip_n:]
    seen: dict[int, set[str]] = {place: set() for place in places}
    for record in records:
        for place, cell in enumerate(record):
            if place in seen:
                seen[place].add(cell)
    return frozenset(place for place, cells in seen.items() if max(cells, default="") and cells <= _DIGITS)


def _with_digits(cells: Sequence[duckdb.Expression], digits: frozenset[int]) -> list[duckdb.Expression]:
    return [_digit(place) if place in digits else cell for place, cell in enumerate(cells)]


def _digit(place: int) -> duckdb.Expression:
    """One digit as a number; a cell with anything else as a sign that the column must be read as text."""
    cell, other = duckdb.ColumnExpression(f"c{place}"), duckdb.ConstantExpression(_NO_DIGIT).cast("utinyint")
    number = duckdb.SQLExpression(f"try_cast(c{place} as utinyint)")
    is_single = duckdb.FunctionExpression("strlen", cell) == duckdb.ConstantExpression(1)
    single = duckdb.CaseExpression(is_single, duckdb.CoalesceOperator(number, other))
    return single.when(cell.isnotnull(), other).alias(f"c{place}")


def _with_other_cells(staged: duckdb.DuckDBPyRelation, digits: frozenset[int]) -> frozenset[int]:
    """Places that were taken for digits and hold something else further down."""
    places = sorted(digits)
    if not places:
        return frozenset()
    most = [duckdb.FunctionExpression("max", duckdb.ColumnExpression(f"c{p}")).alias(f"c{p}") for p in places]
    row = staged.aggregate(most).fetchall()[0]
    return frozenset(place for place, value in zip(places, row, strict=True) if value == _NO_DIGIT)


def no_rows(path: Path, wrong_n: int, columns_n: int) -> str:
    """The error for a file in which no row can be read."""
    if wrong_n:
        return (
            f"{path.name}: none of {wrong_n} rows has the {columns_n} fields of the heading. Take out lines above the "
            "heading (a title, sep=;), or export the file again, with every value quoted."
        )
    return f"{path.name}: a heading without a single row. Export the answers again; was the survey empty?"


def _staged(
    con: duckdb.DuckDBPyConnection, path: Path, options: dict[str, Any], cells: list[duckdb.Expression]
) -> tuple[duckdb.DuckDBPyRelation, int, tuple[WrongRow, ...]]:
    """The rows that fit, in a temporary table; how many they are; and those that do not fit.

    DuckDB's own notes on the rows it rejects hold their text, so they are taken away at once.
    """
    name = f"staged_{uuid.uuid4().hex}"
    try:
        con.register(
            "file_rows",
            con.read_csv(literal_path(path), **options, compression="none", store_rejects=True).select(*cells),
        )
        con.execute(f"create temp table {name} as select * from file_rows")  # noqa: S608 - the name is ours
        counted = con.table(name).count("*").fetchall()
        rejects = con.execute("select line, error_type, csv_line from reject_errors").fetchall()
    except duckdb.Error as error:
        raise ExportRefused(
            f"{path.name}: the rows cannot be told apart: line ends are mixed, or a quote is not closed. "
            "Export the file again from the survey tool and do not save it with another program."
        ) from _without_content(error)
    finally:
        con.unregister("file_rows")
        for table in ("reject_errors", "reject_scans"):
            con.execute(f"drop table if exists {table}")
    return con.table(name), int(counted[0][0]), _wrong_rows(path, rejects)


def literal_path(path: Path) -> str:
    """The path of this file alone: DuckDB takes `*`, `?` and `[` of a name as a pattern, and reads what fits."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))


def _without_content(error: Exception) -> Exception:
    """DuckDB quotes the line it fails at, which may hold an answer: keep the kind of error only."""
    return RuntimeError(type(error).__name__)


def _wrong_rows(path: Path, rejects: list[Any]) -> tuple[WrongRow, ...]:
    """Rows DuckDB set aside, one per line (it notes one error per missing column); white lines are no rows."""
    rows: dict[int, WrongRow] = {}
    for line, error_type, text in rejects:
        if error_type not in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
            raise ExportRefused(_bad_line(path, int(line), str(error_type)))
        cleaned = str(text or "").strip("\r\n")
        if cleaned.strip():
            rows[int(line)] = WrongRow(int(line), cleaned)
    return tuple(rows[line] for line in sorted(rows))


def _bad_line(path: Path, line: int, error_type: str) -> str:
    if error_type == "LINE SIZE OVER MAXIMUM":
        return too_long(path.name, line)
    return (
        f"{path.name}: row {line}: a quote is not closed, or stands unescaped inside a value. "
        "Export the file again from the survey tool; quotes inside values must be doubled."
    )


def sniff_heading(path: Source, encoding: str = "utf-8") -> Heading:
    """Delimiter and column names, told from the first 256 KiB (more only if the heading is longer).

    Raises ExportRefused for an empty file, a single column, or two delimiters that fit equally well.
    """
    text, is_whole = _first_text(path, encoding)
    if not text.strip():
        raise ExportRefused(f"{path.name}: the file is empty. Export the answers again.")
    fits = sorted(((_fit(text, is_whole, delimiter), delimiter) for delimiter in _DELIMITERS), reverse=True)
    (best, delimiter), (second, other) = fits[0], fits[1]
    if best[1] < 2:
        raise ExportRefused(
            f"{path.name}: only a single column was found. Export as CSV separated by comma, semicolon or tab."
        )
    if best == second:
        raise ExportRefused(
            f"{path.name}: {_say(delimiter)} and {_say(other)} both could separate the columns. "
            "Export again with every value quoted."
        )
    records = list(_records(text, is_whole, delimiter, 1 + _ROWS_BELOW))
    above = text[: len(text) - len(text.lstrip("\r\n"))]
    blank_n = above.count("\n") or above.count("\r")
    return Heading(delimiter, tuple(records[0]), tuple(map(tuple, records[1:])), blank_n)


def _say(delimiter: str) -> str:
    return {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[delimiter]


def _first_text(path: Source, encoding: str) -> tuple[str, bool]:
    """The beginning of the file as text, and whether that is all of it; grows until the heading is complete."""
    with opened(path) as source:
        data = source.read(_SNIFF_BYTES)
        while data.count(b'"') % 2 == 1 or b"\n" not in data:
            more = source.read(_SNIFF_BYTES)
            if not more or len(data) > MAX_LINE_BYTES:
                break
            data += more
        is_whole = not source.read(1)
    return data.removeprefix(codecs.BOM_UTF8).decode(encoding, errors="ignore"), is_whole


def _records(text: str, is_whole: bool, delimiter: str, limit: int) -> Iterator[list[str]]:
    """Records that are certainly complete; stops without a word where the text breaks off or quotes do not fit."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    held: list[str] | None = None
    given = 0
    try:
        for record in reader:
            if held is not None and given < limit:
                yield held
                given += 1
            held = record if record else held if given == 0 and held else None
    except csv.Error:
        is_whole = False
    if held is not None and given < limit and (is_whole or given == 0):
        yield held


def _fit(text: str, is_whole: bool, delimiter: str) -> tuple[float, int]:
    """Share of records with as many fields as the first, and that number; (0, 0) when the delimiter is impossible."""
    records = list(_records(text, is_whole, delimiter, _SNIFF_RECORDS))
    if not records or len(records[0]) < 2:
        return (0.0, 0)
    width = len(records[0])
    return (round(sum(len(record) == width for record in records) / len(records), 2), width)


def checked_names(path: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Headings without outer blanks, unnamed ones numbered. Raises ExportRefused for equal ones, or too many.

    Equal ones are told by their place: where the heading is missing, they are answers.
    """
    if len(names) > MAX_COLUMNS:
        raise ExportRefused(f"{path.name}: {len(names)} columns; the most that is read is {MAX_COLUMNS}.")
    trimmed = [trim_name(name) for name in names]
    named = tuple(name or f"(unnamed {place})" for place, name in enumerate(trimmed, start=1))
    seen: set[str] = set()
    for place, name in enumerate(named, start=1):
        if name in seen:
            raise ExportRefused(
                f"{path.name}: columns {named.index(name) + 1} and {place} have the same heading. Export with question "
                "codes as headings, or rename one. Where the heading is missing, export it again with one."
            )
        seen.add(name)
    return named


def decoded_records(path: Source, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """Every record of a file in another encoding than UTF-8, as csv reads it; DuckDB reads UTF-8 only.

    Raises ExportRefused where the bytes or the quotes do not fit.
    """
    try:
        with path.open("r", encoding=encoding, newline="") as source:
            lines = _Lines(path.name, source)
            for record in csv.reader(lines, delimiter=delimiter, strict=True):
                lines.taken_n = 0
                yield record
    except (csv.Error, UnicodeError) as error:
        raise ExportRefused(
            f"{path.name}: the rows cannot be told apart as {encoding}. Save the file as UTF-8 (CSV UTF-8) again."
        ) from _without_content(error)


class _Lines:
    """The lines of a text, none longer than a record may be, whatever the file holds."""

    def __init__(self, name: str, source: IO[str]) -> None:
        self._name, self._source = name, source
        self.taken_n = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._source.readline(MAX_LINE_BYTES + 1)
        self.taken_n += len(line)
        if self.taken_n > MAX_LINE_BYTES:
            raise ExportRefused(too_long(self._name))
        if not line:
            raise StopIteration
        return line


def read_parquet(con: duckdb.DuckDBPyConnection, path: Path) -> RawTable:
    """One row per row of a Parquet file, all as text; whole floats lose their point (3.0 becomes 3).

    Raises ExportRefused for a damaged file, nested columns or no rows.
    """
    try:
        source = con.read_parquet(literal_path(path))
        names = checked_names(path, tuple(source.columns))
        types = [str(kind) for kind in source.types]
        counted = source.count("*").fetchone()
    except (duckdb.Error, UnicodeError) as error:
        raise ExportRefused(
            f"{path.name}: a damaged Parquet file. Write it again and copy it whole."
        ) from _without_content(error)
    for name, kind in zip(names, types, strict=True):
        if kind == "BLOB" or any(sign in kind for sign in ("[", "STRUCT", "MAP", "UNION")):
            raise ExportRefused(f'{path.name}: column "{name}" is of type {kind}; text or numbers are needed.')
    read_n = int(counted[0]) if counted else 0
    if read_n == 0:
        raise ExportRefused(no_rows(path, 0, len(names)))
    texts = source.select(*[_cell_text(place, kind) for place, kind in enumerate(types)])
    table = f"staged_{uuid.uuid4().hex}"
    try:
        con.register("file_rows", texts.select(*[staged_cell(n, name, _NONE, _NONE) for n, name in enumerate(names)]))
        con.execute(f"create temp table {table} as select * from file_rows")  # noqa: S608 - the name is ours
    except duckdb.Error as error:
        raise ExportRefused(
            f"{path.name}: a damaged Parquet file. Write it again and copy it whole."
        ) from _without_content(error)
    finally:
        con.unregister("file_rows")
    (stored_n,) = con.table(table).count("*").fetchall()[0]
    if stored_n != read_n:
        raise ExportRefused(
            f"{path.name}: the foot of the Parquet file says {read_n:,} rows, and it holds {stored_n:,}. "
            "Write it again and copy it whole."
        )
    return RawTable("table", path, con.table(table), names, names, read_n)


def _cell_text(place: int, kind: str) -> duckdb.Expression:
    # by place: the name of a column can be any text, and ColumnExpression parses what it is given
    text = duckdb.SQLExpression(f"#{place + 1}").cast(VARCHAR)
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        text = plain_number(text)
    return duckdb.FunctionExpression("nullif", text, duckdb.ConstantExpression("")).alias(f"c{place}")


def plain_number(text: duckdb.Expression) -> duckdb.Expression:
    """A decimal without trailing zeros and point: `3.0` becomes `3`, `2.50` becomes `2.5`."""
    constant = duckdb.ConstantExpression
    cut = duckdb.FunctionExpression("regexp_replace", text, constant(r"(\.\d*?)0+$"), constant(r"\1"))
    return duckdb.FunctionExpression("rtrim", cut, constant("."))
