"""Exports as the tools write them, with given cells: what the fuzzer starts from."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import polars as pl
import pyreadstat

Cells = Sequence[Sequence[str]]
Maker = Callable[[Cells], bytes]
WIDTH = 3


def _csv(heads: Sequence[Sequence[str]], before: Sequence[str], after: Sequence[str], delimiter: str = ",") -> Maker:
    """A CSV maker: heading rows, and constant cells before and after those of a row; `#` counts the rows."""

    def make(cells: Cells) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        writer.writerows(heads)
        for number, row in enumerate(cells, start=1):
            edges = [[cell.replace("#", str(number)) for cell in edge] for edge in (before, after)]
            writer.writerow([*edges[0], *row, *edges[1]])
        return text.getvalue().encode()

    return make


@cache
def _workbook_parts() -> Mapping[str, bytes]:
    """The parts of an empty workbook; made once, since writing one takes longer than reading it."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _xlsx_cell(text: str) -> str:
    if text.startswith("="):
        return f"<c><f>{escape(text[1:])}</f></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _xlsx(head: Sequence[str], before: Sequence[str]) -> Maker:
    def make(cells: Cells) -> bytes:
        numbered = enumerate(cells, start=1)
        rows = [list(head), *([*(cell.replace("#", str(number)) for cell in before), *row] for number, row in numbered)]
        data = "".join(f"<row>{''.join(map(_xlsx_cell, row))}</row>" for row in rows)
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        sheet = f'<worksheet xmlns="{main}"><sheetData>{data}</sheetData></worksheet>'
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, part in _workbook_parts().items():
                archive.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else part)
        return file.getvalue()

    return make


def _json(cells: Cells) -> bytes:
    rows = [
        {"id": number, "submitdate": "1980-01-01 00:00:00", "lastpage": 1, "startlanguage": "en",
         **{f"q{place}": cell for place, cell in enumerate(row)}}
        for number, row in enumerate(cells, start=1)
    ]  # fmt: skip
    return json.dumps({"responses": rows}).encode()


def _qualtrics_response(number: int, row: Sequence[str]) -> dict[str, object]:
    own = {"endDate": "2026-11-12T09:00:00Z", "status": 0, "finished": 1, "recordedDate": "2026-11-12T09:00:00Z"}
    answers = {f"QID{place}": cell for place, cell in enumerate(row)}
    return {"responseId": f"R_{number}", "values": {**own, "_recordId": f"R_{number}", **answers}, "labels": {}}


def _qualtrics_json(cells: Cells) -> bytes:
    responses = [_qualtrics_response(number, row) for number, row in enumerate(cells)]
    return json.dumps({"responses": responses}).encode()


def _qualtrics_ndjson(cells: Cells) -> bytes:
    lines = [json.dumps(_qualtrics_response(number, row)) for number, row in enumerate(cells)]
    return "\n".join(lines).encode()


def _kobo_json(cells: Cells) -> bytes:
    results = [
        {"_id": number, "_uuid": f"u{number}", "_submission_time": "2026-11-12T09:00:00", "_notes": [],
         "_validation_status": {}, **{f"group/q{place}": cell for place, cell in enumerate(row)}}
        for number, row in enumerate(cells)
    ]  # fmt: skip
    return json.dumps({"count": len(results), "next": None, "results": results}).encode()


def _zipped(make: Maker) -> Maker:
    def zipped(cells: Cells) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("pulse.csv", make(cells))
            archive.writestr("pulse-causes.csv", "cause,PARENT_KEY,KEY\nnoise,k-1,k-1/c\n")
        return file.getvalue()

    return zipped


def _sav(cells: Cells) -> bytes:
    names = (*_LIME, *Q)
    rows = [[*(cell.replace("#", str(number)) for cell in _LIME_ROW), *row] for number, row in enumerate(cells)]
    with tempfile.NamedTemporaryFile(suffix=".sav") as file:
        pyreadstat.write_sav(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"), file.name)
        return Path(file.name).read_bytes()


def _parquet(cells: Cells) -> bytes:
    file = io.BytesIO()
    columns = {name: [row[place] for row in cells] for place, name in enumerate(("unit_id", "bo1", "st1"))}
    pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).write_parquet(file)
    return file.getvalue()


def _utf16(make: Maker) -> Maker:
    return lambda cells: make(cells).decode().encode("utf-16")


Q = ("q0", "q1", "q2")
TEXTS = ("Which team?", "How burned out?", "How stressed?")
_LIME = ("id", "submitdate", "lastpage", "startlanguage")
_LIME_ROW = ("#", "1980-01-01 00:00:00", "2", "en")
_IDS = tuple(f'{{"ImportId":"{name}"}}' for name in ("endDate", "status", "finished", "_recordId", *Q))
_QUALTRICS = ("EndDate", "Status", "Finished", "ResponseId")
_QUALTRICS_ROW = ("2026-11-12 09:00:00", "IP Address", "1", "R_#")
_LEGACY = ("V1", "V2", "V10")
_KOBO = ("_id", "_uuid", "_submission_time", "_index")
_KOBO_ROW = ("#", "uuid-#", "2026-11-12T09:00:00", "#")
_ODK = ("KEY", "SubmitterID", "FormVersion")

# fmt: off
SEEDS: Mapping[str, Maker] = {
    "limesurvey_csv": _csv([[*_LIME, *Q]], _LIME_ROW, (), ";"),
    "limesurvey_full": _csv(
        [["Response ID", "Date submitted", "Last page", "Start language", *TEXTS]], _LIME_ROW, (), ","
    ),
    "limesurvey_vv": _csv([["a", "b", "c", "d", *TEXTS], [*_LIME, *Q]], _LIME_ROW, (), "\t"),
    "limesurvey_xlsx": _xlsx([*_LIME, *Q], _LIME_ROW),
    "limesurvey_json": _json,
    "qualtrics": _csv([[*_QUALTRICS, *Q], ["End", "Type", "Finished", "Id", *TEXTS], list(_IDS)], _QUALTRICS_ROW, ()),
    "qualtrics_legacy": _csv([[*_LEGACY, *Q], ["ResponseID", "ResponseSet", "Finished", *TEXTS]],
                             ("R_#", "s", "1"), ()),
    "qualtrics_tsv": _utf16(
        _csv([[*_QUALTRICS, *Q], ["End", "Type", "Finished", "Id", *TEXTS], list(_IDS)], _QUALTRICS_ROW, (), "\t")
    ),
    "redcap": _csv([["record_id", "redcap_survey_identifier", *Q, "pulse_complete"]], ("#", ""), ("2",)),
    "redcap_labels": _csv([["Record ID", "Survey Identifier", "Event Name", *TEXTS, "Complete?"]],
                          ("#", "", "E"), ("Complete",)),
    "msforms_xlsx": _xlsx(["ID", "Start time", "Completion time", *TEXTS],
                          ("#", "2026-11-12 08:59:00", "2026-11-12 09:00:00")),
    "googleforms": _csv([["Timestamp", *TEXTS]], ("2026/11/12 9:00:00 AM GMT+1",), ()),
    "surveymonkey": _csv(
        [["Respondent ID", "End Date", *TEXTS], ["", "", "Response", "Response", "Response"]],
        ("#", "11/12/2026 09:00:00"), (),
    ),
    "surveymonkey_expanded": _csv(
        [["Respondent ID", "End Date", "Which team?", "", ""], ["", "", "Fern", "Moss", "Alder"]],
        ("#", "11/12/2026 09:00:00"), (),
    ),
    "kobo": _csv([[*Q, *_KOBO]], (), _KOBO_ROW, ";"),
    "kobo_xlsx": _xlsx([*_KOBO, *Q], _KOBO_ROW),
    "odk": _csv([["SubmissionDate", *Q, *_ODK]], ("2026-11-12T09:00:00Z",), ("k-#", "1", "v")),
    "odk_zip": _zipped(_csv([["SubmissionDate", *Q, *_ODK]], ("2026-11-12T09:00:00Z",), ("k-#", "1", "v"))),
    "kobo_json": _kobo_json,
    "qualtrics_json": _qualtrics_json,
    "qualtrics_ndjson": _qualtrics_ndjson,
    "limesurvey_sav": _sav,
    "typeform": _csv([["#", *TEXTS, "Start Date (UTC)", "Submit Date (UTC)", "Network ID"]], ("h#",),
                     ("2026-11-12 08:59:00", "2026-11-12 09:00:00", "n#")),
    "formbricks": _csv(
        [["Response ID", "Timestamp", "Finished", "Survey ID", "Formbricks ID (internal)", *TEXTS]],
        ("r#", "2026-11-12 09:00:00", "Yes", "s", "f#"), (),
    ),
    "tidy_csv": _csv([["unit_id", "bo1", "st1"]], (), ()),
    "tidy_parquet": _parquet,
    "table_csv": _csv([["team", "burned", "stressed"]], (), (), "|"),
}  # fmt: skip
