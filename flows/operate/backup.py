"""What a backup holds, and how it is made: one tar file with a signed list of checksums.

In it: settings, units, maps, instruments, plans, log, releases, reports, actions, the public key. Not in it: answers,
the open inbox (a restored one would let used ballots vote again), Prefect's states, secret keys, and the pages of
`quorum site`, which are made anew at any time and would bring the Data Docs of a shredded wave back.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from flows import clock, log
from flows.keys import sign
from flows.publish.signers import HANDOVER_FILE
from flows.publish.write import canonical_json
from flows.zones import Zones, write_atomically

BACKUP_FORMAT = 1
LIST_NAME = "backup.json"
SIGNATURE_NAME = "backup.sig"


@dataclass(frozen=True, slots=True)
class BackupMade:
    """What was saved: files, their size, the releases in it, and the end of the log then."""

    path: Path
    files_n: int
    bytes_n: int
    releases_n: int
    head: str


def make_backup(zones: Zones, path: Path) -> BackupMade:
    """Write the backup so that a kill leaves the old file or the new one. Raises KeyMissing without a signing key."""
    contents = {str(file.relative_to(zones.root)): _read(zones, file) for file in _files(zones)}
    listing = canonical_json(
        {
            "format": BACKUP_FORMAT,
            "made_on": clock.today().isoformat(),
            "log_head": log.head(zones),
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())},
        }
    )
    signature, _ = sign(zones, listing)
    raw = _tar({LIST_NAME: listing, SIGNATURE_NAME: signature, **contents})
    write_atomically(path, raw, mode=0o600)
    releases_n = sum(name.endswith("/manifest.json") for name in contents)
    return BackupMade(path, len(contents), len(raw), releases_n, log.head(zones))


def _files(zones: Zones) -> Iterator[Path]:
    single = (
        zones.settings_file,
        zones.units_file,
        zones.version_file,
        zones.actions_file,
        zones.log_file,
        zones.public_key_file,
        zones.public_key_file.parent / HANDOVER_FILE,
    )
    yield from (path for path in single if path.is_file())
    folders = (zones.root / "units", zones.instruments, zones.maps, zones.plan_file("x").parent, zones.reports)
    for folder in (*folders, *zones.released.glob("[!.]*")):
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and _is_kept(zones, path))


def _is_kept(zones: Zones, path: Path) -> bool:
    return not path.name.startswith(".") and zones.site not in path.parents


def _read(zones: Zones, path: Path) -> bytes:
    """A file's bytes; of a database a consistent copy, also while a page writes to it."""
    if path != zones.actions_file:
        return path.read_bytes()
    with tempfile.TemporaryDirectory(dir=zones.actions_file.parent) as folder:
        copy = os.path.join(folder, path.name)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return Path(copy).read_bytes()


def _tar(contents: dict[str, bytes]) -> bytes:
    """The same contents give the same bytes: no times, no owners."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return raw.getvalue()


def parse_listing(raw: bytes) -> dict[str, object]:
    """The list of a backup. Raises ValueError where it is none."""
    listing = json.loads(raw)
    if not isinstance(listing, dict) or listing.get("format") != BACKUP_FORMAT:
        raise ValueError(BACKUP_FORMAT)
    return listing
