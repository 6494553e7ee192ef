"""`python -m tests.benchmarks.measure_trends`: trends of 100,000 groups x 25 measures x 52 waves, read to written.

Releases are made up first (0.9 GB below --folder, kept for the load script with --keep; --write adds 1.3 GB). Reading
checks every signature, checksum and rule of the contract, as `quorum trend` does; `follow` is the engine alone (TRENDS
4: 13 s on one core), without reading and writing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from flows.publish.read import list_manifests, load_release
from flows.trend.analysis import analyse
from flows.trend.derive import in_turn
from flows.trend.history import History, level_places, read_history
from flows.trend.panel import build_panels, runs_of
from flows.trend.write import write_derived
from tests.benchmarks.meter import Meter
from tests.benchmarks.release_maker import Country
from tests.benchmarks.wave_maker import NATIONAL
from tests.release_builder import PUBLIC_KEY


def main() -> int:
    """Make releases, then read, follow, and derive them."""
    args = _arguments()
    folder = args.folder or Path(tempfile.mkdtemp(prefix="quorum-trends-"))
    released = folder / "released"
    meter = Meter(folder / "figures.json")
    try:
        if not released.is_dir():
            _make(released, args.teams, args.measures, args.waves, meter)
        _measure(folder, released, meter, is_written=args.write)
    finally:
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
    for cost in meter.costs:
        print(f"{cost.step:44} wall {cost.wall_s:8.2f} s  CPU {cost.cpu_s:8.2f} s  peak {cost.peak_mib:6.0f} MiB")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.measure_trends", description=__doc__)
    parser.add_argument("--teams", type=int, default=NATIONAL.teams_n)
    parser.add_argument("--measures", type=int, default=25)
    parser.add_argument("--waves", type=int, default=52)
    parser.add_argument("--folder", type=Path, help="where the releases are made, or are already")
    parser.add_argument("--keep", action="store_true", help="leave the releases for another run")
    parser.add_argument("--write", action="store_true", help="also time `quorum trend` as a whole")
    return parser.parse_args()


def _make(released: Path, teams_n: int, measures_n: int, waves_n: int, meter: Meter) -> None:
    size = replace(NATIONAL, teams_n=teams_n, departments_n=max(1, teams_n // 100))
    country = Country(size, measures_n)
    with meter.step(f"make {waves_n} releases"):
        for _ in range(waves_n):
            country.release(released)
            print(".", end="", file=sys.stderr, flush=True)


def _measure(folder: Path, released: Path, meter: Meter, *, is_written: bool) -> None:
    with meter.step("checksums and signatures"):
        manifests = list_manifests(released, PUBLIC_KEY)
    with meter.step("read every release into a history"):
        history = read_history(load_release(released / each.wave_id, PUBLIC_KEY) for each in manifests)
    with meter.step("panels and levels of every measure"):
        _follow(history)
    meter.count(waves=len(manifests))
    del history
    if is_written:
        with meter.step("quorum trend as a whole"):
            write_derived(folder / "derived", released, PUBLIC_KEY)


def _follow(history: History) -> None:
    for _ in in_turn(partial(_follow_measure, history), sorted(history.measures[-1])):
        pass


def _follow_measure(history: History, measure_id: str) -> None:
    for run in runs_of(history, measure_id):
        drift_below = None
        for panel in build_panels(history, run, level_places()):
            drift_below = analyse(panel, drift_below).drift.q


if __name__ == "__main__":
    sys.exit(main())
