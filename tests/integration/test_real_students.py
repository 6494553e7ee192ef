"""783 medical students with uncleaned items: faults are counted, nothing is lost, scores are the known ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from flows.account import Account
from flows.score.score import score_answers
from flows.steps import collect_step, validate_step
from flows.validate.validate import ItemAccount
from flows.workbench import open_workbench, sources_of
from flows.zones import memory_store
from tests.integration.real_data import FOLDER, expected, needs_real_data
from tests.integration.release_without_prefect import new_workspace

pytestmark = needs_real_data
FILE = "mx_medstudents_phq8_gad7_items.csv"
ENROLLED = (1299, 1285, 1061, 930)
ITEMS = {f"{name}_{place}": f"{name}{place}" for name, n in (("phq", 8), ("gad", 7)) for place in range(1, n + 1)}
MEASURES = {"phq2": 3, "gad2": 3, "phq4": 6}


@dataclass(frozen=True)
class Students:
    """What validation found, and scores in points: unit_id and one column a measure, one row a student."""

    account: Account
    items: dict[str, ItemAccount]
    value_faults_n: int
    scores: pl.DataFrame


def _column_map() -> str:
    years = ", ".join(f"{year}: year-{year}" for year in range(1, 5))
    lines = ["tool: own", f"unit: {{ column: unit, values: {{ {years} }} }}", "items:"]
    return "\n".join([*lines, *(f"  {item}: {{ column: {column} }}" for item, column in ITEMS.items())]) + "\n"


def _units() -> Iterator[tuple[str, str, str, int]]:
    yield "school", "", "School", 0
    for year, enrolled_n in enumerate(ENROLLED, start=1):
        yield f"year-{year}", "school", f"Year {year}", enrolled_n


@pytest.fixture(scope="module")
def students(tmp_path_factory: pytest.TempPathFactory) -> Students:
    root = new_workspace(tmp_path_factory.mktemp("students") / "w", _units(), maps={"students": _column_map()})
    bench = open_workbench(root, "2016")
    sources = sources_of(bench, [str(Path(FOLDER) / FILE)])
    with memory_store() as con:
        checked = validate_step(con, bench, collect_step(con, bench, sources), sources)
        answers = con.table("response").pl()
    measures = [bench.catalogue.measures[name] for name in MEASURES]
    scores = score_answers(answers, measures, bench.catalogue.items)
    items = {item.item_id: item for item in checked.validated.items}
    return Students(
        checked.account,
        items,
        checked.validated.value_faults_n,
        pl.concat([answers.select("unit_id"), scores], how="horizontal"),
    )


def test_every_row_is_accepted(students: Students) -> None:
    assert (students.account.read, students.account.accepted) == (783, 783)


def test_the_impossible_value_is_one_value_fault(students: Students) -> None:
    faults = {item_id: item.faults_n for item_id, item in students.items.items() if item.faults_n}
    assert faults == {"gad_5": 1}
    assert students.value_faults_n == 1


def test_the_35_missing_cells_are_counted_as_skipped(students: Students) -> None:
    assert sum(item.skipped_n for item in students.items.values()) == 35


def test_every_cell_of_the_file_is_accounted_for(students: Students) -> None:
    assert {item.answered_n + item.skipped_n + item.faults_n for item in students.items.values()} == {783}


@pytest.mark.parametrize("measure", MEASURES)
def test_scores_have_the_known_n_and_mean(students: Students, measure: str) -> None:
    column = students.scores[measure].drop_nulls()
    assert column.len() == expected(FILE, measure, "all", "n")
    assert column.mean() == pytest.approx(expected(FILE, measure, "all", "mean"), abs=1e-6)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("year", [1, 2, 3, 4])
def test_each_school_year_has_the_known_n_and_mean(students: Students, measure: str, year: int) -> None:
    column = students.scores.filter(pl.col("unit_id") == f"year-{year}")[measure].drop_nulls()
    assert column.len() == expected(FILE, measure, f"unit {year}", "n")
    assert column.mean() == pytest.approx(expected(FILE, measure, f"unit {year}", "mean"), abs=1e-6)


@pytest.mark.parametrize(("measure", "cut_off"), MEASURES.items())
def test_the_share_at_the_cut_off_is_the_known_one(students: Students, measure: str, cut_off: int) -> None:
    column = students.scores[measure].drop_nulls()
    share = expected(FILE, measure, "all", f"share at or above {cut_off}")
    assert (column >= cut_off).mean() == pytest.approx(share, abs=1e-6)
