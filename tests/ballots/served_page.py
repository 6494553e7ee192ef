"""The staff page in this process, for one test client or for a browser on a free port."""

from __future__ import annotations

import datetime
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.testclient import TestClient

from flows.ballots.make_ballots import pepper_of
from surveys.page.app import StaffPage
from surveys.page.inbox import ballots, state_of
from surveys.page.render import Pages
from surveys.page.serve import page_server
from surveys.page.writer import Writer
from tests.ballots.wave_maker import BallotWave


class Served:
    """A wave with its page in this process."""

    def __init__(self, wave: BallotWave, con: sqlite3.Connection, *, kiosk: bool = False) -> None:
        self.wave, self.con = wave, con
        self.today = datetime.date.today()
        self.writer = Writer(con)
        self.writer.start()
        pages = Pages(wave.manifest, kiosk)
        self.page = StaffPage(
            pages, pepper_of(wave.zones, wave.manifest.wave_id), ballots(con), self.writer, lambda: self.today
        )
        self.client = TestClient(self.page.app(), follow_redirects=False)
        self.unused = {unit: list(codes) for unit, codes in wave.codes.items()}

    def code(self, unit: str = "fern") -> str:
        """A fresh ballot."""
        return self.unused[unit].pop()

    def send(self, code: str, **answers: str) -> int:
        """Status of one form post."""
        return int(self.client.post("/a", data={"code": code, "lang": "en", **answers}).status_code)

    @property
    def counts(self) -> tuple[int, int]:
        """Used ballots and used slots."""
        state = state_of(self.con)
        return state.spent_n, state.used_n


@contextmanager
def on_a_port(page: StaffPage) -> Iterator[str]:
    """The address of a page that this process serves as `quorum survey serve` does."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = page_server(page)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
