"""First paint of the staff page on a slow phone: network and processor held back as Lighthouse does for mobiles.

python -m tests.browser.first_paint [LOADS]   (150 ms round trip, 1.6 Mbit/s, processor four times slower; under 1 s
                                               and under 60 kB with its style sheet)
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.app_server import chromium
from tests.browser.staff_states import staged

ROUND_TRIP_MS = 150
BYTES_A_SECOND = 1_600_000 / 8
MOST_MS = 1_000
MOST_BYTES = 60_000
# One evaluation that waits by itself: the page's content policy lets no predicate be evaluated again and again.
FIRST_PAINT = """() => new Promise(found => new PerformanceObserver(list => list.getEntries()
  .filter(entry => entry.name === "first-contentful-paint").forEach(entry => found(entry.startTime)))
  .observe({type: "paint", buffered: true}))"""


@dataclass(frozen=True)
class Load:
    """One load with an empty cache. ms: from the navigation to the first contentful paint; wire_bytes: with headers."""

    ms: float
    requests_n: int
    wire_bytes: int


def load(browser: Any, address: str) -> Load:
    """Open a page as a slow phone does."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=2, is_mobile=True)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    arrived: list[int] = []
    devtools.on("Network.loadingFinished", lambda event: arrived.append(int(event["encodedDataLength"])))
    devtools.send("Network.enable")
    held_back = {"latency": ROUND_TRIP_MS, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": 750_000 / 8}
    devtools.send("Network.emulateNetworkConditions", {"offline": False, **held_back})
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address)
    ms = float(page.evaluate(FIRST_PAINT))
    context.close()
    return Load(ms, len(arrived), sum(arrived))


def main() -> None:
    """Print the median and the slowest; exit 1 where the median is above a second or a page above 60 kB."""
    loads_n = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as name, staged(Path(name)) as (stage, address), chromium() as browser:
        loads = [load(browser, f"{address}/a/{stage.code}") for _ in range(loads_n)]
    median, slowest = statistics.median(each.ms for each in loads), max(each.ms for each in loads)
    most = max(loads, key=lambda each: each.wire_bytes)
    busy = ", ".join(f"{each:.0f}" for each in os.getloadavg())
    print(f"first paint: median {median:.0f} ms, slowest {slowest:.0f} ms; load of the machine {busy}")
    print(f"{most.wire_bytes:,} bytes in {most.requests_n} requests")
    raise SystemExit(0 if median < MOST_MS and most.wire_bytes < MOST_BYTES else 1)


if __name__ == "__main__":
    main()
