"""`python -m flows.operate.served WORKSPACE`: serves the deployments of a workspace, once Prefect's server answers."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from flows.prefect_home import use_prefect_home
from flows.settings import read_settings
from flows.zones import Zones

PATIENCE_SECONDS = 240
LOOK = "daily-look/calendar"


def answers(url: str) -> bool:
    """Whether a service on this machine answers well."""
    try:
        with urlopen(url, timeout=5) as reply:  # noqa: S310 - an address made from quorum.toml
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


def serves_calendar(api: str) -> bool:
    """Whether the daily look is served: Prefect calls it ready while somebody has asked for its runs of late."""
    try:
        with urlopen(f"{api}/deployments/name/{LOOK}", timeout=5) as reply:  # noqa: S310 - as above
            return bool(json.load(reply)["status"] == "READY")
    except (OSError, ValueError, KeyError):
        return False


def wait_for(url: str, seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether it answers within this time."""
    until = time.monotonic() + seconds
    while not answers(url):
        if time.monotonic() > until:
            return False
        time.sleep(1)
    return True


if __name__ == "__main__":
    zones = Zones(Path(sys.argv[1]).resolve()).require()
    use_prefect_home(zones)
    if not wait_for(os.environ["PREFECT_API_URL"] + "/health"):
        sys.exit("Prefect's server does not answer")
    from flows.year_flow import serve_year

    serve_year(zones.root, read_settings(zones.settings_file).schedule)
