"""Workbooks, JSON, other encodings and heading rows: read whole, or refused with what is wrong."""

from __future__ import annotations

import codecs
import datetime
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.collect.layout import unique_names
from flows.collect.recognise import open_export
from flows.collect.row_status import first_of_repeated, has_repeated, repeated_key, row_status, untold
from flows.errors import ExportRefused

CLOSED = datetime.date(2026, 11, 13)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _workbook(path: Path, *rows: list[object], sheets: int = 1) -> Path:
    book = openpyxl.Workbook()
    for number in range(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def _statuses(con: duckdb.DuckDBPyConnection, path: Path, closes_on: datetime.date | None = None) -> Counter[str]:
    raw = open_export(con, path)
    is_told = has_repeated(raw)
    told = raw.staged.select(
        row_status(raw, None, [], closes_on).alias("row_status"),
        *([repeated_key(raw).alias("repeated_key")] if is_told else []),
        *raw.staged.columns,
    )
    found = (first_of_repeated(told) if is_told else told).select("row_status").fetchall()
    return Counter(str(status) for (status,) in found)


def test_a_tidy_workbook_is_read_as_text_without_points_and_formulas(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = _workbook(tmp_path / "a.xlsx", ["unit_id", "st1"], ["ward", 3], ["ward", 3.0], ["ward", "=1+1"])
    raw = open_export(con, path)
    assert (raw.tool, raw.relation.fetchall()) == ("tidy", [("ward", "3"), ("ward", "3"), ("ward", "=1+1")])


def test_empty_rows_between_answers_are_no_rows(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = _workbook(tmp_path / "a.xlsx", [], ["unit_id", "st1"], ["ward", 3], [None, None], ["ward", 4])
    assert open_export(con, path).read_n == 2


def test_two_sheets_of_rows_are_doubt(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = _workbook(tmp_path / "a.xlsx", ["unit_id", "st1"], ["ward", 3], sheets=2)
    with pytest.raises(ExportRefused, match="2 sheets hold rows"):
        open_export(con, path)


def test_a_workbook_that_unpacks_to_far_more_than_it_weighs_is_refused(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/workbook.xml", b" " * (80 * 2**20))
    with pytest.raises(ExportRefused, match="unpack to 80 MB"):
        open_export(con, path)


def test_entities_in_a_workbook_are_never_expanded(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    good = _workbook(tmp_path / "good.xlsx", ["unit_id", "st1"], ["ward", 3])
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    path = tmp_path / "laughs.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.xml"):
                content = laughs + content.split(b"?>")[-1].replace(b"<v>3</v>", b"<v>&b;</v>")
            target.writestr(name, content)
    with pytest.raises(ExportRefused, match="defines names of its own"):
        open_export(con, path)


def test_identifying_columns_of_a_workbook_reach_no_table(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [["unit_id", "Email", "st1"], ["ward", "canary@example.invalid", 3]]
    raw = open_export(con, _workbook(tmp_path / "a.xlsx", *rows))
    assert (raw.relation.fetchall(), raw.signs_of_identity) == ([("ward", "1", "3")], ("Email",))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Team;Überlastung\nKäse;größer, schöner\nÖl;für alle\n", "cp1252"),
        ("Team;Überlastung\nKäse;größer, schöner\nÖl;für alle\n", "mac_roman"),
        ("Team\tst1\nKäse\t3\nÖl\t4\n", "utf-16"),
    ],
)
def test_text_of_an_older_encoding_is_read_by_the_letters_that_it_makes(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, encoding: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    assert [row[0] for row in open_export(con, path).relation.fetchall()] == ["Käse", "Öl"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_tidy_file_is_utf8_or_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("unit_id,st1\nGröße,3\n".encode(encoding))
    with pytest.raises(ExportRefused, match="UTF-8"):
        open_export(con, path)


def test_bytes_that_could_be_either_encoding_are_doubt(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b"Team;Stress\n\xe1\xc5x;1\n")
    with pytest.raises(ExportRefused, match="could be Windows-1252 or Mac Roman"):
        open_export(con, path)


def test_a_heading_that_stands_twice_in_json_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text('{"responses": [{"unit_id": "a", "st1": "1", "st1": "2"}]}', "utf-8")
    with pytest.raises(ExportRefused, match="stands twice"):
        open_export(con, path)


def test_json_so_deep_that_it_would_break_a_parser_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    deep = "[" * 200_000 + "]" * 200_000
    path.write_text('{"responses": [{"unit_id": ' + deep + "}]}", "utf-8")
    with pytest.raises(ExportRefused, match="nested more than"):
        open_export(con, path)


QUALTRICS = "StartDate,EndDate,Status,Finished,ResponseId,Q1,Q2\nStart,End,Type,Finished,Id,Team,Stress\n"
IMPORT_IDS = ",".join('"{""ImportId"":""x""}"' for _ in range(7)) + "\n"


def _qualtrics(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(QUALTRICS + IMPORT_IDS + "".join(f"{row}\n" for row in rows), "utf-8")
    return path


def test_previews_late_and_repeated_answers_are_told_apart(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = _qualtrics(
        tmp_path,
        "x,2026-11-12 09:00:00,0,1,R1,ward,3",
        "x,2026-11-12 09:00:00,0,1,R1,ward,3",
        "x,2026-11-12 09:00:00,1,1,R2,ward,3",
        "x,2026-11-14 00:00:00,0,1,R3,ward,3",
        "x,2026-11-13 23:59:59,0,1,R4,ward,3",
        "x,2026-11-12 09:00:00,0,0,R5,ward,3",
    )
    assert _statuses(con, path, CLOSED) == {"complete": 2, "duplicate": 1, "test": 1, "late": 1, "incomplete": 1}


def test_without_a_closing_day_nothing_is_late_and_that_is_said(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = _qualtrics(tmp_path, "x,2026-11-14 00:00:00,0,1,R3,ward,3")
    told = untold(open_export(con, path), None, has_rule=False, has_wave=False)
    assert (_statuses(con, path), told) == ({"complete": 1}, {"late", "other_wave"})


LIMESURVEY = "id;submitdate;lastpage;startlanguage;seed;team;q1\n"


def test_equal_answers_with_other_seeds_are_two_people(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(LIMESURVEY + "1;1980-01-01 00:00:00;2;en;11;a;3\n2;1980-01-01 00:00:00;2;en;12;a;3\n", "utf-8")
    assert _statuses(con, path) == {"complete": 2}


def test_one_seed_and_one_set_of_answers_is_one_person(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(LIMESURVEY + "1;1980-01-01 00:00:00;2;en;11;a;3\n2;1980-01-01 00:00:00;2;en;11;a;3\n", "utf-8")
    assert _statuses(con, path) == {"complete": 1, "duplicate": 1}


def test_the_columns_of_two_tools_are_doubt(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("_uuid,_submission_time,_index,ID,Start time,Completion time\na,b,1,1,c,d\n", "utf-8")
    with pytest.raises(ExportRefused, match="could be msforms or kobo"):
        open_export(con, path)


@given(st.lists(st.sampled_from(["a", "b", "a (2)", "a (3)", ""]), max_size=8))
def test_repeated_headings_become_different_ones(names: list[str]) -> None:
    unique = unique_names(names)
    assert len(set(unique)) == len(names)


CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12)


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6))
def test_json_gives_back_every_cell(rows: list[list[str]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "export.json"
        responses = [dict(zip(("unit_id", "x", "y"), row, strict=True)) for row in rows]
        path.write_bytes(codecs.BOM_UTF8 + json.dumps({"responses": responses}).encode())
        filled = [tuple(cell or None for cell in row) for row in rows if any(row)]
        if filled:
            assert open_export(connection, path).relation.fetchall() == filled
