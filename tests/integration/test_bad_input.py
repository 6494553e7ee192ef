"""Every bad input ends as one message that says where and what to do, with its exit code, and without any answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.release_without_prefect import NORTHFIELD, bytes_of, new_workspace, quorum, release, write_csv

ANSWER = "47.112358"
"""Stands in an item cell of every file that has one: no message may repeat it."""
GOOD = "unit_id,bo1,st1\n" + "".join(f"ALDER,{1 + n % 5},{1 + n % 4}\n" for n in range(12))
LATIN_1 = GOOD.replace("ALDER,1,1", "ALDER,Überlastet,1").encode("latin-1")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_workspace(tmp_path_factory.mktemp("bad") / "workspace")


BAD_FILES = [
    pytest.param(b"", ("empty",), id="empty file"),
    pytest.param(b"\n\n", ("empty",), id="blank lines only"),
    pytest.param(b"unit_id,bo1,st1\n", ("without a single row",), id="header only"),
    pytest.param(LATIN_1, ("not UTF-8", "line 2", "UTF-8"), id="not UTF-8"),
    pytest.param(GOOD.encode("utf-16"), ("UTF-16",), id="UTF-16"),
    pytest.param(GOOD.replace(",", "#").encode(), ("single column", "comma"), id="wrong delimiter"),
    pytest.param(b"unit_id,bo1,bo1\nALDER,1,2\n", ("columns 2 and 3 have the same heading",), id="duplicate columns"),
    pytest.param(f"unit_id,bo1,stt1\nALDER,{ANSWER},2\n".encode(), ('"stt1"', "Nearest: st1"), id="unknown column"),
    pytest.param(f"unit_id,bo1,age\nALDER,{ANSWER},2\n".encode(), ('"age"',), id="column of no item"),
    pytest.param(f"team,bo1,st1\nALDER,{ANSWER},2\n".encode(), ("quorum map",), id="no unit column and no map"),
    pytest.param(b"unit_id,wave_id\nALDER,w1\n", ("no item column",), id="no item column"),
    pytest.param(f'unit_id,bo1,st1\nALDER,"{ANSWER},2\n'.encode(), ("quote",), id="quote that is not closed"),
    pytest.param(b"unit_id,bo1,st1\nAL\0DER,1,2\n", ("NUL byte", "line 2"), id="NUL byte"),
    pytest.param(b"%PDF-1.7 ...", ("PDF", "CSV"), id="a document"),
    pytest.param(b"PAR1 but not really", ("Parquet",), id="a damaged Parquet file"),
    pytest.param(b'{"answers": []}', ("JSON", "CSV"), id="a JSON file"),
]


@pytest.mark.parametrize(("content", "says"), BAD_FILES)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_bad_file_is_refused_with_11_and_its_name(
    root: Path, tmp_path: Path, command: str, content: bytes, says: tuple[str, ...]
) -> None:
    export = tmp_path / "november.csv"
    export.write_bytes(content)
    said = quorum(command, "--wave", "bad", "--workspace", root, export)
    assert said.code == 11, said.text
    assert "november.csv" in said.err
    assert [words for words in says if words not in said.err] == []
    assert ANSWER not in said.text
    assert not (root / "data" / "restricted" / "waves" / "bad.duckdb").exists()


def test_the_same_file_named_twice_is_refused(root: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(GOOD)
    second.write_text(GOOD)
    said = quorum("check", "--workspace", root, first, second)
    assert said.code == 11
    assert "every answer would count twice" in said.err


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_file_that_is_not_there_is_named(root: Path, tmp_path: Path, command: str) -> None:
    said = quorum(command, "--wave", "w1", "--workspace", root, tmp_path / "nowhere.csv")
    assert said.code == 11
    assert "nowhere.csv" in said.err


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_folder_in_place_of_a_file_is_named(root: Path, tmp_path: Path, command: str) -> None:
    said = quorum(command, "--wave", "w1", "--workspace", root, tmp_path)
    assert said.code == 11
    assert "is a folder" in said.err


def test_a_run_without_files_says_how_to_name_them(root: Path) -> None:
    said = quorum("run", "--wave", "w1", "--workspace", root)
    assert said.code == 2
    assert "quorum run --wave w1 FILE" in said.err


@pytest.mark.parametrize("arguments", [("check",), ("run", "x.csv"), ("nonsense",), ("run", "--wave"), ("--nonsense",)])
def test_a_command_called_wrongly_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert quorum(*arguments).code == 2


def test_a_wave_id_with_a_path_in_it_is_refused(root: Path, tmp_path: Path) -> None:
    said = quorum("run", "--wave", "../../etc", "--workspace", root, tmp_path / "x.csv")
    assert said.code == 2
    assert "letters, digits" in said.err


def test_an_unknown_unit_is_quarantined_counted_and_its_label_shown(root: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text(GOOD + f"Team Aldr,{ANSWER},2\nTeam Aldr,2,2\n")
    said = quorum("check", "--workspace", root, export)
    assert said.code == 0, said.text
    assert "14 read = 12 accepted + 2 quarantined" in said.out
    assert '"Team Aldr" (2)   nearest: "Team Alder" (ALDER)' in said.out
    assert ANSWER not in said.text


def test_an_unknown_code_is_a_value_fault_and_its_row_stays(root: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text(GOOD + f"ALDER,{ANSWER},2\n")
    said = quorum("check", "--workspace", root, export)
    assert said.code == 0, said.text
    assert "13 read = 13 accepted" in said.out
    assert "value faults 1" in said.out
    assert "bo1" in said.out
    assert ANSWER not in said.text


def test_a_row_with_too_few_fields_is_quarantined_and_counted(root: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text(GOOD + f"ALDER,{ANSWER}\n")
    said = quorum("check", "--workspace", root, export)
    assert said.code == 0, said.text
    assert "13 read = 12 accepted + 1 quarantined" in said.out
    assert ANSWER not in said.text


@pytest.mark.parametrize("command", ["check", "run"])
def test_far_more_answers_than_people_are_refused_naming_the_unit(root: Path, tmp_path: Path, command: str) -> None:
    # 9 people: up to 1.2 x 9 + 3 = 13.8 answers
    export = write_csv(tmp_path / "crowd.csv", ("unit_id", "bo1"), [["CEDAR", 3]] * 14)
    said = quorum(command, "--wave", "crowd", "--workspace", root, export)
    assert said.code == 11
    assert 'unit "CEDAR"' in said.err
    assert "9 people" in said.err


def test_a_few_more_answers_than_people_are_accepted_with_a_notice(root: Path, tmp_path: Path) -> None:
    export = write_csv(tmp_path / "busy.csv", ("unit_id", "bo1"), [["CEDAR", n % 5 + 1] for n in range(13)])
    said = quorum("check", "--workspace", root, export)
    assert said.code == 0, said.text
    assert "1 unit has more answers than people" in said.out


TREES = [
    pytest.param((*NORTHFIELD, ("A", "B", "A", 1), ("B", "A", "B", 1)), "each other's parents: A > B > A", id="cycle"),
    pytest.param((*NORTHFIELD, ("A", "A", "A", 1)), "each other's parents: A > A", id="its own parent"),
    pytest.param((*NORTHFIELD, ("SOUTH", "", "Southfield", 1)), 'a second root, "SOUTH"', id="two roots"),
    pytest.param((*NORTHFIELD, ("OAK", "ADLUT", "Team Oak", 8)), 'Nearest: "ADULT"', id="orphan"),
    pytest.param((*NORTHFIELD, ("ALDER", "YOUNG", "Team", 8)), 'unit_id "ALDER" stands already', id="twice"),
    pytest.param((*NORTHFIELD, ("OAK", "ADULT", "Team Oak", "many")), "is no count of people", id="no count"),
    pytest.param((), "no unit", id="no unit"),
]


@pytest.mark.parametrize(("units", "says"), TREES)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_wrong_unit_tree_ends_with_14(
    tmp_path: Path, command: str, units: tuple[tuple[object, ...], ...], says: str
) -> None:
    root, export = new_workspace(tmp_path / "workspace", units), tmp_path / "export.csv"
    export.write_text(GOOD)
    said = quorum(command, "--wave", "w1", "--workspace", root, export)
    assert said.code == 14
    assert "units.csv" in said.err
    assert says in said.err


SETTINGS = [
    pytest.param("[retenton]\ndays = 3", 14, 'Nearest known: "retention"', id="unknown section"),
    pytest.param("[breakdown]\nidd = 'role'", 14, 'unknown key "idd". Nearest known: "id"', id="unknown key"),
    pytest.param("[[waves]]\nwave_id = 7", 14, "expected a text", id="wrong kind of value"),
    pytest.param("[policy.k]\nwork = 4", 12, "5", id="k below the floor"),
    pytest.param("[policy.k]\nguarded = 10", 12, "20", id="guarded k below the floor"),
    pytest.param("no toml at all", 14, "quorum.toml", id="no TOML"),
]


@pytest.mark.parametrize(("settings", "code", "says"), SETTINGS)
def test_wrong_settings_end_with_their_code_and_the_place(tmp_path: Path, settings: str, code: int, says: str) -> None:
    root, export = new_workspace(tmp_path / "workspace", settings=settings), tmp_path / "export.csv"
    export.write_text(GOOD)
    said = quorum("check", "--workspace", root, export)
    assert said.code == code, said.text
    assert says in said.err


def test_a_wrong_own_instrument_ends_with_10_and_its_name(tmp_path: Path) -> None:
    root = new_workspace(tmp_path / "workspace", instruments={"mine.v1": "id: mine\nversion: one\n"})
    export = tmp_path / "export.csv"
    export.write_text(GOOD)
    said = quorum("check", "--workspace", root, export)
    assert said.code == 10
    assert "mine.v1.yaml" in said.err


def test_a_map_with_an_open_line_stops_the_check(tmp_path: Path) -> None:
    text = "tool: own\nunit: { column: team }  # CONFIRM: is this the unit?\nitems:\n  bo1: { column: q1 }\n"
    root, export = new_workspace(tmp_path / "workspace", maps={"own": text}), tmp_path / "export.csv"
    export.write_text(f"team,q1\nALDER,{ANSWER}\n")
    said = quorum("check", "--workspace", root, export)
    assert said.code == 11
    assert "line 2" in said.err
    assert ANSWER not in said.text


def test_a_workspace_of_another_version_is_left_alone(tmp_path: Path) -> None:
    root, export = new_workspace(tmp_path / "workspace"), tmp_path / "export.csv"
    export.write_text(GOOD)
    (root / "data" / "workspace.json").write_text('{"workspace_version": 99}')
    before = bytes_of(root)
    said = quorum("run", "--wave", "w1", "--workspace", root, export)
    assert said.code == 14
    assert "version 99" in said.err
    assert bytes_of(root) == before


def test_a_folder_that_is_no_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    said = quorum("check", "--workspace", tmp_path, tmp_path / "export.csv")
    assert said.code == 14
    assert "quorum init" in said.err


def _without_log(root: Path) -> dict[str, bytes]:
    """Every file of a workspace but its log, in which each command leaves its entry."""
    return {name: content for name, content in bytes_of(root).items() if not name.startswith("log/")}


def test_a_released_wave_is_refused_with_15_and_nothing_changes(tmp_path: Path) -> None:
    root, export, other = new_workspace(tmp_path / "workspace"), tmp_path / "export.csv", tmp_path / "other.csv"
    export.write_text(GOOD)
    other.write_text(GOOD + "ALDER,1,1\n")
    release(root, "w1", export)
    before = _without_log(root)
    same, different = (quorum("run", "--wave", "w1", "--workspace", root, file) for file in (export, other))
    assert (same.code, different.code) == (15, 15)
    assert "from this same input. Nothing to do." in same.err
    assert "quorum retract --wave w1" in different.err
    assert _without_log(root) == before


def test_a_wave_without_a_release_cannot_be_audited_or_retracted(root: Path) -> None:
    audited = quorum("audit", "w9", "--workspace", root)
    retracted = quorum("retract", "--wave", "w9", "--reason", "wrong file", "--workspace", root)
    assert (audited.code, retracted.code) == (2, 2)
    assert "w9 is neither a released wave nor a folder" in audited.err
    assert "wave w9 has no release" in retracted.err


def test_the_installed_command_never_shows_a_traceback(root: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text(f"unit_id,bo1,stt1\nALDER,{ANSWER},2\n")
    command = [sys.executable, "-m", "flows.cli", "check", "--workspace", str(root), str(export)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 11
    assert "Traceback" not in ended.stderr + ended.stdout
    assert '"stt1"' in ended.stderr
    assert ANSWER not in ended.stderr + ended.stdout
