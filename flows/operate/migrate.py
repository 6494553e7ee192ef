"""Layouts of workspaces and the steps between them. Releases are never touched: every contract stays readable.

A step can be done again: cut off at any moment, the next call makes it good. The version is written last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flows import log
from flows.errors import WorkspaceError
from flows.zones import WORKSPACE_VERSION, Zones, write_atomically


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from a layout to the next. `changes` says what it would do; `make` does it."""

    from_version: int
    changes: Callable[[Zones], Iterator[str]]
    make: Callable[[Zones], None]


def version_of(zones: Zones) -> int:
    """The layout of a workspace; 0 for one made before layouts had numbers. Raises WorkspaceError for a newer one."""
    if not zones.version_file.exists():
        return 0
    try:
        version = int(json.loads(zones.version_file.read_text("utf-8"))["workspace_version"])
    except (ValueError, KeyError, TypeError):
        raise WorkspaceError(f"{zones.version_file} cannot be read. Put it back from your backup.") from None
    if not 0 <= version <= WORKSPACE_VERSION:
        raise WorkspaceError(
            f"{zones.root} has workspace version {version}, this Quorum knows {WORKSPACE_VERSION}. Use a newer Quorum. "
            "Nothing was changed."
        )
    return version


def _private_folders(zones: Zones) -> Iterator[str]:
    for path in (zones.keys, zones.restricted):
        if not path.is_dir() or path.stat().st_mode & 0o077:
            yield f"{path.relative_to(zones.root)} becomes readable by this account alone"
    for path in (zones.released, zones.reports):
        if not path.is_dir():
            yield f"{path.relative_to(zones.root)} is made"


def _make_private(zones: Zones) -> None:
    for path in (zones.keys, zones.restricted):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    for path in (zones.released, zones.reports):
        path.mkdir(parents=True, exist_ok=True)


MIGRATIONS: tuple[Migration, ...] = (Migration(0, _private_folders, _make_private),)


def migrate(zones: Zones, *, is_dry_run: bool) -> list[str]:
    """Bring a workspace to this version's layout; what was done, or would be, a line each."""
    if not zones.settings_file.is_file():
        zones.require()
    version = version_of(zones)
    lines = []
    for step in MIGRATIONS:
        if step.from_version < version:
            continue
        lines += [f"{step.from_version} to {step.from_version + 1}: {line}" for line in step.changes(zones)]
        lines.append(f"{step.from_version} to {step.from_version + 1}: the version is noted")
        if not is_dry_run:
            step.make(zones)
            content = json.dumps({"workspace_version": step.from_version + 1}) + "\n"
            write_atomically(zones.version_file, content.encode())
            log.append(zones, "migrated", to_version=step.from_version + 1)
    return lines
