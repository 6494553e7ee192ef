"""Writes data/samples/first_hour: an invented organisation and a LimeSurvey export with the faults of a first hour.

Run it with `python -m tests.integration.make_first_hour`; the files are committed, so that the transcript test
reads what a steward would hold in hands.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from flows.demo.answers import DemoRow, demo_rows
from flows.demo.organisation import demo_teams, units_csv
from surveys.instrument import Catalogue, CodedAnswer
from surveys.load import load_catalogue

FOLDER = Path(__file__).parents[2] / "data" / "samples" / "first_hour"
ITEMS = ("bo1", "ee1", "cas1", "psy1", "sup2", "wlb1", "gad_1", "gad_2", "phq_1", "phq_2")
METADATA = {
    "id": "Response ID",
    "submitdate": "Date submitted",
    "lastpage": "Last page",
    "startlanguage": "Start language",
    "seed": "Seed",
}
STRESS = "How often is your work stressful?"
STRESS_STEPS = ("Rarely", "Now and then", "Often", "All the time")
OWN = {
    "How well does the new rota suit you?": ("Not at all", "A little", "Well", "Very well"),
    "Is parking at your site a problem for you?": ("No", "Sometimes", "Yes"),
}
FREE_TEXT = "Is there anything else you want to say?"
INCOMPLETE_N, UNKNOWN_N = 14, 9


def main() -> None:
    """Write the three files."""
    catalogue, teams = load_catalogue(), demo_teams(8)
    names = {team.unit_id: team.name for team in teams}
    FOLDER.mkdir(parents=True, exist_ok=True)
    good = units_csv(teams)
    (FOLDER / "units.csv").write_text(good, "utf-8")
    (FOLDER / "units_with_a_slip.csv").write_text(
        good.replace(",acute-wards,Ward Iris", ",acute-ward,Ward Iris"), "utf-8"
    )
    rows = [row for row in demo_rows(catalogue, teams, 0) if row.unit_id in names]
    text = export(catalogue, rows, names)
    (FOLDER / "pulse_november.csv").write_text(text, "utf-8", newline="")


def export(catalogue: Catalogue, rows: list[DemoRow], names: dict[str, str]) -> str:
    """LimeSurvey CSV, full headings, long answers, English."""
    random = np.random.default_rng(11)
    questions = [catalogue.items[item].text["en"] for item in ITEMS]
    heads = [*METADATA.values(), "Which team do you work in?", *questions, STRESS, *OWN, FREE_TEXT]
    house = [index for index, row in enumerate(rows) if names[row.unit_id] == "House Marigold"][:UNKNOWN_N]
    incomplete = {int(index) for index in random.choice(len(rows), 2 * INCOMPLETE_N, replace=False)} - set(house)
    stopped = set(sorted(incomplete)[:INCOMPLETE_N])
    lines = [";".join(f'"{head}"' for head in heads)]
    for number, row in enumerate(rows):
        unit = "Haus Marigold" if number in house else names[row.unit_id]
        answers = [_label(catalogue, item, row.answers[item]) for item in ITEMS]
        date = None if number in stopped else "1980-01-01 00:00:00"
        extra = [STRESS_STEPS[int(random.integers(4))], *(own[int(random.integers(len(own)))] for own in OWN.values())]
        cells = [
            str(number + 1),
            date,
            "1" if number in stopped else "3",
            "en",
            str(random.integers(10**8, 2 * 10**9)),
            unit,
            *(answers if number not in stopped else [None] * len(answers)),
            *extra,
            None,
        ]
        lines.append(";".join("" if cell is None else f'"{cell}"' for cell in cells))
    return "\ufeff" + "\r\n".join([*lines, ""])


def _label(catalogue: Catalogue, item_id: str, code: str | None) -> str | None:
    answer = catalogue.items[item_id].answer
    if code is None or not isinstance(answer, CodedAnswer):
        return None
    if code == "not_applicable":
        return (answer.not_applicable or {}).get("en")
    return next((option.label["en"] for option in answer.options if str(option.code) == code), "Prefer not to say")


if __name__ == "__main__":
    main()
