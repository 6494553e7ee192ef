"""The first hour of a data steward, as far as its commands exist: what is said, and the exit codes."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli import main

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "first_hour"


def quorum(workspace: Path, *arguments: str) -> tuple[int, str]:
    """Run the command in the workspace; exit code, and everything it printed, progress first."""
    if arguments[0] == "run":
        return quorum_in_a_process(workspace, *arguments)
    out, progress = io.StringIO(), io.StringIO()
    with contextlib.chdir(workspace), contextlib.redirect_stdout(out), contextlib.redirect_stderr(progress):
        try:
            main(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, progress.getvalue() + out.getvalue()


def quorum_in_a_process(workspace: Path, *arguments: str) -> tuple[int, str]:
    """The same in a process of its own: Prefect's home is fixed once a process."""
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *arguments],
        cwd=workspace,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stderr + done.stdout
    assert "Traceback" not in said
    return done.returncode, said


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """The whole hour, step by step; what each command answered, by a name of the moment."""
    place = tmp_path_factory.mktemp("first_hour")
    workspace = place / "northfield"
    said = {"init": quorum(place, "init", "northfield")}
    shutil.copy(SAMPLES / "pulse_november.csv", workspace)
    shutil.copy(SAMPLES / "units_with_a_slip.csv", workspace / "units.csv")
    said["plan with a slip"] = quorum(workspace, "plan")
    shutil.copy(SAMPLES / "units.csv", workspace)
    said["plan"] = quorum(workspace, "plan")
    said["map"] = quorum(workspace, "map", "pulse_november.csv")
    said["check while a line is open"] = quorum(workspace, "check", "pulse_november.csv")
    settle(workspace / "maps" / "pulse_november.yaml", accepts_unit=False)
    said["check"] = quorum(workspace, "check", "pulse_november.csv")
    settle(workspace / "maps" / "pulse_november.yaml", accepts_unit=True)
    said["check again"] = quorum(workspace, "check", "pulse_november.csv")
    before = sorted(path.name for path in (workspace / "data" / "released").iterdir())
    said["released before the run"] = (len(before), "")
    said["run"] = quorum(workspace, "run", "--wave", "2026-11", "pulse_november.csv")
    said["run again"] = quorum(workspace, "run", "--wave", "2026-11", "pulse_november.csv")
    said["verify"] = quorum(workspace, "verify")
    said["audit"] = quorum(workspace, "audit")
    said["init again"] = quorum(place, "init", "northfield")
    return said


def settle(column_map: Path, *, accepts_unit: bool) -> None:
    """What the steward does in the editor: stress is not st1; the misspelt house is left open, then taken."""
    lines = []
    for line in column_map.read_text("utf-8").splitlines():
        if line.lstrip().startswith(("st1:", "# own_")):
            continue
        if "Haus Marigold" in line:
            continue
        lines.append(line)
        if accepts_unit and line.strip() == "values:":
            lines.append('    "Haus Marigold": inp-marigold')
    column_map.write_text("\n".join(lines) + "\n", "utf-8")


def test_init_says_what_it_made_and_what_comes_next(hour: dict[str, tuple[int, str]]) -> None:
    code, said = hour["init"]
    assert code == 0
    assert "keys/ (yours alone: copy it to a second safe place)" in said
    assert "quorum plan" in said


def test_a_slip_in_the_units_is_named_with_the_nearest_unit(hour: dict[str, tuple[int, str]]) -> None:
    code, said = hour["plan with a slip"]
    assert code == 14
    assert 'parent_id "acute-ward" is not a unit. Nearest: "acute-wards". Nothing was changed.' in said


def test_plan_counts_people_and_forecasts_each_least_group_size(hour: dict[str, tuple[int, str]]) -> None:
    code, said = hour["plan"]
    assert code == 0
    assert "835 people in 60 teams, 8 departments, 3 divisions. 60 % response assumed" in said
    assert re.search(r"own row +42 teams +21 teams +0 teams", said)


def test_map_drafts_and_asks_where_it_is_not_sure(hour: dict[str, tuple[int, str]]) -> None:
    code, said = hour["map"]
    assert code == 0
    assert "LimeSurvey CSV, full headings, English. 616 rows, 20 columns." in said
    assert "id, submitdate, lastpage, startlanguage, seed" in said
    assert '"How often is your work stressful?"  looks like st1 (0.85): the answers have 4 steps, st1 has 5' in said
    assert "10 items by the wording of question and answers" in said
    assert "2 questions of your own (drafted in instruments/own.yaml, tier sensitive" in said


def test_check_stops_while_a_line_is_open(hour: dict[str, tuple[int, str]]) -> None:
    code, said = hour["check while a line is open"]
    assert code == 11
    assert "a line has to be settled first" in said


def test_check_accounts_for_every_row_and_stores_nothing(hour: dict[str, tuple[int, str]]) -> None:
    code, said = hour["check"]
    assert code == 0
    assert "616 read = 593 accepted + 9 quarantined + 14 incomplete + 0 blank." in said
    assert "Test, late, other_wave: cannot be told from this file" in said
    assert '"Haus Marigold" (9)   nearest: "House Marigold" (inp-marigold)' in said
    assert "no stress item in this wave: the trend of stress will have a gap" in said
    assert said.rstrip().endswith("Nothing was stored.")
    assert hour["released before the run"][0] == 0


def test_a_mended_map_accepts_the_rows(hour: dict[str, tuple[int, str]]) -> None:
    code, said = hour["check again"]
    assert code == 0
    assert "616 read = 602 accepted + 0 quarantined + 14 incomplete + 0 blank." in said
    assert "Audit: nothing below k derivable." in said


def test_run_releases_signs_and_reminds_of_the_plain_export(hour: dict[str, tuple[int, str]]) -> None:
    code, said = hour["run"]
    assert code == 0
    assert "Released 2026-11: signed" in said
    assert 'quorum retract --wave 2026-11 --reason "…"' in said
    assert "Answers: encrypted, to be destroyed on" in said
    assert "with 616 answers in plain text" in said


def test_a_wave_is_released_once(hour: dict[str, tuple[int, str]]) -> None:
    code, said = hour["run again"]
    assert code == 15
    assert "Wave 2026-11 is released as 2026-11, from this same input. Nothing to do." in said


def test_the_release_verifies_and_withstands_the_audit(hour: dict[str, tuple[int, str]]) -> None:
    assert hour["verify"][0] == 0
    assert "2026-11: checksums good, signature good, policy standard 5/10/20, not below the floors" in hour["verify"][1]
    assert hour["audit"][0] == 0
    assert "nothing below k derivable" in hour["audit"][1]


def test_init_never_overwrites(hour: dict[str, tuple[int, str]]) -> None:
    code, said = hour["init again"]
    assert code == 0
    assert "Nothing was changed." in said
