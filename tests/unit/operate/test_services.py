"""What `quorum up` starts: the staff page for an open wave only, and no secret in a command."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from flows import clock
from flows.commands.init import init_workspace
from flows.errors import SettingsError
from flows.operate.keep_staff_page import StaffPage
from flows.operate.operate_settings import Place
from flows.operate.services import services_of, wave_for_staff
from flows.pages import pages_process
from flows.settings import read_settings
from flows.zones import Zones

OPENS, CLOSES = datetime.date(2027, 1, 4), datetime.date(2027, 1, 15)


def _workspace(root: Path) -> Zones:
    init_workspace(root)
    zones = Zones(root)
    wave = f'[[waves]]\nwave_id = "w1"\nopens_on = {OPENS}\ncloses_on = {CLOSES}\n'
    zones.settings_file.write_text(zones.settings_file.read_text("utf-8") + wave, "utf-8")
    return zones


def _open_inbox(zones: Zones, wave_id: str) -> None:
    zones.inbox.mkdir(parents=True, exist_ok=True)
    zones.inbox_file(wave_id, "sqlite").touch()


def test_the_staff_page_is_for_a_wave_whose_inbox_is_here_its_last_day_included(tmp_path: Path) -> None:
    zones = _workspace(tmp_path)
    settings = read_settings(zones.settings_file)
    assert wave_for_staff(zones, settings, OPENS) is None
    _open_inbox(zones, "w1")
    assert wave_for_staff(zones, settings, CLOSES) == "w1"


def test_a_wave_that_is_over_is_served_as_closed_until_another_one_is_there(tmp_path: Path) -> None:
    zones = _workspace(tmp_path)
    later = '[[waves]]\nwave_id = "w2"\nopens_on = 2027-02-01\ncloses_on = 2027-02-12\n'
    zones.settings_file.write_text(zones.settings_file.read_text("utf-8") + later, "utf-8")
    settings, after = read_settings(zones.settings_file), CLOSES + datetime.timedelta(days=1)
    _open_inbox(zones, "w1")
    assert wave_for_staff(zones, settings, after) == "w1"
    _open_inbox(zones, "w2")
    assert wave_for_staff(zones, settings, after) == "w2"


class FakeProcess:
    """A page that runs until it is ended."""

    def __init__(self) -> None:
        self.ended: int | None = None

    def poll(self) -> int | None:
        return self.ended

    def terminate(self) -> None:
        self.ended = 0

    def wait(self, _timeout: float | None = None) -> int | None:
        return self.ended


def _page(zones: Zones) -> tuple[StaffPage, list[tuple[str, FakeProcess]]]:
    started: list[tuple[str, FakeProcess]] = []

    def start(wave_id: str) -> FakeProcess:
        started.append((wave_id, FakeProcess()))
        return started[-1][1]

    return StaffPage(zones, start), started  # type: ignore[arg-type]


def test_a_wave_that_opens_later_is_served_without_a_restart_and_a_broken_settings_file_changes_nothing(
    tmp_path: Path,
) -> None:
    zones = _workspace(tmp_path)
    page, started = _page(zones)
    with clock.rehearsing(OPENS):
        page.look(0.0)
        assert started == []
        _open_inbox(zones, "w1")
        page.look(5.0)
        text = zones.settings_file.read_text("utf-8")
        zones.settings_file.write_text("[[waves", "utf-8")
        page.look(10.0)
        zones.settings_file.write_text(text, "utf-8")
        page.look(15.0)
    assert [(wave_id, process.ended) for wave_id, process in started] == [("w1", None)]


def test_a_page_that_ends_is_started_again_after_ever_longer_pauses(tmp_path: Path) -> None:
    zones = _workspace(tmp_path)
    page, started = _page(zones)
    _open_inbox(zones, "w1")
    with clock.rehearsing(OPENS):
        for at in range(120):
            page.look(float(at))
            started[-1][1].ended = 1
    assert 3 <= len(started) <= 5


def test_the_page_of_a_destroyed_inbox_is_ended(tmp_path: Path) -> None:
    zones = _workspace(tmp_path)
    page, started = _page(zones)
    _open_inbox(zones, "w1")
    with clock.rehearsing(OPENS):
        page.look(0.0)
        zones.inbox_file("w1", "sqlite").unlink()
        page.look(5.0)
    assert started[0][1].ended == 0


def test_the_keeper_of_the_staff_page_is_a_service_of_every_day(tmp_path: Path) -> None:
    zones = _workspace(tmp_path)
    services = services_of(zones, read_settings(zones.settings_file))
    assert [service.name for service in services] == ["prefect", "flows", "dashboards", "staff"]


def test_the_dashboards_get_the_rules_of_access_and_what_they_read_and_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zones = _workspace(tmp_path)
    monkeypatch.setenv("QUORUM_WAVE_KEY_W1", "not for pages")
    services = {service.name: service for service in services_of(zones, read_settings(zones.settings_file))}
    environment = services["dashboards"].environment or {}
    shown = pages_process(zones, Place("127.0.0.1", 8501))
    assert (services["dashboards"].command, environment) == (shown.command, shown.environment)
    assert environment["QUORUM_ACTIONS_FILE"] == str(zones.actions_file.resolve())
    assert {"QUORUM_ACCESS", "QUORUM_DERIVED_DIR", "QUORUM_REPORTS_DIR"} <= set(environment)
    assert "QUORUM_WAVE_KEY_W1" not in environment
    assert "not for pages" not in repr(services)


def test_dashboards_without_a_sign_in_are_never_served_to_other_machines(tmp_path: Path) -> None:
    zones = _workspace(tmp_path)
    text = zones.settings_file.read_text("utf-8")
    zones.settings_file.write_text(text + '[up]\ndashboards = "0.0.0.0:8501"\n', "utf-8")
    with pytest.raises(SettingsError, match="reached from other machines"):
        services_of(zones, read_settings(zones.settings_file))


def test_two_services_on_one_port_are_refused_by_name(tmp_path: Path) -> None:
    zones = _workspace(tmp_path)
    text = zones.settings_file.read_text("utf-8")
    zones.settings_file.write_text(text + '[up]\nstaff = "127.0.0.1:8501"\n', "utf-8")
    with pytest.raises(SettingsError, match="dashboards and staff share port 8501"):
        read_settings(zones.settings_file)
