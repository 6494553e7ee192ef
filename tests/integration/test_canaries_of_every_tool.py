"""Names, addresses, tokens and places in every column where a survey tool puts them: in no byte that Quorum writes.

One wave takes one export of every format; each holds canaries in all of its identifying columns and in its comments.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import polars as pl
import pyreadstat
import pytest

from flows.zones import Zones, open_store
from tests.integration import canaries
from tests.integration.release_without_prefect import ANSWERS, NORTHFIELD, new_workspace, quorum

WAVE = "2026-11"
CANARY = ""
"""Stands in a row for: a canary of this column."""
Table = list[list[str]]
Format = Callable[[Table, int], bytes]


@dataclass(frozen=True, slots=True)
class Export:
    """Columns of a tool, name to constant cell or canary; `heads`: further heading rows by column; `to_bytes`."""

    columns: Mapping[str, str]
    to_bytes: Format
    heads: Callable[[str], tuple[str, ...]] = lambda name: ()
    is_below: bool = True


def _csv(delimiter: str = ",", encoding: str = "utf-8") -> Format:
    def to_bytes(rows: Table, heads_n: int) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
        return text.getvalue().encode(encoding)

    return to_bytes


def _xlsx(rows: Table, heads_n: int) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def _records(rows: Table) -> list[dict[str, str]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _limesurvey_json(rows: Table, heads_n: int) -> bytes:
    return json.dumps({"responses": _records(rows)}).encode()


def _qualtrics_json(rows: Table, heads_n: int) -> bytes:
    found = [
        {"responseId": row["_recordId"], "values": row, "labels": {"QID9_TEXT": row["QID9_TEXT"]}}
        for row in _records(rows)
    ]
    return json.dumps({"responses": found}).encode()


def _qualtrics_ndjson(rows: Table, heads_n: int) -> bytes:
    return "\n".join(json.dumps(response) for response in json.loads(_qualtrics_json(rows, 1))["responses"]).encode()


def _kobo_json(rows: Table, heads_n: int) -> bytes:
    results = [{**row, "_notes": [row["_notes"]], "_geolocation": [row["_geolocation"], 8.5]} for row in _records(rows)]
    return json.dumps({"count": len(results), "next": None, "results": results}).encode()


def _odk_zip(rows: Table, heads_n: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("pulse.csv", _csv()(rows, 1))
        archive.writestr("pulse-people.csv", f"who,PARENT_KEY,KEY\n{_canary('zip', 'who', 0)},k,k/1\n")
    return file.getvalue()


def _sav(rows: Table, heads_n: int) -> bytes:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".sav") as file:
        pyreadstat.write_sav(pd.DataFrame(rows[1:], columns=rows[0]), file.name)
        return Path(file.name).read_bytes()


def _parquet(rows: Table, heads_n: int) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(rows[1:], schema=rows[0], orient="row").write_parquet(file)
    return file.getvalue()


def _hidden(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, CANARY)


LIME = {"id": "#", "submitdate": "2026-11-05 10:00:00", "lastpage": "3", "startlanguage": "en", "seed": "77#",
        **_hidden("token", "ipaddr", "refurl", "firstname", "lastname", "email", "attribute_1",
                  "participant_id", "comment")}  # fmt: skip
LIME_TEXT = {"Response ID": "#", "Date submitted": "2026-11-05 10:00:00", "Last page": "3", "Start language": "en",
             **_hidden("Access code", "IP address", "Referrer URL", "What else?")}  # fmt: skip
QUALTRICS = {"EndDate": "2026-11-05 10:00:00", "Status": "0", "Finished": "1", "Progress": "100",
             **_hidden("ResponseId", "IPAddress", "RecipientLastName", "RecipientFirstName", "RecipientEmail",
                       "ExternalReference", "LocationLatitude", "LocationLongitude", "UserLanguage", "Q9_TEXT",
                       "Q_RelevantIDDuplicate", "Participant Name", "costcentre")}  # fmt: skip
QUALTRICS_API = {"endDate": "2026-11-05T10:00:00Z", "status": "0", "finished": "1",
                 "recordedDate": "2026-11-05T10:00:00Z",
                 **_hidden("_recordId", "ipAddress", "locationLatitude", "locationLongitude", "recipientEmail",
                           "QID9_TEXT")}  # fmt: skip
REDCAP = {"record_id": "#", **_hidden("redcap_survey_identifier", "redcap_data_access_group", "email", "comment",
          "pulse_timestamp"),
          "pulse_complete": "2"}  # fmt: skip
FORMS = {"ID": "#", "Start time": "2026-11-05 10:00:00", "Completion time": "2026-11-05 10:01:00",
         **_hidden("Email", "Name", "Last modified time", "What else?")}  # fmt: skip
GOOGLE = {"Timestamp": "2026/11/05 10:00:00 AM GMT+1", **_hidden("Email Address", "Username", "Score", "What else?")}
MONKEY = {"Respondent ID": "#", "End Date": "11/05/2026 10:00:00",
          **_hidden("Collector ID", "IP Address", "Email Address",
          "First Name", "Last Name", "Custom Data 1", "What else?")}  # fmt: skip
KOBO = {"_uuid": "u#", "_submission_time": "2026-11-05T10:00:00", "_index": "#",
        **_hidden("_id", "_submitted_by", "username", "deviceid", "phonenumber", "simserial", "audit", "_geolocation",
                  "_home_latitude", "_home_longitude", "meta/instanceID", "meta/instanceName", "_notes", "_tags",
                  "comment")}  # fmt: skip
ODK = {"SubmissionDate": "2026-11-05T10:00:00Z", "KEY": "k#", "FormVersion": "1",
       **_hidden("SubmitterID", "SubmitterName", "DeviceID", "meta-instanceID", "comment")}  # fmt: skip
TYPEFORM = {
    "#": "h#",
    "Submit Date (UTC)": "2026-11-05 10:00:00",
    **_hidden("Network ID", "Tags", "user_id", "What else?"),
}
FORMBRICKS = {"Response ID": "r#", "Timestamp": "2026-11-05 10:00:00", "Finished": "Yes", "Survey ID": "s",
              **_hidden("Formbricks ID (internal)", "User ID", "Verified Email", "url", "source", "userAgent - browser",
                        "country", "ipAddress", "4. What else?")}  # fmt: skip
PLAIN = _hidden("Name", "E-Mail", "Phone", "IP-Adresse", "Personalnummer", "position_latitude", "Kommentar")


def _import_id(name: str) -> tuple[str, ...]:
    return f"Text of {name}", f'{{"ImportId":"{name}"}}'


def _response(name: str) -> tuple[str, ...]:
    return ("" if name in MONKEY and name != "What else?" else "Response",)


EXPORTS: Mapping[str, Export] = {
    "limesurvey_csv": Export(LIME, _csv(";", "utf-8-sig")),
    "limesurvey_text": Export(LIME_TEXT, _csv()),
    "limesurvey_vv": Export(LIME, _csv("\t"), lambda name: (f"Text of {name}",), is_below=False),
    "limesurvey_xlsx": Export(LIME, _xlsx),
    "limesurvey_json": Export(LIME, _limesurvey_json),
    "limesurvey_sav": Export(LIME, _sav),
    "qualtrics_csv": Export(QUALTRICS, _csv(), _import_id),
    "qualtrics_tsv": Export(QUALTRICS, _csv("\t", "utf-16"), _import_id),
    "qualtrics_json": Export(QUALTRICS_API, _qualtrics_json),
    "qualtrics_ndjson": Export(QUALTRICS_API, _qualtrics_ndjson),
    "redcap_raw": Export(REDCAP, _csv()),
    "msforms_xlsx": Export(FORMS, _xlsx),
    "google_csv": Export(GOOGLE, _csv()),
    "monkey_csv": Export(MONKEY, _csv(), _response),
    "kobo_csv": Export(KOBO, _csv(";")),
    "kobo_xlsx": Export(KOBO, _xlsx),
    "kobo_json": Export(KOBO, _kobo_json),
    "odk_csv": Export(ODK, _csv()),
    "odk_zip": Export(ODK, _odk_zip),
    "typeform_csv": Export(TYPEFORM, _csv()),
    "formbricks_csv": Export(FORMBRICKS, _csv()),
    "plain_csv": Export(PLAIN, _csv("|")),
    "plain_xlsx": Export(PLAIN, _xlsx),
    "plain_parquet": Export(PLAIN, _parquet),
    "plain_utf16": Export(PLAIN, _csv("\t", "utf-16")),
}


def _canary(name: str, column: str, row: int) -> str:
    """A value of the kind that stands in such a column, which no other file holds."""
    number = 1000 + list(EXPORTS).index(name) * 10 + row if name in EXPORTS else 9999
    folded = column.casefold()
    place = sum(ord(sign) for sign in folded) % 97
    if "mail" in folded:
        return f"nebelhorn{number}.{place}@quasten.example"
    if folded.startswith("ip") or folded.endswith("ipaddress"):
        return f"203.0.{number % 250}.{place}:{number}"
    if "latitude" in folded or "longitude" in folded or "geo" in folded:
        return f"47.{number}{place}8153"
    if "name" in folded:
        return f"Ottilie{number} Quastenflosser{place}"
    return f"kaleidoskop-{number}-{place}"


def _write(folder: Path, name: str, units: Sequence[str]) -> Path:
    """An export with one row a unit."""
    export = EXPORTS[name]
    columns = {**export.columns, f"team_{name}": "", f"burned_{name}": ""}
    heads = [[column, *export.heads(column)] for column in columns]
    rows = [list(head) for head in zip(*heads, strict=True)]
    if not export.is_below:
        rows.reverse()
    heads_n = len(rows)
    for number, unit in enumerate(units):
        cells = [
            constant.replace("#", str(number + 1)) if constant else _canary(name, column, number)
            for column, constant in export.columns.items()
        ]
        rows.append([*cells, unit, str(1 + number % 5)])
    path = folder / f"{name}.bin"
    path.write_bytes(export.to_bytes(rows, heads_n))
    return path


def _names(name: str) -> tuple[str, str]:
    """Unit and item column as the reader calls them (LimeSurvey's codes hold no underscore)."""
    if name.startswith("limesurvey") and name != "limesurvey_text":
        family = name.removeprefix("limesurvey_")
        return f"team[limesurvey_{family}]", f"burned[limesurvey_{family}]"
    return f"team_{name}", f"burned_{name}"


def _map(name: str) -> str:
    unit, item = _names(name)
    return f'tool: own\nunit: {{ column: "{unit}" }}\nitems:\n  bo1: {{ column: "{item}" }}\n'


@dataclass(frozen=True, slots=True)
class Stored:
    """A workspace after one wave of every format, and all that was said."""

    root: Path
    said: str


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    folder = tmp_path_factory.mktemp("tools")
    root = new_workspace(folder / "workspace", units=NORTHFIELD, maps={name: _map(name) for name in EXPORTS})
    units: Iterator[str] = iter([unit for unit, n in ANSWERS.items() for _ in range(n)])
    shares = {name: [unit for unit, _ in zip(units, range(2), strict=False)] for name in EXPORTS}
    shares = {name: share or ["ALDER"] for name, share in shares.items()}
    files = [_write(folder, name, share) for name, share in shares.items()]
    outcomes = [quorum(command, "--wave", WAVE, "--workspace", root, *files) for command in ("check", "run")]
    outcomes += [quorum("map", "--workspace", root, file) for file in files]
    assert [outcome.code for outcome in outcomes[:2]] == [0, 0], outcomes[0].text + outcomes[1].text
    return Stored(root, "".join(outcome.text for outcome in outcomes))


def _planted() -> list[str]:
    return [
        _canary(name, column, row)
        for name, export in EXPORTS.items()
        for column, constant in export.columns.items()
        if constant == CANARY
        for row in range(2)
    ]


def test_every_export_holds_its_canaries(stored: Stored) -> None:
    found = {
        hit.split(": ")[0] for hit in canaries.found_below(stored.root.parent, _planted(), list(stored.root.rglob("*")))
    }
    packed = {name for name in EXPORTS if name.endswith(("xlsx", "zip", "sav", "parquet"))}
    assert {f"{name}.bin" for name in EXPORTS if name not in packed} <= found


def test_no_byte_that_was_written_holds_an_identity_of_any_tool(stored: Stored) -> None:
    assert canaries.found_below(stored.root, _planted()) == []


def test_no_message_of_any_command_holds_an_identity(stored: Stored) -> None:
    assert [text for text in _planted() if text in stored.said] == []


def test_the_encrypted_store_holds_the_answers_of_every_tool_and_no_identity(stored: Stored) -> None:
    zones = Zones(stored.root)
    key = zones.wave_key_file(WAVE).read_text().strip()
    with open_store(zones.wave_store(WAVE), key, zones.spill) as con:
        tables = [row[0] for row in con.execute("select table_name from duckdb_tables()").fetchall()]
        content = "\n".join(repr(con.execute(f'select * from "{table}"').fetchall()) for table in tables)
        (answers_n,) = con.execute("select count(*) from response").fetchone() or (0,)
    assert answers_n > len(EXPORTS)
    assert [text for text in _planted() if text in content] == []
