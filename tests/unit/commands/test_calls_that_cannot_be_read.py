"""A call that the command line cannot read ends with 2 and one line in the words of this house."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import log
from flows.commands.init import init_workspace
from flows.zones import Zones
from tests.integration.release_without_prefect import quorum


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("log --last 0", "quorum log: --last is wrong: 0; expected a whole number from 1 on."),
        ("log --last x", "quorum log: --last is wrong: x; expected a whole number from 1 on."),
        ("show --port 99999", "--port is wrong: 99999; expected a whole number from 1 to 65535."),
        ("report w --board --language fr", "quorum report: --language is wrong: fr; expected en or de."),
        ("survey export", "quorum survey export needs --to, limesurvey or redcap or xlsform or csv."),
        ("run", "quorum run needs --wave."),
        ("check", "quorum check needs FILE."),
        ("receipt --unit", "--unit needs a value after it."),
        ("reciept", 'quorum has no command "reciept". Nearest: receipt.'),
        ("keys savee", 'quorum keys has no command "savee". Nearest: save.'),
        ("demo --dor x", "quorum demo has no option --dor. Nearest: --dir."),
        ("init a b", "quorum init: got unexpected extra argument (b)."),
    ],
)
def test_what_is_wrong_and_what_to_do_stand_in_one_line(call: str, says: str) -> None:
    said = quorum(*call.split())
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith(says) or says in said.err
    assert "--help.  Nothing was changed." in said.err
    assert said.err.count("\n") == 1


def test_a_group_of_commands_alone_shows_its_help() -> None:
    said = quorum("keys")
    assert said.code == 2
    assert said.err.startswith("Usage: quorum keys")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    init_workspace(tmp_path / "w")
    return tmp_path / "w"


@pytest.mark.parametrize("call", ["receipt --unit CEDAR", "policy", "today --dry-run", "up --check", "log", "doctor"])
def test_a_command_that_only_looks_leaves_the_log_as_it_is(root: Path, call: str) -> None:
    quorum("verify", "--workspace", root)
    before = Zones(root).log_file.read_bytes()
    quorum(*call.split(), "--workspace", root)
    assert Zones(root).log_file.read_bytes() == before


def test_a_policy_on_paper_is_written_and_so_it_is_noted(root: Path) -> None:
    quorum("policy", "--paper", "--workspace", root)
    assert [entry.get("command") for entry in log.entries(Zones(root))][-1] == "policy"


def test_an_event_or_a_wave_that_the_log_does_not_hold_is_said_with_those_that_it_does(root: Path) -> None:
    quorum("verify", "--workspace", root)
    for option in ("--event", "--wave"):
        said = quorum("log", option, "nope", "--workspace", root)
        assert said.code == 0
        assert "No entry is about that. Events in this log: command, policy_set. Waves: none." in said.out


def test_nothing_is_saved_into_a_folder_that_is_not_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUORUM_PASSPHRASE", "larch pine poplar linden")
    for call in (("backup",), ("keys", "save")):
        said = quorum(*call, root / "no disk" / "file", "--workspace", root)
        assert (said.code, "Is the disk mounted? Nothing was written." in said.err) == (2, True)
    assert not (root / "no disk").exists()


def test_without_a_terminal_the_passphrase_is_asked_of_nobody(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUORUM_PASSPHRASE", raising=False)
    said = quorum("keys", "save", root / "k", "--workspace", root)
    assert (said.code, "there is no terminal to ask for the passphrase at" in said.err) == (2, True)


def test_a_report_into_no_folder_is_refused_before_it_is_made(root: Path) -> None:
    said = quorum("report", "2026-11", "--board", "--to", root / "none" / "b.pdf", "--workspace", root)
    assert (said.code, "is no folder. Name another place with --to." in said.err) == (14, True)


@pytest.mark.parametrize(
    ("call", "says"), [("--wave nope", "holds no answers here."), ("--signing", "keys/release.key is here.")]
)
def test_what_is_not_lost_is_not_asked_about(root: Path, call: str, says: str) -> None:
    said = quorum("keys", "lost", *call.split(), "--workspace", root)
    assert (said.code, says in said.err, said.out) == (2, True, "")
