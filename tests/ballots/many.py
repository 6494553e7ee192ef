"""Processor time of a large wave on paper: open, print, seal three in four answers, close, mix, take in.

python -m tests.ballots.many [BALLOTS]   (12,000 ballots in teams of 20: about a minute)
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from flows.ballots.close_and_mix import close_wave, mix_batch
from flows.ballots.make_ballots import make_ballots
from flows.ballots.manifest_file import load_signed
from flows.ballots.open_wave import Offices, open_wave
from flows.ballots.take_in import opener_of
from flows.workbench import open_workbench
from flows.zones import memory_store
from tests.ballots.kill_chain import answer_all
from tests.ballots.wave_maker import WAVE, make_workspace, printed_wave

T = TypeVar("T")
TEAM_N = 20
BALLOTS_A_TEAM = TEAM_N + 1
"""With the one spare."""


class Steps:
    """Processor seconds of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, name: str, work: Callable[[], T]) -> T:
        """Do one step."""
        started = time.process_time()
        done = work()
        self.seconds[name] = time.process_time() - started
        return done


def walk(root: Path, ballots_n: int) -> tuple[Steps, int, int]:
    """Walk a wave of at least so many ballots through all steps; its times, ballots and rows."""
    steps = Steps()
    make_workspace(root, {f"team{number}": TEAM_N for number in range(-(-ballots_n // BALLOTS_A_TEAM))})
    bench = steps.time("plan", lambda: open_workbench(root, WAVE))
    steps.time("open the wave", lambda: open_wave(bench, Offices("the research office", "the staff council", None)))
    manifest = load_signed(bench.zones, WAVE)
    made = steps.time("make and print", lambda: make_ballots(bench.zones, manifest, (), is_replaced=False))
    wave = printed_wave(root, WAVE)
    answers_n = steps.time("seal and store", lambda: answer_all(wave))
    steps.time("close", lambda: close_wave(bench.zones, manifest))
    batch, mixed = (bench.zones.inbox_file(WAVE, kind) for kind in ("batch", "mixed"))
    steps.time("mix", lambda: mix_batch(WAVE, batch, mixed, wave.secret("mixer"), manifest.mixer_key))
    with memory_store() as con:
        table = steps.time("take in", lambda: opener_of(bench.zones, WAVE).open(con, mixed))
        assert table.read_n == answers_n and not table.wrong_rows, "answers were lost"
        counted = table.relation.aggregate("count(*)").fetchone()
    return steps, made.ballots_n, 0 if counted is None else int(counted[0])


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        steps, ballots_n, rows_n = walk(Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else 12_000)
    for name, seconds in steps.seconds.items():
        print(f"{name:16s} {seconds:6.2f} s")
    print(f"{ballots_n:,} ballots, {rows_n:,} answers: {sum(steps.seconds.values()):.1f} s of processor")


if __name__ == "__main__":
    main()
