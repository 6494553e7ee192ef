"""`quorum up`: everything together under honcho, and `--check`: is everything well?"""

from __future__ import annotations

import json
import socket
from pathlib import Path

import click

from flows import clock, log
from flows.errors import UsageError, WorkspaceError
from flows.operate.operate_settings import Place
from flows.operate.served import answers, serves_calendar
from flows.operate.services import services_of, wave_for_staff, write_procfile
from flows.pages import SAID, access_of
from flows.prefect_home import use_prefect_home
from flows.settings import Settings, read_settings
from flows.zones import Zones


def run_up(root: Path, *, is_verbose: bool) -> None:
    """Start all services and keep them until Ctrl-C or SIGTERM. Raises UsageError where a port is taken."""
    from flows.operate.together import run_together

    zones, settings = _workspace(root)
    staff_wave = wave_for_staff(zones, settings, clock.today())
    services = services_of(zones, settings)
    for name in ("dashboards", "prefect", "staff"):
        _refuse_taken(name, getattr(settings.up, name))
    use_prefect_home(zones, is_verbose=is_verbose)
    procfile = write_procfile(zones, services)
    log.append(zones, "services_started", services=[service.name for service in services])
    click.echo(f"Dashboards:  {settings.up.dashboards.url}")
    click.echo(SAID[access_of(zones).sign_in])
    click.echo(f"Prefect:     {settings.up.prefect.url}   (no sign-in: leave it on this machine)")
    if staff_wave is None:
        click.echo(f"Staff page:  {settings.up.staff.url}   once a wave is open (quorum survey open)")
    else:
        click.echo(f"Staff page:  {settings.up.staff.url}   wave {staff_wave}")
    click.echo(f"Daily look at the calendar: {settings.schedule.at}. Procfile: {procfile}")
    click.echo("Ready in about half a minute:  quorum up --check.   Ctrl-C ends all.")
    is_wanted = run_together(services, is_verbose=is_verbose)
    log.append(zones, "services_stopped")
    if not is_wanted:
        raise WorkspaceError("a service could not be kept running; see it with  quorum up --verbose")


def check_up(root: Path, *, is_json: bool) -> None:
    """Ask each service whether it is well. Raises WorkspaceError where one is not."""
    zones, settings = _workspace(root)
    healths = {service.name: service.health for service in services_of(zones, settings) if service.health}
    if wave_for_staff(zones, settings, clock.today()) is not None:
        healths["staff"] = f"{settings.up.staff.url}/healthz"
    states = {name: answers(health) for name, health in healths.items()}
    states["flows"] = serves_calendar(f"{settings.up.prefect.url}/api")
    if is_json:
        click.echo(json.dumps({"services": states}))
    else:
        for name, is_well in states.items():
            click.echo(f"{name:12} {'well' if is_well else 'does not answer'}")
    if not all(states.values()):
        raise WorkspaceError("not everything answers. Started just now? Wait half a minute. If not: quorum up")


def _workspace(root: Path) -> tuple[Zones, Settings]:
    zones = Zones(root.resolve()).require()
    return zones, read_settings(zones.settings_file)


def _refuse_taken(name: str, place: Place) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.address, place.port))
        except OSError:
            raise UsageError(
                f"{place.address}:{place.port} ([up] {name}) is taken, or is no address of this machine. End what "
                "listens there (another quorum up?), or choose another in quorum.toml. Nothing was started."
            ) from None
