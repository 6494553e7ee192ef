"""Expanded columns, repeated questions, archives, SPSS and JSON of APIs: read as one row a person, or refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from flows.collect.recognise import open_export
from flows.collect.text_check import refuse_other_than_utf8
from flows.errors import ExportRefused

STATES = ("Never", "Sometimes", "Often")


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _column(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> list[str | None]:
    raw = open_export(con, path)
    return [cell for (cell,) in raw.relation.select(raw.value(name)).fetchall()]


def _expanded(path: Path, cells: Mapping[str, str], answers: list[str]) -> Path:
    first = ["Respondent ID", "End Date", "How stressed?", "", "", "Agree?", "", "", ""]
    second = ["", "", *STATES, *(f"{row} - {option}" for row in ("Calm", "Tired") for option in ("Yes", "No"))]
    lines = [",".join(first), ",".join(second)]
    for number, answer in enumerate(answers):
        taken = [cells[state] if state == answer else "" for state in STATES]
        yes_no = ["Yes", "", "", "No"] if number % 2 else ["", "No", "Yes", ""]
        lines.append(",".join([str(number), "11/12/2026 09:00:00", *taken, *yes_no]))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_options_that_surveymonkey_spreads_over_columns_are_one_question_again(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = _expanded(tmp_path / "e.csv", dict(zip(STATES, STATES, strict=True)), ["Often", "Never", "Sometimes"])
    assert _column(con, path, "How stressed?") == ["Often", "Never", "Sometimes"]
    assert _column(con, path, "Agree? [Calm]") == ["No", "Yes", "No"]


def test_expanded_numbers_are_one_question_too(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = _expanded(tmp_path / "e.csv", dict(zip(STATES, "123", strict=True)), ["Often", "Never"])
    assert _column(con, path, "How stressed?") == ["3", "1"]


def test_a_question_with_several_answers_stays_a_column_an_option(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = _expanded(tmp_path / "e.csv", dict(zip(STATES, STATES, strict=True)), ["Often", "Never"])
    path.write_text(path.read_text("utf-8") + "9,11/12/2026 09:00:00,Never,,Often,,No,Yes,\n", "utf-8")
    assert "How stressed?" not in open_export(con, path).columns


def _kobo(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["team", "st1", "_id", "_uuid", "_submission_time", "_index"])
    book.active.append(["fern", 3, 1, "u", "2026-11-12T09:00:00", 1])
    repeats = book.create_sheet("causes")
    repeats.append(["cause", "_index", "_parent_table_name", "_parent_index"])
    repeats.append(["noise", 1, "main", 1])
    repeats.append(["shifts", 2, "main", 1])
    book.save(path)
    return path


def test_sheets_of_repeated_questions_are_left_out_and_named(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    raw = open_export(con, _kobo(tmp_path / "kobo.xlsx"))
    assert (raw.tool, raw.read_n, raw.left_out) == ("kobo", 1, ("causes",))
    assert "without its repeated questions (causes)" in raw.variant


ODK = "SubmissionDate,team,st1,KEY,SubmitterID,FormVersion\n2026-11-12T09:00:00Z,fern,3,k1,1,v\n"
ODK_REPEAT = "cause,PARENT_KEY,KEY\nnoise,k1,k1/c[1]\n"


def _zip(path: Path, parts: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def test_the_zip_of_odk_central_is_read_where_it_lies(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    parts = {"pulse.csv": ODK, "pulse-causes.csv": ODK_REPEAT, "media/photo.jpg": "x"}
    raw = open_export(con, _zip(tmp_path / "pulse.zip", parts))
    assert (raw.tool, raw.read_n, raw.left_out) == ("odk", 1, ("pulse-causes",))
    assert list(tmp_path.iterdir()) == [tmp_path / "pulse.zip"]


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"a.csv": ODK, "b.csv": ODK}, "2 tables of answers"),
        ({"a.txt": "x"}, "0 tables of answers"),
        ({"../../a.csv": ODK}, "leads out of the archive"),
        ({"/etc/a.csv": ODK}, "leads out of the archive"),
        ({"C:\\a.csv": ODK}, "leads out of the archive"),
        ({"a.csv": "unit_id,st1\n" + "a" * 3_000_000 + ",1\n"}, "longer than 2 MB"),
        ({"a.csv": 'unit_id,st1\n"' + "a\n" * 2_000_000}, "cannot be told apart|longer than|not closed"),
        ({"a.csv": "unit_id,st1\na,\0\n"}, "NUL"),
    ],
)
def test_an_archive_that_is_no_export_is_refused(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, parts: Mapping[str, str], what: str
) -> None:
    with pytest.raises(ExportRefused, match=what):
        open_export(con, _zip(tmp_path / "a.zip", parts))


def test_an_archive_with_a_broken_checksum_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", ODK)
    path.write_bytes(path.read_bytes().replace(b"fern", b"moss", 1))
    with pytest.raises(ExportRefused, match="damaged archive"):
        open_export(con, path)


def _sav(path: Path) -> Path:
    frame = pd.DataFrame({"unit_id": ["fern", "moss", ""], "st1": [3.0, None, 9.0]})
    labels = {"st1": {3.0: "Sometimes", 9.0: "keine Angabe"}}
    pyreadstat.write_sav(frame, str(path), variable_value_labels=labels, missing_ranges={"st1": [9.0]})
    return path


def test_an_spss_file_is_read_by_codes_and_its_missing_values_are_missing(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    raw = open_export(con, _sav(tmp_path / "a.sav"))
    assert (raw.tool, raw.relation.fetchall()) == ("tidy", [("fern", "3"), ("moss", None)])


def test_a_damaged_spss_file_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = _sav(tmp_path / "a.sav")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ExportRefused, match="Export it again and copy it whole"):
        open_export(con, path)


def _json(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), "utf-8")
    return path


KOBO = {"_uuid": "u", "_submission_time": "2026-11-12T09:00:00", "_notes": [], "team": "fern", "st1": "3"}


def test_one_page_of_kobo_json_is_not_the_whole_survey(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for key in ("next", "previous"):
        path = _json(tmp_path / "a.json", {"count": 900, key: "https://kobo.invalid/?start=100", "results": [KOBO]})
        with pytest.raises(ExportRefused, match=f'one page of a longer list: its "{key}"'):
            open_export(con, path)


@pytest.mark.parametrize("count", [0, 1, 900, "2.0"])
def test_kobo_json_that_counts_other_answers_than_it_holds_is_refused(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, count: object
) -> None:
    path = _json(tmp_path / "a.json", {"count": count, "next": None, "results": [KOBO, {**KOBO, "_uuid": "v"}]})
    with pytest.raises(ExportRefused, match=f'"count" says {count} answers, and it holds 2: a page is missing'):
        open_export(con, path)


def test_groups_of_repeated_questions_in_json_are_left_out_and_named(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = _json(tmp_path / "a.json", {"count": 1, "next": None, "results": [{**KOBO, "causes": [{"cause": "noise"}]}]})
    raw = open_export(con, path)
    assert (raw.tool, raw.left_out, "causes" in raw.columns) == ("kobo", ("causes",), False)


@pytest.mark.parametrize(
    ("responses", "what"),
    [
        ([{"unit_id": "x" * 3_000_000, "st1": "3"}], "more than 2 MB"),
        ([{f"q{number}": 1 for number in range(5001)}], "more than 5000"),
        ([{f"q{number}": "x" * 20_000 for number in range(900)}], "longer ones than any survey"),
        ([{"unit_id": "a", "st1": [1]}], "a list or an object"),
        (["a"], "an answer is no object"),
    ],
)
def test_json_of_a_size_that_no_survey_has_is_refused(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, responses: list[object], what: str
) -> None:
    with pytest.raises(ExportRefused, match=what):
        open_export(con, _json(tmp_path / "a.json", {"responses": responses}))


def test_two_objects_of_responses_in_one_file_are_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"responses": [{"unit_id": "a", "st1": 1}]}\n{"responses": []}', "utf-8")
    with pytest.raises(ExportRefused, match="no single object"):
        open_export(con, path)


def test_a_quote_left_open_for_megabytes_is_named_with_its_line(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'unit_id,st1\na,"1"\nb,"' + b"some text\n" * 400_000)
    with pytest.raises(ExportRefused, match="line 3: a quote opens a value"):
        open_export(con, path)


def test_a_line_without_end_is_refused_before_a_parser_loses_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"unit_id,st1\na,1\nb," + b"3" * 4_000_000)
    with pytest.raises(ExportRefused, match="row 3 is longer than 2 MB"):
        refuse_other_than_utf8(path)


def test_a_mark_of_inches_within_a_value_is_no_open_quote(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'unit_id,st1\na,5" pipe\n' + b"fern,3\n" * 500_000)
    refuse_other_than_utf8(path)


@pytest.mark.parametrize("options", [{}, {"row_compress": True}, {"compress": True}], ids=["plain", "rows", "zsav"])
@pytest.mark.parametrize("claimed_n", [0, 1, 10, 99, 101])
def test_an_spss_file_that_claims_another_number_of_cases_is_refused(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, options: dict[str, bool], claimed_n: int
) -> None:
    path = _hundred_cases(tmp_path / "a.sav", claimed_n, options)
    with pytest.raises(ExportRefused, match=rf"says {claimed_n} cases, and it holds 100\. .*Export it again"):
        open_export(con, path)


@pytest.mark.parametrize("options", [{}, {"row_compress": True}, {"compress": True}], ids=["plain", "rows", "zsav"])
@pytest.mark.parametrize("claimed_n", [100, -1])
def test_an_spss_file_that_does_not_know_its_cases_is_read_to_its_end(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, options: dict[str, bool], claimed_n: int
) -> None:
    raw = open_export(con, _hundred_cases(tmp_path / "a.sav", claimed_n, options))
    assert (raw.read_n, raw.relation.fetchall()) == (100, [("fern", "3")] * 100)


def _hundred_cases(path: Path, claimed_n: int, options: dict[str, bool]) -> Path:
    """An SPSS file of 100 cases whose head claims another number (bytes 80 to 83; -1: unknown)."""
    pyreadstat.write_sav(pd.DataFrame({"unit_id": ["fern"] * 100, "st1": [3.0] * 100}), str(path), **options)
    content = path.read_bytes()
    path.write_bytes(content[:80] + claimed_n.to_bytes(4, "little", signed=True) + content[84:])
    return path
