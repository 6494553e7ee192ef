"""Checks of the machine: versions, disk, clock, telemetry, ports."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import shutil
import socket
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement

from flows import clock, log
from flows.errors import KeyMissing, WorkspaceError
from flows.operate.finding import Finding, fault, good, notice
from flows.operate.operate_settings import LOOPBACK
from flows.prefect_home import NO_TELEMETRY
from flows.settings import Settings
from flows.zones import Zones, memory_store

PACKAGE = "quorum-pulse"
FREE_AT_LEAST = 1 << 30
INODES_AT_LEAST = 1_000
SLACK = datetime.timedelta(minutes=10)
OLDEST_YEAR = 2026
API_NAMES = ("PREFECT_API_URL", "PREFECT_CLOUD_API_URL")


def check_versions() -> Iterator[Finding]:
    """Python and the packages that this version was made for; encryption of stores works."""
    wrong = sorted(_wrong_packages())
    for says in wrong:
        yield fault(
            "versions", says, "Install from the lock file again: pip install --require-hashes -r requirements.lock"
        )
    if not wrong:
        yield good("versions", f"Python {sys.version.split()[0]} and all packages fit {PACKAGE}")
    try:
        with memory_store():
            yield good("encryption", "DuckDB's encryption is there")
    except Exception as error:
        yield fault("encryption", f"DuckDB's encryption cannot be loaded ({type(error).__name__})",
                    "Install duckdb-extension-httpfs in the version of duckdb.")  # fmt: skip


def _wrong_packages() -> Iterator[str]:
    for line in importlib.metadata.requires(PACKAGE) or ():
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            found = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            yield f"{wanted.name} is not installed"
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            yield f"{wanted.name} is {found}, this version of Quorum needs {wanted.specifier}"


def check_disk(zones: Zones) -> Iterator[Finding]:
    """Room for another wave: twice the largest store, and a gigabyte."""
    usage = shutil.disk_usage(zones.root)
    stores = [path.stat().st_size for path in zones.wave_store("x").parent.glob("*.duckdb")]
    needed = FREE_AT_LEAST + 2 * max(stores, default=0)
    says = f"{usage.free / 1e9:.1f} GB free, a run may need {needed / 1e9:.1f} GB"
    cure = "Make room: old exports, backups that are kept elsewhere too, or a larger disk."
    yield good("disk", says) if usage.free >= needed else fault("disk", says, cure)
    inodes = os.statvfs(zones.root)
    if inodes.f_files and inodes.f_favail < INODES_AT_LEAST:
        yield fault("disk", f"only {inodes.f_favail} further files fit on this disk", cure)
    if not os.access(zones.root, os.W_OK) or inodes.f_flag & os.ST_RDONLY:
        yield fault("disk", "the workspace cannot be written to", "Mount the disk for writing, or correct the owner.")


def check_clock(zones: Zones) -> Iterator[Finding]:
    """The clock has not gone backwards since the last entry of the log."""
    now = clock.now()
    if now.year < OLDEST_YEAR:
        yield fault("clock", f"this machine says {now:%Y-%m-%d}", "Set the clock; switch time synchronisation on.")
        return
    try:
        entries = list(log.entries(zones))
    except WorkspaceError:
        return
    last = max((datetime.datetime.fromisoformat(str(entry["at"])) for entry in entries), default=None)
    if last is not None and last > now + SLACK:
        yield fault(
            "clock",
            f"the log knows {last:%Y-%m-%d %H:%M} UTC, this machine says {now:%Y-%m-%d %H:%M}: one clock was wrong",
            "Set the clock; switch time synchronisation on. Opening, closing and retention days follow it.",
        )
        return
    yield good("clock", f"{now:%Y-%m-%d %H:%M} UTC, not before the last entry of the log")


def check_telemetry(zones: Zones, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Nothing reports to anybody: no foreign Prefect server, no usage statistics switched on."""
    bad = list(_loud(zones, environment))
    yield from bad
    if not bad:
        yield good("telemetry", f"off: {', '.join(sorted(NO_TELEMETRY))}; Prefect works on this machine only")


def _loud(zones: Zones, environment: Mapping[str, str]) -> Iterator[Finding]:
    for name, value in _prefect_urls(zones, environment):
        if (urlsplit(value).hostname or "") not in LOOPBACK:
            yield fault(
                "telemetry",
                f"{name} sends the states of runs to another machine ({urlsplit(value).hostname})",
                f"Remove {name} from the environment, or from profiles.toml in data/restricted/prefect.",
            )
    for name, silent in NO_TELEMETRY.items():
        value = environment.get(name, silent)
        if value.lower() != silent:
            yield notice(
                "telemetry",
                f"{name}={value} is set in this environment; Quorum overrides it, other programs do not",
                f"Set {name}={silent}.",
            )
    for path in (zones.root / ".streamlit" / "config.toml", Path.home() / ".streamlit" / "config.toml"):
        if _gathers_statistics(path):
            yield notice(
                "telemetry",
                f"{path} switches usage statistics of Streamlit on; Quorum overrides it, other programs do not",
                "Set gatherUsageStats = false there.",
            )


def _prefect_urls(zones: Zones, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in API_NAMES:
        if environment.get(name):
            yield name, environment[name]
    path = zones.prefect_home / "profiles.toml"
    try:
        profiles = tomllib.loads(path.read_text("utf-8")).get("profiles", {})
    except (OSError, ValueError):
        return
    for profile in profiles.values():
        if isinstance(profile, dict):
            yield from ((name, str(profile[name])) for name in API_NAMES if profile.get(name))


def _gathers_statistics(path: Path) -> bool:
    try:
        return tomllib.loads(path.read_text("utf-8")).get("browser", {}).get("gatherUsageStats") is True
    except (OSError, ValueError, AttributeError):
        return False


def check_ports(settings: Settings) -> Iterator[Finding]:
    """The ports of `quorum up` are free, or are its own; what other machines can reach."""
    for name in ("dashboards", "prefect", "staff"):
        place = getattr(settings.up, name)
        if not place.is_local:
            yield notice(
                "ports",
                f"[up] {name} listens on {place.address}: other machines reach it without TLS",
                "Let it listen on 127.0.0.1, and put a proxy with TLS before it (how-to: run it as a service).",
            )
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            is_taken = probe.connect_ex(("127.0.0.1", place.port)) == 0
        if is_taken:
            yield notice(
                "ports",
                f"port {place.port} ([up] {name}) answers already",
                "If that is your `quorum up`, all is well. If not, choose another port in quorum.toml.",
            )
        else:
            yield good("ports", f"port {place.port} ({name}) is free")


def check_database(zones: Zones, settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """The address of PostgreSQL is there where the settings name it."""
    from flows.prefect_home import database_url

    if settings.up.database == "postgresql":
        try:
            database_url(zones, environment)
            yield good("database", "PostgreSQL, by setting")
        except KeyMissing as error:
            yield fault("database", str(error), "Write the address into keys/database.url (0600).")
