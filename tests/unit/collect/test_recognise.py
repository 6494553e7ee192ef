"""Files are recognised by what is in them, whatever they are called."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.collect.recognise import open_export
from flows.errors import ExportRefused


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "export.dat"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "tool"),
    [
        (b"unit_id,st1\na,1\n", "tidy"),
        (b"Team;Stress\na;1\n", "table"),
        (b"Antwort ID;Datum Abgeschickt;Letzte Seite;Start-Sprache;Team\n1;;1;de;a\n", "limesurvey"),
        (b"Response ID,Date submitted,Last page,Start language,Team\n1,,1,en,a\n", "limesurvey"),
    ],
)
def test_a_table_is_told_by_its_headings(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes, tool: str
) -> None:
    assert open_export(con, _file(tmp_path, content)).tool == tool


def test_parquet_is_told_by_its_first_bytes(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    con.sql("select 'a' unit_id, 3 st1").write_parquet(str(path))
    assert open_export(con, path).relation.fetchall() == [("a", "3")]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PAR1 and nothing else", "damaged Parquet"),
        (b"PK\x03\x04 nothing", "damaged archive"),
        (b'{"responses": []}', "without a single response"),
        (b'{"answers": []}', "JSON without a list"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b"\xff\xfea\0;", "single column"),
        (b'[{"a": 1}]', "JSON list"),
        (b"\x1f\x8b123", "gzip"),
        (b"id,submitdate,lastpage,startlanguage,unit_id\n1,,1,en,a\n", "limesurvey or tidy"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_kind(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes, kind: str
) -> None:
    with pytest.raises(ExportRefused, match=kind):
        open_export(con, _file(tmp_path, content))


@pytest.mark.parametrize(("member", "kind"), [("xl/workbook.xml", "Excel"), ("a_tokens.lst", "names and e-mail")])
def test_an_archive_is_told_by_its_members(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, member: str, kind: str
) -> None:
    path = tmp_path / "export.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "x")
    with pytest.raises(ExportRefused, match=kind):
        open_export(con, path)


def test_a_missing_file_is_refused_and_named(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match=r"gone\.csv: cannot be read"):
        open_export(con, tmp_path / "gone.csv")


def test_a_column_that_identifies_makes_the_source_confidential(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    raw = open_export(con, _file(tmp_path, b"E-Mail;Team;Stress\nx;a;1\n"))
    assert (raw.source_grade, raw.signs_of_identity) == ("confidential_export", ("E-Mail",))
