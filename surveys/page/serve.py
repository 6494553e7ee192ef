"""Serving the page: one process, one writer, no access log, no core file, header time-out of ten seconds."""

from __future__ import annotations

import asyncio
import ctypes
import datetime
import resource
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from surveys.page.app import StaffPage
from surveys.page.inbox import InboxError, ballots, only_server, open_inbox, refuse_copy, state_of
from surveys.page.render import Pages
from surveys.page.writer import Writer
from surveys.wave_manifest import WaveManifest

HEADER_SECONDS = 10.0
SWITCH_SECONDS = 0.0005
"""How long the writer waits for the interpreter while pages are rendered; the usual 5 ms add up over a commit."""
_PR_SET_DUMPABLE = 4


class TimedProtocol(H11Protocol):
    """Closes a connection whose request has no whole head within ten seconds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock. The page follows its head at once: asyncio sets this for sockets that name TCP alone, and
        without it the system holds the page back for 40 ms, or a round trip."""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._too_slow)

    def data_received(self, data: bytes) -> None:
        """Stop it once a request has begun; start it again for the next one."""
        super().data_received(data)
        if self._deadline is not None and self.cycle is not None:
            self._deadline.cancel()
            self._deadline = None

    def on_response_complete(self) -> None:
        """The next request on this connection has ten seconds again."""
        super().on_response_complete()
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(HEADER_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _too_slow(self) -> None:
        self._deadline = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


def harden_process() -> None:
    """No core file, and no other process of this user may read this one's memory (Linux)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def page_server(page: StaffPage) -> uvicorn.Server:
    """The server of a page: no access log, no header that names software or time."""
    config = uvicorn.Config(
        page.app(),
        http=TimedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        date_header=False,
        log_config=None,
        proxy_headers=False,
        timeout_keep_alive=10,
        h11_max_incomplete_event_size=16 * 1024,
    )
    return uvicorn.Server(config)


def serve_wave(
    manifest: WaveManifest,
    inbox: Path,
    pepper: bytes,
    listener: socket.socket,
    *,
    kiosk: bool,
    accept_restored: bool,
    today: Callable[[], datetime.date],
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve one wave until stopped. Raises InboxError where the inbox is used elsewhere, copied, closed or empty."""
    harden_process()
    sys.setswitchinterval(SWITCH_SECONDS)
    with only_server(inbox), open_inbox(inbox) as con:
        refuse_copy(con, inbox, accept_restored=accept_restored)
        if state_of(con).is_closed:
            raise InboxError("this wave is closed: nothing more is taken in.")
        units = ballots(con)
        if not units:
            raise InboxError("this wave has no ballots yet. Print them first:  quorum survey ballots")
        writer = Writer(con)
        writer.start()
        try:
            page = StaffPage(Pages(manifest, kiosk), pepper, units, writer, today)
            on_ready()
            page_server(page).run(sockets=[listener])
        finally:
            writer.stop()
