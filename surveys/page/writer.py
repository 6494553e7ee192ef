"""The one writer of the inbox: a thread that takes waiting submissions, shuffles them, commits once, then answers."""

from __future__ import annotations

import asyncio
import queue
import secrets
import sqlite3
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from surveys.page.inbox import Reply, Submission, store_batch, unused_slots

BATCH_N = 256
BATCH_SECONDS = 0.002
QUEUE_N = 2_000
REPEAT_SECONDS = 600
REPEATS_N = 20_000
_shuffle = secrets.SystemRandom().shuffle


@dataclass(slots=True)
class _Waiting:
    """A submission on its way, the digest of what was typed, and who waits for the reply."""

    submission: Submission
    digest: bytes
    loop: asyncio.AbstractEventLoop
    reply: asyncio.Future[Reply]


class QueueFull(Exception):
    """More submissions wait than the writer takes; nothing was kept."""


@dataclass(slots=True)
class _Repeats:
    """Digests of stored submissions of the last ten minutes, in memory only (BALLOTS B10)."""

    seen: OrderedDict[bytes, float] = field(default_factory=OrderedDict)

    def has(self, digest: bytes, now: float) -> bool:
        while self.seen:
            oldest, at = next(iter(self.seen.items()))
            if now - at < REPEAT_SECONDS and len(self.seen) <= REPEATS_N:
                break
            del self.seen[oldest]
        return digest in self.seen

    def add(self, digest: bytes, now: float) -> None:
        self.seen[digest] = now


class Writer:
    """Owns the connection. `submit` returns only after the commit of its batch."""

    def __init__(self, con: sqlite3.Connection) -> None:
        self._con = con
        self._free = unused_slots(con)
        _shuffle(self._free)
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(QUEUE_N)
        self._repeats = _Repeats()
        self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)

    def start(self) -> None:
        """Begin to take submissions."""
        self._thread.start()

    def stop(self) -> None:
        """Store what waits, then end."""
        self._queue.put(None)
        self._thread.join()

    async def submit(self, submission: Submission, digest: bytes) -> Reply:
        """Store one submission. Raises QueueFull where too many wait."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(submission, digest, loop, loop.create_future())
        try:
            self._queue.put_nowait(waiting)
        except queue.Full:
            raise QueueFull from None
        return await waiting.reply

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, is_last = self._more(first)
            _shuffle(batch)
            for waiting, reply in zip(batch, self._store(batch), strict=True):
                waiting.loop.call_soon_threadsafe(_answer, waiting.reply, reply)
            if is_last:
                return

    def _more(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        batch, until = [first], time.monotonic() + BATCH_SECONDS
        while len(batch) < BATCH_N:
            try:
                waiting = self._queue.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if waiting is None:
                return batch, True
            batch.append(waiting)
        return batch, False

    def _store(self, batch: list[_Waiting]) -> list[Reply]:
        """Replies in the order of the batch. What could not be kept is answered as such, never as stored."""
        now = time.monotonic()
        try:
            replies = store_batch(self._con, [waiting.submission for waiting in batch], self._free)
        except (sqlite3.Error, ValueError):
            return [Reply.FULL] * len(batch)
        for waiting, reply in zip(batch, replies, strict=True):
            if reply is Reply.STORED:
                self._repeats.add(waiting.digest, now)
        return [
            Reply.STORED if reply is Reply.NOT_COUNTED and self._repeats.has(waiting.digest, now) else reply
            for waiting, reply in zip(batch, replies, strict=True)
        ]


def _answer(future: asyncio.Future[Reply], reply: Reply) -> None:
    if not future.done():
        future.set_result(reply)
