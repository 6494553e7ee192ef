"""What `quorum up` starts: the staff page for an open wave only, and no secret in a command."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from flows.cli import quorum
from flows.commands.init import init_workspace
from flows.operate.services import services_of, wave_for_staff
from flows.settings import read_settings
from flows.zones import Zones

OPENS, CLOSES = datetime.date(2027, 1, 4), datetime.date(2027, 1, 15)


def _workspace(root: Path) -> Zones:
    init_workspace(root)
    zones = Zones(root)
    wave = f'[[waves]]\nwave_id = "w1"\nopens_on = {OPENS}\ncloses_on = {CLOSES}\n'
    zones.settings_file.write_text(zones.settings_file.read_text("utf-8") + wave, "utf-8")
    return zones


def test_the_staff_page_is_started_for_a_wave_whose_inbox_is_open(tmp_path: Path) -> None:
    zones = _workspace(tmp_path)
    settings = read_settings(zones.settings_file)
    assert wave_for_staff(zones, settings, OPENS) is None
    zones.inbox.mkdir(parents=True, exist_ok=True)
    (zones.inbox / "w1.sqlite").touch()
    assert wave_for_staff(zones, settings, OPENS) == "w1"
    assert wave_for_staff(zones, settings, CLOSES) is None


def test_the_call_of_the_staff_page_is_one_that_the_command_takes(tmp_path: Path) -> None:
    zones = _workspace(tmp_path)
    services = services_of(zones, read_settings(zones.settings_file), "w1")
    call = next(service.command for service in services if service.name == "staff")
    survey = quorum.commands["survey"]
    assert isinstance(survey, click.Group)
    survey.commands["serve"].make_context("serve", list(call[call.index("serve") + 1 :]))
