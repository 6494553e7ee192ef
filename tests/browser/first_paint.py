"""First paint of the staff page on a slow phone: network and processor held back as Lighthouse does for mobiles.

python -m tests.browser.first_paint [LOADS]   (150 ms round trip, 1.6 Mbit/s, processor four times slower; under 1 s)
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.app_server import chromium
from tests.browser.staff_states import staged

BYTES_A_SECOND = 1_600_000 / 8
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def paint_times(browser: Any, address: str, loads_n: int) -> list[float]:
    """Milliseconds from the navigation to the first contentful paint, each time with an empty cache."""
    times = []
    for _ in range(loads_n):
        context = browser.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=2, is_mobile=True)
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        held_back = {"latency": 150, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": 750_000 / 8}
        devtools.send("Network.emulateNetworkConditions", {"offline": False, **held_back})
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(address)
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
        times.append(float(page.evaluate(FIRST_PAINT)))
        context.close()
    return times


def main() -> None:
    """Print the median and the slowest; exit 1 where the median is above a second."""
    loads_n = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as name, staged(Path(name)) as (stage, address), chromium() as browser:
        times = paint_times(browser, f"{address}/a/{stage.code}", loads_n)
    load = ", ".join(f"{each:.0f}" for each in os.getloadavg())
    print(f"first paint: median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms; load {load}")
    raise SystemExit(0 if statistics.median(times) < 1_000 else 1)


if __name__ == "__main__":
    main()
