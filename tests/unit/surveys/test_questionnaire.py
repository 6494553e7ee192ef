"""A questionnaire as files for survey tools: anonymous by its settings, safe against its own texts, with help in it."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from surveys.battery import battery_for
from surveys.instrument import AnswerOption, Catalogue, CodedAnswer
from surveys.load import load_catalogue, parse_instrument
from surveys.questionnaire import redcap, tidy, xlsform
from surveys.questionnaire.build import Order, build_questionnaire
from surveys.questionnaire.codes import answer_codes, limesurvey_names, unit_codes
from surveys.questionnaire.limesurvey import as_html
from surveys.questionnaire.limesurvey_lss import structure_lss
from surveys.questionnaire.limesurvey_tsv import structure_tsv
from surveys.questionnaire.model import Place, Questionnaire, QuestionnaireError, UnitBy
from surveys.questionnaire.safe_csv import safe_text
from surveys.signpost import SIGNPOST_ITEMS, SignpostError

REAL = Path(__file__).parents[4] / "shared" / "exports"
SIGNPOST = {
    "emergency": "112",
    "crisis": "116 123",
    "workplace": "occupational health, extension 40",
    "professional": "the health programme",
    "safeguarding": "the safeguarding lead",
}
CATALOGUE = load_catalogue()
HOSTILE = "=1+1 ]]> {TOKEN} [record_id] ${st1} <script>alert(1)</script> &lt; \"'; | \x07"
ORDER = Order(
    wave_id="2026-11",
    organisation="Northfield",
    item_ids=battery_for("monthly", 0).items,
    languages=("en", "de"),
    signpost=SIGNPOST,
    places=(Place("ALDER", "Team Alder", False, "Adult"), Place("ADULT", "Adult", True), Place("b", HOSTILE, False)),
    breakdown_values=("nursing", "therapy"),
)
QUESTIONNAIRE = build_questionnaire(ORDER, CATALOGUE)
HOSTILE_SETTINGS = replace(
    ORDER, organisation=HOSTILE, signpost=dict.fromkeys(SIGNPOST, HOSTILE), breakdown_values=(HOSTILE, "=2+2")
)


def lss_rows(content: bytes, table: str) -> list[dict[str, str]]:
    root = ET.fromstring(content)
    return [{cell.tag: cell.text or "" for cell in row} for row in root.findall(f"{table}/rows/row")]


def structure_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter="\t"))


def sheets(content: bytes) -> dict[str, list[dict[str, str]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = {name: [[cell.value for cell in row] for row in book[name].iter_rows()] for name in book.sheetnames}
    return {name: [dict(zip(head, row, strict=True)) for row in body] for name, (head, *body) in rows.items()}


def dictionary_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


# --- what a questionnaire holds ------------------------------------------------------------------------------------


def test_questions_stand_in_the_order_of_the_battery_after_unit_and_breakdown() -> None:
    targets = [question.target for question in QUESTIONNAIRE.questions]
    assert targets == ["unit", "breakdown", *ORDER.item_ids]


@pytest.mark.parametrize("position", range(12))
@pytest.mark.parametrize("rhythm", ["weekly", "fortnightly", "monthly", "quarterly"])
def test_every_question_that_needs_the_signpost_stands_below_it(rhythm: str, position: int) -> None:
    order = replace(ORDER, item_ids=battery_for(rhythm, position).items)
    for page in build_questionnaire(order, CATALOGUE).pages:
        assert page.has_signpost == any(question.target in SIGNPOST_ITEMS for question in page.questions)


@pytest.mark.parametrize("field", SIGNPOST)
@pytest.mark.parametrize("text", ["", "emergency number", "example line"])
def test_there_is_no_questionnaire_while_a_contact_is_empty_or_an_example(field: str, text: str) -> None:
    with pytest.raises(SignpostError, match=field):
        build_questionnaire(replace(ORDER, signpost=SIGNPOST | {field: text}), CATALOGUE)


def test_a_validated_form_gets_no_answer_that_its_authors_did_not_give_it() -> None:
    by_target = {question.target: question for question in QUESTIONNAIRE.questions}
    assert [choice.code for choice in by_target["gad_1"].choices] == ["0", "1", "2", "3"]
    assert [choice.meaning for choice in by_target["sup2"].choices][-2:] == ["not_applicable", "prefer_not_to_say"]


def test_a_question_in_another_language_says_so_beside_it_and_only_then() -> None:
    hints = {question.target: question.hints for question in QUESTIONNAIRE.questions}
    assert "Englisch" in hints["bo1"]["de"] and hints["bo1"]["en"] == ""
    assert hints["cas1"] == {
        "en": "Since the last survey, at most the past month:",
        "de": "Seit der letzten Befragung, höchstens im letzten Monat:",
    }


def test_units_of_the_same_name_are_told_apart() -> None:
    places = (
        Place("a", "Day team", False, "North"),
        Place("b", "Day team", False, "South"),
        Place("c", "Night", False),
    )
    twins = (*places, Place("d", "day  TEAM", False, "south"))
    labels = [
        choice.labels["en"] for choice in build_questionnaire(replace(ORDER, places=twins), CATALOGUE).unit.choices
    ]
    assert labels == ["Day team (North)", "Day team (b)", "Night", "day  TEAM (d)"]


def test_with_a_link_the_unit_is_not_asked() -> None:
    by_link = build_questionnaire(replace(ORDER, unit_by=UnitBy.LINK), CATALOGUE)
    assert by_link.unit.is_hidden and not by_link.unit.is_required
    assert QUESTIONNAIRE.unit.is_required and "Apart from your team" in QUESTIONNAIRE.welcome["en"]


# --- codes ---------------------------------------------------------------------------------------------------------


@given(st.sets(st.text(min_size=1, max_size=20), min_size=1, max_size=60), st.data())
def test_codes_of_units_are_short_different_and_stay_when_other_units_come_and_go(
    ids: set[str], data: st.DataObject
) -> None:
    codes = unit_codes(ids)
    assert len(set(codes.values())) == len(ids)
    assert all(re.fullmatch(r"U[0-9A-Z]{4}", code) for code in codes.values())
    fewer = data.draw(st.sets(st.sampled_from(sorted(ids)), min_size=1))
    assert unit_codes(fewer) == {unit_id: codes[unit_id] for unit_id in sorted(fewer)}


@given(st.sets(st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True), min_size=1, max_size=30))
def test_question_codes_of_limesurvey_are_letters_and_digits_each_once(names: set[str]) -> None:
    codes = limesurvey_names(sorted(names))
    assert len(set(codes.values())) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9]{0,19}", code) for code in codes.values())


@given(st.dictionaries(st.integers(-99, 999), st.lists(st.integers(-99, 999).map(str), max_size=4), min_size=1))
def test_a_code_of_an_answer_is_never_the_label_of_another(options: dict[int, list[str]]) -> None:
    codes = answer_codes(options)
    assert len(set(codes.values())) == len(options)
    for code, text in codes.items():
        assert not any(text in labels for other, labels in options.items() if other != code)


# --- LimeSurvey ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["anonymized", "ipanonymize"])
def test_the_limesurvey_file_switches_anonymity_on(name: str) -> None:
    (survey,) = lss_rows(structure_lss(QUESTIONNAIRE), "surveys")
    assert survey[name] == "Y"


@pytest.mark.parametrize(
    "name",
    ["datestamp", "ipaddr", "refurl", "savetimings", "usecookie", "allowsave", "tokenanswerspersistence", "usetokens",
     "listpublic", "publicstatistics", "printanswers", "sendconfirmation", "alloweditaftercompletion"],
)  # fmt: skip
def test_the_limesurvey_files_switch_off_what_could_tell_who_answered(name: str) -> None:
    (survey,) = lss_rows(structure_lss(QUESTIONNAIRE), "surveys")
    settings = {row["name"]: row["text"] for row in structure_rows(structure_tsv(QUESTIONNAIRE)) if row["class"] == "S"}
    assert (survey[name], settings[name]) == ("N", "N")


def test_both_limesurvey_files_ask_the_same() -> None:
    lss, rows = structure_lss(QUESTIONNAIRE), structure_rows(structure_tsv(QUESTIONNAIRE))
    texts = {(row["qid"], row["language"]): row["question"] for row in lss_rows(lss, "question_l10ns")}
    ids = {row["title"]: row["qid"] for row in lss_rows(lss, "questions")}
    for row in rows:
        if row["class"] == "Q":
            assert texts[(ids[row["name"]], row["language"])] == row["text"]
    answers = [row["name"] for row in rows if row["class"] == "A" and row["language"] == "de"]
    assert [row["code"] for row in lss_rows(lss, "answers")] == answers


@pytest.mark.skipif(not REAL.is_dir(), reason="the real exports are not beside this folder")
def test_the_lss_has_the_tables_and_fields_of_a_real_one() -> None:
    real, ours = ET.parse(REAL / "limesurvey" / "B.lss").getroot(), ET.fromstring(structure_lss(QUESTIONNAIRE))
    assert [ours.findtext(name) for name in ("LimeSurveyDocType", "DBVersion")] == ["Survey", "630"]
    fields = {table.tag: {field.text for field in table.findall("fields/fieldname")} for table in real}
    for table in ours:
        if table.find("rows") is not None:
            assert {field.text for field in table.findall("fields/fieldname")} <= fields[table.tag], table.tag
    needed = {"answers", "answer_l10ns", "groups", "group_l10ns", "questions", "question_l10ns", "surveys"}
    assert needed | {"surveys_languagesettings"} <= {table.tag for table in ours}


@pytest.mark.skipif(not REAL.is_dir(), reason="the real exports are not beside this folder")
def test_the_structure_file_has_the_columns_of_a_real_one() -> None:
    with (REAL / "limesurvey" / "questionnaire_B_structure.txt").open(encoding="utf-8-sig") as file:
        real = file.readline().rstrip("\n").split("\t")
    ours = structure_tsv(QUESTIONNAIRE).decode("utf-8-sig").splitlines()[0].split("\t")
    assert ours[: len(real)] == real


def test_the_rows_of_the_lss_fit_together() -> None:
    lss = structure_lss(QUESTIONNAIRE)
    questions, groups = lss_rows(lss, "questions"), {row["gid"] for row in lss_rows(lss, "groups")}
    ids = [row["qid"] for row in questions]
    assert len(set(ids)) == len(ids) == len(QUESTIONNAIRE.questions)
    assert {row["gid"] for row in questions} == groups
    assert {row["qid"] for row in lss_rows(lss, "answers")} <= set(ids)
    assert {row["aid"] for row in lss_rows(lss, "answer_l10ns")} == {row["aid"] for row in lss_rows(lss, "answers")}


def test_two_languages_that_limesurvey_cannot_tell_apart_are_refused() -> None:
    questionnaire = build_questionnaire(replace(ORDER, languages=("es", "es-US")), CATALOGUE)
    with pytest.raises(QuestionnaireError, match="es-US"):
        structure_lss(questionnaire)


def test_texts_with_markup_and_expressions_reach_limesurvey_as_plain_text() -> None:
    questionnaire = build_questionnaire(HOSTILE_SETTINGS, CATALOGUE)
    for text in (
        row["surveyls_welcometext"] for row in lss_rows(structure_lss(questionnaire), "surveys_languagesettings")
    ):
        assert "<script>" not in text and "{TOKEN}" not in text and "&#123;TOKEN&#125;" in text
    assert as_html("a & b &amp; <b>") == "a & b &amp;amp; &lt;b&gt;"


# --- REDCap --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL.is_dir(), reason="the real exports are not beside this folder")
def test_the_dictionary_has_the_eighteen_columns_of_a_real_one() -> None:
    with (REAL / "redcap" / "real_survey_dictionary.csv").open(encoding="utf-8-sig", newline="") as file:
        real = next(csv.reader(file))
    ours = next(csv.reader(io.StringIO(redcap.dictionary_csv(QUESTIONNAIRE, "en").decode())))
    assert ours == list(redcap.HEADINGS)
    assert [name.strip('"') for name in real] == ours


def test_the_dictionary_begins_with_the_record_id_and_marks_nothing_as_identifier() -> None:
    rows = dictionary_rows(redcap.dictionary_csv(QUESTIONNAIRE, "de"))
    assert rows[0]["Variable / Field Name"] == "record_id"
    assert not any(row["Identifier?"] for row in rows)
    assert len({row["Variable / Field Name"] for row in rows}) == len(rows)


def test_choices_of_the_dictionary_can_be_told_apart_whatever_their_labels_hold() -> None:
    rows = dictionary_rows(redcap.dictionary_csv(build_questionnaire(HOSTILE_SETTINGS, CATALOGUE), "en"))
    (unit,) = (row for row in rows if row["Variable / Field Name"] == "unit")
    assert len(unit["Choices, Calculations, OR Slider Labels"].split(" | ")) == len(ORDER.places)
    assert not any("<script>" in cell or "[record_id]" in cell for row in rows for cell in row.values())


def test_a_hidden_field_of_the_dictionary_waits_for_the_link() -> None:
    by_link = build_questionnaire(replace(ORDER, unit_by=UnitBy.LINK), CATALOGUE)
    (unit,) = (r for r in dictionary_rows(redcap.dictionary_csv(by_link, "en")) if r["Variable / Field Name"] == "unit")
    assert "@HIDDEN-SURVEY" in unit["Field Annotation"] and unit["Required Field?"] == ""


# --- XLSForm -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit_by", list(UnitBy))
@pytest.mark.parametrize("order", [ORDER, HOSTILE_SETTINGS], ids=["plain", "hostile"])
def test_pyxform_takes_the_workbook_without_a_warning(order: Order, unit_by: UnitBy) -> None:
    questionnaire = build_questionnaire(replace(order, unit_by=unit_by, languages=("en", "de", "es-US")), CATALOGUE)
    found = convert(io.BytesIO(xlsform.workbook_xlsx(questionnaire)), file_type=".xlsx")
    assert found.warnings == []
    assert all(f"/data/{item_id}" in found.xform for item_id in ORDER.item_ids)


def test_the_form_asks_the_device_for_nothing() -> None:
    kinds = {row["type"].split()[0] for row in sheets(xlsform.workbook_xlsx(QUESTIONNAIRE))["survey"]}
    assert kinds == {"note", "select_one"}


def test_no_cell_of_the_workbook_is_a_formula() -> None:
    questionnaire = build_questionnaire(HOSTILE_SETTINGS, CATALOGUE)
    book = openpyxl.load_workbook(io.BytesIO(xlsform.workbook_xlsx(questionnaire)))
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


# --- plain CSV -----------------------------------------------------------------------------------------------------


def test_the_template_has_the_columns_of_a_tidy_file() -> None:
    template = tidy.template_csv(QUESTIONNAIRE, "role_group").decode()
    assert template == ",".join(("unit_id", "role_group", *ORDER.item_ids)) + "\n"


def test_the_codebook_explains_every_value_of_every_column_in_every_language() -> None:
    rows = dictionary_rows(tidy.codebook_csv(QUESTIONNAIRE, "role_group"))
    expected = sum(len(question.choices) for question in QUESTIONNAIRE.questions) * len(ORDER.languages)
    assert len(rows) == expected
    assert {row["value"] for row in rows if row["column"] == "unit_id"} == {place.unit_id for place in ORDER.places}


@given(st.text())
def test_no_text_of_a_csv_is_a_formula(text: str) -> None:
    assert not safe_text(text).startswith(("=", "+", "-", "@"))


# --- own questions -------------------------------------------------------------------------------------------------


def test_a_number_is_asked_within_its_bounds_in_every_tool() -> None:
    questionnaire = build_questionnaire(replace(ORDER, item_ids=("token",)), _own_catalogue())
    (lime,) = (row for row in lss_rows(structure_lss(questionnaire), "questions") if row["type"] == "N")
    assert lime["title"] == "qtoken"
    bounds = {row["attribute"]: row["value"] for row in lss_rows(structure_lss(questionnaire), "question_attributes")}
    assert bounds == {"min_num_value_n": "0", "max_num_value_n": "10"}
    assert dictionary_rows(redcap.dictionary_csv(questionnaire, "en"))[-2]["Text Validation Max"] == "10"
    assert "q_token" in convert(io.BytesIO(xlsform.workbook_xlsx(questionnaire)), file_type=".xlsx").xform


def _own_catalogue() -> Catalogue:
    text = """
id: own
version: 1
name: "Own"
licence_tier: A
wording_shipped: true
validated: false
verified: false
recall_days: null
items:
  - id: token
    text: { en: "How well did the token system work for you?" }
    text_status: { en: ours }
    answer: { kind: numeric, min: 0, max: 10 }
measures:
  - id: own_token
    name: { en: "Token" }
    items: [token]
    score: { method: mean, min_answered: 1 }
    construct: tokens
    direction: higher_is_better
    display: { min: 0, max: 10 }
"""
    return Catalogue((*CATALOGUE.instruments, parse_instrument(text, "instruments/own.yaml", is_own=True)))


def test_labels_that_read_like_codes_of_other_answers_get_codes_of_their_own() -> None:
    answer = CodedAnswer(tuple(AnswerOption(code, {"en": str(code + 1)}) for code in range(3)))
    item = replace(CATALOGUE.items["cas1"], answer=answer)
    core = CATALOGUE.instrument_of("cas1")
    mixed = replace(core, items=tuple(item if each.id == "cas1" else each for each in core.items))
    catalogue = Catalogue(tuple(mixed if each is core else each for each in CATALOGUE.instruments))
    questionnaire = build_questionnaire(replace(ORDER, item_ids=("cas1",)), catalogue)
    (question,) = (each for each in questionnaire.questions if each.target == "cas1")
    texts = question.choice_texts()
    assert [texts[f"A{code}"] for code in range(3)] == ["0", "1", "2"]
    assert [texts[str(code + 1)] for code in range(3)] == ["0", "1", "2"]


def test_the_same_wave_makes_the_same_files() -> None:
    again = build_questionnaire(ORDER, CATALOGUE)
    for make in (structure_lss, structure_tsv):
        assert make(again) == make(QUESTIONNAIRE)
    assert _pages(again) == _pages(QUESTIONNAIRE)


def _pages(questionnaire: Questionnaire) -> list[tuple[bool, int]]:
    pages = [(page.has_signpost, len(page.questions)) for page in questionnaire.pages]
    assert all(one[0] != two[0] for one, two in pairwise(pages[1:]))
    return pages
