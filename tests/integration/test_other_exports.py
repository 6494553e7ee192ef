"""The same answers, exported by ten tools in their own layouts, are the same answers when they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from flows.collect.column_map import ColumnMap, MappedColumn
from flows.collect.map_columns import MappedTable, map_table
from flows.collect.recognise import open_export
from flows.errors import ExportRefused
from surveys.instrument import AnswerOption, Catalogue, CodedAnswer, Instrument, Item, NumericAnswer

EXPORTS = Path(__file__).parents[2] / ".." / "shared" / "exports"
pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason="the sample exports are not beside this project")

BURN_IDS = tuple(f"burn{number}" for number in range(1, 6))
ROWS = (
    "I feel drained by my work.",
    "I feel detached from my work.",
    "I find it hard to concentrate.",
    "I can switch off well after work.",
    "My line manager supports me.",
)
TEAMS = (
    "Käse & Söhne (Zürich)",
    'Plattform "Nord"; Süd',
    "Sales, back office",
    "Support 24/7 🚀",
    "Research",
    "Operations l'Été",
)
AGREE = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
LABELS = {label: str(code) for code, label in enumerate(AGREE, start=1)}
BY_NAME = {name: f"team-{number}" for number, name in enumerate(TEAMS, start=1)}
BY_NUMBER = {str(number): f"team-{number}" for number in range(1, 7)}
BY_CODE = {f"t{number}": f"team-{number}" for number in range(1, 7)}


def _map(
    unit: str,
    units: Mapping[str, str],
    burn: tuple[str, ...],
    answers: Mapping[str, str] | None,
    stress: str | None,
) -> ColumnMap:
    items = {item_id: MappedColumn(column, answers) for item_id, column in zip(BURN_IDS, burn, strict=True)}
    if stress is not None:
        items["stress"] = MappedColumn(stress)
    return ColumnMap("table", MappedColumn(unit, units), items)


QUALTRICS = tuple(f"Q2_{number}" for number in range(1, 6))
QUALTRICS_IDS = tuple(f"QID2_{number}" for number in range(1, 6))
AFTER_QUESTION = tuple(f"How far do you agree? [{row}]" for row in ROWS)
TEAM, STRESS = "Which team do you work in?", "How stressed are you?"
FILES: dict[str, ColumnMap] = {
    "qualtrics/synthetic_pulse_choicetext.csv": _map("Q1", BY_NAME, QUALTRICS, LABELS, "Q3_1"),
    "qualtrics/synthetic_pulse_choicetext.tsv": _map("Q1", BY_NAME, QUALTRICS, LABELS, "Q3_1"),
    "qualtrics/synthetic_pulse_numeric.csv": _map("Q1", BY_NUMBER, QUALTRICS, None, "Q3_1"),
    "qualtrics/synthetic_pulse_numeric.tsv": _map("Q1", BY_NUMBER, QUALTRICS, None, "Q3_1"),
    "qualtrics/synthetic_pulse.sav": _map("Q1", BY_NUMBER, QUALTRICS, None, "Q3_1"),
    "qualtrics/synthetic_pulse_api.json": _map("QID1", BY_NUMBER, QUALTRICS_IDS, None, "QID3_1"),
    "qualtrics/synthetic_pulse_api.ndjson": _map("QID1", BY_NUMBER, QUALTRICS_IDS, None, "QID3_1"),
    "redcap/synthetic_pulse_DATA_raw.csv": _map(
        "team", BY_NUMBER, tuple(f"burn_{number}" for number in range(1, 6)), None, "stress"
    ),
    "redcap/synthetic_pulse_DATA_LABELS.csv": _map("Which team?", BY_NAME, ROWS, LABELS, "Stress"),
    "surveymonkey/synthetic_pulse_condensed_text.csv": _map(TEAM, BY_NAME, AFTER_QUESTION, LABELS, STRESS),
    "surveymonkey/synthetic_pulse_condensed_numeric.csv": _map(TEAM, BY_NUMBER, AFTER_QUESTION, None, STRESS),
    "googleforms/synthetic_pulse_forms_download.csv": _map(TEAM, BY_NAME, AFTER_QUESTION, LABELS, STRESS),
    "googleforms/synthetic_pulse_sheets_export_with_email.csv": _map(TEAM, BY_NAME, AFTER_QUESTION, LABELS, STRESS),
    "msforms/synthetic_pulse_anonymous.xlsx": _map(TEAM, BY_NAME, ROWS, LABELS, "How stressed are you (0-10)?"),
    "msforms/synthetic_pulse_named.xlsx": _map(TEAM, BY_NAME, ROWS, LABELS, "How stressed are you (0-10)?"),
    "odk/synthetic_pulse_central.csv": _map(
        "about-team", BY_CODE, tuple(f"strain-burn_{number}" for number in range(1, 6)), None, None
    ),
    "typeform/synthetic_pulse.csv": _map(TEAM, BY_NAME, ROWS, None, STRESS),
    "formbricks/synthetic_pulse.csv": _map(
        f"1. {TEAM}", BY_NAME, tuple(f"2. How far do you agree? - {row}" for row in ROWS), LABELS, f"3. {STRESS}"
    ),
}
FIRST = "redcap/synthetic_pulse_DATA_raw.csv"
FINISHED_ONLY = "odk/synthetic_pulse_central.csv"
"""Two people stopped half-way in the other tools; this tool and its like export finished answers only."""


def _catalogue() -> Catalogue:
    coded = CodedAnswer(tuple(AnswerOption(code, {"en": label}) for code, label in enumerate(AGREE, start=1)))
    items = [Item(item_id, {"en": item_id}, {"en": "ours"}, coded) for item_id in BURN_IDS]
    items.append(Item("stress", {"en": "stress"}, {"en": "ours"}, NumericAnswer(0, 10)))
    own = Instrument("own", 1, "Own", "none", "A", "own", "own", True, False, False, None, tuple(items), (), "0" * 64)
    return Catalogue((own,))


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _mapped(con: duckdb.DuckDBPyConnection, file_name: str) -> MappedTable:
    return map_table(open_export(con, EXPORTS / file_name), FILES[file_name], _catalogue())


def _answers(con: duckdb.DuckDBPyConnection, file_name: str) -> Counter[tuple[str | None, ...]]:
    """Unit and the five answers of every row, whatever its status."""
    rows = _mapped(con, file_name).relation.select("unit", *BURN_IDS).select("columns(*)::varchar").fetchall()
    return Counter(tuple(row) for row in rows)


@pytest.mark.parametrize("file_name", FILES)
def test_every_tool_gives_the_same_answers(con: duckdb.DuckDBPyConnection, file_name: str) -> None:
    is_finished_only = file_name.split("/")[0] in ("googleforms", "msforms", "odk")
    assert _answers(con, file_name) == _answers(con, FINISHED_ONLY if is_finished_only else FIRST)


def test_tools_that_export_unfinished_answers_differ_in_those_alone(con: duckdb.DuckDBPyConnection) -> None:
    missing = _answers(con, FIRST) - _answers(con, FINISHED_ONLY)
    assert Counter(row[1:] for row in missing.elements()) == {(None,) * 5: 2}


@pytest.mark.parametrize(
    ("file_name", "statuses"),
    [
        ("qualtrics/synthetic_pulse_numeric.csv", {"complete": 33, "incomplete": 2, "test": 2}),
        ("qualtrics/synthetic_pulse.sav", {"complete": 33, "incomplete": 2, "test": 2}),
        ("qualtrics/synthetic_pulse_api.json", {"complete": 33, "incomplete": 2, "test": 2}),
        ("qualtrics/synthetic_pulse_choicetext.tsv", {"complete": 33, "incomplete": 2, "test": 2}),
        ("redcap/synthetic_pulse_DATA_LABELS.csv", {"complete": 35, "incomplete": 2}),
        ("surveymonkey/synthetic_pulse_condensed_text.csv", {"complete": 35, "incomplete": 2}),
        ("typeform/synthetic_pulse.csv", {"complete": 35, "incomplete": 2}),
        ("formbricks/synthetic_pulse.csv", {"complete": 35, "incomplete": 2}),
        ("msforms/synthetic_pulse_named.xlsx", {"complete": 37}),
        ("googleforms/synthetic_pulse_forms_download.csv", {"complete": 37}),
    ],
)
def test_tests_and_unfinished_answers_are_told_apart_where_the_tool_can(
    con: duckdb.DuckDBPyConnection, file_name: str, statuses: dict[str, int]
) -> None:
    found = Counter(row[0] for row in _mapped(con, file_name).relation.select("row_status").fetchall())
    assert found == statuses


@pytest.mark.parametrize("file_name", FILES)
def test_an_export_with_times_names_or_ids_is_confidential(con: duckdb.DuckDBPyConnection, file_name: str) -> None:
    assert _mapped(con, file_name).source_grade == "confidential_export"


UNIT_COLUMNS = ("team", "about/team", "Which team?", "Welches Team?", "Über dich/Welches Team?")
KOBO = ("exhausted", "detached", "focus")


@pytest.mark.parametrize(
    ("file_name", "columns", "answers"),
    [
        ("pulse_xml_values_both.csv", KOBO, None),
        ("pulse_xml_values_details.xlsx", KOBO, None),
        ("pulse_api_data.json", tuple(f"strain/{column}" for column in KOBO), None),
        (
            "pulse_labels_en_summary.csv",
            ("I am exhausted.", "I feel detached.", "I find it hard to focus."),
            {"never": "1", "rarely": "2", "sometimes": "3", "often": "4", "always": "5"},
        ),
        (
            "pulse_labels_de_both_groups.csv",
            (
                "Belastung/Ich bin erschöpft.",
                "Belastung/Ich bin innerlich auf Distanz.",
                "Belastung/Ich kann mich schlecht konzentrieren.",
            ),
            {"nie": "1", "selten": "2", "manchmal": "3", "oft": "4", "immer": "5"},
        ),
    ],
)
def test_kobo_gives_the_same_answers_by_code_and_by_label(
    con: duckdb.DuckDBPyConnection, file_name: str, columns: tuple[str, ...], answers: dict[str, str] | None
) -> None:
    def read(name: str, burn: tuple[str, ...], labels: dict[str, str] | None) -> Counter[tuple[str | None, ...]]:
        items = {item_id: MappedColumn(column, labels) for item_id, column in zip(BURN_IDS, burn, strict=False)}
        raw = open_export(con, EXPORTS / "kobo" / name)
        mapped = map_table(
            raw, ColumnMap("kobo", MappedColumn(next(c for c in raw.columns if c in UNIT_COLUMNS)), items), _catalogue()
        )
        return Counter(
            tuple(row) for row in mapped.relation.select(*BURN_IDS[:3]).select("columns(*)::varchar").fetchall()
        )

    assert read(file_name, columns, answers) == read("pulse_xml_values_both.csv", KOBO, None)


@pytest.mark.parametrize(
    ("file_name", "kind"),
    [
        ("redcap/synthetic_pulse_DataDictionary.csv", "REDCap data dictionary"),
        ("redcap/real_checkboxes-1_project_odm.xml", "XML"),
    ],
)
def test_what_is_no_table_of_answers_is_refused_by_what_it_is(
    con: duckdb.DuckDBPyConnection, file_name: str, kind: str
) -> None:
    with pytest.raises(ExportRefused, match=kind):
        open_export(con, EXPORTS / file_name)


REAL = sorted(Path(EXPORTS).glob("*/real_*.csv")) if EXPORTS.is_dir() else []


@pytest.mark.parametrize("path", [path for path in REAL if "dictionary" not in path.name], ids=lambda path: path.name)
def test_a_real_export_is_recognised_by_its_content(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    assert open_export(con, path).tool == path.parent.name
