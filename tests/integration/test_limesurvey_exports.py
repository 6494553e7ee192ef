"""Every LimeSurvey CSV that holds answers gives the same mapped answers, whatever its headings and values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.collect.column_map import ColumnMap, CompleteRule, MappedColumn
from flows.collect.draft_map import draft_map
from flows.collect.map_columns import MappedTable, map_table
from flows.collect.recognise import open_export
from flows.errors import ExportRefused
from surveys.instrument import AnswerOption, Catalogue, CodedAnswer, Instrument, Item, NumericAnswer

EXPORTS = Path(__file__).parents[2] / ".." / "shared" / "exports" / "limesurvey"
pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason="the sample exports are not beside this project")

CODED = CodedAnswer(tuple(AnswerOption(code, {"en": str(code)}) for code in range(1, 6)))
BURN_IDS = tuple(f"burn{number}" for number in range(1, 6))
UNITS = {f"T{number}": f"team-{number}" for number in range(1, 7)}
TEAMS_DE = ("Käse & Söhne (Zürich)", 'Plattform "Nord"; Süd', "Vertrieb, Innendienst", "Support 24/7 🚀", "Forschung",
            "Betrieb l'Été")  # fmt: skip
TEAMS_EN = ("Cheese & Sons (Zürich)", 'Platform "North"; South', "Sales, back office", "Support 24/7 🚀", "Research",
            "Operations l'Été")  # fmt: skip
AGREE_DE = ("trifft gar nicht zu", "trifft eher nicht zu", "teils/teils", "trifft eher zu", "trifft voll zu")
AGREE_EN = ("strongly disagree", "disagree", "neither", "agree", "strongly agree")
OFTEN_DE = ("nie", "selten", "manchmal", "oft", "sehr oft")
OFTEN_EN = ("never", "rarely", "sometimes", "often", "very often")
BURN_DE = ("Ich fühle mich durch meine Arbeit ausgelaugt.", "Ich bin am Ende des Arbeitstages erschöpft.",
           "Schon der Gedanke an den nächsten Arbeitstag ermüdet mich.",
           "Ich habe genug Energie für Familie und Freunde.",
           "Mir fällt es schwer, mich zu konzentrieren.")  # fmt: skip
BURN_EN = ("I feel drained by my work.", "I am worn out at the end of the working day.",
           "The thought of the next working day tires me.", "I have enough energy for family and friends.",
           "I find it hard to concentrate.")  # fmt: skip

CODES = ("team", "stress", "energy", *(f"burn[SQ00{number}]" for number in range(1, 6)))
SGQA = ("139459X34X265", "139459X35X267", "139459X35X268", *(f"139459X35X266SQ00{n}" for n in range(1, 6)))
FULL_DE = ("In welchem Team arbeitest du?", "Wie oft warst du gestresst?",
           "Wie viel Energie hast du gerade (1 wenig, 5 viel)?",
           *(f"Wie sehr treffen diese Aussagen auf die letzten zwei Wochen zu? [{row}]"
             for row in BURN_DE))  # fmt: skip
FULL_EN = ("Which team do you work in?", "How often did you feel stressed?",
           "How much energy do you have right now (1 little, 5 a lot)?",
           *(f"How far do these statements apply to the last two weeks? [{row}]" for row in BURN_EN))  # fmt: skip

FILES = {
    "A": ("A_code_short.csv", "A_code_long.csv", "A_full_short.csv", "A_full_long.csv", "A_vv2.csv",
          "A_code_short.xlsx", "A_code_short.json"),
    "B": ("B_code_short.csv", "B_code_long.csv", "B_full_short.csv", "B_full_long.csv", "B_gui_default.csv",
          "B_gui_code_short_emcode_tab_convY1N2.csv", "B_gui_codetext_short_complete.csv", "B_gui_en_full_long.csv",
          "B_vv1.csv", "B_code_short.xlsx", "B_code_short.json", "B_full_long.json", "B_gui_code_short.xlsx",
          "B_gui.sav"),
    "C": ("C_code_short.csv", "C_code_long.csv", "C_full_short.csv", "C_full_long.csv", "C_vv2.csv",
          "C_code_short.xlsx", "C_code_short.json"),
}  # fmt: skip
ALL_FILES = [name for names in FILES.values() for name in names]


def _item(item_id: str, answer: CodedAnswer | NumericAnswer = CODED) -> Item:
    return Item(item_id, {"en": item_id}, {"en": "draft"}, answer)


def _catalogue() -> Catalogue:
    items = (*(_item(item_id) for item_id in BURN_IDS), _item("stress"), _item("energy", NumericAnswer(1, 5)))
    own = Instrument("own", 1, "Own", "none", "A", "own", "own", True, False, False, None, items, (), "0" * 64, True)
    return Catalogue((own,))


def _numbered(labels: tuple[str, ...]) -> dict[str, str]:
    return {label: str(code) for code, label in enumerate(labels, start=1)}


def _map(file_name: str) -> ColumnMap:
    is_english, is_long = "_en_" in file_name, "long" in file_name or "default" in file_name
    columns = SGQA if "vv1" in file_name else CODES
    if "full" in file_name or "default" in file_name:
        columns = FULL_EN if is_english else FULL_DE
    teams, agree, often = (TEAMS_EN, AGREE_EN, OFTEN_EN) if is_english else (TEAMS_DE, AGREE_DE, OFTEN_DE)
    units = dict(zip(teams, UNITS.values(), strict=True)) if is_long else UNITS
    stress = _numbered(often) if is_long else {f"AO0{code}": str(code) for code in range(1, 6)}
    burn = _numbered(agree) if is_long else None
    items = {item_id: MappedColumn(column, burn) for item_id, column in zip(BURN_IDS, columns[3:], strict=True)}
    return ColumnMap(
        tool="limesurvey",
        unit=MappedColumn(columns[0], units),
        items={**items, "stress": MappedColumn(columns[1], stress), "energy": MappedColumn(columns[2])},
        complete=CompleteRule("submitdate"),
    )


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _mapped(con: duckdb.DuckDBPyConnection, file_name: str) -> MappedTable:
    return map_table(open_export(con, EXPORTS / file_name), _map(file_name), _catalogue())


def _rows(con: duckdb.DuckDBPyConnection, file_name: str, status: str) -> Counter[tuple[str | None, ...]]:
    rows = _mapped(con, file_name).relation.select("columns(*)::varchar").fetchall()
    return Counter(row[2:] for row in rows if row[0] == status)


@pytest.mark.parametrize("file_name", [name for name in ALL_FILES if "complete" not in name])
def test_53_rows_are_49_complete_ones_3_incomplete_and_one_sent_twice(
    con: duckdb.DuckDBPyConnection, file_name: str
) -> None:
    statuses = Counter(row[0] for row in _mapped(con, file_name).relation.select("columns(*)::varchar").fetchall())
    assert statuses == {"complete": 49, "incomplete": 3, "duplicate": 1}


@pytest.mark.parametrize(("survey", "file_name"), [(survey, name) for survey, names in FILES.items() for name in names])
def test_every_format_of_a_survey_gives_the_same_answers(
    con: duckdb.DuckDBPyConnection, survey: str, file_name: str
) -> None:
    assert _rows(con, file_name, "complete") == _rows(con, FILES[survey][0], "complete")


@pytest.mark.parametrize("file_name", ALL_FILES)
def test_every_unit_is_known_and_every_answer_is_a_code(con: duckdb.DuckDBPyConnection, file_name: str) -> None:
    rows = _rows(con, file_name, "complete")
    units = {row[0] for row in rows}
    answers = {answer for row in rows for answer in row[2:]}
    # T9 in the team and 9 in an answer are codes that the survey itself does not have (EXPORTS, pitfall 4)
    assert units <= {*UNITS.values(), "T9"}
    assert answers <= {None, "1", "2", "3", "4", "5"}


@pytest.mark.parametrize("file_name", ALL_FILES)
def test_only_the_survey_without_tokens_and_dates_counts_as_anonymous(
    con: duckdb.DuckDBPyConnection, file_name: str
) -> None:
    expected = "anonymous_export" if file_name.startswith("A") else "confidential_export"
    assert _mapped(con, file_name).source_grade == expected


@pytest.mark.parametrize("file_name", ALL_FILES)
def test_tokens_addresses_dates_and_comments_are_dropped(con: duckdb.DuckDBPyConnection, file_name: str) -> None:
    assert set(_mapped(con, file_name).relation.columns[4:]) == {*BURN_IDS, "stress", "energy"}


def _bilingual(item_id: str, german: str, english: str, labels: tuple[tuple[str, str], ...]) -> Item:
    options = tuple(AnswerOption(code, {"de": de, "en": en}) for code, (de, en) in enumerate(labels, start=1))
    return Item(item_id, {"de": german, "en": english}, {"de": "ours", "en": "ours"}, CodedAnswer(options))


def _worded_catalogue() -> Catalogue:
    agree = tuple(zip(AGREE_DE, AGREE_EN, strict=True))
    burn = (_bilingual(*texts, agree) for texts in zip(BURN_IDS, BURN_DE, BURN_EN, strict=True))
    stress = _bilingual("stress", FULL_DE[1], FULL_EN[1], tuple(zip(OFTEN_DE, OFTEN_EN, strict=True)))
    items = (*burn, stress)
    own = Instrument("own", 1, "Own", "none", "A", "own", "own", True, False, False, None, items, (), "0" * 64, True)
    return Catalogue((own,))


@pytest.mark.parametrize(
    ("file_name", "teams"),
    [("B_full_long.csv", TEAMS_DE), ("B_gui_default.csv", TEAMS_DE), ("B_gui_en_full_long.csv", TEAMS_EN)],
)
def test_a_drafted_map_gives_the_same_answers_as_one_written_by_hand(
    con: duckdb.DuckDBPyConnection, file_name: str, teams: tuple[str, ...]
) -> None:
    raw, catalogue = open_export(con, EXPORTS / file_name), _worded_catalogue()
    draft = draft_map(raw, catalogue, tuple(zip(UNITS.values(), teams, strict=True)))
    rows = map_table(raw, draft.column_map, catalogue).relation.select("columns(*)::varchar").fetchall()
    by_hand = _mapped(con, "B_code_short.csv").relation.select("columns(*)::varchar").fetchall()
    assert Counter(row[:10] for row in rows) == Counter(row[:10] for row in by_hand)


def test_what_limesurvey_does_not_show_is_said_so(con: duckdb.DuckDBPyConnection) -> None:
    assert _mapped(con, "A_code_short.csv").cannot_tell == {"test", "late", "other_wave"}


@pytest.mark.parametrize(
    ("file_name", "kind"),
    [
        ("A.lss", "LimeSurvey structure"),
        ("C.lsa", "LimeSurvey archive"),
    ],
)
def test_other_files_of_limesurvey_are_refused_by_what_they_are(
    con: duckdb.DuckDBPyConnection, file_name: str, kind: str
) -> None:
    with pytest.raises(ExportRefused, match=kind):
        open_export(con, EXPORTS / file_name)


def test_a_token_cannot_be_mapped_as_unit(con: duckdb.DuckDBPyConnection) -> None:
    wrong = ColumnMap("limesurvey", MappedColumn("token"), _map("C_code_short.csv").items)
    with pytest.raises(ExportRefused, match='"token" identifies people'):
        map_table(open_export(con, EXPORTS / "C_code_short.csv"), wrong, _catalogue())


def test_a_comment_column_with_contacts_never_passes_as_an_answer(con: duckdb.DuckDBPyConnection) -> None:
    wrong = ColumnMap("limesurvey", MappedColumn("team"), {"stress": MappedColumn("comment")})
    with pytest.raises(ExportRefused, match='"comment"') as refusal:
        map_table(open_export(con, EXPORTS / "C_code_short.csv"), wrong, _catalogue())
    assert "example.invalid" not in str(refusal.value)
