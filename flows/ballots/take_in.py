"""The mixed batch as one more source of `quorum run`, and its destruction once it is counted (BALLOTS I7, I8)."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from flows import log
from flows.ballots.close_and_mix import MIXED_HEAD, NOT_OPENED, read_records
from flows.ballots.make_ballots import secret_of
from flows.ballots.manifest_file import load_signed
from flows.collect.raw_table import RawTable, WrongRow
from flows.collect.tells import Tells
from flows.errors import ExportRefused, WorkspaceError
from flows.keys import overwrite_and_delete
from flows.zones import Zones
from surveys.ballot_record import HANDED_OVER, RecordError, open_inner, unpack
from surveys.page.inbox import InboxError, InboxState, open_inbox, state_of
from surveys.wave_manifest import WaveManifest

BALLOT_GRADE = "anonymous_ballot"
ANOTHER_WAVE = "of another wave"


@dataclass(frozen=True, slots=True)
class BallotOpener:
    """What opens the mixed batch of a wave. `spent_n`: used ballots of the inbox, None where it is not here."""

    manifest: WaveManifest
    steward_secret: bytes = field(repr=False)
    spent_n: int | None

    def open(self, con: duckdb.DuckDBPyConnection, path: Path) -> RawTable:
        """One row a sealed answer, in fresh random order. Raises ExportRefused where the account does not hold."""
        from flows.collect.record_table import table_of_texts

        manifest = self.manifest
        records = read_records(path, MIXED_HEAD, manifest.wave_id, HANDED_OVER)
        if self.spent_n is not None and self.spent_n != len(records):
            raise ExportRefused(
                f"wave {manifest.wave_id}: {self.spent_n:,} ballots were used, {path.name} holds {len(records):,} "
                "records. They must be equal. Close and mix again; nothing was stored."
            )
        self._refuse_crowd(records)
        secrets.SystemRandom().shuffle(records)
        columns = ("wave_id", "unit_id", *(item.id for item in manifest.items))
        rows, wrong = [], []
        for place, record in enumerate(records, 1):
            try:
                rows.append(self._row(record))
            except RecordError as error:
                wrong.append(WrongRow(place, "", error.reason))
        return RawTable(
            tool="ballots",
            path=path,
            staged=table_of_texts(con, columns, rows),
            columns=columns,
            file_columns=columns,
            read_n=len(records),
            wrong_rows=tuple(wrong),
            source_grade=BALLOT_GRADE,
            tells=Tells(only_complete=True),
        )

    def _row(self, record: bytes) -> list[str | None]:
        manifest, unit_no = self.manifest, int.from_bytes(record[:8], "big")
        if unit_no == NOT_OPENED:
            raise RecordError("did_not_open")
        opened = unpack(manifest.packed_items, open_inner(record[8:], self.steward_secret))
        if opened.tag != manifest.tag:
            return [ANOTHER_WAVE, None, *(None for _ in manifest.items)]
        if len(opened.answers) != len(manifest.items) or unit_no >= len(manifest.units):
            raise RecordError("did_not_unpack")
        return [manifest.wave_id, manifest.units[unit_no].unit_id, *opened.answers.values()]

    def _refuse_crowd(self, records: list[bytes]) -> None:
        """More answers than ballots of a unit cannot be: somebody wrote into the inbox (BALLOTS B4)."""
        counts = Counter(int.from_bytes(record[:8], "big") for record in records)
        for unit_no, unit in enumerate(self.manifest.units):
            if counts[unit_no] > unit.ballots_n:
                raise ExportRefused(
                    f'unit "{unit.unit_id}" has more answers than the {unit.ballots_n} ballots that were made for it. '
                    "Somebody else than the page wrote into the inbox. Nothing was stored."
                )


def is_ballot_wave(zones: Zones, wave_id: str) -> bool:
    """Whether the wave was opened on the staff page."""
    return zones.inbox_file(wave_id, "wave.json").exists()


def opener_of(zones: Zones, wave_id: str) -> BallotOpener:
    """The opener of a wave that is closed and mixed. Raises WorkspaceError, KeyMissing."""
    manifest = load_signed(zones, wave_id)
    state = inbox_state(zones, wave_id)
    if state is not None and not state.is_closed:
        raise WorkspaceError(
            f"wave {wave_id} is still open on the staff page: nothing is opened before it is closed. "
            f"Next:  quorum survey close --wave {wave_id}"
        )
    if not zones.inbox_file(wave_id, "mixed").exists():
        raise WorkspaceError(f"wave {wave_id} is closed, not mixed yet. Next:  quorum survey mix --wave {wave_id}")
    secret = secret_of(zones, wave_id, "steward", "its answers cannot be opened")
    return BallotOpener(manifest, secret, None if state is None else state.spent_n)


def inbox_state(zones: Zones, wave_id: str) -> InboxState | None:
    """Counts of the inbox; None where it is not on this machine or destroyed."""
    path = zones.inbox_file(wave_id, "sqlite")
    if not path.exists():
        return None
    try:
        with open_inbox(path) as con:
            return state_of(con)
    except InboxError as error:
        raise WorkspaceError(str(error)) from None


def ballots_account(zones: Zones, wave_id: str) -> dict[str, int | bool] | None:
    """For the release's manifest: ballots issued and used, and whether a restored inbox was accepted."""
    if not is_ballot_wave(zones, wave_id):
        return None
    manifest, state = load_signed(zones, wave_id), inbox_state(zones, wave_id)
    if state is None:
        return {"issued": manifest.ballots_n}
    return {"issued": manifest.ballots_n, "spent": state.spent_n, "restored_inbox_accepted": state.restored}


def destroy_ballots(zones: Zones, wave_id: str) -> int:
    """Destroy slots, ballots, pepper, batch and keys of a counted wave; how many files went. wave.json stays."""
    paths = [
        *(zones.ballot_key_file(wave_id, kind) for kind in ("pepper", "steward", "mixer")),
        *(zones.inbox_file(wave_id, kind) for kind in ("mixed", "batch", "sqlite-journal", "sqlite")),
    ]
    gone = [path for path in paths if path.exists()]
    for path in gone:
        overwrite_and_delete(path)
    zones.inbox_file(wave_id, "lock").unlink(missing_ok=True)
    folder = zones.ballots_folder(wave_id)
    sheets = _print_files(folder)
    for path in sheets:
        overwrite_and_delete(path)
    if gone:
        log.append(zones, "ballots_destroyed", wave_id=wave_id, files_n=len(gone), print_files_n=len(sheets))
    return len(gone) + len(sheets)


def _print_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.html")) if not path.name.startswith("poster")]
