"""The services of `quorum up`: their commands, environments and health addresses. Nothing is started here."""

from __future__ import annotations

import datetime
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flows.pages import pages_process
from flows.settings import Settings
from flows.zones import Zones, write_atomically

PROCFILE = "Procfile"


@dataclass(frozen=True, slots=True)
class Service:
    """One process. `environment`: all that it gets; None: that of `quorum up`. `health`: an address that answers."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    health: str | None = None

    @property
    def line(self) -> str:
        """Its line in the Procfile: kept running, started anew when it ends by itself."""
        keeper = (sys.executable, "-m", "flows.operate.keep_running", "--")
        return shlex.join([*keeper, *self.command])


def services_of(zones: Zones, settings: Settings) -> list[Service]:
    """Server, deployments, dashboards, and what serves the staff page of an open wave. Secrets are in no command."""
    up = settings.up
    with_api = {**os.environ, "PREFECT_API_URL": f"{up.prefect.url}/api"}
    pages = pages_process(zones, up.dashboards)
    server = (sys.executable, "-m", "prefect", "server", "start", "--host", up.prefect.address)
    return [
        Service("prefect", (*server, "--port", str(up.prefect.port)), health=f"{up.prefect.url}/api/health"),
        Service("flows", (sys.executable, "-m", "flows.operate.served", str(zones.root)), with_api),
        Service("dashboards", pages.command, pages.environment, f"{up.dashboards.url}/_stcore/health"),
        # Its page answers while a wave is open; `quorum up --check` asks it then.
        Service("staff", (sys.executable, "-m", "flows.operate.keep_staff_page", str(zones.root))),
    ]


def wave_for_staff(zones: Zones, settings: Settings, on: datetime.date) -> str | None:
    """The wave whose staff page is to be served: the first that has an inbox here and has not passed its last day.

    Else one that is over and not yet closed for good: its page tells people that it is over.
    """
    here = [wave for wave in settings.waves if _takes_answers(zones, wave.wave_id)]
    running = [wave for wave in here if wave.closes_on is None or on <= wave.closes_on]
    chosen = running[:1] or here[-1:]
    return chosen[0].wave_id if chosen else None


def _takes_answers(zones: Zones, wave_id: str) -> bool:
    """Whether a wave has an inbox here that was not closed: closing writes its batch."""
    return zones.inbox_file(wave_id, "sqlite").is_file() and not zones.inbox_file(wave_id, "batch").exists()


def write_procfile(zones: Zones, services: list[Service]) -> Path:
    """The one Procfile, beside Prefect's own files; any tool that reads Procfiles can start from it."""
    path = zones.prefect_home / PROCFILE
    write_atomically(path, "".join(f"{each.name}: {each.line}\n" for each in services).encode(), mode=0o600)
    return path
