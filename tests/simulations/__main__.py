"""`python -m tests.simulations`: every number of TRENDS 8 beside what the engine reaches; exit 1 if one is missed."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from tests.simulations import actions, changes, one_wave, real_files, trends
from tests.simulations.targets import Reached, Target, mean_of


def main() -> int:
    """Print the table, part by part."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulations", description=__doc__)
    parser.add_argument("--seeds", type=int, default=trends.SEEDS, help="organisations per design (default 6)")
    seeds = range(parser.parse_args().seeds)
    started, missed = time.monotonic(), 0
    print(f"{'part':28} {'what':44} {'target':>8} {'accepted':>14} {'reached':>9}")
    for reached in all_parts(seeds):
        missed += not reached.is_good
        print(_line(reached), flush=True)
    print(f"{missed} missed; {time.monotonic() - started:.0f} s.")
    return 1 if missed else 0


def all_parts(seeds: Sequence[int]) -> Iterator[Reached]:
    """All figures, as they become known."""
    for place, (name, design) in enumerate(trends.DESIGNS.items()):
        found = mean_of(trends.figures(design, seed) for seed in seeds)
        yield from _reached(f"A, {name}", found, trends.targets(place))
    for case in one_wave.CASES:
        yield from _reached(f"one wave, {case.name}", one_wave.figures(case, 1), one_wave.targets(case))
    yield from _reached("share, 20 of 40", one_wave.share_figures(1), one_wave.SHARE_TARGETS)
    for silence in one_wave.SILENCES:
        found = one_wave.silence_figures(silence, 1)
        yield from _reached(f"silence, {silence.gap:g} points", found, one_wave.silence_targets(silence))
    two = mean_of(changes.two_waves_figures(seed) for seed in seeds)
    yield from _reached("two waves and BH", two, changes.TWO_WAVES_TARGETS)
    lasting = mean_of(changes.lasting_figures(seed) for seed in seeds)
    yield from _reached("lasting shift", lasting, changes.LASTING_TARGETS)
    yield from _reached("no effect", mean_of(actions.figures(seed) for seed in seeds), actions.NONE_TARGETS)
    helped = mean_of(actions.figures(seed, actions.HELP) for seed in seeds)
    yield from _reached("true effect", helped, actions.HELP_TARGETS)
    yield from _real(seeds)


def _real(seeds: Sequence[int]) -> Iterator[Reached]:
    if not real_files.has_files():
        print(f"real files: skipped, {real_files.REAL} is missing")
        return
    for measure in real_files.SCALES:
        found = mean_of(real_files.company_figures(measure, seed) for seed in seeds)
        yield from _reached(f"bh1996 {measure}", found, real_files.company_targets(measure))
    for measure in real_files.LINKED_C2:
        yield from _reached(
            f"univbct {measure}", real_files.linked_figures(measure), real_files.linked_targets(measure)
        )
    yield from _reached("univbct, all measures", real_files.called_in_all(), real_files.CALLED_TARGETS)


def _reached(part: str, found: Mapping[str, float], wanted: Sequence[Target]) -> list[Reached]:
    return [Reached(part, target, found[target.name]) for target in wanted]


def _line(reached: Reached) -> str:
    target = reached.target
    accepted = f"{target.low:g} to {target.high:g}"
    mark = "" if reached.is_good else "  MISSED"
    return f"{reached.part:28} {target.name:44} {target.target:>8} {accepted:>14} {reached.value:9.2f}{mark}"


if __name__ == "__main__":
    sys.exit(main())
