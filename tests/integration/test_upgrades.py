"""A workspace that version 0.1.0 left behind: its releases stay readable; it is brought up to date."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from flows.publish.read import list_releases, read_public_key
from flows.zones import Zones
from tests.integration.release_without_prefect import bytes_of, quorum

STORED = Path(__file__).parents[1] / "data" / "workspace-0.1.0.tar.gz"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with tarfile.open(STORED) as archive:
        archive.extractall(tmp_path, filter="data")
    root = tmp_path / "workspace"
    Zones(root).keys.chmod(0o700)
    Zones(root).restricted.chmod(0o700)
    Zones(root).signing_key_file.chmod(0o600)
    return root


def _before_layouts(root: Path) -> Path:
    Zones(root).version_file.unlink()
    Zones(root).keys.chmod(0o755)
    shutil.rmtree(Zones(root).reports)
    return root


def test_releases_of_version_0_1_0_verify_and_are_shown(root: Path) -> None:
    assert quorum("verify", "--workspace", root).code == 0
    shelf = list_releases(Zones(root).released, read_public_key(Zones(root).public_key_file))
    assert [found.manifest.wave_id for found in shelf.releases] == ["2026-09", "2026-10"]
    assert quorum("audit", "--public", "--workspace", root).code == 0


def test_its_log_is_read_and_continued(root: Path) -> None:
    quorum("verify", "--workspace", root)
    said = quorum("log", "--event", "released", "--workspace", root)
    assert said.code == 0
    assert "wave_id=2026-09" in said.out


def test_a_released_wave_of_it_is_not_released_again(root: Path, tmp_path: Path) -> None:
    assert quorum("run", "--wave", "2026-09", "--workspace", root, tmp_path / "x.csv").code == 15


def test_a_dry_run_says_what_would_change_and_changes_nothing(root: Path) -> None:
    _before_layouts(root)
    before = bytes_of(root)
    said = quorum("migrate", "--dry-run", "--workspace", root)
    assert "keys becomes readable by this account alone" in said.out
    assert bytes_of(root) == before


def test_a_workspace_from_before_layouts_is_brought_up_to_date_and_its_releases_stay(root: Path) -> None:
    _before_layouts(root)
    released = bytes_of(Zones(root).released)
    assert quorum("migrate", "--workspace", root).code == 0
    assert bytes_of(Zones(root).released) == released
    assert Zones(root).keys.stat().st_mode & 0o077 == 0
    assert "has the layout of this version" in quorum("migrate", "--workspace", root).out


def test_a_newer_layout_is_left_alone_with_14(root: Path) -> None:
    Zones(root).version_file.write_text('{"workspace_version": 99}', "utf-8")
    assert quorum("migrate", "--workspace", root).code == 14


def test_the_site_holds_counts_and_neither_teams_nor_scripts(root: Path) -> None:
    assert quorum("site", "--workspace", root).code == 0
    pages = "".join(path.read_text("utf-8") for path in Zones(root).site.rglob("*.html"))
    assert "Account of rows" in pages
    assert "expectation" in pages
    assert not [word for word in ("ALDER", "Team Alder", "<script", "http://", "https://") if word in pages]


WITH_ANSWERS = STORED.with_name("workspace-0.1.0-with-answers.tar.gz")
"""The same workspace after the code of that commit had run a third wave from invented answers: its store is here."""


@pytest.fixture
def answered(tmp_path: Path) -> Path:
    with tarfile.open(WITH_ANSWERS) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "workspace"


def test_answers_that_an_earlier_version_encrypted_are_opened_audited_and_encrypted_anew(answered: Path) -> None:
    said = quorum("audit", "2026-11", "--workspace", answered)
    assert (said.code, "nothing below k derivable" in said.text) == (0, True), said.text
    assert quorum("keys", "rotate", "--wave", "2026-11", "--workspace", answered).code == 0
    assert quorum("audit", "2026-11", "--workspace", answered).code == 0


def test_answers_of_an_earlier_version_are_shredded_and_its_release_stays(answered: Path) -> None:
    assert quorum("shred", "--wave", "2026-11", "--yes", "--workspace", answered).code == 0
    assert not Zones(answered).wave_store("2026-11").exists()
    assert quorum("verify", "--workspace", answered).code == 0
