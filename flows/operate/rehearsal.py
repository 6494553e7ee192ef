"""A year of an invented organisation, played day by day: what a steward will meet, in an hour and without risk.

Exports arrive in `exports/` the day after a wave closes. Three come with trouble: in March a file of another system
first, in May a file with few of the answers, in August none for ten days.
"""

from __future__ import annotations

import datetime
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows import clock, log
from flows.commands.init import init_workspace
from flows.demo.answers import demo_rows, items_asked
from flows.demo.exports import tidy_csv
from flows.demo.organisation import DIVISIONS, FAMILY, ORGANISATION, DemoTeam, demo_teams, slug, units_csv
from flows.errors import UsageError, WorkspaceError
from flows.operate.approval import open_questions
from flows.operate.day import look_directly
from flows.operate.rehearsed_day import STARTED, keep_rehearsed_day, rehearsed_day
from flows.zones import Zones
from surveys.instrument import Catalogue
from surveys.load import load_catalogue

YEAR = 2027
WAVES = tuple(f"{YEAR}-{month:02}" for month in range(1, 13))
FIRST_DAY, LAST_DAY = datetime.date(YEAR - 1, 12, 27), datetime.date(YEAR + 1, 4, 30)
BAD, FEW, LATE = f"{YEAR}-03", f"{YEAR}-05", f"{YEAR}-08"
BAD_TEXT = "ticket;opened;closed\n1;2027-03-01;2027-03-02\n"
FEW_SHARE = 8
ANSWERS = "post"
DIVISION = "Inpatient"


@dataclass(frozen=True, slots=True)
class DayPlayed:
    """A day on which something happened."""

    on: datetime.date
    lines: tuple[str, ...]


def start_rehearsal(root: Path) -> None:
    """Make the workspace. Raises WorkspaceError where the folder holds something."""
    if root.exists() and any(root.iterdir()):
        raise WorkspaceError(f"{root} is not empty. A rehearsal needs a folder of its own.")
    init_workspace(root)
    zones = Zones(root.resolve())
    with clock.rehearsing(FIRST_DAY):
        log.append(zones, STARTED)
    keep_rehearsed_day(zones, FIRST_DAY)
    catalogue, teams = load_catalogue(), _teams()
    zones.units_file.write_text(_units(teams), "utf-8")
    zones.settings_file.write_text(_settings(), "utf-8")
    for name in ("exports", ANSWERS):
        (zones.root / name).mkdir()
    for number, wave_id in enumerate(WAVES):
        _write_export(zones, catalogue, teams, number, wave_id)


def _teams() -> list[DemoTeam]:
    """The wards of the demo: small enough for a year in minutes."""
    departments = {slug(name) for name in DIVISIONS[DIVISION]}
    return [team for team in demo_teams(len(WAVES)) if team.department_id in departments]


def _units(teams: list[DemoTeam]) -> str:
    """Organisation, division, departments and teams of the wards."""
    kept = {"unit_id", slug(ORGANISATION), slug(DIVISION), *(slug(name) for name in DIVISIONS[DIVISION])}
    kept |= {team.unit_id for team in teams}
    lines = [line for line in units_csv(teams).splitlines() if line.split(",")[0] in kept]
    return "\n".join(lines) + "\n"


def _write_export(zones: Zones, catalogue: Catalogue, teams: list[DemoTeam], number: int, wave_id: str) -> None:
    known = {team.unit_id for team in teams} | {slug(ORGANISATION), *(slug(name) for name in DIVISIONS[DIVISION])}
    rows = [row for row in demo_rows(catalogue, teams, number) if row.unit_id in known]
    frame = pl.read_csv(io.StringIO(tidy_csv(rows, items_asked(number))), infer_schema=False).drop(FAMILY)
    text = frame.write_csv()
    (zones.root / ANSWERS / f"{wave_id}.csv").write_text(text, "utf-8", newline="")


def _settings() -> str:
    lines = ["[organisation]", f'name = "{ORGANISATION}, rehearsed"', "[survey]", 'rhythm = "monthly"']
    for number, wave_id in enumerate(WAVES):
        month = number + 1
        opens_on, closes_on = datetime.date(YEAR, month, 2), datetime.date(YEAR, month, 13)
        items = ", ".join(f'"{item}"' for item in items_asked(number))
        lines += ["[[waves]]", f'wave_id = "{wave_id}"', f"opens_on = {opens_on}", f"closes_on = {closes_on}"]
        lines += [f"items = [{items}]"]
    for wave_id in WAVES:
        lines += ["[[sources]]", f'wave_id = "{wave_id}"', f'path = "exports/{wave_id}.csv"']
    return "\n".join([*lines, "[retention]", "days = 90", "[schedule]", 'release = "by_itself"']) + "\n"


def play(root: Path, until: datetime.date) -> Iterator[DayPlayed]:
    """Play day after day, up to `until` or the next question that a steward has to answer. Yields eventful days."""
    zones = Zones(root.resolve()).require()
    today = rehearsed_day(zones)
    if today is None:
        raise UsageError(f"{root} is no rehearsal. Make one in a new folder:  quorum rehearse DIR")
    while today <= until:
        _deliver(zones, today)
        with clock.rehearsing(today):
            lines = look_directly(root)
            waiting = open_questions(zones)
        if lines:
            yield DayPlayed(today, tuple(lines))
        if waiting:
            return
        today += datetime.timedelta(days=1)
        keep_rehearsed_day(zones, min(today, LAST_DAY))


def _deliver(zones: Zones, on: datetime.date) -> None:
    """Put the exports that arrive on this day where the settings look for them."""
    for month, wave_id in enumerate(WAVES, start=1):
        days = (on - datetime.date(YEAR, month, 13)).days
        whole, target = zones.root / ANSWERS / f"{wave_id}.csv", zones.root / "exports" / f"{wave_id}.csv"
        if wave_id == BAD and days == 1 and not target.exists():
            target.write_text(BAD_TEXT, "utf-8")
        elif wave_id == FEW and days == 1 and not target.exists():
            lines = whole.read_text("utf-8").splitlines(keepends=True)
            target.write_text("".join([lines[0], *lines[1::FEW_SHARE]]), "utf-8")
        elif wave_id != FEW and days == {BAD: 4, LATE: 10}.get(wave_id, 1):
            shutil.copyfile(whole, target)
