"""How a long command tells its user where it is; the steps report, the command decides how to show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Watcher = Callable[[int, int], None]
_listener: ContextVar[Callable[[str], None] | None] = ContextVar("progress_listener", default=None)
_watcher: ContextVar[Watcher | None] = ContextVar("progress_watcher", default=None)


def report(step: str) -> None:
    """Say that a step is done, with its counts in words: `collect 816`."""
    listener = _listener.get()
    if listener is not None:
        listener(step)


def report_part(done_n: int, of_n: int) -> None:
    """Say how far a long step is, in parts that take about as long as each other."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(done_n, of_n)


@contextmanager
def listening(listener: Callable[[str], None], watcher: Watcher | None = None) -> Iterator[None]:
    """Hear the reports of everything that runs inside the block; `watcher`: those from inside a step, too."""
    tokens = _listener.set(listener), _watcher.set(watcher)
    try:
        yield
    finally:
        _listener.reset(tokens[0])
        _watcher.reset(tokens[1])
