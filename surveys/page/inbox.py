"""The sealed inbox: one SQLite file a wave, slots filled with noise before the first answer (BALLOTS 5).

Nothing is ever inserted or moved by an answer: a submission marks its ballot and overwrites one random unused slot of
the same size, in one transaction, so pages keep no order of arrival. No table holds a time.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from surveys.ballot_record import OUTER

PAGE_SIZE = 4096
_PRAGMAS = ("journal_mode = truncate", "synchronous = full", "secure_delete = on", "temp_store = memory")
_SCHEMA = (
    "create table ballot (h blob primary key, unit_no integer not null, spent integer not null) without rowid",
    "create table slot (n integer primary key, used integer not null, c blob not null)",
    "create table state (closed integer not null, device integer not null, inode integer not null,"
    " restored integer not null)",
)


class InboxError(Exception):
    """The inbox cannot be used as it is. Says what is wrong and what to do."""


class Reply(Enum):
    """What became of one submission."""

    STORED = "stored"
    NOT_COUNTED = "not counted"
    CLOSED = "closed"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Submission:
    """One sealed answer sheet and the keyed hash of its ballot."""

    ballot: bytes
    record: bytes


@dataclass(frozen=True, slots=True)
class InboxState:
    """Counts of the whole inbox. `restored`: it was accepted after having been copied or put back."""

    is_closed: bool
    spent_n: int
    used_n: int
    restored: bool


def make_inbox(path: Path, slots_n: int) -> None:
    """A new inbox without ballots. Its slots are of the size of a sealed answer and hold noise."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_suffix(".making")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    con = sqlite3.connect(partial, isolation_level=None)
    try:
        con.execute(f"pragma page_size = {PAGE_SIZE}")
        _set_up(con)
        con.execute("begin")
        for statement in _SCHEMA:
            con.execute(statement)
        noise = ((number, secrets.token_bytes(OUTER)) for number in range(1, slots_n + 1))
        con.executemany("insert into slot (n, used, c) values (?, 0, ?)", noise)
        # The file keeps its inode when it is renamed into place.
        place = partial.stat()
        con.execute("insert into state values (0, ?, ?, 0)", (place.st_dev, place.st_ino))
        con.execute("commit")
    finally:
        con.close()
    os.rename(partial, path)
    Path(f"{partial}-journal").unlink(missing_ok=True)


def _set_up(con: sqlite3.Connection) -> None:
    for pragma in _PRAGMAS:
        con.execute(f"pragma {pragma}")


@contextmanager
def open_inbox(path: Path) -> Iterator[sqlite3.Connection]:
    """The inbox as one connection. Raises InboxError where it is missing or no inbox, or where the block could not
    read or write it: a full disk, for instance."""
    if not path.exists():
        raise InboxError(f"{path.name} is missing: this wave has no inbox here. Open it with  quorum survey open")
    con = sqlite3.connect(path, isolation_level=None, timeout=20, check_same_thread=False)
    try:
        _set_up(con)
        con.execute("select closed from state").fetchone()
    except sqlite3.DatabaseError:
        con.close()
        raise InboxError(f"{path.name} cannot be read as an inbox. Check the disk; nothing was changed.") from None
    try:
        yield con
    except sqlite3.Error as error:
        raise InboxError(
            f"{path.name} could not be read or written ({error}). Make room on the disk, or check it, and run the "
            "command again; what was acknowledged is stored."
        ) from None
    finally:
        con.close()


@contextmanager
def only_server(path: Path) -> Iterator[None]:
    """Hold the inbox as its one writer. Raises InboxError where another process does."""
    lock = path.with_suffix(".lock")
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InboxError("another page or command is using this inbox. Stop it first; one at a time.") from None
        yield


def refuse_copy(con: sqlite3.Connection, path: Path, *, accept_restored: bool) -> None:
    """Raises InboxError where this file is not the one that was opened: a copy would let used ballots vote again."""
    device, inode = con.execute("select device, inode from state").fetchone()
    place = path.stat()
    if (device, inode) == (place.st_dev, place.st_ino):
        return
    if not accept_restored:
        raise InboxError(
            f"{path.name} was copied or put back from a backup: ballots that were used meanwhile would count again. "
            f"If no other copy is in use:  quorum survey serve --wave {path.stem} --accept-restored  (the release will "
            "say so)."
        )
    con.execute("update state set device = ?, inode = ?, restored = 1", (place.st_dev, place.st_ino))


def replace_ballots(con: sqlite3.Connection, units: set[int], fresh: Sequence[tuple[bytes, int]]) -> None:
    """Void all ballots of these units and put fresh ones in. The table is written anew, sorted by hash.

    Raises InboxError where the wave is closed or one of the ballots is spent.
    """
    con.execute("begin immediate")
    try:
        if con.execute("select closed from state").fetchone()[0]:
            raise InboxError("this wave is closed: no ballots are printed any more.")
        rows = con.execute("select h, unit_no, spent from ballot").fetchall()
        if any(spent for _, unit_no, spent in rows if unit_no in units):
            raise InboxError(
                "a ballot of this print has been used: printing anew would take a vote away. Use the spares. "
                "Nothing was changed."
            )
        kept = [row for row in rows if row[1] not in units]
        con.execute("delete from ballot")
        table = sorted([*kept, *((h, unit_no, 0) for h, unit_no in fresh)])
        con.executemany("insert into ballot (h, unit_no, spent) values (?, ?, ?)", table)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("vacuum")


def ballots(con: sqlite3.Connection) -> dict[bytes, int]:
    """unit_no by ballot hash."""
    return {bytes(h): int(unit_no) for h, unit_no in con.execute("select h, unit_no from ballot")}


def unused_slots(con: sqlite3.Connection) -> list[int]:
    """Numbers of the slots that hold noise."""
    return [int(number) for (number,) in con.execute("select n from slot where used = 0")]


def store_batch(con: sqlite3.Connection, batch: Sequence[Submission], free: list[int]) -> list[Reply]:
    """Take in a batch in one transaction; the replies are true once this returns.

    A ballot that is spent and one that does not exist take the same path. `free`: unused slots, taken from at random.
    Every statement serves the whole batch: the thread of the page gets the interpreter back a few times a batch, not
    a few times a ballot. Raises sqlite3.Error where nothing of the batch was kept.
    """
    taken: list[int] = []
    con.execute("begin immediate")
    try:
        if con.execute("select closed from state").fetchone()[0]:
            con.execute("rollback")
            return [Reply.CLOSED] * len(batch)
        fresh = _fresh_ballots(con, batch)
        replies, kept = [], []
        for submission in batch:
            is_first = submission.ballot in fresh
            fresh.discard(submission.ballot)
            replies.append(Reply.STORED if is_first else Reply.NOT_COUNTED)
            if is_first:
                taken.append(_random_slot(free))
                kept.append(submission)
        _write(con, kept, taken)
        con.execute("commit")
    except BaseException:
        if con.in_transaction:
            con.execute("rollback")
        free.extend(taken)
        raise
    return replies


def _fresh_ballots(con: sqlite3.Connection, batch: Sequence[Submission]) -> set[bytes]:
    """Ballots of the batch that exist and are not spent."""
    asked = sorted({submission.ballot for submission in batch})
    marks = ", ".join("?" * len(asked))
    found = con.execute(f"select group_concat(hex(h)) from ballot where spent = 0 and h in ({marks})", asked)  # noqa: S608
    return {bytes.fromhex(each) for each in (found.fetchone()[0] or "").split(",")} - {b""}


def _random_slot(free: list[int]) -> int:
    place = secrets.randbelow(len(free))
    free[place], free[-1] = free[-1], free[place]
    return free.pop()


def _write(con: sqlite3.Connection, kept: Sequence[Submission], slots: Sequence[int]) -> None:
    if not kept:
        return
    marks = ", ".join("?" * len(kept))
    con.execute(f"update ballot set spent = 1 where h in ({marks})", [each.ballot for each in kept])  # noqa: S608
    values = ", ".join(["(?, ?)"] * len(kept))
    con.execute(
        f"with record (slot_n, sealed) as (values {values}) "  # noqa: S608 - question marks only
        "update slot set used = 1, c = sealed from record where n = slot_n",
        [part for number, each in zip(slots, kept, strict=True) for part in (number, each.record)],
    )


def close(con: sqlite3.Connection) -> None:
    """From now on nothing is taken in."""
    con.execute("update state set closed = 1")


def state_of(con: sqlite3.Connection) -> InboxState:
    """Counts of the whole inbox."""
    closed, restored = con.execute("select closed, restored from state").fetchone()
    spent_n = con.execute("select count(*) from ballot where spent = 1").fetchone()[0]
    used_n = con.execute("select count(*) from slot where used = 1").fetchone()[0]
    return InboxState(bool(closed), int(spent_n), int(used_n), bool(restored))


def used_records(con: sqlite3.Connection) -> list[bytes]:
    """All sealed answers, sorted by their bytes."""
    return sorted(bytes(c) for (c,) in con.execute("select c from slot where used = 1"))


def has_ballots(con: sqlite3.Connection, units: Iterable[int]) -> bool:
    """Whether any of the units has ballots."""
    wanted = set(units)
    return any(unit_no in wanted for (unit_no,) in con.execute("select distinct unit_no from ballot"))
