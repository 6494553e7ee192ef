"""Runs that are killed where we say, many for the price of one start.

The laboratory is a process that has imported everything once. For each request it forks a child that runs a command
without Prefect, and that child dies of SIGKILL at its n-th deed (a file opened for writing, renamed, made or
removed, a step reported) or once it has worked for so many seconds of processor time, however busy the machine is.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEEDS = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "quorum.step"})
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit code, or minus the signal; the names of its deeds up to there, and what it printed.

    seconds: processor time of the run.
    """

    code: int
    deeds: tuple[str, ...]
    text: str
    seconds: float


class Laboratory:
    """The parent's end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, arguments: list[str], deed: int | None = None, seconds: float | None = None) -> Ended:
        """Run `quorum` with these arguments; die at the deed of this number (from 1 on), or after so much work."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"arguments": arguments, "deed": deed, "seconds": seconds}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ended(answer["code"], tuple(answer["deeds"]), answer["text"], answer["seconds"])


@contextlib.contextmanager
def open_laboratory() -> Iterator[Laboratory]:
    """Start the process, which imports all that a run needs; it ends with the block."""
    command = [sys.executable, "-m", "tests.integration.kill_laboratory"]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Laboratory(process)
        assert process.stdin is not None
        process.stdin.close()


def _serve() -> None:
    import great_expectations  # noqa: F401  seven seconds, once for all children
    import pandas as pd  # noqa: F401
    from great_expectations import expectations  # noqa: F401

    from tests.integration import release_without_prefect  # noqa: F401

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(_one(json.loads(line))) + "\n")
        answers.flush()


def _one(request: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(request, writing)
    os.close(writing)
    if request["seconds"] is not None:
        _kill_after(child, request["seconds"])
    with os.fdopen(reading, encoding="utf-8") as diary:
        lines = diary.read().splitlines()
    _, status, used = os.wait4(child, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "deeds": [line.removeprefix("deed ") for line in lines if line.startswith("deed ")],
        "text": "\n".join(line for line in lines if not line.startswith("deed ")),
        "seconds": used.ru_utime + used.ru_stime,
    }


def _kill_after(child: int, seconds: float) -> None:
    """Kill a child once it has used this much processor time; a child that has ended is a zombie and takes no harm."""
    ticks, place = seconds * os.sysconf("SC_CLK_TCK"), Path(f"/proc/{child}/stat")
    while True:
        fields = place.read_text().rpartition(")")[2].split()
        if fields[0] == "Z":
            return
        if int(fields[11]) + int(fields[12]) >= ticks:
            os.kill(child, signal.SIGKILL)
            return
        time.sleep(0.002)


def _child(request: dict[str, Any], diary: int) -> None:
    from flows import wave_steps
    from tests.integration import release_without_prefect

    count = 0

    def on_event(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        is_deed = event in DEEDS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING)
        if not is_deed:
            return
        count += 1
        os.write(diary, f"deed {event} {_place(arguments)}\n".encode())
        if count == request["deed"]:
            os.kill(os.getpid(), signal.SIGKILL)

    honest_report = wave_steps.report

    def report(step: str) -> None:
        honest_report(step)
        sys.audit("quorum.step", step)

    wave_steps.report = report
    printed = io.StringIO()
    code = 1
    sys.addaudithook(on_event)
    try:
        with (
            release_without_prefect.without_prefect(),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            release_without_prefect.main(request["arguments"])
    except SystemExit as ending:
        code = int(ending.code or 0)
    except BaseException:
        printed.write(traceback.format_exc())
    finally:
        os.write(diary, printed.getvalue().encode())
        os._exit(code)


def _place(arguments: tuple[Any, ...]) -> str:
    first = arguments[0] if arguments else ""
    return os.path.basename(os.fsdecode(first)) if isinstance(first, str | bytes | os.PathLike) else str(first)


if __name__ == "__main__":
    _serve()
