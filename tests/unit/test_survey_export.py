"""Round trips: invented people answer the exported file as the tool would ask it, and every answer comes back."""

from __future__ import annotations

import csv
import html
import io
import itertools
import json
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from flows.cli import quorum
from flows.collect.collect import CollectSummary, SourceFile, collect
from flows.commands.init import init_workspace
from flows.errors import InstrumentError
from flows.survey_export import export_questionnaire, make_questionnaire
from flows.units import UnitTree
from flows.workbench import Workbench, open_workbench
from flows.zones import memory_store

WAVE, PEOPLE_N = "2026-11", 60
SETTINGS = """
[organisation]
name = "Northfield"
[survey]
rhythm = "monthly"
languages = ["en", "de", "es"]
signpost.emergency = "112"
signpost.crisis = "116 123"
signpost.workplace = "ext. 40"
signpost.professional = "the {health} programme"
signpost.safeguarding = "the lead"
[breakdown]
id = "role_group"
values = ["nursing", "therapy"]
[[waves]]
wave_id = "2026-10"
opens_on = 2026-10-05
closes_on = 2026-10-16
[[waves]]
wave_id = "2026-11"
opens_on = 2026-11-02
closes_on = 2026-11-13
"""
UNITS = """unit_id,parent_id,unit_name,eligible_n
ORG,,Northfield,0
ADULT,ORG,Adult services,90
alder ward 1,ADULT,"Alder & Söhne; <1>",90
BIRCH,ADULT,CEDAR,90
CEDAR,ADULT,=Cedar,90
"""


@dataclass(frozen=True)
class Asked:
    """A question as the exported file asks it: its column, its text, and code and label of each answer."""

    column: str
    text: str
    answers: tuple[tuple[str, str], ...]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    root = tmp_path_factory.mktemp("workspace")
    init_workspace(root)
    (root / "quorum.toml").write_text(SETTINGS, "utf-8")
    (root / "units.csv").write_text(UNITS, "utf-8")
    opened = open_workbench(root, WAVE)
    for tool in ("limesurvey", "redcap", "xlsform", "csv"):
        for wave_id in ("2026-10", WAVE):
            wave = open_workbench(root, wave_id)
            export_questionnaire(wave, tool, make_questionnaire(wave), root / "questionnaires" / wave_id)
    return opened


def _file(bench: Workbench, name: str) -> Path:
    return bench.zones.root / "questionnaires" / WAVE / f"{WAVE}{name}"


# --- the exported files, read as the tools read them ----------------------------------------------------------------


def _lime(bench: Workbench, language: str) -> list[Asked]:
    root = ET.parse(_file(bench, ".lss")).getroot()

    def rows(table: str) -> list[dict[str, str]]:
        return [{cell.tag: cell.text or "" for cell in row} for row in root.findall(f"{table}/rows/row")]

    texts = {row["qid"]: row["question"] for row in rows("question_l10ns") if row["language"] == language}
    labels = {row["aid"]: row["answer"] for row in rows("answer_l10ns") if row["language"] == language}
    return [
        Asked(
            question["title"],
            html.unescape(texts[question["qid"]]),
            tuple(
                (row["code"], html.unescape(labels[row["aid"]]))
                for row in rows("answers")
                if row["qid"] == question["qid"]
            ),
        )
        for question in rows("questions")
    ]


def _redcap(bench: Workbench) -> list[Asked]:
    rows = csv.DictReader(io.StringIO(_file(bench, "_redcap_de.csv").read_text("utf-8")))
    choices = {row["Variable / Field Name"]: row["Choices, Calculations, OR Slider Labels"] for row in rows}
    return [
        Asked(name, name, tuple((code, label) for code, label in (one.split(", ", 1) for one in text.split(" | "))))
        for name, text in choices.items()
        if text
    ]


def _xlsform(bench: Workbench) -> list[Asked]:
    book = openpyxl.load_workbook(_file(bench, ".xlsx"))

    def rows(name: str) -> list[dict[str, str]]:
        head, *body = [[str(cell.value or "") for cell in row] for row in book[name].iter_rows()]
        return [dict(zip(head, row, strict=True)) for row in body]

    lists = {
        name: tuple((row["name"], row["label::Español (es)"]) for row in group)
        for name, group in itertools.groupby(rows("choices"), key=lambda row: row["list_name"])
    }
    asked = [row for row in rows("survey") if row["type"].startswith("select_one ")]
    return [Asked(row["name"], row["label::Español (es)"], lists[row["type"].split()[1]]) for row in asked]


# --- invented people ------------------------------------------------------------------------------------------------


def _people(asked: Sequence[Asked], seed: int = 1) -> list[list[int | None]]:
    """The place of the answer that each person gives to each question; None: left out. The unit is always given."""
    chance = random.Random(seed)
    return [
        [
            None if each.column != "unit" and chance.random() < 0.1 else chance.randrange(len(each.answers))
            for each in asked
        ]
        for _ in range(PEOPLE_N)
    ]


def _cells(asked: Sequence[Asked], people: Sequence[Sequence[int | None]], part: int) -> list[list[str | None]]:
    """What the export holds: `part` 0 the codes, 1 the labels."""
    return [
        [None if place is None else each.answers[place][part] for each, place in zip(asked, person, strict=True)]
        for person in people
    ]


def _meant(bench: Workbench, people: Sequence[Sequence[int | None]]) -> list[tuple[str, ...]]:
    """The canonical answers of the same people, straight from the questionnaire; sorted."""
    questions = make_questionnaire(bench).questions
    rows = [
        tuple(
            "" if place is None else question.choices[place].meaning
            for question, place in zip(questions, person, strict=True)
        )
        for person in people
    ]
    return sorted(rows)


def _come_back(bench: Workbench, path: Path) -> tuple[CollectSummary, list[tuple[str, ...]]]:
    """Account and rows after reading a file with whatever map is found for it."""
    items = ", ".join(f'"{item_id}"' for item_id in _items(bench))
    with memory_store() as con:
        summary = collect(con, WAVE, [SourceFile(path)], bench.zones.maps, bench.catalogue, "role_group")
        rows = con.execute(f"select unit, breakdown, {items} from collected").fetchall()
    return summary, sorted(tuple("" if cell is None else str(cell) for cell in row) for row in rows)


def _items(bench: Workbench) -> list[str]:
    return [question.target for question in make_questionnaire(bench).questions[2:]]


# --- LimeSurvey -----------------------------------------------------------------------------------------------------

META = ("id", "submitdate", "lastpage", "startlanguage", "seed")
META_DE = ("Antwort ID", "Datum Abgeschickt", "Letzte Seite", "Start-Sprache", "Zufallsstartwert")


def _lime_csv(head: Sequence[str], rows: Sequence[Sequence[str | None]], delimiter: str) -> bytes:
    """As the server writes it: byte order mark, CRLF, every value quoted, nothing at all for a question not seen."""

    def cell(value: str | None) -> str:
        return "" if value is None else '"' + value.replace('"', '""') + '"'

    lines = [delimiter.join(cell(value) for value in row) for row in (head, *rows)]
    return b"\xef\xbb\xbf" + ("\r\n".join(lines) + "\r\n\r\n").encode()


def _lime_rows(cells: Sequence[Sequence[str | None]], language: str) -> list[list[str | None]]:
    meta = [[str(n), "1980-01-01 00:00:00", "4", language, str(10_000 + n)] for n in range(1, len(cells) + 1)]
    return [[*own, *row] for own, row in zip(meta, cells, strict=True)]


def _code_short(asked: Sequence[Asked], people: Sequence[Sequence[int | None]]) -> bytes:
    return _lime_csv([*META, *(each.column for each in asked)], _lime_rows(_cells(asked, people, 0), "en"), ";")


def _code_long(asked: Sequence[Asked], people: Sequence[Sequence[int | None]]) -> bytes:
    """Answers in full; a question that was not seen is `N/A`."""
    rows = [["N/A" if cell is None else cell for cell in row] for row in _cells(asked, people, 1)]
    return _lime_csv([*META, *(each.column for each in asked)], _lime_rows(rows, "de"), ",")


def _code_and_text(asked: Sequence[Asked], people: Sequence[Sequence[int | None]]) -> bytes:
    head = [*(f"{name}. {name}" for name in META), *(f"{each.column}. {each.text}" for each in asked)]
    return _lime_csv(head, _lime_rows(_cells(asked, people, 0), "de"), ",")


def _full_long(asked: Sequence[Asked], people: Sequence[Sequence[int | None]]) -> bytes:
    """The defaults of the web export, in German."""
    head = [*META_DE, *(each.text for each in asked)]
    return _lime_csv(head, _lime_rows(_cells(asked, people, 1), "de"), ",")


def _vv(asked: Sequence[Asked], people: Sequence[Sequence[int | None]]) -> bytes:
    rows = [
        ["{question_not_shown}" if cell is None else cell for cell in row]
        for row in _lime_rows(_cells(asked, people, 0), "en")
    ]
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerows([[*META, *(each.text for each in asked)], [*META, *(each.column for each in asked)], *rows])
    return stream.getvalue().encode()


@pytest.mark.parametrize("write", [_code_short, _code_long, _code_and_text, _full_long, _vv])
def test_answers_come_back_from_every_limesurvey_format(
    bench: Workbench,
    tmp_path: Path,
    write: Callable[[Sequence[Asked], Sequence[Sequence[int | None]]], bytes],
) -> None:
    asked = _lime(bench, "de" if write is not _code_short else "en")
    people = _people(asked)
    path = tmp_path / "answers.csv"
    path.write_bytes(write(asked, people))
    summary, rows = _come_back(bench, path)
    assert rows == _meant(bench, people)
    assert (summary.read_n, summary.collected_n) == (PEOPLE_N, PEOPLE_N)
    assert summary.source_grade == "anonymous_export"


def test_the_structure_file_asks_with_the_codes_of_the_lss(bench: Workbench) -> None:
    rows = list(csv.DictReader(io.StringIO(_file(bench, "_structure.txt").read_text("utf-8-sig")), delimiter="\t"))
    names = [row["name"] for row in rows if row["class"] == "Q" and row["language"] == "en"]
    assert names == [each.column for each in _lime(bench, "en")]


# --- the other tools ------------------------------------------------------------------------------------------------


def test_answers_come_back_from_redcap(bench: Workbench, tmp_path: Path) -> None:
    asked = _redcap(bench)
    people = _people(asked)
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        head = ("record_id", "redcap_survey_identifier", "quorum_pulse_timestamp")
        writer.writerow([*head, *(each.column for each in asked), "quorum_pulse_complete"])
        for number, row in enumerate(_cells(asked, people, 0), start=1):
            writer.writerow([number, "", "", *row, "2"])
        writer.writerow([PEOPLE_N + 1, "", "[not completed]", *([None] * len(asked)), "0"])
    summary, rows = _come_back(bench, path)
    assert rows == _meant(bench, people)
    assert (summary.read_n, summary.apart["incomplete"]) == (PEOPLE_N + 1, 1)


@pytest.mark.parametrize("part", [0, 1], ids=["values", "labels"])
def test_answers_come_back_from_kobotoolbox(bench: Workbench, tmp_path: Path, part: int) -> None:
    asked = _xlsform(bench)
    people = _people(asked)
    path = tmp_path / "answers.csv"
    tail = ("_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by",
            "__version__", "_tags", "_index")  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow([*(each.column for each in asked), *tail])
        for number, row in enumerate(_cells(asked, people, part), start=1):
            own = [number, f"uuid-{number}", "2026-11-05T10:00:00", "", "", "submitted_via_web", "", "v1", "", number]
            writer.writerow([*row, *own])
    _, rows = _come_back(bench, path)
    assert rows == _meant(bench, people)


def test_a_filled_template_comes_back_without_a_map(bench: Workbench, tmp_path: Path) -> None:
    with _file(bench, "_template.csv").open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    book = list(csv.DictReader(io.StringIO(_file(bench, "_codebook.csv").read_text("utf-8"))))
    asked = [
        Asked(
            "unit" if name == "unit_id" else name,
            name,
            tuple((row["value"], row["label"]) for row in book if (row["column"], row["language"]) == (name, "en")),
        )
        for name in columns
    ]
    people = _people(asked)
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *_cells(asked, people, 0)])
    _, rows = _come_back(bench, path)
    assert rows == _meant(bench, people)


# --- through the command --------------------------------------------------------------------------------------------


@pytest.fixture
def run(bench: Workbench) -> Callable[..., tuple[int, str]]:
    def call(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(quorum, ["--workspace", str(bench.zones.root), *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            assert isinstance(result.exception, InstrumentError), result.exception
            return result.exception.exit_code, str(result.exception)
        return result.exit_code, result.output

    return call


def test_exported_answers_are_accepted_by_the_check(
    bench: Workbench, tmp_path: Path, run: Callable[..., tuple[int, str]]
) -> None:
    asked = _lime(bench, "de")
    path = tmp_path / "vvexport.csv"
    path.write_bytes(_full_long(asked, _people(asked)))
    code, output = run("check", str(path), "--wave", WAVE, "--json")
    report = json.loads(output[output.index("{") :])
    assert code == 0
    assert (report["read_n"], report["accepted_n"], report["faults"]) == (PEOPLE_N, PEOPLE_N, [])


def test_an_export_says_what_it_wrote_and_what_falls_back(run: Callable[..., tuple[int, str]]) -> None:
    code, output = run("survey", "export", "--to", "limesurvey", "--wave", WAVE)
    assert code == 0
    assert "questionnaires/2026-11/2026-11.lss" in output and "maps/limesurvey-2026-11-text-de.yaml" in output
    assert re.search(r"notice +de: .*bo1", output)
    assert "quorum check FILE --wave 2026-11" in output


def test_an_empty_signpost_stops_the_export_and_nothing_is_written(
    tmp_path: Path, run: Callable[..., tuple[int, str]]
) -> None:
    init_workspace(tmp_path)
    code, message = run("--workspace", str(tmp_path), "survey", "export", "--to", "csv", "--wave", WAVE)
    assert code == 10 and "signpost" in message
    assert not (tmp_path / "questionnaires").exists() and not list((tmp_path / "maps").iterdir())


def test_a_map_that_somebody_changed_is_kept(bench: Workbench, run: Callable[..., tuple[int, str]]) -> None:
    path = bench.zones.maps / "redcap-2026-11.yaml"
    path.write_text(path.read_text("utf-8") + "# mine\n", "utf-8")
    _, output = run("survey", "export", "--to", "redcap", "--wave", WAVE)
    assert "redcap-2026-11.yaml.old1" in output
    assert (bench.zones.maps / "redcap-2026-11.yaml.old1").read_text("utf-8").endswith("# mine\n")
    _, again = run("survey", "export", "--to", "redcap", "--wave", WAVE)
    assert "old" not in again


@pytest.mark.parametrize("tool", ["limesurvey", "redcap", "xlsform"])
def test_links_carry_the_code_that_the_map_knows(
    bench: Workbench, tmp_path: Path, run: Callable[..., tuple[int, str]], tool: str
) -> None:
    code, _ = run("survey", "export", "--to", tool, "--wave", WAVE, "--unit", "link", "--out", str(tmp_path))
    assert code == 0
    known = {choice.code: choice.meaning for choice in make_questionnaire(bench).unit.choices}
    with (tmp_path / f"{WAVE}_{tool}_links.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {known[row["link_ending"].rsplit("=", 1)[1]] for row in rows} == set(known.values())
    assert {row["unit_id"] for row in rows} == {"ADULT", "BIRCH", "CEDAR", "alder ward 1"}


def test_languages_of_a_wave_are_listed_with_what_falls_back(run: Callable[..., tuple[int, str]]) -> None:
    code, output = run("survey", "languages", "--wave", WAVE)
    assert code == 0
    assert re.search(r"^en: (\d+) of \1 questions", output)
    assert re.search(r"falls back +bo1 +question and answers, to en", output)
    assert output.endswith("Nothing was stored.\n")


@pytest.mark.parametrize("language", ["../../x", "xx yy", ""])
def test_a_language_that_is_no_tag_is_refused_before_anything_is_written(bench: Workbench, language: str) -> None:
    with pytest.raises(InstrumentError, match="language"):
        make_questionnaire(bench, ("en", language))


def test_units_without_people_make_no_questionnaire(bench: Workbench) -> None:
    empty = UnitTree(tuple(replace(unit, eligible_n=0) for unit in bench.plan.units.units))
    with pytest.raises(InstrumentError, match="eligible_n"):
        make_questionnaire(replace(bench, plan=replace(bench.plan, units=empty)))
