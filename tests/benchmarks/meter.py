"""What a step costs: wall time, processor time, and the most memory it held."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

MIB = 1024
RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Cost:
    """One step: seconds, seconds of processor time over all threads, and the peak of resident memory in MiB."""

    step: str
    wall_s: float
    cpu_s: float
    peak_mib: float


@dataclass(slots=True)
class Meter:
    """Collects costs and counts of this process and keeps them in a file, so that a run cut short still tells."""

    out: Path
    costs: list[Cost] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a block. Linux forgets the old peak on request; elsewhere it is the peak since the start."""
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text(RESET_PEAK)
        wall, cpu = time.perf_counter(), _cpu_seconds()
        yield
        self.costs.append(Cost(name, time.perf_counter() - wall, _cpu_seconds() - cpu, _peak_mib()))
        self._keep()

    def count(self, **counts: int) -> None:
        """Note how large something was."""
        self.counts.update(counts)
        self._keep()

    def _keep(self) -> None:
        costs = [asdict(cost) for cost in self.costs]
        self.out.write_text(json.dumps({"costs": costs, "counts": self.counts}), "utf-8")


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _peak_mib() -> float:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / MIB
    return 0.0
