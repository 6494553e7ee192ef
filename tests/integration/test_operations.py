"""Log, doctor, backup, restore, keys, retention: one workspace with a release, copied for each test that changes it."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
import socket
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from flows import clock, log
from flows.keys import wave_key
from flows.operate.inputs import plain_inputs
from flows.zones import Zones, open_store
from tests.integration import canaries
from tests.integration.release_without_prefect import bytes_of, new_workspace, quorum, release

WAVE, OTHER = "2026-11", "2026-12"
PASSPHRASE = {"QUORUM_PASSPHRASE": "larch pine poplar linden"}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One wave released, another one that nothing was collected for."""
    folder = tmp_path_factory.mktemp("operations")
    own, maps = {"own_pressure.v1": canaries.INSTRUMENT}, {"pressure": canaries.MAP}
    root = new_workspace(folder / "workspace", instruments=own, maps=maps)
    release(root, WAVE, canaries.export(folder / "export.csv"))
    return root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "workspace")


def saved(root: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Backup and sealed keys of a workspace."""
    archive, sealed = tmp_path / "backup.tar", tmp_path / "keys.sealed"
    assert quorum("backup", archive, "--workspace", root).code == 0
    with mock.patch.dict(os.environ, PASSPHRASE):
        assert quorum("keys", "save", sealed, "--workspace", root).code == 0
    return archive, sealed


# --- log ----------------------------------------------------------------------------------------------------------


def test_the_log_tells_commands_policy_key_use_and_release_in_their_order(original: Path) -> None:
    events = [entry["event"] for entry in log.entries(Zones(original))]
    told = [event for event in events if event in ("policy_set", "command", "key_used", "released")]
    assert told[0] == "policy_set"
    assert set(told) == {"policy_set", "command", "key_used", "released"}


def test_a_changed_policy_is_logged_once_with_its_sizes(root: Path) -> None:
    toml = root / "quorum.toml"
    toml.write_text(toml.read_text("utf-8").replace("[retention]", "k = { work = 8 }\n[retention]"), "utf-8")
    for _ in range(2):
        quorum("verify", "--workspace", root)
    policies = [entry["k"]["work"] for entry in log.entries(Zones(root)) if entry["event"] == "policy_set"]
    assert policies == [5, 8]


def test_a_command_that_fails_is_logged_with_its_error_and_never_its_words(root: Path) -> None:
    quorum("run", "--wave", OTHER, "--workspace", root, root / "no-such-file.csv")
    last = list(log.entries(Zones(root)))[-1]
    assert (last["event"], last["command"]) == ("command_failed", "run")
    assert "no-such-file" not in json.dumps(last)


def test_a_log_that_was_cut_off_is_found_by_the_digest_noted_before(root: Path) -> None:
    head = json.loads(quorum("log", "--json", "--workspace", root).out)["head"]
    assert quorum("log", "--head", head, "--workspace", root).code == 0
    path = Zones(root).log_file
    path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:-1]) + b"\n")
    assert quorum("log", "--workspace", root).code == 0
    assert quorum("log", "--head", head, "--workspace", root).code == 13


def test_a_changed_entry_breaks_the_chain_with_14(root: Path) -> None:
    path = Zones(root).log_file
    path.write_bytes(path.read_bytes().replace(b'"preset"', b'"presut"', 1))
    assert quorum("log", "--workspace", root).code == 14


# --- doctor -------------------------------------------------------------------------------------------------------


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _add_settings(root: Path, text: str) -> None:
    _write(root / "quorum.toml", (root / "quorum.toml").read_text("utf-8") + text)


def _future_entry(root: Path) -> None:
    with clock.rehearsing(datetime.date(2099, 1, 1)):
        log.append(Zones(root), "command", command="plan")


PLANTED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "readable keys": ("permissions", lambda root: Zones(root).keys.chmod(0o755)),
    "readable answers": ("permissions", lambda root: Zones(root).restricted.chmod(0o755)),
    "settings that others change": ("permissions", lambda root: (root / "quorum.toml").chmod(0o666)),
    "missing signing key": ("keys", lambda root: Zones(root).signing_key_file.unlink()),
    "foreign public key": ("keys", lambda root: _write(Zones(root).public_key_file, "00" * 32 + "\n")),
    "missing storage key": ("keys", lambda root: Zones(root).wave_key_file(WAVE).unlink()),
    "change of key cut off": ("keys", lambda root: _write(Zones(root).wave_key_file(WAVE).with_suffix(".new"), "")),
    "other layout": ("workspace", lambda root: _write(Zones(root).version_file, '{"workspace_version": 99}')),
    "broken units": ("units", lambda root: _write(root / "units.csv", "unit_id\nA\n")),
    "broken plan": ("plans", lambda root: _write(Zones(root).plan_file(WAVE), "{")),
    "broken settings": ("settings", lambda root: _add_settings(root, "\n[nonsense]\n")),
    "broken instrument": ("instruments", lambda root: _write(root / "instruments" / "bad.v1.yaml", "id: [")),
    "damaged release": ("releases", lambda root: _write(Zones(root).release(WAVE) / "cells.parquet", "x")),
    "missing release": ("releases", lambda root: shutil.rmtree(Zones(root).release(WAVE))),
    "broken log": ("log", lambda root: _write(Zones(root).log_file, '{"previous": "1", "event": "x"}\n')),
    "clock gone back": ("clock", _future_entry),
    "overdue answers": ("retention", lambda root: _overdue(root)),
    "foreign server": (
        "telemetry",
        lambda root: _write(
            Zones(root).prefect_home / "profiles.toml",
            '[profiles.x]\nPREFECT_API_URL = "https://collector.example/api"\n',
        ),
    ),
    "no database address": ("database", lambda root: _add_settings(root, '\n[up]\ndatabase = "postgresql"\n')),
}
NOTICED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "stray export": ("exports", lambda root: _write(root / "november.csv", "unit_id,bo1\nALDER,1\n")),
    "noted export": ("exports", lambda root: None),
    "cut off run": ("leftovers", lambda root: _write(Zones(root).restricted / "waves" / "w.partial", "x")),
    "open to the network": ("ports", lambda root: _add_settings(root, '\n[up]\nstaff = "0.0.0.0:8600"\n')),
    "forgotten wave": (
        "late",
        lambda root: _add_settings(
            root, '\n[[waves]]\nwave_id = "old"\nopens_on = 2024-01-01\ncloses_on = 2024-01-09\n'
        ),
    ),
    "unplanned wave": (
        "plans",
        lambda root: _add_settings(root, '\n[[waves]]\nwave_id = "now"\nopens_on = 2024-01-01\n'),
    ),
    "no backup": ("backup", lambda root: None),
    "no messages": ("messages", lambda root: None),
}


def _overdue(root: Path) -> None:
    lines = Zones(root).log_file.read_text("utf-8").replace('"at": "20', '"at": "19').splitlines()
    entries = [json.loads(line) for line in lines]
    Zones(root).log_file.unlink()
    for entry in entries:
        at = datetime.datetime.fromisoformat(entry.pop("at"))
        for name in ("number", "previous"):
            entry.pop(name)
        with clock.rehearsing(at.date()):
            log.append(Zones(root), entry.pop("event"), **entry)


def _found(root: Path) -> tuple[int, set[tuple[str, str]]]:
    said = quorum("doctor", "--json", "--workspace", root)
    findings = json.loads(said.out)["findings"]
    assert all(finding["cure"] for finding in findings if finding["gravity"] != "good")
    return said.code, {(finding["gravity"], finding["check"]) for finding in findings}


@pytest.fixture(scope="module")
def healthy(original: Path) -> set[tuple[str, str]]:
    code, found = _found(original)
    assert code == 0
    return found


def test_a_sound_workspace_has_no_fault(healthy: set[tuple[str, str]]) -> None:
    assert not any(gravity == "fault" for gravity, _ in healthy)


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_doctor_finds_a_planted_fault_and_ends_with_14(root: Path, name: str) -> None:
    check, plant = PLANTED[name]
    plant(root)
    code, found = _found(root)
    assert code == 14
    assert ("fault", check) in found


@pytest.mark.parametrize("name", sorted(NOTICED))
def test_doctor_notices_what_deserves_a_look(root: Path, name: str) -> None:
    check, plant = NOTICED[name]
    plant(root)
    assert ("notice", check) in _found(root)[1]


def test_doctor_notices_a_port_that_answers_already(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        _add_settings(root, f'\n[up]\nprefect = "127.0.0.1:{server.getsockname()[1]}"\n')
        assert ("notice", "ports") in _found(root)[1]


def test_doctor_changes_nothing(root: Path) -> None:
    before = bytes_of(root)
    quorum("doctor", "--workspace", root)
    assert bytes_of(root) == before


# --- backup and restore -------------------------------------------------------------------------------------------


def test_a_backup_holds_releases_and_rules_and_neither_answers_nor_secret_keys(root: Path, tmp_path: Path) -> None:
    _write(Zones(root).inbox / f"{WAVE}.sqlite", "sealed")
    archive, _ = saved(root, tmp_path)
    with tarfile.open(archive) as tar:
        names = set(tar.getnames())
    assert {"quorum.toml", "units.csv", "log/audit.jsonl", f"data/released/{WAVE}/manifest.json"} <= names
    assert f"plans/{WAVE}.json" in names
    assert [name for name in names if "restricted" in name or name.endswith(".key")] == []
    assert canaries.found_below(tmp_path / "backup.tar") == []
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_a_restored_workspace_has_the_same_releases_and_verifies(root: Path, tmp_path: Path) -> None:
    archive, sealed = saved(root, tmp_path)
    fresh = tmp_path / "fresh"
    assert quorum("restore", archive, "--workspace", fresh).code == 0
    with mock.patch.dict(os.environ, PASSPHRASE):
        assert quorum("keys", "restore", sealed, "--workspace", fresh).code == 0
    assert bytes_of(Zones(fresh).released) == bytes_of(Zones(root).released)
    assert quorum("verify", "--workspace", fresh).code == 0
    assert quorum("run", "--wave", WAVE, "--workspace", fresh, root.parent / "x.csv").code == 15


def test_a_wave_shredded_after_the_backup_stays_shredded_after_restoring_backup_and_keys(
    root: Path, tmp_path: Path
) -> None:
    archive, sealed = saved(root, tmp_path)
    store = Zones(root).wave_store(WAVE).read_bytes()
    assert quorum("shred", "--wave", WAVE, "--yes", "--workspace", root).code == 0
    assert quorum("restore", archive, "--workspace", root).code == 0
    # Even where somebody has kept a copy of the store.
    Zones(root).wave_store(WAVE).write_bytes(store)
    with mock.patch.dict(os.environ, PASSPHRASE):
        said = quorum("keys", "restore", sealed, "--workspace", root)
    assert "was shredded" in said.out
    assert not Zones(root).wave_key_file(WAVE).exists()
    assert log.has_event(Zones(root), "shredded", WAVE)


@pytest.mark.parametrize("is_of_before", [False, True])
def test_data_docs_that_a_shred_destroyed_do_not_come_back_from_a_backup(
    root: Path, tmp_path: Path, is_of_before: bool
) -> None:
    assert quorum("site", "--workspace", root).code == 0
    assert (Zones(root).site / WAVE).is_dir()
    # Backups of before held the pages, too.
    with mock.patch("flows.operate.backup._is_kept", return_value=True) if is_of_before else contextlib.nullcontext():
        archive, _ = saved(root, tmp_path)
    with tarfile.open(archive) as made:
        assert any("data_docs" in name for name in made.getnames()) == is_of_before
    assert quorum("shred", "--wave", WAVE, "--yes", "--workspace", root).code == 0
    assert quorum("restore", archive, "--workspace", root).code == 0
    assert not (Zones(root).site / WAVE).exists()


def test_restoring_overwrites_nothing(root: Path, tmp_path: Path) -> None:
    archive, _ = saved(root, tmp_path)
    _write(root / "units.csv", "changed since")
    said = quorum("restore", archive, "--workspace", root)
    assert "left as it is  units.csv" in said.out
    assert (root / "units.csv").read_text("utf-8") == "changed since"


@pytest.mark.parametrize("place", [700, 3_000, 9_000])
def test_a_backup_with_one_changed_byte_is_refused_and_changes_nothing(root: Path, tmp_path: Path, place: int) -> None:
    archive, _ = saved(root, tmp_path)
    content = bytearray(archive.read_bytes())
    place = next(at for at in range(place % len(content), len(content)) if content[at] not in (0, 32))
    content[place] ^= 1
    archive.write_bytes(content)
    said = quorum("restore", archive, "--workspace", tmp_path / "fresh")
    assert said.code == 14
    assert not (tmp_path / "fresh").exists()


def test_half_a_backup_is_refused(root: Path, tmp_path: Path) -> None:
    archive, _ = saved(root, tmp_path)
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    assert quorum("restore", archive, "--workspace", tmp_path / "fresh").code == 14


def test_a_backup_of_another_workspace_is_refused(root: Path, tmp_path: Path) -> None:
    archive, _ = saved(root, tmp_path)
    foreign = new_workspace(tmp_path / "foreign")
    assert quorum("restore", archive, "--workspace", foreign).code == 14


# --- keys ---------------------------------------------------------------------------------------------------------


def test_sealed_keys_open_with_their_passphrase_only(root: Path, tmp_path: Path) -> None:
    _, sealed = saved(root, tmp_path)
    key = Zones(root).signing_key_file.read_text("ascii").strip()
    assert key not in sealed.read_text("ascii")
    Zones(root).signing_key_file.unlink()
    with mock.patch.dict(os.environ, {"QUORUM_PASSPHRASE": "another passphrase"}):
        assert quorum("keys", "restore", sealed, "--workspace", root).code == 14
    with mock.patch.dict(os.environ, PASSPHRASE):
        assert quorum("keys", "restore", sealed, "--workspace", root).code == 0
    assert Zones(root).signing_key_file.read_text("ascii").strip() == key


def test_the_other_hands_key_is_never_copied_with_ours(root: Path, tmp_path: Path) -> None:
    _write(Zones(root).keys / "survey" / "mixer.key", "outer")
    _, sealed = saved(root, tmp_path)
    (Zones(root).keys / "survey" / "mixer.key").unlink()
    with mock.patch.dict(os.environ, PASSPHRASE):
        quorum("keys", "restore", sealed, "--workspace", root)
    assert not (Zones(root).keys / "survey" / "mixer.key").exists()


def test_a_short_passphrase_is_refused(root: Path, tmp_path: Path) -> None:
    with mock.patch.dict(os.environ, {"QUORUM_PASSPHRASE": "short"}):
        assert quorum("keys", "save", tmp_path / "sealed", "--workspace", root).code == 14


def _answers_n(root: Path) -> int:
    zones = Zones(root)
    with open_store(zones.wave_store(WAVE), wave_key(zones, "file", WAVE, may_make=False), zones.spill) as con:
        return int(con.execute("select count(*) from response").fetchall()[0][0])


def test_a_rotated_key_opens_the_same_answers_and_the_old_one_nothing(root: Path) -> None:
    zones, answers_n = Zones(root), _answers_n(root)
    old = zones.wave_key_file(WAVE).read_text("ascii").strip()
    assert quorum("keys", "rotate", "--wave", WAVE, "--workspace", root).code == 0
    assert _answers_n(root) == answers_n > 0
    assert zones.wave_key_file(WAVE).read_text("ascii").strip() != old
    assert [path.name for path in zones.wave_key_file(WAVE).parent.iterdir()] == [f"{WAVE}.key"]
    assert quorum("audit", WAVE, "--workspace", root).code == 0


@pytest.mark.parametrize("moment", ["flows.operate.key_care.os.replace", "flows.operate.key_care._finish_rotation"])
def test_a_rotation_that_is_cut_off_is_settled_by_the_next(root: Path, moment: str) -> None:
    answers_n = _answers_n(root)
    with mock.patch(moment, side_effect=OSError(5, "cut off")):
        assert quorum("keys", "rotate", "--wave", WAVE, "--workspace", root).code != 0
    assert quorum("keys", "rotate", "--wave", WAVE, "--workspace", root).code == 0
    assert _answers_n(root) == answers_n


def test_what_a_lost_key_means_is_said_before_anything_is_removed(root: Path) -> None:
    zones = Zones(root)
    assert quorum("keys", "lost", "--wave", WAVE, "--yes", "--workspace", root).code == 2
    zones.wave_key_file(WAVE).unlink()
    said = quorum("keys", "lost", "--wave", WAVE, "--yes", "--workspace", root)
    assert said.code == 0
    assert "its release stays whole" in said.out.splitlines()[0]
    assert not zones.wave_store(WAVE).exists()


# --- retention ----------------------------------------------------------------------------------------------------


def test_staged_tables_are_no_export_to_doctor(root: Path) -> None:
    staged = Zones(root).staging(OTHER) / "cells.parquet"
    _write(staged, "x")
    findings = json.loads(quorum("doctor", "--json", "--workspace", root).out)["findings"]
    assert [each["check"] for each in findings if OTHER in each["says"]] == ["leftovers"]


def test_shredding_reaches_leftovers_and_names_exports_that_still_lie_there(root: Path) -> None:
    zones = Zones(root)
    for path in (zones.staging(WAVE) / "cells.parquet", zones.spill / "x.tmp", zones.prefect_home / "storage" / "r"):
        _write(path, "left")
    _write(zones.site / WAVE / "docs" / "index.html", "docs")
    export = plain_inputs(zones)[WAVE][0]
    said = quorum("shred", "--wave", WAVE, "--yes", "--workspace", root)
    assert f"{export} in plain text" in said.out
    left = [
        path for path in zones.restricted.rglob("*") if path.is_file() and path.name not in (".lock", "inputs.json")
    ]
    assert left == []
    assert not (zones.site / WAVE).exists()


def test_waves_are_due_so_many_days_after_their_release(root: Path) -> None:
    assert "No wave is due" in quorum("shred", "--due", "--yes", "--workspace", root).out
    _overdue(root)
    assert f"Shredded {WAVE}" in quorum("shred", "--due", "--yes", "--workspace", root).out
    assert _found(root)[0] == 0


def test_shred_wants_a_wave_or_due(root: Path) -> None:
    assert quorum("shred", "--workspace", root).code == 2
    assert quorum("shred", "--wave", WAVE, "--due", "--workspace", root).code == 2
