"""The demo's exports, in the two forms that organisations have: tidy CSV, and LimeSurvey CSV with its column map."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np

from flows.demo.answers import DemoRow
from flows.demo.organisation import ATTACHED, FAMILY, ROLES, SEED, DemoTeam
from surveys.instrument import Catalogue, CodedAnswer

METADATA = ("id", "submitdate", "lastpage", "startlanguage", "seed")
ANONYMISED_DATE = "1980-01-01 00:00:00"
NOT_SAID_CODE, NOT_APPLICABLE_CODE = "PNS", "NA"
ROLE_CODES = {role: f"R{number}" for number, role in enumerate(ROLES, start=1)}


def question_code(item_id: str) -> str:
    """LimeSurvey knows letters and digits only in the code of a question."""
    return f"q{item_id.replace('_', '')}"


def tidy_csv(rows: Sequence[DemoRow], asked: Sequence[str]) -> str:
    """`unit_id`, the role and one column an item; empty is skipped. Only complete rows: this form has no others."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["unit_id", FAMILY, *asked])
    complete = (row for row in rows if row.is_complete)
    writer.writerows([row.unit_id, row.role or "", *(row.answers[item] or "" for item in asked)] for row in complete)
    return out.getvalue()


def limesurvey_csv(rows: Sequence[DemoRow], asked: Sequence[str], wave_number: int) -> str:
    """As an anonymised LimeSurvey survey exports with code headings and short answers: BOM, `;`, CRLF, all quoted."""
    random = np.random.default_rng(SEED + 7 + wave_number)
    lines = [";".join(f'"{name}"' for name in (*METADATA, "team", "role", *map(question_code, asked)))]
    for number, row in enumerate(rows, 1):
        date = ANONYMISED_DATE if row.is_complete else None
        last_page = "3" if row.is_complete else "1"
        seed, role = str(random.integers(10**8, 2 * 10**9)), ROLE_CODES.get(row.role or "")
        head = (str(number), date, last_page, "en", seed, row.unit_id.upper(), role)
        lines.append(";".join(_quoted(cell) for cell in (*head, *(_code(row.answers[item]) for item in asked))))
    return "\ufeff" + "\r\n".join([*lines, ""])


def _code(answer: str | None) -> str | None:
    if answer is None:
        return None
    words = {"prefer_not_to_say": NOT_SAID_CODE, "not_applicable": NOT_APPLICABLE_CODE}
    return words.get(answer, f"A{answer}")


def _quoted(cell: str | None) -> str:
    return "" if cell is None else f'"{cell}"'


def limesurvey_map(catalogue: Catalogue, teams: Sequence[DemoTeam], asked: Sequence[str]) -> str:
    """The column map that reads it back."""
    unit_ids = [team.unit_id for team in teams] + list(ATTACHED)
    lines = ["# The demo's LimeSurvey survey.", "tool: limesurvey", "unit:", "  column: team", "  values:"]
    lines += [f'    "{unit_id.upper()}": {unit_id}' for unit_id in unit_ids]
    roles = ", ".join(f"{code}: {role}" for role, code in ROLE_CODES.items())
    lines += [f"breakdown: {{ column: role, values: {{ {roles} }} }}"]
    lines += ["complete: { column: submitdate, when: not_empty }", "items:"]
    for item_id in asked:
        answer = catalogue.items[item_id].answer
        codes = answer.codes if isinstance(answer, CodedAnswer) else ()
        values = [f"A{code}: {code}" for code in codes] + [f"{NOT_SAID_CODE}: prefer_not_to_say"]
        if isinstance(answer, CodedAnswer) and answer.not_applicable is not None:
            values.append(f"{NOT_APPLICABLE_CODE}: not_applicable")
        lines.append(f"  {item_id}: {{ column: {question_code(item_id)}, values: {{ {', '.join(values)} }} }}")
    lines += [f"drop: [{', '.join(METADATA)}]", "confirm: []"]
    return "\n".join(lines) + "\n"
