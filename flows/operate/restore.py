"""Bringing a backup back: checked before anything is written; nothing that is there is overwritten.

The log decides: the longer of two logs of one chain is kept, so a wave that was shredded after the backup stays
shredded, and one that was released after it stays released.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from flows.errors import WorkspaceError
from flows.keys import signers
from flows.operate.backup import LIST_NAME, SIGNATURE_NAME, parse_listing
from flows.publish.signers import HANDOVER_FILE
from flows.zones import Zones, write_atomically

PRIVATE = ("data/restricted", "keys/")
PUBLIC_KEY = "keys/release.pub"
HANDOVERS = f"keys/{HANDOVER_FILE}"
LOG = "log/audit.jsonl"
SITE = "data/reports/site/"
"""Pages that backups of before held: among them Data Docs, which a shred destroys. They are left out."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that has been checked: its day, and its files by their path in the workspace."""

    made_on: str
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: files written, files left as they are because they differ, and which log was kept."""

    made_on: str
    written: tuple[str, ...]
    kept: tuple[str, ...]
    log_kept: str


def read_backup(path: Path) -> Backup:
    """Read and check a backup. Raises WorkspaceError where it is none, is damaged, or was changed."""
    try:
        with tarfile.open(path, "r:") as archive:
            contents = {
                member.name: file.read()
                for member in archive.getmembers()
                if member.isfile() and (file := archive.extractfile(member)) is not None
            }
        listing = parse_listing(contents[LIST_NAME])
        expected = listing["files"]
        signature, raw = contents.pop(SIGNATURE_NAME), contents.pop(LIST_NAME)
        if not isinstance(expected, dict):
            raise ValueError(path.name)
    except FileNotFoundError:
        raise WorkspaceError(f"{path} does not exist. Nothing was changed.") from None
    except (tarfile.TarError, KeyError, ValueError, EOFError):
        raise WorkspaceError(f"{path.name} is no backup of Quorum, or only half of one. Nothing was changed.") from None
    found = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    if found != expected or not _is_signed(contents, raw, signature) or any(map(_is_foreign, contents)):
        raise WorkspaceError(f"{path.name} is damaged, or was changed after it was made. Nothing was changed.")
    return Backup(str(listing["made_on"]), contents)


def _is_signed(contents: Mapping[str, bytes], listing: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(contents[PUBLIC_KEY].decode("ascii").strip()))
        public.verify(signature, listing)
    except (InvalidSignature, ValueError, KeyError):
        return False
    return True


def _is_foreign(name: str) -> bool:
    """Whether a path leads out of the workspace, or to where answers and secret keys lie."""
    path = PurePosixPath(name)
    leaves = path.is_absolute() or ".." in path.parts
    return leaves or (name.startswith(PRIVATE) and name not in (PUBLIC_KEY, HANDOVERS))


def _is_ours(zones: Zones, public: bytes) -> bool:
    """Whether a backup signed with this key is of this workspace: its key of today, or one that it replaced."""
    if zones.public_key_file.read_bytes() == public:
        return True
    return bytes.fromhex(public.decode("ascii").strip()) in signers(zones).earlier


def restore_backup(zones: Zones, backup: Backup) -> Restored:
    """Write what is missing. Raises WorkspaceError where workspace and backup are not of one history."""
    public = backup.files[PUBLIC_KEY]
    if zones.public_key_file.exists() and not _is_ours(zones, public):
        raise WorkspaceError(
            f"{zones.root} signs with another key than the workspace of this backup. Restore into a folder of its own. "
            "Nothing was changed."
        )
    merged, log_kept = _longer_log(zones, backup)
    written, kept = [], []
    for name, content in sorted(backup.files.items()):
        path = zones.root / name
        if name.startswith(SITE):
            continue
        if name == LOG:
            content = merged
        if path.exists() and path.read_bytes() != content and name != LOG:
            kept.append(name)
        elif not path.exists() or path.read_bytes() != content:
            write_atomically(path, content)
            written.append(name)
    for folder in (zones.keys, zones.restricted):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    return Restored(backup.made_on, tuple(written), tuple(kept), log_kept)


def _longer_log(zones: Zones, backup: Backup) -> tuple[bytes, str]:
    saved = backup.files.get(LOG, b"")
    here = zones.log_file.read_bytes() if zones.log_file.exists() else b""
    if saved.startswith(here):
        return saved, "the one of the backup"
    if here.startswith(saved):
        return here, "the one that is here, which continues that of the backup"
    raise WorkspaceError(
        f"{zones.log_file} is no continuation of the log in this backup, nor the other way round: the two went "
        "different ways. Restore into a folder of its own. Nothing was changed."
    )
