"""`quorum plan`: is the unit tree right, what would each least group size show, and which teams are pooled?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from flows import clock
from flows.commands.calendar import battery_of, calendar_json, calendar_lines
from flows.commands.plan_lines import report_json, report_lines, saved_lines
from flows.keys import signers
from flows.plan_report import OnStep, plan_report
from flows.plan_waves import Planner, plan_coming, save_plans
from flows.publish.read import Release, list_releases
from flows.settings import Settings, read_settings
from flows.workbench import catalogue_of, policy_of
from flows.zones import Zones
from surveys.instrument import Catalogue


def plan_workspace(root: Path, *, is_json: bool, has_teams: bool) -> None:
    """Plan the declared waves that have not opened, save their plans, and print the forecast of the next one."""
    zones = Zones(root.resolve()).require()
    settings = read_settings(zones.settings_file)
    catalogue = catalogue_of(zones)
    last = _last_release(zones)
    planner = _planner(zones, settings, catalogue, last)
    with _progress() as on_step:
        report = plan_report(planner, None if last is None else last.manifest.wave_id, on_step)
    calendar, texts = calendar_json(settings, catalogue), calendar_lines(settings, catalogue)
    save_plans(zones, report.planned)
    if is_json:
        click.echo(json.dumps({**report_json(report), "calendar": calendar}, indent=1, ensure_ascii=False))
        return
    for line in [*report_lines(report, has_teams=has_teams), *texts, *saved_lines(report.planned)]:
        click.echo(line)


def save_coming_plans(root: Path) -> None:
    """Plan the declared waves that have not opened and save their plans, without a forecast."""
    zones = Zones(root.resolve()).require()
    settings = read_settings(zones.settings_file)
    save_plans(zones, plan_coming(_planner(zones, settings, catalogue_of(zones), _last_release(zones))))


def _planner(zones: Zones, settings: Settings, catalogue: Catalogue, last: Release | None) -> Planner:
    return Planner(
        zones=zones,
        settings=settings,
        policy=policy_of(settings),
        catalogue=catalogue,
        last_groups=None if last is None else last.groups,
        battery_of=partial(battery_of, settings, catalogue),
        today=clock.today(),
    )


def _last_release(zones: Zones) -> Release | None:
    """The last release that is neither retracted nor refused."""
    if not zones.released.is_dir() or not any(zones.released.iterdir()):
        return None
    releases = list_releases(zones.released, signers(zones)).releases
    return releases[-1] if releases else None


@contextmanager
def _progress() -> Iterator[OnStep]:
    """A bar on a terminal, cleared at the end."""
    if not sys.stderr.isatty():
        yield _unheard
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("forecast")
        yield lambda done, of: progress.update(task, completed=done, total=of)


def _unheard(_done: int, _of: int) -> None:
    """Where nobody looks at a bar."""
