"""`python -m tests.faults [--kills 200] [--minutes 40] [--only FAULT]`: a run meets faults; a table of what came of it.

Kill -9 at each write and at random moments, a full disk, a read-only disk, a clock that jumps, two runs at once, a
Prefect server that dies in the middle, a half-copied release. Afterwards: the same release byte for byte, every row
accounted for, no answer in plain text. Exit 1 where one fault was not made good, or not tried within the budget.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from flows import log
from flows.publish.read import list_releases, read_public_key
from flows.workbench import only_run
from flows.zones import Zones
from tests.integration import canaries
from tests.integration.kill_laboratory import Ended, Laboratory, open_laboratory
from tests.integration.release_without_prefect import bytes_of, new_workspace, quorum

WAVE = "2026-11"
KILLED = -9
KILLS_IN_A_ROW = 4
SEED = 20261126
SERVER_PATIENCE_SECONDS = 600.0


@dataclass
class Row:
    """One kind of fault: how often it was made, how often all was well afterwards."""

    fault: str
    tried_n: int = 0
    well_n: int = 0
    notes: list[str] = field(default_factory=list)

    def note(self, faults: list[str], times: int = 1) -> None:
        """So many faults and what was wrong afterwards."""
        self.tried_n += times
        self.well_n += 0 if faults else times
        self.notes += faults


@dataclass(frozen=True)
class Trial:
    """A workspace in which nothing was run yet, its export, and the release of a run in peace."""

    laboratory: Laboratory
    workspace: Path
    export: Path
    peaceful: Ended
    released: dict[str, bytes]

    def run(self, root: Path, deed: int | None = None, seconds: float | None = None) -> Ended:
        """`quorum run` on the export, cut off at a deed or after a time."""
        arguments = ["run", "--wave", WAVE, "--workspace", str(root), str(self.export)]
        return self.laboratory.run(arguments, deed=deed, seconds=seconds)

    @contextlib.contextmanager
    def copy(self) -> Iterator[Path]:
        """A workspace of its own for one fault."""
        with tempfile.TemporaryDirectory() as folder:
            yield shutil.copytree(self.workspace, Path(folder) / "workspace")

    def faults_between(self, root: Path) -> list[str]:
        """What is wrong after a kill, before anything was run again."""
        zones = Zones(root)
        released = bytes_of(zones.release(WAVE)) if zones.release(WAVE).exists() else {}
        whole = {name.partition("/")[2]: content for name, content in self.released.items()}
        faults = ["an answer lies in plain text"] if canaries.found_below(root) else []
        return faults if released in ({}, whole) else [*faults, "half a release is shown"]

    def faults_after(self, root: Path, *, is_run_again: bool = True) -> list[str]:
        """What is wrong after another run; empty where all is well."""
        zones, faults = Zones(root), []
        if canaries.found_below(root):
            faults.append("an answer lies in plain text")
        if is_run_again:
            again = self.run(root)
            if again.code not in (0, 15):
                faults.append(f"running again ended with {again.code}")
        if bytes_of(zones.released) != self.released:
            faults.append("another release, or none")
        if [entry["event"] for entry in log.entries(zones)].count("released") != 1:
            faults.append("not released once in the log")
        if not (zones.reports / f"{WAVE}.json").exists():
            faults.append("no account of rows")
        if {path.name for path in (zones.restricted / "waves").iterdir()} != {f"{WAVE}.duckdb"}:
            faults.append("something is left beside the store")
        return faults


def killed_at_each_write(trial: Trial, row: Row, may_go_on: Callable[[], bool], most: int) -> None:
    """Kill -9 at the n-th file that is opened for writing, renamed, made or removed."""
    numbers = list(range(1, len(trial.peaceful.deeds) + 1))
    random.Random(7).shuffle(numbers)
    for number in numbers[:most]:
        if not may_go_on():
            return
        with trial.copy() as root:
            killed = trial.run(root, deed=number)
            row.note(trial.faults_after(root) if killed.code == KILLED else ["was not killed"])


def killed_at_random(trial: Trial, row: Row, may_go_on: Callable[[], bool], most: int) -> None:
    """Kill -9 after a random share of a run's work, up to four times in a row; then a run in peace has to make it good.

    After each kill nothing of an answer lies in plain text, and no release but the whole one is shown.
    """
    rng = random.Random(SEED)
    while row.tried_n < most and may_go_on():
        with trial.copy() as root:
            kills_n = 0
            faults: list[str] = []
            for _ in range(min(KILLS_IN_A_ROW, most - row.tried_n)):
                killed = trial.run(root, seconds=rng.uniform(0.0, trial.peaceful.seconds))
                if killed.code == 15:
                    break
                kills_n += killed.code == KILLED
                faults += trial.faults_between(root)
            row.note([*faults, *trial.faults_after(root)], times=kills_n)


def read_only_disk(trial: Trial, row: Row, *_: object) -> None:
    """The released zone, or the restricted one, cannot be written to while the run works."""
    for part in ("released", "restricted"):
        with trial.copy() as root:
            place = Zones(root).released if part == "released" else Zones(root).restricted
            mount = f'mount --bind "{place}" "{place}" && mount -o remount,ro,bind "{place}" && exec "$@"'
            command = [sys.executable, "-m", "tests.integration.release_without_prefect", "run", "--wave", WAVE]
            command += ["--workspace", str(root), str(trial.export)]
            ended = subprocess.run(
                ["unshare", "-m", "sh", "-c", mount, "sh", *command], capture_output=True, check=False
            )
            wrong = [] if ended.returncode == 14 else [f"ended with {ended.returncode}"]
            row.note(wrong + trial.faults_after(root))


def full_disk(trial: Trial, row: Row, *_: object) -> None:
    """No room at the staging, and at the signing."""
    for step in ("stage_release", "publish_staged"):
        with trial.copy() as root:
            with mock.patch(f"flows.steps.{step}", side_effect=OSError(28, "No space left on device")):
                said = quorum("run", "--wave", WAVE, "--workspace", root, trial.export)
            wrong = [] if said.code == 14 else [f"ended with {said.code}"]
            row.note(wrong + trial.faults_after(root))


def clock_jumps(trial: Trial, row: Row, *_: object) -> None:
    """The clock jumps years ahead, and years back, between collecting and releasing."""
    for year in (1999, 2099):
        with trial.copy() as root:
            trial.run(root, deed=len(trial.peaceful.deeds) * 2 // 3)
            with mock.patch("flows.clock.now", return_value=datetime.datetime(year, 1, 1, tzinfo=datetime.UTC)):
                quorum("run", "--wave", WAVE, "--workspace", root, trial.export)
            row.note(trial.faults_after(root))


def two_at_once(trial: Trial, row: Row, *_: object) -> None:
    """A second run while one works is refused with 14, and changes nothing."""
    with trial.copy() as root:
        with only_run(Zones(root)):
            said = quorum("run", "--wave", WAVE, "--workspace", root, trial.export)
        wrong = [] if said.code == 14 else [f"ended with {said.code}"]
        row.note(wrong + trial.faults_after(root))


def half_copied_release(trial: Trial, row: Row, *_: object) -> None:
    """A release folder of which only half was copied is not shown, and is whole again from the backup."""
    with trial.copy() as root:
        trial.run(root)
        zones, archive = Zones(root), root.parent / "backup.tar"
        quorum("backup", archive, "--workspace", root)
        for name in ("manifest.sig", "cells.parquet"):
            (zones.release(WAVE) / name).unlink()
        shelf = list_releases(zones.released, read_public_key(zones.public_key_file))
        wrong = ["half a release is shown"] if shelf.releases else []
        wrong += [] if quorum("verify", "--workspace", root).code == 13 else ["verify does not see it"]
        quorum("restore", archive, "--workspace", root)
        row.note(wrong + trial.faults_after(root, is_run_again=False))


def dying_server(trial: Trial, row: Row, may_go_on: Callable[[], bool], *_: object) -> None:
    """Prefect's server is killed while the real flow runs, before its release and right after it.

    Without it the run ends with 14, and says so; another run releases, or finds the release whole.
    """
    for event in ("collected", "released"):
        if may_go_on():
            with trial.copy() as root:
                row.note(_with_dying_server(trial, root, event))


def _with_dying_server(trial: Trial, root: Path, event: str) -> list[str]:
    """What is wrong after a run whose server is killed once this stands in the log."""
    command = [sys.executable, "-m", "flows.cli", "run", "--wave", WAVE, "--workspace", str(root), str(trial.export)]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
    with tempfile.TemporaryFile("w+") as said:
        run = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said)
        is_killed = _kill_server_of(run.pid, Zones(root), event)
        code = run.wait(SERVER_PATIENCE_SECONDS)
        said.seek(0)
        printed = said.read()
    wrong = [] if is_killed else ["no server was found"]
    wrong += [] if code == 14 else [f"the run ended with {code}"]
    wrong += [] if "Prefect stopped working" in printed and "Traceback" not in printed else ["it is not said"]
    return wrong + trial.faults_between(root) + trial.faults_after(root)


def _kill_server_of(pid: int, zones: Zones, event: str) -> bool:
    """Kill the server that a run has started, once this event is in the log; whether there was one to kill."""
    end = time.monotonic() + SERVER_PATIENCE_SECONDS
    while time.monotonic() < end and Path(f"/proc/{pid}").exists():
        if any(entry["event"] == event for entry in log.entries(zones)):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
            for child in map(int, children):
                with contextlib.suppress(OSError):
                    if b"prefect.server.api.server:create_app" in Path(f"/proc/{child}/cmdline").read_bytes():
                        os.kill(child, 9)
                        return True
        time.sleep(0.02)
    return False


FAULTS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("Prefect's server dies", dying_server),
    ("full disk", full_disk),
    ("read-only disk", read_only_disk),
    ("clock jumps", clock_jumps),
    ("two runs at once", two_at_once),
    ("half-copied release", half_copied_release),
    ("kill -9 at random", killed_at_random),
    ("kill -9 at each write", killed_at_each_write),
)


def main(arguments: list[str]) -> int:
    """Make the faults within the budget; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kills at random moments, and most at writes")
    parser.add_argument("--minutes", type=float, default=40.0, help="budget")
    parser.add_argument("--only", choices=[name for name, _ in FAULTS], help="only this fault")
    chosen = parser.parse_args(arguments)
    started = time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, open_laboratory() as laboratory:
        trial = prepare(laboratory, Path(folder))
        print(
            f"a run in peace: {trial.peaceful.seconds:.1f} s of work, {len(trial.peaceful.deeds)} writes and steps",
            flush=True,
        )
        for name, make in FAULTS:
            if chosen.only not in (None, name):
                continue
            row = Row(name)
            make(trial, row, lambda: time.monotonic() - started < 60 * chosen.minutes, chosen.kills)
            rows.append(row)
            print(
                f"{row.fault:24} {row.tried_n:>5} tried {row.well_n:>5} well  {'; '.join(sorted(set(row.notes)))}",
                flush=True,
            )
    print(f"{sum(row.tried_n for row in rows)} faults in {time.monotonic() - started:.0f} s")
    return int(any(row.tried_n == 0 or row.well_n != row.tried_n for row in rows))


def prepare(laboratory: Laboratory, folder: Path) -> Trial:
    """A workspace, its export, and a run of it in peace."""
    own, maps = {"own_pressure.v1": canaries.INSTRUMENT}, {"pressure": canaries.MAP}
    workspace = new_workspace(folder / "workspace", instruments=own, maps=maps)
    export = canaries.export(folder / "export.csv")
    calm = shutil.copytree(workspace, folder / "calm")
    peaceful = laboratory.run(["run", "--wave", WAVE, "--workspace", str(calm), str(export)])
    return Trial(laboratory, workspace, export, peaceful, bytes_of(Zones(calm).released))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
