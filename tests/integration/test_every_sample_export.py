"""Every sample export is read as its tool's, with the rows its README tells of, or refused by what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from flows.collect.recognise import open_export
from flows.errors import ExportRefused

EXPORTS = Path(__file__).parents[2] / ".." / "shared" / "exports"
pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason="the sample exports are not beside this project")

REFUSED: Mapping[str, str] = {
    r"limesurvey/.\.lss": "a LimeSurvey structure",
    r"limesurvey/questionnaire_._structure\.txt": "a LimeSurvey structure",
    r"limesurvey/C\.lsa": "a LimeSurvey archive, which holds names",
    r"redcap/.*_(dictionary|DataDictionary)\.csv": "a REDCap data dictionary",
    r"redcap/real_checkboxes-1_project_odm\.xml": "an XML or HTML file",
}
ROWS: Mapping[str, int] = {
    r"limesurvey/B_gui_codetext_short_complete\.csv": 50,
    r"limesurvey/.*": 53,
    r"kobo/.*": 25,
    r"[a-z]+/synthetic_.*": 37,
    r"qualtrics/real_datatable_de_headers_masked\.csv": 1,
    r"qualtrics/real_(matrix_single_(insights|legacy)|multi_choice_legacy)\.csv": 5,
    r"qualtrics/real_no_basis_insights\.csv": 15,
    r"redcap/real_checkboxes-1_data\.csv": 4,
    r"redcap/real_survey_data\.csv": 2,
    r"surveymonkey/real_steak_risk_survey\.csv": 550,
}
"""Rows below the headings, by the first pattern that fits."""
FILES = sorted(path for path in EXPORTS.glob("*/*") if path.name != "README.md") if EXPORTS.is_dir() else []


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _first(patterns: Mapping[str, object], path: Path) -> object:
    return next((said for pattern, said in patterns.items() if re.fullmatch(pattern, _name(path))), None)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("path", [path for path in FILES if _first(REFUSED, path) is None], ids=_name)
def test_an_export_is_read_as_its_tools_with_every_row_and_its_grade(
    con: duckdb.DuckDBPyConnection, path: Path
) -> None:
    raw = open_export(con, path)
    counted = len(raw.relation.fetchall())
    # Survey A is anonymised and has no dates; every other file carries times, ids or names.
    grade = "anonymous_export" if _name(path).startswith("limesurvey/A_") else "confidential_export"
    assert (raw.tool, raw.source_grade) == (path.parent.name, grade)
    assert (raw.read_n, counted + raw.wrong_field_n) == (_first(ROWS, path), _first(ROWS, path))


@pytest.mark.parametrize("path", [path for path in FILES if _first(REFUSED, path) is not None], ids=_name)
def test_a_file_without_answers_is_refused_by_what_it_is(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    with pytest.raises(ExportRefused, match=str(_first(REFUSED, path))):
        open_export(con, path)
