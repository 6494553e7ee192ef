"""What lies on the disk after a run: no answer and no identity, and nothing that opens without the wave's key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.zones import Zones, open_store, write_atomically
from tests.integration import canaries
from tests.integration.release_without_prefect import new_workspace, quorum, release

WAVE = "2026-11"


def _workspace(folder: Path) -> Path:
    own, maps = {"own_pressure.v1": canaries.INSTRUMENT}, {"pressure": canaries.MAP}
    return new_workspace(folder / "workspace", instruments=own, maps=maps)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one released wave whose export held every canary."""
    folder = tmp_path_factory.mktemp("stored")
    workspace = _workspace(folder)
    release(workspace, WAVE, canaries.export(folder / "export.csv"))
    return workspace


@pytest.fixture
def key_file(root: Path) -> Iterator[Path]:
    """The wave's key file; whatever a test does to it is undone."""
    path = Zones(root).wave_key_file(WAVE)
    content = path.read_bytes()
    yield path
    write_atomically(path, content, mode=0o600)


def test_the_search_finds_the_canaries_where_they_were_planted(root: Path) -> None:
    found = {hit.split(": ")[1] for hit in canaries.found_below(root.parent, skip=list(root.rglob("*")))}
    assert found == set(canaries.TEXTS)


def test_the_answers_are_in_the_store_behind_its_key(root: Path) -> None:
    zones = Zones(root)
    with open_store(zones.wave_store(WAVE), zones.wave_key_file(WAVE).read_text().strip(), zones.spill) as con:
        millionths = {row[0] for row in con.execute(f"select {canaries.ITEM} from response").fetchall()}
        quarantined = " ".join(row[0] for row in con.execute("select content from quarantine").fetchall())
    assert {int(text.replace(".", "")) for text in canaries.ANSWER_TEXTS} <= millionths
    assert canaries.UNIT_LABEL in quarantined


def test_no_file_of_the_workspace_holds_an_answer_or_an_identity(root: Path) -> None:
    assert canaries.found_below(root) == []


def test_identity_never_reaches_even_the_encrypted_store(root: Path) -> None:
    zones = Zones(root)
    with open_store(zones.wave_store(WAVE), zones.wave_key_file(WAVE).read_text().strip(), zones.spill) as con:
        tables = [row[0] for row in con.execute("select table_name from duckdb_tables()").fetchall()]
        content = "".join(repr(con.table(table).fetchall()) for table in tables)
    assert tables
    identity = (canaries.NAME, canaries.ADDRESS, canaries.TOKEN, canaries.NETWORK, canaries.IN_ITEM_CELL)
    assert [text for text in identity if text in content] == []


def test_duckdb_cannot_open_the_store_without_the_key(root: Path) -> None:
    with pytest.raises(duckdb.Error), duckdb.connect(str(Zones(root).wave_store(WAVE)), read_only=True) as con:
        con.execute("select count(*) from response")


def test_an_accepted_row_keeps_no_number_that_leads_back_to_its_line(root: Path) -> None:
    zones = Zones(root)
    with open_store(zones.wave_store(WAVE), zones.wave_key_file(WAVE).read_text().strip(), zones.spill) as con:
        columns = con.table("response").columns
        tables = {row[0] for row in con.execute("select table_name from duckdb_tables()").fetchall()}
    assert set(columns) == {"unit_id", "breakdown", "bo1", canaries.ITEM}
    assert not tables & {"collected", "collected_row", "arrived", "set_aside", "row_fault", "value_fault_row"}


@pytest.mark.parametrize("content", ["0" * 64, "f" * 64])
def test_a_wrong_key_ends_the_audit_with_14_and_what_to_do(root: Path, key_file: Path, content: str) -> None:
    key_file.write_text(content)
    said = quorum("audit", WAVE, "--workspace", root)
    assert said.code == 14
    assert "does not fit" in said.err
    assert "second copy" in said.err


@pytest.mark.parametrize("content", ["", "no key at all", "0" * 63])
def test_a_damaged_key_ends_the_audit_with_14_and_what_to_do(root: Path, key_file: Path, content: str) -> None:
    key_file.write_text(content)
    said = quorum("audit", WAVE, "--workspace", root)
    assert said.code == 14
    assert "second copy" in said.err


def test_a_missing_key_ends_the_audit_with_14_and_where_it_was_looked_for(root: Path, key_file: Path) -> None:
    key_file.unlink()
    said = quorum("audit", WAVE, "--workspace", root)
    assert said.code == 14
    assert f"keys/waves/{WAVE}.key" in said.err
    assert "second copy" in said.err


def test_a_missing_key_is_not_replaced_while_answers_lie_under_it(tmp_path: Path) -> None:
    root = _workspace(tmp_path)
    export = canaries.export(tmp_path / "export.csv")
    release(root, WAVE, export)
    zones = Zones(root)
    zones.wave_key_file(WAVE).unlink()
    (tmp_path / "aside").mkdir()
    zones.release(WAVE).rename(tmp_path / "aside" / WAVE)
    zones.log_file.rename(tmp_path / "aside" / "audit.jsonl")
    store = zones.wave_store(WAVE).read_bytes()
    said = quorum("run", "--wave", WAVE, "--workspace", root, export)
    assert said.code == 14
    assert "is missing" in said.err
    assert not zones.wave_key_file(WAVE).exists()
    assert zones.wave_store(WAVE).read_bytes() == store


def test_no_message_of_a_run_holds_an_answer_or_an_identity(tmp_path: Path) -> None:
    root = _workspace(tmp_path)
    said = release(root, WAVE, canaries.export(tmp_path / "export.csv"))
    assert [text for text in canaries.TEXTS if text in said.text] == [canaries.UNIT_LABEL]


def test_restricted_files_and_keys_are_the_owners_alone(root: Path) -> None:
    zones = Zones(root)
    private = [
        zones.keys,
        zones.restricted,
        zones.restricted / "waves",
        zones.signing_key_file,
        zones.wave_key_file(WAVE),
    ]
    assert [path.name for path in private if path.stat().st_mode & 0o077] == []
