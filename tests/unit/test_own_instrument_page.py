"""The page on own instruments, followed step by step in a new workspace with a scale that is not shipped."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from flows.cli import quorum
from flows.commands.init import SETTINGS, init_workspace
from flows.score.score import score_answers
from surveys.load import load_catalogue

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "add-your-own-instrument.md").read_text("utf-8")
SIGNPOST = 'signpost = { emergency = "112", crisis = "1", workplace = "2", professional = "3", safeguarding = "4" }'


def block(language: str) -> str:
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("workspace")
    init_workspace(root)
    (root / "instruments" / "handover.yaml").write_text(block("yaml"), "utf-8")
    (root / "invented.csv").write_text(block("csv"), "utf-8")
    settings = SETTINGS.replace("signpost = { }", SIGNPOST).replace('languages = ["en"]', 'languages = ["en", "de"]')
    (root / "quorum.toml").write_text(f"{settings}\n{block('toml')}", "utf-8")
    return root


def run(root: Path, command: str) -> str:
    assert command in PAGE
    arguments = command.replace("invented.csv", str(root / "invented.csv")).split()[1:]
    result = CliRunner().invoke(quorum, ["--workspace", str(root), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_nothing_of_the_example_is_shipped() -> None:
    catalogue = load_catalogue()
    assert not {"hand1", "hand2", "hand3"} & set(catalogue.items)
    assert "handover" not in {instrument.id for instrument in catalogue.instruments}


def test_the_check_accepts_all_rows_and_counts_the_value_that_is_no_code(workspace: Path) -> None:
    output = run(workspace, "quorum check invented.csv --wave 2026-11")
    assert "4 read = 4 accepted" in output
    assert re.search(r"value faults 1 .*hand2", output)


def test_the_scores_are_those_that_the_page_works_out(workspace: Path) -> None:
    catalogue = load_catalogue(workspace / "instruments")
    measure = catalogue.measures["handover_quality"]
    answers = pl.read_csv(workspace / "invented.csv").drop("unit_id").with_columns(pl.all().replace(9, None))
    units = score_answers(answers.cast(pl.Int16), [measure], catalogue.items)["handover_quality"].to_list()
    whole = max(unit for unit in units if unit is not None)
    assert [None if unit is None else 2 * unit / whole for unit in units] == [2, 1.5, None, 1]


def test_the_plan_and_the_questionnaire_ask_it(workspace: Path) -> None:
    run(workspace, "quorum plan")
    run(workspace, "quorum survey export --to csv --wave 2026-11")
    template = (workspace / "questionnaires" / "2026-11" / "2026-11_template.csv").read_text("utf-8")
    assert template == "unit_id,bo1,st1,ee1,hand1,hand2,hand3\n"


def test_a_language_that_it_lacks_is_listed(workspace: Path) -> None:
    result = CliRunner().invoke(
        quorum, ["--workspace", str(workspace), "survey", "languages", "--wave", "2026-11", "--json"]
    )
    reports = {report["language"]: report for report in json.loads(result.output)}
    assert {item["item_id"]: item["shown_in"] for item in reports["de"]["items"]}["hand1"] == "de"
    assert [item["item_id"] for item in reports["de"]["items"] if item["falling_back"]] == ["bo1", "st1", "ee1"]
