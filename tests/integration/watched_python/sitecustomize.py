"""Put on PYTHONPATH of a run: every Python process of it writes down whom it connects to and which files it writes."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

_DIARY = os.open(os.environ["QUORUM_TEST_DIARY"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto") and arguments[0].family != socket.AF_UNIX:
        _write("connect", arguments[1][0])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _write("resolve", arguments[0])
    elif event == "open" and isinstance(arguments[0], str | bytes) and arguments[2] & _WRITING:
        _write("write", os.path.abspath(os.fsdecode(arguments[0])))


def _write(kind: str, what: object) -> None:
    if isinstance(what, bytes):
        what = what.decode("utf-8", "replace")
    os.write(_DIARY, f"{kind}\t{what}\n".encode())


sys.addaudithook(_note)
