"""Round trips through the other forms of each tool: labels with a dictionary, workbooks, JSON, archives, SPSS."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat

from flows.collect.collect import SourceFile, collect
from flows.workbench import Workbench
from flows.zones import memory_store
from tests.unit.test_survey_export import (
    META,
    PEOPLE_N,
    WAVE,
    Asked,
    _cells,
    _come_back,
    _file,
    _items,
    _lime,
    _meant,
    _people,
    _redcap,
    _xlsform,
    bench,
)

__all__ = ["bench"]
TAIL = ("_id", "_uuid", "_submission_time", "_validation_status", "_index")


def _kobo_tail(number: int) -> list[object]:
    return [number, f"uuid-{number}", "2026-11-05T10:00:00", "", number]


def test_answers_come_back_from_redcap_labels_with_the_exported_dictionary(bench: Workbench, tmp_path: Path) -> None:
    asked = _redcap(bench)
    people = _people(asked)
    dictionary = _file(bench, "_redcap_de.csv")
    fields = list(csv.DictReader(io.StringIO(dictionary.read_text("utf-8"))))
    labels = {field["Variable / Field Name"]: field["Field Label"] for field in fields}
    path = tmp_path / "labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        head = ("Record ID", "Survey Identifier", "Survey Timestamp")
        writer.writerow([*head, *(labels[each.column] for each in asked), "Complete?"])
        for number, row in enumerate(_cells(asked, people, 1), start=1):
            writer.writerow([number, "", "", *row, "Complete"])
    items = ", ".join(f'"{item_id}"' for item_id in _items(bench))
    with memory_store() as con:
        sources = [SourceFile(dictionary), SourceFile(path)]
        collect(con, WAVE, sources, bench.zones.maps, bench.catalogue, "role_group")
        rows = con.execute(f"select unit, breakdown, {items} from collected").fetchall()
    assert sorted(tuple("" if cell is None else str(cell) for cell in row) for row in rows) == _meant(bench, people)


def test_answers_come_back_from_a_workbook_of_kobotoolbox(bench: Workbench, tmp_path: Path) -> None:
    asked = _xlsform(bench)
    people = _people(asked)
    book = openpyxl.Workbook()
    book.active.append([*(each.column for each in asked), *TAIL])
    for number, row in enumerate(_cells(asked, people, 0), start=1):
        book.active.append([*row, *_kobo_tail(number)])
    path = tmp_path / "answers.xlsx"
    book.save(path)
    assert _come_back(bench, path)[1] == _meant(bench, people)


def test_answers_come_back_from_the_json_of_kobotoolbox(bench: Workbench, tmp_path: Path) -> None:
    asked = _xlsform(bench)
    people = _people(asked)
    results = []
    for number, row in enumerate(_cells(asked, people, 0), start=1):
        answers = {each.column: cell for each, cell in zip(asked, row, strict=True) if cell is not None}
        results.append({**dict(zip(TAIL[:-1], _kobo_tail(number), strict=False)), "_notes": [], **answers})
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"count": PEOPLE_N, "next": None, "results": results}), "utf-8")
    assert _come_back(bench, path)[1] == _meant(bench, people)


def _odk_csv(asked: Sequence[Asked], cells: Sequence[Sequence[str | None]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["SubmissionDate", *(each.column for each in asked), "KEY", "SubmitterID", "FormVersion"])
    for number, row in enumerate(cells, start=1):
        writer.writerow(["2026-11-05T10:00:00.000Z", *row, f"uuid:{number}", "12", "1"])
    return text.getvalue()


def test_answers_come_back_from_the_zip_of_odk_central(bench: Workbench, tmp_path: Path) -> None:
    asked = _xlsform(bench)
    people = _people(asked)
    path = tmp_path / "pulse.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pulse.csv", _odk_csv(asked, _cells(asked, people, 0)))
        archive.writestr("pulse-audit.csv", "event,PARENT_KEY,KEY\nx,uuid:1,1\n")
    assert _come_back(bench, path)[1] == _meant(bench, people)


def test_answers_come_back_from_the_spss_file_of_limesurvey(bench: Workbench, tmp_path: Path) -> None:
    asked = _lime(bench, "en")
    people = _people(asked)
    rows = [
        [str(number), "1980-01-01 00:00:00", "4", "en", str(10_000 + number), *row]
        for number, row in enumerate(_cells(asked, people, 0), start=1)
    ]
    path = tmp_path / "answers.sav"
    pyreadstat.write_sav(pd.DataFrame(rows, columns=[*META, *(each.column for each in asked)]), str(path))
    assert _come_back(bench, path)[1] == _meant(bench, people)
