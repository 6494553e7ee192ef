"""However the end of `quorum up` comes, no service stays behind: real processes, under the real manager and keepers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
SERVICE = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()} '); print('hello', flush=True); "
# Whoever runs the tests under nohup hands on that a hang-up is ignored; these are about a terminal that hangs up.
MANAGER = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from flows.operate.services import Service
from flows.operate.together import run_together
names = sys.argv[2:]
command = [(name, (sys.executable, "-c", sys.argv[1], name)) for name in names]
sys.exit(not run_together([Service(each.rpartition("/")[2], line) for each, line in command], is_verbose=False))
"""


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def numbers(path: Path) -> list[int]:
    """Process ids of the service that wrote this file, oldest first."""
    return [int(text) for text in path.read_text("ascii").split()] if path.exists() else []


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Trial:
    """Two services of a manager; each writes its process id."""

    def __init__(self, folder: Path, deed: str = "time.sleep(600)") -> None:
        self.files = [folder / "one", folder / "two"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", MANAGER, SERVICE + deed, *map(str, self.files)],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def begun(self) -> list[int]:
        assert until(lambda: all(numbers(path) for path in self.files))
        return [numbers(path)[-1] for path in self.files]

    def ended(self) -> tuple[int, str]:
        """Exit code, and what was printed as an error."""
        _, said = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, said.decode()

    def clear(self) -> None:
        """Whatever a failed test has left."""
        for pid in (number for path in self.files for number in numbers(path)):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    made = Trial(tmp_path)
    yield made
    made.clear()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_every_service(trial: Trial, number: signal.Signals) -> None:
    services = trial.begun()
    trial.process.send_signal(number)
    assert trial.ended() == (0, "")
    assert [pid for pid in services if is_alive(pid)] == []


def test_a_terminal_that_hangs_up_ends_every_service(trial: Trial) -> None:
    services = trial.begun()
    os.killpg(trial.process.pid, signal.SIGHUP)
    assert trial.ended() == (0, "")
    assert [pid for pid in services if is_alive(pid)] == []


def test_a_reader_of_the_output_that_goes_away_ends_every_service(trial: Trial) -> None:
    assert trial.process.stdout is not None
    services = trial.begun()
    trial.process.stdout.close()
    # The next line that is to be printed finds no reader: the one about this death.
    os.kill(services[0], signal.SIGKILL)
    assert trial.process.stderr is not None
    assert trial.process.wait(PATIENCE_SECONDS) == 0
    assert trial.process.stderr.read() == b""
    assert [pid for path in trial.files for pid in numbers(path) if is_alive(pid)] == []


def test_an_output_that_nobody_ever_read_is_no_reason_to_hang(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    try:
        assert trial.process.stdout is not None
        trial.process.stdout.close()
        assert trial.process.wait(PATIENCE_SECONDS) == 0
        assert [pid for path in trial.files for pid in numbers(path) if is_alive(pid)] == []
    finally:
        trial.clear()


@pytest.mark.parametrize("seconds", [0.3, 0.6, 1.0])
def test_an_end_that_is_asked_for_at_once_ends_what_has_begun(tmp_path: Path, seconds: float) -> None:
    trial = Trial(tmp_path)
    try:
        time.sleep(seconds)
        trial.process.terminate()
        code, said = trial.ended()
        # Before Python has come so far as to hear it, the signal ends the process itself, and nothing has begun.
        assert (code in (0, -signal.SIGTERM), said) == (True, "")
        assert [pid for path in trial.files for pid in numbers(path) if is_alive(pid)] == []
    finally:
        trial.clear()


def test_a_service_that_dies_is_started_again_and_it_is_said(trial: Trial) -> None:
    services = trial.begun()
    os.kill(services[0], signal.SIGKILL)
    assert until(lambda: len(numbers(trial.files[0])) == 2)
    trial.process.terminate()
    printed = trial.process.communicate(timeout=PATIENCE_SECONDS)[0].decode()
    assert "keeper: ended with -9; starting again" in printed
    assert "hello" not in printed


def test_services_that_end_again_and_again_are_given_up_and_all_is_ended(tmp_path: Path) -> None:
    trial = Trial(tmp_path, deed="sys.argv[1].endswith('two') and time.sleep(600)")
    try:
        printed = trial.process.communicate(timeout=2 * PATIENCE_SECONDS)[0].decode()
        assert trial.process.returncode == 1
        assert "given up after 5 ends within a minute" in printed
        assert [pid for path in trial.files for pid in numbers(path) if is_alive(pid)] == []
    finally:
        trial.clear()
