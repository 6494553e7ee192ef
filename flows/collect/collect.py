"""Export files into the encrypted store: `collected`, one row a complete response, in random order."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import duckdb

from flows.collect.column_map import ColumnMap, find_map, load_map, tidy_map
from flows.collect.map_columns import MappedTable, map_table
from flows.collect.raw_table import RawTable
from flows.collect.recognise import open_export
from flows.collect.redcap_dictionary import is_dictionary, read_dictionary, with_dictionary
from flows.collect.unit_rules import NO_RULES, UnitRules
from flows.errors import ExportRefused
from surveys.instrument import Catalogue

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOT_ITEMS = ("row_status", "wave_id", "unit", "breakdown")
GRADES = ("anonymous_ballot", "anonymous_export", "confidential_export")
APART = ("incomplete", "test", "duplicate", "late")


class Opener(Protocol):
    """Opens a file that needs keys: the sealed answers of the staff page."""

    def open(self, con: DuckDBPyConnection, path: Path) -> RawTable:
        """The rows of the file."""
        ...


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a wave; `map` None means: found by its columns. `opener`: for sealed answers."""

    path: Path
    map: Path | None = None
    opener: Opener | None = None


@dataclass(frozen=True, slots=True)
class SourceRead:
    """One file, pull or batch of a wave: its name, its tool, how many rows were read."""

    name: str
    tool: str
    read_n: int


@dataclass(frozen=True, slots=True)
class CollectSummary:
    """Counts of a collection over all files.

    apart: incomplete, test, duplicate, late and other_wave rows.  set_aside: rows that went into quarantine, by reason.
    """

    read_n: int
    collected_n: int
    apart: Mapping[str, int]
    set_aside: Mapping[str, int]
    cannot_tell: tuple[str, ...]
    source_grade: str
    tools: tuple[str, ...]
    dropped: tuple[str, ...]
    items: tuple[str, ...]
    sources: tuple[SourceRead, ...]


def collect(
    con: DuckDBPyConnection,
    wave_id: str,
    sources: Sequence[SourceFile],
    maps_dir: Path,
    catalogue: Catalogue,
    breakdown_id: str | None,
    closes_on: datetime.date | None = None,
    rules: UnitRules = NO_RULES,
) -> CollectSummary:
    """Read all files of a wave; rows sent in after `closes_on` are late. rules: units of labels that are none.

    Raises ExportRefused naming the file, or where two files are the same.
    """
    _refuse_same_file_twice(sources)
    opened = _opened(con, sources)
    tables = [
        map_table(raw, _map_for(source, raw, wave_id, maps_dir, catalogue, breakdown_id), catalogue, closes_on)
        for source, raw in opened
    ]
    items = sorted({name for table in tables for name in table.relation.columns if name not in NOT_ITEMS})
    if not catalogue.measures_asked(frozenset(items)):
        raise ExportRefused(
            f"{', '.join(source.path.name for source in sources)}: no measure can be made of its items "
            f"({', '.join(items) or 'none'}). Map at least one whole measure; docs/reference/instruments.md lists them."
        )
    con.execute("begin")
    try:
        statuses = _store_rows(con, wave_id, tables, items, rules)
        for _, raw in opened:
            _set_aside_wrong_rows(con, raw)
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")
    return _summary(opened, tables, statuses, items)


def _opened(con: DuckDBPyConnection, sources: Sequence[SourceFile]) -> list[tuple[SourceFile, RawTable]]:
    """The files with answers; a REDCap data dictionary among the sources says what the fields of REDCap files mean."""
    dictionaries = [source.path for source in sources if source.opener is None and is_dictionary(source.path)]
    if len(dictionaries) > 1:
        raise ExportRefused(f"{', '.join(path.name for path in dictionaries)}: name one data dictionary at a time.")
    files = [source for source in sources if source.path not in dictionaries] or list(sources)
    fields = read_dictionary(dictionaries[0]) if dictionaries else ()
    opened = [(source, _open(con, source)) for source in files]
    return [
        (source, with_dictionary(raw, fields) if fields and raw.tool == "redcap" else raw) for source, raw in opened
    ]


def _open(con: DuckDBPyConnection, source: SourceFile) -> RawTable:
    return open_export(con, source.path) if source.opener is None else source.opener.open(con, source.path)


def _map_for(
    source: SourceFile, raw: RawTable, wave_id: str, maps_dir: Path, catalogue: Catalogue, breakdown_id: str | None
) -> ColumnMap:
    """The map named, or found by the columns, or for a tidy file the one that its item ids are."""
    if source.map is not None:
        return load_map(source.map)
    if source.opener is not None:
        return tidy_map(raw.columns, catalogue, None, raw.path.name)
    found = find_map(maps_dir, raw.columns, raw.file_columns, tool=raw.tool, wave_id=wave_id)
    if found is not None:
        return found
    if raw.tool == "tidy":
        return tidy_map(raw.columns, catalogue, breakdown_id, raw.path.name)
    raise ExportRefused(
        f"{raw.path.name}: no map in {maps_dir.name}/ fits its columns. Draft one:  quorum map {raw.path.name}"
    )


def input_digest(sources: Sequence[SourceFile]) -> str:
    """One checksum of the whole input of a wave, whatever the order and the names of its files."""
    digests = sorted(file_digest(source.path) for source in sources)
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    _size(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _size(path: Path) -> int:
    """Bytes of a file. Raises ExportRefused where there is none."""
    if path.is_dir():
        raise ExportRefused(f"{path} is a folder. Name the export file in it.")
    try:
        return path.stat().st_size
    except FileNotFoundError:
        raise ExportRefused(f"{path} is not there. Check the name, or the [[sources]] of quorum.toml.") from None


def _refuse_same_file_twice(sources: Sequence[SourceFile]) -> None:
    sizes = Counter(_size(source.path) for source in sources)
    seen: dict[str, Path] = {}
    for source in sources:
        if sizes[_size(source.path)] == 1:
            continue
        digest = file_digest(source.path)
        if digest in seen:
            raise ExportRefused(
                f"{source.path.name} holds the same bytes as {seen[digest].name}: every answer would count twice. "
                "Name each file once."
            )
        seen[digest] = source.path


def _store_rows(
    con: DuckDBPyConnection, wave_id: str, tables: Sequence[MappedTable], items: Sequence[str], rules: UnitRules
) -> dict[str, int]:
    """Rows that are complete go into `collected` in random order; the others are counted by status.

    Only what is stored reaches the wave's file: `arrived` is a table of this connection's memory, and in random order
    from the start (written to the file straight from the sort, DuckDB would take longer).
    """
    con.execute("drop table if exists temp.arrived")
    whole = [item for item in items if all(item in table.whole or item not in table.item_ids for table in tables)]
    rows = reduce(
        duckdb.DuckDBPyRelation.union,
        [table.relation.select(*_typed(table, items, whole, rules)) for table in tables],
    )
    con.register("table_rows", rows)
    con.execute("create temp table arrived as select * from table_rows order by random()")
    con.unregister("table_rows")
    here = {"wave_id": wave_id}
    counts = con.execute(
        "select row_status, count(*) from temp.arrived where coalesce(wave_id, $wave_id) = $wave_id group by all", here
    ).fetchall()
    (arrived_n,) = con.execute("select count(*) from temp.arrived").fetchone() or (0,)
    con.execute(
        "create or replace table collected_row as select * exclude (row_status, wave_id) from temp.arrived"
        " where row_status = 'complete' and coalesce(wave_id, $wave_id) = $wave_id",
        here,
    )
    # Item ids are ours or of the organisation's instruments: letters, digits and underscores.
    texts = ", ".join(f'"{name}"::varchar as "{name}"' for name in ("unit", "breakdown", *items))
    con.execute(f"create or replace view collected as select rowid as row_number, {texts} from collected_row")  # noqa: S608 - see above
    con.execute(
        "create or replace table set_aside as select 'identifying_content' as reason, to_json(arrived)::varchar"
        " as content from temp.arrived where row_status = 'identifying' and coalesce(wave_id, $wave_id) = $wave_id",
        here,
    )
    con.execute("drop table temp.arrived")
    statuses = {str(status): int(n) for status, n in counts}
    return {**statuses, "other_wave": int(arrived_n) - sum(statuses.values())}


def _typed(table: MappedTable, items: Sequence[str], whole: Sequence[str], rules: UnitRules) -> list[duckdb.Expression]:
    """The columns of a table in the order of `arrived`; columns of whole numbers are kept as such: they are small."""
    present = set(table.relation.columns)
    columns = []
    for name in (*NOT_ITEMS, *items):
        cell = duckdb.ColumnExpression(name) if name in present else duckdb.ConstantExpression(None)
        if name == "unit":
            cell = rules.applied(cell)
        columns.append(cell.cast("smallint" if name in whole else "varchar").alias(name))
    return columns


def _set_aside_wrong_rows(con: DuckDBPyConnection, raw: RawTable) -> None:
    for row in raw.wrong_rows:
        con.execute(
            "insert into set_aside values ($reason, $content)",
            {"reason": row.reason, "content": row.text},
        )


def _summary(
    opened: Sequence[tuple[SourceFile, RawTable]],
    tables: Sequence[MappedTable],
    statuses: Mapping[str, int],
    items: Sequence[str],
) -> CollectSummary:
    wrong = Counter(row.reason for _, raw in opened for row in raw.wrong_rows)
    set_aside = {"identifying_content": statuses.get("identifying", 0), **wrong}
    cannot_tell = frozenset.intersection(*(table.cannot_tell for table in tables))
    return CollectSummary(
        read_n=sum(table.read_n for table in tables),
        collected_n=statuses.get("complete", 0),
        apart={name: statuses.get(name, 0) for name in (*APART, "other_wave")},
        set_aside={reason: n for reason, n in set_aside.items() if n},
        cannot_tell=tuple(sorted(cannot_tell)),
        source_grade=max((table.source_grade for table in tables), key=GRADES.index),
        tools=tuple(sorted({raw.tool for _, raw in opened})),
        dropped=tuple(sorted({name for table in tables for name in table.dropped})),
        items=tuple(items),
        sources=tuple(
            SourceRead(source.path.name, raw.tool, table.read_n)
            for (source, raw), table in zip(opened, tables, strict=True)
        ),
    )
