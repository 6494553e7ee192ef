"""`make bench`: what each step costs for 2,000 and for 100,000 teams, next to DuckDB's bare read of the same file.

Each size runs in a process of its own, so that its memory is its own. Prints tables; `--json FILE` keeps them.
The ratio of processor times says more than that of wall times where other work shares the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.measure_suppression import WHOLE_STEP
from tests.benchmarks.measure_wave import REFERENCE
from tests.benchmarks.wave_maker import SIZES

FIRST_TARGET, TARGET = 8.0, 5.0
TARGET_MIB = 4096
SUPPRESSION_TARGET_S = 15.0
LIMIT_S = 900
ROW = "{:<54}{:>9}{:>9}{:>9}{:>11}{:>10}"
HEADING = ROW.format("", "wall s", "cpu s", "ratio", "cpu ratio", "peak MiB")
Measured = Mapping[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for and print it. Exit code 1 where a process did not come to its end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[*SIZES, "suppression"], action="append", help="measure this alone")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds after which a size is given up")
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    asked = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores, {_memory_gib():.0f} GiB. Ratio: times the bare read of the same file, in this run.")
    found: dict[str, Measured] = {}
    for name in asked.only or [*SIZES, "suppression"]:
        found[name] = _in_a_process(name, asked.limit)
        print("\n".join(suppression_lines(found[name]) if name == "suppression" else wave_lines(name, found[name])))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0 if all(measured["is_complete"] for measured in found.values()) else 1


def _in_a_process(name: str, limit_s: float) -> Measured:
    """Costs of one size; those up to the step in which it failed or ran out of time, where it did not complete."""
    with tempfile.TemporaryDirectory(prefix="quorum-bench-") as folder:
        out = Path(folder) / "costs.json"
        module = "measure_suppression" if name == "suppression" else "measure_wave"
        which = [] if name == "suppression" else [name]
        command = [sys.executable, "-m", f"tests.benchmarks.{module}", *which, str(out)]
        process = subprocess.Popen(command)
        try:
            is_complete = process.wait(limit_s) == 0
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
            is_complete = False
        measured = json.loads(out.read_text("utf-8")) if out.exists() else {"costs": [], "counts": {}}
        return {**measured, "is_complete": is_complete}


def wave_lines(name: str, measured: Measured) -> list[str]:
    """The table of one wave: a line a step, the total, and where it stands against the targets."""
    costs, counts = measured["costs"], measured["counts"]
    references = [cost for cost in costs if cost["step"] == REFERENCE]
    steps = [cost for cost in costs if cost["step"] != REFERENCE]
    lines = ["", f"{SIZES[name].name}{_counted(counts)}", HEADING]
    if not references:
        return [*lines, "did not come to its first step"]
    reference = {key: statistics.median(cost[key] for cost in references) for key in ("wall_s", "cpu_s", "peak_mib")}
    total = {key: sum(cost[key] for cost in steps) for key in ("wall_s", "cpu_s")}
    peak_mib = max((cost["peak_mib"] for cost in steps), default=0.0)
    lines.append(_line({"step": f"{REFERENCE} (median of {len(references)})", **reference}, reference))
    lines.extend(_line(cost, reference) for cost in steps)
    lines.append(_line({"step": "collect to publish", **total, "peak_mib": peak_mib}, reference))
    if not measured["is_complete"]:
        return [*lines, "NOT COMPLETE: the last step shown is the last that ended"]
    ratio = total["wall_s"] / reference["wall_s"]
    return [
        *lines,
        f"target {TARGET:g} x ({FIRST_TARGET:g} x at first): {ratio:.1f} x, {_verdict(ratio <= FIRST_TARGET)}"
        f" · target {TARGET_MIB} MiB: {peak_mib:.0f} MiB, {_verdict(peak_mib < TARGET_MIB)}",
    ]


def suppression_lines(measured: Measured) -> list[str]:
    """The table of suppression alone."""
    counts = measured["counts"]
    lines = ["", f"suppression alone{_counted(counts)}", HEADING]
    lines.extend(_line(cost, None) for cost in measured["costs"])
    if not measured["is_complete"]:
        return [*lines, "NOT COMPLETE"]
    seconds = sum(cost["wall_s"] for cost in measured["costs"] if cost["step"] == WHOLE_STEP)
    return [*lines, f"target {SUPPRESSION_TARGET_S:g} s: {seconds:.1f} s, {_verdict(seconds < SUPPRESSION_TARGET_S)}"]


def _line(cost: Measured, reference: Measured | None) -> str:
    ratios = [f"{cost[key] / reference[key]:.1f}" if reference else "" for key in ("wall_s", "cpu_s")]
    return ROW.format(cost["step"], f"{cost['wall_s']:.2f}", f"{cost['cpu_s']:.2f}", *ratios, f"{cost['peak_mib']:.0f}")


def _counted(counts: Mapping[str, int]) -> str:
    return "".join(f" · {name.removesuffix('_n').replace('_', ' ')} {count:,}" for name, count in counts.items())


def _verdict(is_reached: bool) -> str:
    return "reached" if is_reached else "NOT reached"


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


if __name__ == "__main__":
    sys.exit(main())
