"""Runs one service and starts it again when it ends by itself: `python -m flows.operate.keep_running -- COMMAND`.

A service that ends five times within a minute is given up, so that a wrong setting does not burn the machine.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import deque
from types import FrameType

SAYS = "keeper:"
"""How a line of the keeper itself begins, among those of the service."""
MOST_RESTARTS = 5
WITHIN_SECONDS = 60.0


def keep_running(command: list[str]) -> int:
    """Until stopped, or given up. Exit code 0 after a stop, 1 when given up."""
    stopping = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()
        for process in running:
            process.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    ended: deque[float] = deque(maxlen=MOST_RESTARTS)
    while not stopping.is_set():
        running[:] = [process := subprocess.Popen(command)]
        if stopping.is_set():
            # The signal came before there was anything to pass it on to.
            process.terminate()
        process.wait()
        if stopping.is_set():
            break
        ended.append(time.monotonic())
        if len(ended) == MOST_RESTARTS and ended[-1] - ended[0] < WITHIN_SECONDS:
            print(f"{SAYS} given up after {MOST_RESTARTS} ends within a minute (exit {process.returncode})", flush=True)
            return 1
        print(f"{SAYS} ended with {process.returncode}; starting again", flush=True)
        stopping.wait(min(2.0 ** len(ended), 15.0))
    return 0


if __name__ == "__main__":
    sys.exit(keep_running(sys.argv[sys.argv.index("--") + 1 :]))
