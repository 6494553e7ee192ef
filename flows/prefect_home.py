"""Prefect's settings for a workspace: its database inside the restricted zone, no telemetry, no chatter.

Must be called before Prefect is imported; importing Prefect costs seconds, so only commands that run flows do.
"""

from __future__ import annotations

import os

from flows.zones import Zones

NO_TELEMETRY = {
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
}
QUIET = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
}
NOISY_LEVEL = "INFO"


def use_prefect_home(zones: Zones, *, is_verbose: bool = False) -> None:
    """Point Prefect at this workspace. What the environment says of Prefect stays, but telemetry is off."""
    zones.prefect_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, value in QUIET.items():
        os.environ.setdefault(name, NOISY_LEVEL if is_verbose and value == "CRITICAL" else value)
    os.environ.update(NO_TELEMETRY)
    os.environ["PREFECT_HOME"] = str(zones.prefect_home)
    os.environ.setdefault("PREFECT_PROFILES_PATH", str(zones.prefect_home / "profiles.toml"))
