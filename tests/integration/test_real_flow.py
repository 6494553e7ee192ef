"""The flow as users run it: it works without a network, and neither Prefect nor a temporary file learns a row."""

from __future__ import annotations

import ipaddress
import sqlite3
from pathlib import Path

import pytest

from flows.publish.read import load_release, read_public_key
from flows.zones import Zones
from tests.integration import canaries
from tests.integration.real_flow import FAILING, GOOD, REFUSED, RealFlow


def test_the_flow_goes_from_export_to_a_release_that_verifies(real_flow: RealFlow) -> None:
    zones = Zones(real_flow.root)
    said = real_flow.said[GOOD]
    assert said.code == 0, said.text
    found = load_release(zones.release(GOOD), read_public_key(zones.public_key_file))
    assert (found.manifest.counts["read"], found.manifest.counts["accepted"]) == (49, 46)


def test_a_step_that_fails_names_itself_and_releases_nothing(real_flow: RealFlow) -> None:
    said = real_flow.said[FAILING]
    assert said.code == 14
    assert "score_step failed (ValueError). Nothing was released." in said.err
    assert not Zones(real_flow.root).release(FAILING).exists()


def test_a_refused_file_is_refused_by_the_flow_with_11(real_flow: RealFlow) -> None:
    said = real_flow.said[REFUSED]
    assert said.code == 11
    assert "quorum map refused.csv" in said.err


@pytest.mark.parametrize("wave", [GOOD, FAILING, REFUSED])
def test_no_command_shows_a_traceback_or_an_answer(real_flow: RealFlow, wave: str) -> None:
    text = real_flow.said[wave].text + real_flow.printed
    assert "Traceback" not in text
    assert [canary for canary in canaries.IN_ANSWERS if canary in text] == []


def _databases(root: Path) -> list[Path]:
    return [
        path
        for path in sorted(Zones(root).prefect_home.rglob("*"))
        if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"
    ]


def test_prefect_recorded_the_runs_inside_the_restricted_zone(real_flow: RealFlow) -> None:
    databases = _databases(real_flow.root)
    assert databases
    with sqlite3.connect(databases[0]) as con:
        states = sorted(row[0] for row in con.execute("select state_type from flow_run"))
    assert states == ["COMPLETED", "FAILED", "FAILED"]


def test_prefects_database_holds_no_row_no_label_and_no_error_text_with_a_value(real_flow: RealFlow) -> None:
    hits = [hit for path in _databases(real_flow.root) for hit in canaries.found_in_sqlite(path)]
    assert hits == []


def test_no_file_of_the_workspace_holds_a_canary(real_flow: RealFlow) -> None:
    assert canaries.found_below(real_flow.root) == []


def test_no_temporary_file_holds_a_canary(real_flow: RealFlow) -> None:
    assert canaries.found_below(real_flow.temporary) == []


def test_files_are_written_into_the_workspace_and_the_temporary_folder_only(real_flow: RealFlow) -> None:
    folder = real_flow.root.parent
    allowed = (f"{real_flow.root}/", f"{real_flow.temporary}/", "/dev/", "/proc/", str(folder / "said.json"))
    written = {what for kind, what in real_flow.diary if kind == "write"}
    assert any(path.startswith(str(real_flow.root)) for path in written), "the diary is empty"
    assert sorted(path for path in written if not path.startswith(allowed)) == []


def _is_here(host: str) -> bool:
    if host in ("localhost", "None", ""):
        return True
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def test_no_process_of_the_run_connects_to_another_machine(real_flow: RealFlow) -> None:
    reached = {what for kind, what in real_flow.diary if kind in ("connect", "resolve")}
    assert reached, "not even Prefect's own server was reached: the diary is broken"
    assert sorted(host for host in reached if not _is_here(host)) == []


def test_nothing_of_the_run_even_tries_to_reach_another_machine(real_flow: RealFlow) -> None:
    # None: no network of our own could be made here; the diary above still saw every Python process
    assert real_flow.unroutable_n in (0, None)


def test_the_workspace_report_of_the_failed_wave_does_not_exist(real_flow: RealFlow) -> None:
    reports = sorted(path.name for path in Zones(real_flow.root).reports.iterdir())
    assert reports == [f"{GOOD}.json"]
