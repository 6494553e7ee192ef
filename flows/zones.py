"""The two zones of a workspace. Only this module names data folders and opens restricted stores.

`data/restricted/` holds answers, in one encrypted DuckDB file a wave; `data/released/` holds releases.
"""

from __future__ import annotations

import errno
import importlib.resources
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.errors import KeyMissing, UsageError, WorkspaceError

if TYPE_CHECKING:
    import duckdb

WORKSPACE_VERSION = 1
WAVE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
HEX_KEY = re.compile(r"[0-9a-f]{64}")
DISK_FULL = "the disk is full. Nothing is lost and nothing was released: make room, run again."


def check_wave_id(wave_id: str) -> str:
    """The wave id itself. Raises UsageError where it has other characters than letters, digits, `-`, `_`."""
    if not WAVE_ID.fullmatch(wave_id):
        raise UsageError(
            f'wave id "{wave_id[:80]}": use letters, digits, "-" and "_" only, at most 64 of them; for example 2026-11.'
        )
    return wave_id


@dataclass(frozen=True, slots=True)
class Zones:
    """Paths of one workspace."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """quorum.toml."""
        return self.root / "quorum.toml"

    @property
    def units_file(self) -> Path:
        """The unit tree of waves that have none of their own."""
        return self.root / "units.csv"

    def units_file_of(self, wave_id: str) -> Path:
        """The unit tree of a wave: its own where there is one, else the common one."""
        own = self.root / "units" / f"{wave_id}.csv"
        return own if own.exists() else self.units_file

    @property
    def instruments(self) -> Path:
        """The organisation's own instruments."""
        return self.root / "instruments"

    @property
    def maps(self) -> Path:
        """Column maps."""
        return self.root / "maps"

    @property
    def keys(self) -> Path:
        """Keys, readable by the owner only."""
        return self.root / "keys"

    def wave_key_file(self, wave_id: str) -> Path:
        """The storage key of one wave, where keys are kept in files."""
        return self.keys / "waves" / f"{wave_id}.key"

    @property
    def signing_key_file(self) -> Path:
        """The private key that signs releases."""
        return self.keys / "release.key"

    @property
    def public_key_file(self) -> Path:
        """The public key that verifies releases."""
        return self.keys / "release.pub"

    @property
    def sign_in_file(self) -> Path:
        """Client and cookie secrets of the sign-in service."""
        return self.keys / "sign-in.toml"

    def plan_file(self, wave_id: str) -> Path:
        """What was fixed for a wave when it opened, or at its first run."""
        return self.root / "plans" / f"{wave_id}.json"

    @property
    def restricted(self) -> Path:
        """Answers; never read by dashboards."""
        return self.root / "data" / "restricted"

    def wave_store(self, wave_id: str) -> Path:
        """The encrypted store of one wave."""
        return self.restricted / "waves" / f"{wave_id}.duckdb"

    def pulled(self, wave_id: str, number: int) -> Path:
        """What was pulled from a survey tool for a wave, encrypted, until the wave is released."""
        return self.restricted / "inbox" / f"{wave_id}.pull-{number}"

    def quarantine(self, wave_id: str) -> Path:
        """Rows of a wave that were set aside, exported by a steward: an encrypted database."""
        return self.restricted / "quarantine" / f"{wave_id}.duckdb"

    def unit_rules(self, wave_id: str) -> Path:
        """Which unit a label means, in one wave."""
        return self.maps / "rules" / f"{wave_id}.yaml"

    @property
    def prefect_home(self) -> Path:
        """Prefect's own database."""
        return self.restricted / "prefect"

    @property
    def spill(self) -> Path:
        """Where a query that outgrows memory may write, encrypted."""
        return self.restricted / "tmp"

    def staging(self, wave_id: str) -> Path:
        """Where protected tables wait for their audit; not yet in the released zone."""
        return self.restricted / "staging" / wave_id

    @property
    def released(self) -> Path:
        """Releases, immutable."""
        return self.root / "data" / "released"

    def release(self, wave_id: str) -> Path:
        """The release of one wave."""
        return self.released / wave_id

    @property
    def derived(self) -> Path:
        """Levels, changes and comparisons, made from releases alone."""
        return self.root / "data" / "derived"

    @property
    def reports(self) -> Path:
        """Counts for stewards."""
        return self.root / "data" / "reports"

    @property
    def rehearsal_file(self) -> Path:
        """The day that a rehearsal has come to; only in workspaces that `quorum rehearse` made."""
        return self.root / "data" / "rehearsal.json"

    @property
    def inputs_file(self) -> Path:
        """Where the export files of each wave lay when they were read, so that they can be named at shredding."""
        return self.restricted / "inputs.json"

    @property
    def inbox(self) -> Path:
        """Sealed answers of the staff page."""
        return self.restricted / "inbox"

    def inbox_file(self, wave_id: str, kind: str) -> Path:
        """A file of the staff page of one wave: sqlite, batch, mixed, wave.json or wave.sig."""
        return self.inbox / f"{wave_id}.{kind}"

    def ballot_key_file(self, wave_id: str, kind: str) -> Path:
        """A secret of the staff page of one wave: steward, mixer or pepper."""
        return self.keys / "ballots" / f"{wave_id}.{kind}"

    def ballots_folder(self, wave_id: str) -> Path:
        """Print files of a wave: ballots, posters, texts of reminders."""
        return self.root / "ballots" / wave_id

    @property
    def site(self) -> Path:
        """Wave reports and Data Docs as pages: counts of the whole organisation, no row."""
        return self.reports / "site"

    @property
    def message_addresses_file(self) -> Path:
        """Addresses that stewards get messages at, with their passwords; readable by the owner only."""
        return self.keys / "messages.urls"

    @property
    def database_url_file(self) -> Path:
        """Address of the PostgreSQL database that Prefect uses, with its password; readable by the owner only."""
        return self.keys / "database.url"

    @property
    def actions_file(self) -> Path:
        """What leadership decided."""
        return self.root / "data" / "actions.sqlite3"

    @property
    def log_file(self) -> Path:
        """The hash-chained log."""
        return self.root / "log" / "audit.jsonl"

    @property
    def lock_file(self) -> Path:
        """Held while a run writes into this workspace."""
        return self.restricted / ".lock"

    @property
    def version_file(self) -> Path:
        """Which layout this workspace has."""
        return self.root / "data" / "workspace.json"

    def check_version(self) -> None:
        """Raises WorkspaceError where the workspace was made by another version of the layout."""
        if not self.version_file.exists():
            return
        try:
            version = json.loads(self.version_file.read_text("utf-8"))["workspace_version"]
        except (ValueError, KeyError, TypeError):
            version = None
        if version != WORKSPACE_VERSION:
            raise WorkspaceError(
                f"{self.root} has workspace version {version}, this Quorum knows {WORKSPACE_VERSION}. "
                "Use the Quorum that made it, or a newer one. Nothing was changed."
            )

    def require(self) -> Zones:
        """These zones. Raises WorkspaceError where the folder is no workspace."""
        if not self.settings_file.is_file():
            raise WorkspaceError(
                f"{self.root} is no Quorum workspace (no quorum.toml). Make one with `quorum init DIR`, "
                "or name one with --workspace DIR."
            )
        self.check_version()
        return self


def _connect(spill: Path | None) -> duckdb.DuckDBPyConnection:
    import duckdb

    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "enable_external_access": "true",
            "threads": str(max(1, os.cpu_count() or 1)),
            "preserve_insertion_order": "false",
        }
    )
    package = importlib.resources.files("duckdb_extension_httpfs") / "extensions"
    extension = package / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
    con.load_extension(str(extension))
    con.execute("set temp_file_encryption = true")
    if spill is None:
        con.execute("set max_temp_directory_size = '0KiB'")
    else:
        con.execute("set temp_directory = $spill", {"spill": str(spill)})
    return con


@contextmanager
def memory_store() -> Iterator[duckdb.DuckDBPyConnection]:
    """A store that never touches the disk, for `quorum check`."""
    con = _connect(None)
    try:
        con.execute("attach ':memory:' as wave")
        con.execute("use wave")
        yield con
    finally:
        con.close()


@contextmanager
def open_store(path: Path, key: str, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The encrypted store at `path`, made where it is missing; the connection stands in its schema.

    Raises KeyMissing where the key does not fit, WorkspaceError where the file is no store.
    """
    import duckdb

    if not HEX_KEY.fullmatch(key):
        raise KeyMissing(
            f"the key of {path.name} is not 64 hexadecimal digits. Put the key back from your second copy."
        )
    spill.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    con = _connect(spill)
    try:
        # ATTACH takes no parameters: the key is checked to be hexadecimal, the path is quoted by doubling.
        quoted = str(path).replace("'", "''")
        con.execute(f"attach '{quoted}' as wave (encryption_key '{key}')")
        con.execute("use wave")
    except duckdb.InvalidInputException:
        con.close()
        raise KeyMissing(
            f"the key of {path.name} does not fit. Put back the key that was made with this store, "
            "from your second copy of keys/."
        ) from None
    except duckdb.Error as error:
        con.close()
        if is_disk_full(error):
            raise WorkspaceError(DISK_FULL) from None
        raise WorkspaceError(
            f"{path.name} cannot be opened as a store ({type(error).__name__}). Another run may be using it; "
            "if not, run the wave again from its export."
        ) from None
    try:
        yield con
    finally:
        con.close()


def copy_store(source: Path, key: str, target: Path, new_key: str, spill: Path) -> None:
    """Copy a whole store under another key, flushed to disk. Raises what `open_store` raises."""
    target.unlink(missing_ok=True)
    with open_store(source, key, spill) as con:
        quoted = str(target).replace("'", "''")
        con.execute(f"attach '{quoted}' as copied (encryption_key '{new_key}')")
        con.execute("copy from database wave to copied")
        con.execute("checkpoint copied")
        con.execute("detach copied")
    with target.open("rb") as file:
        os.fsync(file.fileno())


def write_out(con: duckdb.DuckDBPyConnection) -> None:
    """Bring all of an open store into its one file. Raises WorkspaceError where the disk does not take it."""
    import duckdb

    try:
        con.execute("checkpoint wave")
    except duckdb.Error as error:
        if is_disk_full(error):
            raise WorkspaceError(DISK_FULL) from None
        raise WorkspaceError(
            f"the store of the wave could not be written ({type(error).__name__}). Nothing was released: "
            "look after the disk, run again."
        ) from None


def is_disk_full(error: Exception) -> bool:
    """Whether an error of the system or of DuckDB says that there is no room left."""
    return (isinstance(error, OSError) and error.errno == errno.ENOSPC) or "No space left" in str(error)


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file so that a kill at any moment leaves the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
