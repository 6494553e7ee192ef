"""Close, then mix: used records to a sorted batch, the outer seal off, sorted again (BALLOTS I7).

Every step can be killed and run again: the same records give the same bytes.
"""

from __future__ import annotations

import datetime
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from flows import log
from flows.errors import ExportRefused, KeyMissing, WorkspaceError
from flows.zones import Zones, write_atomically
from surveys.ballot_record import HANDED_OVER, OUTER, RecordError, open_outer, public_half
from surveys.page.inbox import InboxError, close, open_inbox, state_of, used_records
from surveys.wave_manifest import WaveManifest

BATCH_HEAD = b"quorum-batch-v1\n"
MIXED_HEAD = b"quorum-mixed-v1\n"
NOT_OPENED = (1 << 64) - 1
"""Unit number of a record that the mixer's key did not open: it is counted and goes into the quarantine."""


@dataclass(frozen=True, slots=True)
class ClosedWave:
    """Counts of a closed wave, whole organisation."""

    records_n: int
    issued_n: int


@dataclass(frozen=True, slots=True)
class MixedBatch:
    """Counts of a mixed batch. duplicates_n: byte-equal records that were dropped. unopened_n: not of this key."""

    path: Path
    records_n: int
    duplicates_n: int
    unopened_n: int


def close_wave(zones: Zones, manifest: WaveManifest) -> ClosedWave:
    """Take nothing in any more and write the batch. Raises WorkspaceError where ballots and answers do not agree."""
    wave_id = manifest.wave_id
    try:
        with open_inbox(zones.inbox_file(wave_id, "sqlite")) as con:
            close(con)
            state, records = state_of(con), used_records(con)
            issued_n = int(con.execute("select count(*) from ballot").fetchone()[0])
    except InboxError as error:
        raise WorkspaceError(str(error)) from None
    if not state.spent_n == state.used_n == len(records):
        raise WorkspaceError(
            f"wave {wave_id}: {state.spent_n:,} ballots are used and {state.used_n:,} answers are there. They must be "
            "equal. The inbox was changed from outside; nothing was opened."
        )
    path = zones.inbox_file(wave_id, "batch")
    is_new = not path.exists()
    write_atomically(path, _head(BATCH_HEAD, wave_id) + b"".join(records), mode=0o600)
    _forget_times(zones, manifest)
    if is_new:
        log.append(zones, "survey_closed", wave_id=wave_id, issued_n=issued_n, records_n=len(records))
    return ClosedWave(len(records), issued_n)


def _forget_times(zones: Zones, manifest: WaveManifest) -> None:
    """Set the times of the inbox and its batch to the closing date: no file says when the last answer came (B16)."""
    midnight = datetime.datetime.combine(manifest.closes_on, datetime.time(), datetime.UTC).timestamp()
    for kind in ("sqlite", "sqlite-journal", "lock", "batch"):
        path = zones.inbox_file(manifest.wave_id, kind)
        if path.exists():
            os.utime(path, (midnight, midnight))


def mix_batch(wave_id: str, batch: Path, mixed: Path, mixer_secret: bytes, mixer_public: bytes | None) -> MixedBatch:
    """Strip the outer seal of every record. Needs the batch and the mixer's key, nothing else, on any machine.

    Raises KeyMissing where the key is not the wave's, ExportRefused where the file is no batch of this wave.
    """
    records = read_records(batch, BATCH_HEAD, wave_id, OUTER)
    if mixer_public is not None and public_half(mixer_secret) != mixer_public:
        raise KeyMissing(
            f"this is not the mixer's key of wave {wave_id}: its public half is another. Use the right one."
        )
    opened, unopened_n = [], 0
    for record in records:
        try:
            opened.append(open_outer(record, mixer_secret))
        except RecordError:
            unopened_n += 1
            opened.append(NOT_OPENED.to_bytes(8, "big") + hashlib.shake_256(record).digest(HANDED_OVER - 8))
    if records and unopened_n == len(records):
        raise KeyMissing(f"this key opens none of the {len(records):,} records of wave {wave_id}. Use the mixer's key.")
    kept = sorted(set(opened))
    write_atomically(mixed, _head(MIXED_HEAD, wave_id) + b"".join(kept), mode=0o600)
    return MixedBatch(mixed, len(kept), len(opened) - len(kept), unopened_n)


def read_records(path: Path, head: bytes, wave_id: str, size: int) -> list[bytes]:
    """The records of a batch or hand-over file. Raises ExportRefused for another file, wave or a cut-off one."""
    try:
        raw = path.read_bytes()
    except OSError:
        raise ExportRefused(f"{path.name} is not there. Close the wave first, or name the file.") from None
    expected = _head(head, wave_id)
    if not raw.startswith(expected):
        raise ExportRefused(f"{path.name} is no such file of wave {wave_id}. Name the file of this wave.")
    body = raw[len(expected) :]
    if len(body) % size:
        raise ExportRefused(f"{path.name} is cut off. Make it again; nothing was changed.")
    return [body[place : place + size] for place in range(0, len(body), size)]


def _head(head: bytes, wave_id: str) -> bytes:
    return head + wave_id.encode() + b"\n"
