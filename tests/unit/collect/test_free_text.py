"""Comments are refused with the reason (exit 11), whatever tool they come from; closed questions are not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.collect.column_map import ColumnMap, MappedColumn
from flows.collect.free_text import is_comment_heading
from flows.collect.map_columns import map_table
from flows.collect.recognise import open_export
from flows.errors import ExportRefused
from surveys.instrument import AnswerOption, Catalogue, CodedAnswer, Instrument, Item

CODED = CodedAnswer(tuple(AnswerOption(code, {"en": str(code)}) for code in range(5)))
ITEM = Item("vr1", {"en": "x"}, {"en": "ours"}, CODED)
OWN = Instrument("own", 1, "Own", "none", "A", "own", "own", True, False, False, None, (ITEM,), (), "0" * 64)
SENTENCE = "the night shifts wear us out, said number"
HEADS = {
    "limesurvey": ("id;submitdate;lastpage;startlanguage;team;{}\n", "1;1980-01-01;1;en;fern;{}\n"),
    "qualtrics": (
        'EndDate,Finished,ResponseId,team,"{}"\nEnd,Finished,Id,Team,Text\n'
        + ",".join(['"{{""ImportId"":""x""}}"'] * 5) + "\n",
        "2026-11-12 09:00:00,1,R{n},fern,{}\n",
    ),
    "redcap": ("record_id,team,{},pulse_complete\n", "{n},fern,{},2\n"),
    "surveymonkey": ("Respondent ID,team,{}\n,Response,Response\n", "{n},fern,{}\n"),
    "googleforms": ("Timestamp,team,{}\n", "2026/11/12 9:00:00 AM GMT+1,fern,{}\n"),
    "kobo": ("team,{},_uuid,_submission_time,_index\n", "fern,{},u{n},2026-11-12T09:00:00,{n}\n"),
    "odk": ("SubmissionDate,team,{},KEY,SubmitterID,FormVersion\n", "2026-11-12T09:00:00Z,fern,{},k{n},1,v\n"),
    "typeform": ("#,team,{},Submit Date (UTC),Network ID\n", "h{n},fern,{},2026-11-12 09:00:00,n{n}\n"),
    "formbricks": ("Response ID,Finished,Survey ID,Formbricks ID (internal),team,{}\n", "{n},Yes,s,f{n},fern,{}\n"),
    "msforms": ("ID,Start time,Completion time,team,{}\n", "{n},2026-11-12 09:00:00,2026-11-12 09:00:00,fern,{}\n"),
    "table": ("team,{}\n", "fern,{}\n"),
}  # fmt: skip


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _file(tmp_path: Path, tool: str, heading: str, cells: list[str]) -> Path:
    head, row = HEADS[tool]
    path = tmp_path / "export.csv"
    rows = [row.format(cell if ";" in row else f'"{cell}"', n=number) for number, cell in enumerate(cells, start=1)]
    path.write_text(head.format(heading) + "".join(rows), "utf-8")
    return path


def _read(con: duckdb.DuckDBPyConnection, path: Path, column: str, values: dict[str, str] | None = None) -> str:
    raw = open_export(con, path)
    item = MappedColumn(column, values)
    map_table(raw, ColumnMap(raw.tool, MappedColumn("team"), {"vr1": item}), Catalogue((OWN,)))
    return raw.tool


@pytest.mark.parametrize("tool", HEADS)
def test_a_column_of_sentences_is_refused_as_free_text(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, tool: str
) -> None:
    path = _file(tmp_path, tool, "q7", [f"{SENTENCE} {number}" for number in range(6)])
    with pytest.raises(ExportRefused, match="Free text is refused") as refused:
        _read(con, path, "q7")
    assert refused.value.exit_code == 11
    assert "night" not in str(refused.value)


@pytest.mark.parametrize("tool", HEADS)
def test_a_comment_column_is_refused_by_its_heading(con: duckdb.DuckDBPyConnection, tmp_path: Path, tool: str) -> None:
    path = _file(tmp_path, tool, "Comment", ["1", "2", "3"])
    with pytest.raises(ExportRefused, match='"Comment" is free text'):
        _read(con, path, "Comment")


@pytest.mark.parametrize("tool", HEADS)
def test_a_closed_question_of_the_same_tool_is_read(con: duckdb.DuckDBPyConnection, tmp_path: Path, tool: str) -> None:
    assert _read(con, _file(tmp_path, tool, "q7", ["1", "2", "3"]), "q7") == tool


def test_long_labels_with_a_meaning_are_no_sentences_of_people(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    labels = {f"{SENTENCE} {number}": str(number) for number in range(4)}
    assert _read(con, _file(tmp_path, "table", "q7", list(labels)), "q7", labels) == "table"


def test_long_labels_that_many_give_are_faulty_values_and_no_free_text(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    cells = [f"{SENTENCE} {number % 3}" for number in range(30)]
    assert _read(con, _file(tmp_path, "table", "q7", cells), "q7") == "table"


def test_what_surveymonkey_calls_open_ended_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Respondent ID,team,Why?\n,Response,Open-Ended Response\n1,fern,3\n", "utf-8")
    with pytest.raises(ExportRefused, match='"Why\\?" is free text'):
        _read(con, path, "Why?")


@pytest.mark.parametrize(
    "heading",
    ["comment", "Comments:", "pulse/comment", "Any comments?", "Weitere Anmerkungen", "Kommentar", "Comentarios",
     "causes[other]", "burn[SQ001comment]", "Sonstiges", "anything else?"],
)  # fmt: skip
def test_headings_of_comments_are_known_in_three_languages(heading: str) -> None:
    assert is_comment_heading(heading)


@pytest.mark.parametrize(
    "heading",
    ["I receive enough feedback.", "I can take notes", "commitment", "My work is without comment from above", "note1",
     "Ich erhalte genug Rückmeldung", "burn[SQ001]"],
)  # fmt: skip
def test_questions_that_only_speak_of_comments_are_none(heading: str) -> None:
    assert not is_comment_heading(heading)
