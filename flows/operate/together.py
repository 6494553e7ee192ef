"""All services of `quorum up` under honcho, ended cleanly however the end comes.

Ctrl-C, SIGTERM, a terminal that hangs up, or a reader of the output that goes away: each ends every service.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from honcho.manager import Manager
from honcho.printer import Message, Printer

from flows.operate.keep_running import SAYS
from flows.operate.services import Service


class Lines(Printer):  # type: ignore[misc]
    """Honcho's lines, those of the services only where asked for. Where nobody reads them any more, all is ended."""

    def __init__(self, *, is_verbose: bool) -> None:
        super().__init__(sys.stdout)
        self.is_verbose = is_verbose
        self.is_read = True

    def write(self, message: Message) -> None:
        """Print one line. What a service says of itself may be much; that it ended and starts again is always said."""
        of_service = isinstance(message.data, bytes)
        if not self.is_read or (of_service and not self.is_verbose and not message.data.startswith(SAYS.encode())):
            return
        try:
            super().write(message)
        except RuntimeError:
            # A signal came in the middle of another line, and has one to say: its own is left out.
            return
        except OSError:
            self.is_read = False
            # What is left in the buffer would fail once more when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            os.kill(os.getpid(), signal.SIGTERM)


class Together(Manager):  # type: ignore[misc]
    """Honcho's manager; an end that is asked for before every service has a process comes once they have."""

    is_end_wanted = False

    def terminate(self) -> None:
        """End all services, once all have begun."""
        self.is_end_wanted = True
        if super()._all_started():
            super().terminate()

    def _all_started(self) -> bool:
        is_started = bool(super()._all_started())
        if is_started and self.is_end_wanted:
            super().terminate()
        return is_started


def run_together(services: Sequence[Service], *, is_verbose: bool) -> bool:
    """Run them until the end is asked for; whether that is why they ended."""
    manager = Together(Lines(is_verbose=is_verbose))
    for service in services:
        environment = None if service.environment is None else dict(service.environment)
        manager.add_process(service.name, service.line, env=environment)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # In the process of each service, which honcho forks, SIGTERM is ignored: there this does nothing.
        signal.signal(signal.SIGHUP, _as_end)
    manager.loop()
    return manager.returncode in (0, None, 130, 143)


def _as_end(_number: int, _frame: FrameType | None) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
