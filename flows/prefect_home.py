"""Prefect's settings for a workspace: its database inside the restricted zone, no telemetry, no chatter.

Must be called before Prefect is imported; importing Prefect costs seconds, so only commands that run flows do.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from flows.errors import KeyMissing
from flows.settings import read_settings
from flows.zones import Zones

NO_TELEMETRY = {
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
}
QUIET = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_ROOT_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
}
NOISY_LEVEL = "INFO"
SERVER_NAME = "PREFECT_API_URL"
PATIENCE_NAME = "PREFECT_CLIENT_MAX_RETRIES"
TRIES_OF_OWN_SERVER = "2"
"""A server of the run's own never comes back when it died: seconds of waiting for each answer, not a minute."""
DATABASE_NAME = "PREFECT_SERVER_DATABASE_CONNECTION_URL"


def use_prefect_home(zones: Zones, *, is_verbose: bool = False) -> None:
    """Point Prefect at this workspace. What the environment says of Prefect stays, but telemetry is off."""
    zones.prefect_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, value in QUIET.items():
        os.environ.setdefault(name, NOISY_LEVEL if is_verbose and value == "CRITICAL" else value)
    if SERVER_NAME not in os.environ:
        os.environ.setdefault(PATIENCE_NAME, TRIES_OF_OWN_SERVER)
    os.environ.update(NO_TELEMETRY)
    os.environ["PREFECT_HOME"] = str(zones.prefect_home)
    os.environ.setdefault("PREFECT_PROFILES_PATH", str(zones.prefect_home / "profiles.toml"))
    if zones.settings_file.is_file() and read_settings(zones.settings_file).up.database == "postgresql":
        os.environ[DATABASE_NAME] = database_url(zones, os.environ)


def database_url(zones: Zones, environment: Mapping[str, str]) -> str:
    """Address of the PostgreSQL database for Prefect, password included: never in quorum.toml, never an argument.

    Raises KeyMissing where neither the environment nor keys/database.url holds one.
    """
    url = environment.get(DATABASE_NAME, "")
    if not url and zones.database_url_file.exists():
        url = zones.database_url_file.read_text("utf-8").strip()
    if not url.startswith("postgresql+asyncpg://"):
        raise KeyMissing(
            "quorum.toml asks for PostgreSQL, and keys/database.url holds no address. Write one line into it, such as "
            "postgresql+asyncpg://quorum:PASSWORD@127.0.0.1/quorum, readable by you alone (chmod 600)."
        )
    return url
