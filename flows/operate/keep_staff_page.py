"""`python -m flows.operate.keep_staff_page WORKSPACE`: serves the staff page of whichever wave is open here.

It looks every few seconds, so a wave that is opened after `quorum up` is served without a restart, and the next one
after it. The page itself is a process of its own: `quorum survey serve`.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from flows import clock
from flows.errors import QuorumError
from flows.operate.rehearsed_day import as_rehearsed
from flows.operate.services import wave_for_staff
from flows.settings import read_settings
from flows.zones import Zones

LOOK_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 60.0
WELL_SECONDS = 60.0
STOP_SECONDS = 20.0
Start = Callable[[str], "subprocess.Popen[bytes]"]


@dataclass
class StaffPage:
    """The page that runs now, if one does. `not_before`: monotonic seconds; a page that ended waits ever longer."""

    zones: Zones
    start: Start
    wave_id: str | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = LOOK_SECONDS
    not_before: float = 0.0

    def look(self, at: float) -> None:
        """Serve the wave that is open now and no other; start a page that ended anew. `at`: monotonic seconds."""
        wanted = self._wanted()
        if wanted != self.wave_id:
            self.stop()
            self.wave_id, self.pause, self.not_before = wanted, LOOK_SECONDS, at
        if self.process is not None and self.process.poll() is not None:
            has_been_well = at - self.started > WELL_SECONDS
            self.pause = LOOK_SECONDS if has_been_well else min(2 * self.pause, LONGEST_PAUSE_SECONDS)
            self.process, self.not_before = None, at + self.pause
        if self.wave_id is not None and self.process is None and at >= self.not_before:
            self.process, self.started = self.start(self.wave_id), at

    def _wanted(self) -> str | None:
        """The wave to serve; what runs is left as it is while quorum.toml cannot be read, such as while it is saved."""
        try:
            with as_rehearsed(self.zones.root):
                return wave_for_staff(self.zones, read_settings(self.zones.settings_file), clock.today())
        except QuorumError:
            return self.wave_id

    def stop(self) -> None:
        """End the page; what it took in is on the disk."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None


def serve_open_waves(zones: Zones) -> None:
    """Until stopped."""
    place = read_settings(zones.settings_file).up.staff
    quorum = (sys.executable, "-m", "flows.cli", "--workspace", str(zones.root))

    def start(wave_id: str) -> subprocess.Popen[bytes]:
        where = ("--host", place.address, "--port", str(place.port))
        return subprocess.Popen([*quorum, "survey", "serve", "--wave", wave_id, *where])

    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    page = StaffPage(zones, start)
    while not stopping.is_set():
        page.look(time.monotonic())
        stopping.wait(LOOK_SECONDS)
    page.stop()


if __name__ == "__main__":
    serve_open_waves(Zones(Path(sys.argv[1]).resolve()).require())
