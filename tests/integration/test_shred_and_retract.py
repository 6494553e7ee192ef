"""The two ways back: answers destroyed under a release that stays, and a release taken off that stays on record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows import log
from flows.publish.read import list_releases, read_public_key
from flows.zones import Zones
from tests.integration import canaries
from tests.integration.release_without_prefect import Said, bytes_of, new_workspace, quorum, release

WAVE = "2026-11"


def _released(folder: Path) -> Path:
    own, maps = {"own_pressure.v1": canaries.INSTRUMENT}, {"pressure": canaries.MAP}
    root = new_workspace(folder / "workspace", instruments=own, maps=maps)
    release(root, WAVE, canaries.export(folder / "export.csv"))
    return root


@pytest.fixture(scope="module")
def shredded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    root = _released(tmp_path_factory.mktemp("shredded"))
    return root, quorum("shred", "--wave", WAVE, "--yes", "--workspace", root)


def test_shredding_destroys_key_and_store(shredded: tuple[Path, Said]) -> None:
    root, said = shredded
    zones = Zones(root)
    assert said.code == 0, said.text
    assert not zones.wave_key_file(WAVE).exists()
    assert list((zones.restricted / "waves").iterdir()) == []


def test_shredding_is_logged_with_its_proof(shredded: tuple[Path, Said]) -> None:
    last = list(log.entries(Zones(shredded[0])))[-1]
    assert (last["event"], last["wave_id"]) == ("shredded", WAVE)
    assert last["is_store_gone"] is last["is_key_file_gone"] is True


def test_the_audit_of_a_shredded_wave_is_public_only_and_says_so(shredded: tuple[Path, Said]) -> None:
    said = quorum("audit", WAVE, "--workspace", shredded[0])
    assert said.code == 0, said.text
    assert "from the release alone" in said.out
    report = json.loads(quorum("audit", WAVE, "--json", "--workspace", shredded[0]).out)["audits"][0]
    assert (report["is_public_only"], report["passed"]) == (True, True)


def test_the_release_of_a_shredded_wave_still_verifies_and_is_listed(shredded: tuple[Path, Said]) -> None:
    root, _ = shredded
    said = quorum("verify", "--workspace", root)
    shelf = list_releases(Zones(root).released, read_public_key(Zones(root).public_key_file))
    assert said.code == 0, said.text
    assert [found.manifest.wave_id for found in shelf.releases] == [WAVE]


def test_a_shredded_wave_is_not_released_again(shredded: tuple[Path, Said]) -> None:
    root, _ = shredded
    assert quorum("run", "--wave", WAVE, "--workspace", root, root.parent / "export.csv").code == 15


def test_shredding_twice_says_that_nothing_is_left(shredded: tuple[Path, Said]) -> None:
    said = quorum("shred", "--wave", WAVE, "--yes", "--workspace", shredded[0])
    assert said.code == 2
    assert "nothing to shred" in said.err


@pytest.fixture(scope="module")
def retracted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes], Said]:
    """The workspace, its release before, and what the command said."""
    root = _released(tmp_path_factory.mktemp("retracted"))
    before = bytes_of(Zones(root).release(WAVE))
    return root, before, quorum("retract", "--wave", WAVE, "--reason", "Wrong file of team Fern", "--workspace", root)


def test_a_retracted_release_leaves_the_dashboards_with_its_reason(
    retracted: tuple[Path, dict[str, bytes], Said],
) -> None:
    root, _, said = retracted
    shelf = list_releases(Zones(root).released, read_public_key(Zones(root).public_key_file))
    assert said.code == 0, said.text
    assert shelf.releases == ()
    assert [(note.wave_id, note.note, note.is_signed) for note in shelf.retracted] == [
        (WAVE, "Wrong file of team Fern", True)
    ]


def test_a_retracted_release_stays_on_record_as_it_was(retracted: tuple[Path, dict[str, bytes], Said]) -> None:
    root, before, _ = retracted
    after = bytes_of(Zones(root).release(WAVE))
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"retraction.json", "retraction.sig"}
    assert "retracted" in quorum("verify", "--workspace", root).out


def test_retracting_is_logged_and_a_retracted_wave_is_not_released_again(
    retracted: tuple[Path, dict[str, bytes], Said],
) -> None:
    root, _, _ = retracted
    assert log.has_event(Zones(root), "retracted", WAVE)
    assert quorum("run", "--wave", WAVE, "--workspace", root, root.parent / "export.csv").code == 15


@pytest.mark.parametrize(
    "name", ["cells.parquet", "groups.parquet", "measures.parquet", "manifest.json", "manifest.sig"]
)
def test_a_release_with_one_changed_byte_fails_verification_with_13(tmp_path: Path, name: str) -> None:
    root = _released(tmp_path)
    path = Zones(root).release(WAVE) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    said = quorum("verify", "--workspace", root)
    assert said.code == 13
    assert WAVE in said.err
