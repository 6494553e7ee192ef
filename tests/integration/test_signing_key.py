"""A new signing key: old releases stay good, a stolen old key signs nothing new, a lost one is said beforehand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from unittest import mock

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flows import log
from flows.ballots.manifest_file import load_signed, write_signed
from flows.keys import signers
from flows.operate.signing_key import rotate_signing_key
from flows.publish.read import list_releases, read_signers
from flows.publish.signers import HANDOVER_FILE
from flows.publish.write import canonical_json
from flows.zones import Zones
from tests.integration.release_without_prefect import ANSWERS, new_workspace, quorum, release, write_csv

WAVE = "2026-11"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signing")
    root = new_workspace(folder / "workspace")
    teams = [team for team, n in ANSWERS.items() for _ in range(n)]
    export = write_csv(folder / "export.csv", ("unit_id", "bo1"), [[team, 1 + at % 5] for at, team in enumerate(teams)])
    release(root, WAVE, export)
    return root


@pytest.fixture
def root(released: Path, tmp_path: Path) -> Path:
    return shutil.copytree(released, tmp_path / "workspace")


def shown(root: Path) -> list[str]:
    """Waves that the dashboards would show."""
    zones = Zones(root)
    return [
        found.manifest.wave_id for found in list_releases(zones.released, read_signers(zones.public_key_file)).releases
    ]


def command(root: Path, *arguments: str, code: int = 0) -> str:
    said = quorum(*arguments, "--workspace", root)
    assert said.code == code, said.text
    return said.text


def test_after_two_new_keys_the_old_release_still_verifies_and_the_log_knows(root: Path) -> None:
    first = Zones(root).public_key_file.read_text("ascii")
    assert "1 document handed over, signed by both keys" in command(root, "keys", "rotate", "--signing")
    command(root, "keys", "rotate", "--signing")
    assert Zones(root).public_key_file.read_text("ascii") != first
    assert shown(root) == [WAVE]
    assert "signature good" in command(root, "verify")
    assert [entry["event"] for entry in log.entries(Zones(root))].count("signing_key_rotated") == 2
    assert quorum("doctor", "--workspace", root).code == 0


def test_a_stolen_old_key_signs_nothing_new(root: Path) -> None:
    zones = Zones(root)
    stolen = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(zones.signing_key_file.read_text("ascii").strip()))
    command(root, "keys", "rotate", "--signing")
    folder = zones.release(WAVE)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["software"] = "forged"
    raw = canonical_json(manifest)
    (folder / "manifest.json").write_bytes(raw)
    (folder / "manifest.sig").write_bytes(stolen.sign(raw))
    assert shown(root) == []


@pytest.mark.parametrize("field", ["documents", "to", "from", "signed_by_next", "signed_by_earlier", "on"])
def test_a_hand_over_that_was_changed_counts_for_nothing(root: Path, field: str) -> None:
    command(root, "keys", "rotate", "--signing")
    path = Zones(root).keys / HANDOVER_FILE
    links = json.loads(path.read_text("utf-8"))
    value = links[0][field]
    links[0][field] = [*value, "0" * 64] if isinstance(value, list) else value[:-1] + ("0" if value[-1] != "0" else "1")
    path.write_text(json.dumps(links), "utf-8")
    assert shown(root) == []


@pytest.mark.parametrize("broken", ["", "[", "{}", "[1]", '[{"to": 3}]'])
def test_a_hand_over_file_that_is_no_such_file_is_no_error(root: Path, broken: str) -> None:
    (Zones(root).keys / HANDOVER_FILE).write_text(broken, "utf-8")
    assert shown(root) == [WAVE]


class CutOff(BaseException):
    """The power goes."""


@pytest.mark.parametrize("write", range(1, 5))
def test_cut_off_at_any_write_the_next_call_ends_it_and_the_old_release_stays_good(root: Path, write: int) -> None:
    from flows.zones import write_atomically as honest

    count = 0

    def cut(path: Path, content: bytes, mode: int = 0o644) -> None:
        nonlocal count
        count += 1
        if count == write:
            raise CutOff
        honest(path, content, mode=mode)

    with mock.patch("flows.operate.signing_key.write_atomically", cut), pytest.raises(CutOff):
        rotate_signing_key(Zones(root))
    command(root, "keys", "rotate", "--signing")
    assert shown(root) == [WAVE]
    assert quorum("doctor", "--workspace", root).code == 0
    assert not list(Zones(root).keys.glob("*.new"))


def test_losing_the_signing_key_says_what_is_lost_and_a_new_one_vouches_for_what_verifies(root: Path) -> None:
    zones = Zones(root)
    zones.signing_key_file.unlink()
    said = command(root, "keys", "lost", "--signing", "--yes")
    assert "1 release that verify today stay good" in said or "1 release" in said
    assert shown(root) == [WAVE]
    assert not signers(zones).is_each_signed_over
    command(root, "retract", "--wave", WAVE, "--reason", "tried")
    assert "retracted, note signed" in command(root, "verify")
    assert [entry["event"] for entry in log.entries(zones)].count("signing_key_lost") == 1


def test_a_key_that_is_here_is_not_given_up(root: Path) -> None:
    command(root, "keys", "lost", "--signing", "--yes", code=2)
    command(root, "keys", "rotate", code=2)


def test_a_retraction_and_an_open_staff_page_stay_signed(root: Path) -> None:
    zones = Zones(root)
    command(root, "retract", "--wave", WAVE, "--reason", "tried")
    zones.inbox.mkdir(parents=True, exist_ok=True)
    write_signed(zones, "2026-12", b"{}")
    command(root, "keys", "rotate", "--signing")
    assert "retracted, note signed" in command(root, "verify")
    with pytest.raises(Exception, match=r"wave\.json|manifest"):
        # It is signed, and refused for its content only.
        load_signed(zones, "2026-12")
    assert signers(zones).has_signed(b"{}", zones.inbox_file("2026-12", "wave.sig").read_bytes())


def test_a_backup_from_before_comes_back_into_the_workspace_with_the_new_key(root: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    command(root, "backup", str(archive))
    command(root, "keys", "rotate", "--signing")
    (Zones(root).release(WAVE) / "manifest.sig").unlink()
    command(root, "restore", str(archive))
    assert shown(root) == [WAVE]
