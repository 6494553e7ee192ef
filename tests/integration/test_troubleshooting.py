"""The messages on the troubleshooting page are those that the program prints, with the codes that it ends with."""

from __future__ import annotations

import ast
import datetime
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from flows.workbench import only_run
from flows.zones import Zones
from tests.integration import canaries
from tests.integration.release_without_prefect import Said, new_workspace, quorum, release

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "troubleshoot.md").read_text("utf-8")
ROWS = {message: int(code) for code, message in re.findall(r"^\| (\d+) \| `(.+?)` \|", PAGE, re.MULTILINE)}
WAVE, OTHER = "2026-11", "2026-12"
Make = Callable[[Path], Said]


def as_pattern(message: str) -> str:
    return ".*?".join(map(re.escape, message.split("…")))


def texts_of_the_program() -> list[str]:
    """Every text in the code, with … for what is put into it."""
    found = []
    for path in [*(ROOT / "flows").rglob("*.py"), *(ROOT / "surveys").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.append("".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values))
    return found


TEXTS = texts_of_the_program()


@pytest.mark.parametrize("message", [each for each in ROWS if not each.startswith("Read-only file system")])
def test_a_message_of_the_page_stands_in_the_program(message: str) -> None:
    assert any(re.search(as_pattern(message), text, re.DOTALL) for text in TEXTS)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One wave released, with its export beside the workspace."""
    folder = tmp_path_factory.mktemp("trouble")
    own, maps = {"own_pressure.v1": canaries.INSTRUMENT}, {"pressure": canaries.MAP}
    root = new_workspace(folder / "workspace", instruments=own, maps=maps)
    release(root, WAVE, canaries.export(folder / "export.csv"))
    return root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    shutil.copy(original.parent / "export.csv", tmp_path / "export.csv")
    return shutil.copytree(original, tmp_path / "workspace")


def call(root: Path, *words: object) -> Said:
    return quorum(*words, "--workspace", root)


def run(root: Path, wave_id: str = OTHER) -> Said:
    return call(root, "run", "--wave", wave_id, root.parent / "export.csv")


def settings(root: Path, more: str) -> Path:
    file = root / "quorum.toml"
    file.write_text(f"{file.read_text('utf-8')}\n{more}\n", "utf-8")
    return root


def other_answers(root: Path) -> Said:
    """A run of another wave, with other answers."""
    canaries.export(root.parent / "export.csv", seed=8)
    return run(root)


def still_open(root: Path) -> Said:
    today = datetime.date.today()
    dates = f'[[waves]]\nwave_id = "{OTHER}"\nopens_on = {today}\ncloses_on = {today + datetime.timedelta(days=9)}'
    return other_answers(settings(root, dates))


def taken_port(root: Path) -> Said:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings(root, f'[up]\ndashboards = "127.0.0.1:{taken.getsockname()[1]}"')
        return call(root, "up")


def full(root: Path) -> Said:
    with mock.patch("flows.steps.stage_release", side_effect=OSError(28, "No space left on device")):
        return other_answers(root)


def two_at_once(root: Path) -> Said:
    with only_run(Zones(root)):
        return other_answers(root)


def without_key(root: Path) -> Said:
    Zones(root).wave_key_file(WAVE).unlink()
    return call(root, "quarantine", "list", "--wave", WAVE)


def with_another_key(root: Path) -> Said:
    Zones(root).wave_key_file(WAVE).write_text("ab" * 32, "ascii")
    return call(root, "quarantine", "list", "--wave", WAVE)


def changed_log(root: Path) -> Said:
    file = Zones(root).log_file
    file.write_text(file.read_text("utf-8").replace('"collected"', '"selected"'), "utf-8")
    return call(root, "log")


def half_a_release(root: Path) -> Said:
    (Zones(root).release(WAVE) / "cells.parquet").unlink()
    return call(root, "verify")


def no_release_folder(root: Path) -> Said:
    shutil.rmtree(Zones(root).release(WAVE))
    return run(root, WAVE)


def wrong_units(root: Path) -> Said:
    file = root / "units.csv"
    file.write_text(file.read_text("utf-8").replace("YOUNG,", "YOUNGG,", 1), "utf-8")
    return call(root, "plan")


def foreign_columns(root: Path) -> Said:
    shutil.rmtree(root / "maps")
    return other_answers(root)


def wrong_passphrase(root: Path) -> Said:
    sealed = root.parent / "sealed"
    with mock.patch.dict("os.environ", QUORUM_PASSPHRASE="larch pine poplar linden"):
        call(root, "keys", "save", sealed)
    with mock.patch.dict("os.environ", QUORUM_PASSPHRASE="another passphrase"):
        return call(root, "keys", "restore", sealed)


MADE: dict[str, Make] = {
    'has no command "…"': lambda root: call(root, "reciept"),
    "no files named for wave …": lambda root: call(root, "run", "--wave", OTHER),
    "is open until …": still_open,
    "nothing is asked about wave …": lambda root: call(root, "approve", "--wave", OTHER),
    "is no folder. Is the disk mounted?": lambda root: call(root, "backup", root / "no disk" / "b.tar"),
    "there is no terminal to ask for the passphrase at": lambda root: call(root, "keys", "save", root.parent / "k"),
    "is taken, or is no address of this machine": taken_port,
    "is not there. Check the name": lambda root: call(root, "check", "nowhere.csv"),
    "fits its columns. Draft one:": foreign_columns,
    "this input is already released as wave …": run,
    "lies below the …": lambda root: call(settings(root, "[policy.k]\nwork = 3"), "policy"),
    "did not verify": half_a_release,
    "the log holds no entry with this digest": lambda root: call(root, "log", "--head", "ab" * 32),
    "is no Quorum workspace (no quorum.toml)": lambda root: call(root.parent, "verify"),
    "unknown key": lambda root: call(settings(root, "[schedule]\nreleas = 1"), "plan"),
    '" is not a unit. Nearest: ': wrong_units,
    "the disk is full.": full,
    "another run is working in this workspace.": two_at_once,
    "the key of wave … is missing": without_key,
    "the key of … does not fit.": with_another_key,
    ": the chain is broken": changed_log,
    "holds no answers yet. Run it from its export.": lambda root: call(root, "quarantine", "list", "--wave", OTHER),
    "quorum.toml asks for PostgreSQL": lambda root: other_answers(settings(root, '[up]\ndatabase = "postgresql"')),
    "not everything answers.": lambda root: call(root, "up", "--check"),
    "is no backup of Quorum, or only half of one": lambda root: call(root, "restore", root / "units.csv"),
    "the passphrase does not open this file": wrong_passphrase,
    "from this same input. Nothing to do.": lambda root: run(root, WAVE),
    "was released once; its folder is missing.": no_release_folder,
    "Stopped. Nothing is lost; run the command again.": lambda root: call(root, "shred", "--wave", WAVE),
}
ELSEWHERE = {
    "Quorum met something that it did not foresee",
    ": nothing tells what it asks. Declare it under [[waves]]",
    "Read-only file system. Nothing was changed.",
    "Prefect stopped working",
    "a service could not be kept running",
}
"""Messages that need a read-only disk, processes or a fault of ours: other tests make some of them."""


def test_every_message_of_the_page_is_made_here_or_counted_among_the_few_that_are_not() -> None:
    assert set(MADE) | ELSEWHERE == set(ROWS)
    assert not set(MADE) & ELSEWHERE


@pytest.mark.parametrize("message", MADE)
def test_a_message_of_the_page_is_printed_with_its_code(
    root: Path, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115 - nobody answers
    said = MADE[message](root)
    assert said.code == ROWS[message], said.text
    assert re.search(as_pattern(message), said.err, re.DOTALL), said.text
