"""`python -m tests.benchmarks.load_pages`: viewers on every page over real websocket sessions, loopback only.

Starts the dashboards on a free port, opens one session a viewer, and lets each walk through the pages in an order of
its own. Times are from the request to the end of the page's script, the way and the wait for other viewers included.
Prints page x p50 / p95, and the server's memory.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
import polars as pl
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from dashboards.serve import serve_command
from tests.release_builder import PUBLIC_KEY, write_shelf

PAGES = (
    "home", "heat_map", "trend", "compare", "challenges", "protection", "team", "participation", "actions", "about",
)  # fmt: skip
START_SECONDS = 60
MOST_SECONDS = 600.0
MOST_VIEWERS = 50
ABOUT_A_GROUP = ("trend", "team")
Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Walk:
    """What every viewer does: port and process of the server, groups looked at, rounds, mean seconds between pages."""

    port: int
    pid: int
    group_ids: tuple[str, ...]
    rounds: int
    think: float


def main() -> int:
    """Serve, walk, and print the table. Exit 1 where a page did not end or the 95th percentile is above a second."""
    args = _arguments()
    with tempfile.TemporaryDirectory(prefix="quorum-load-") as folder:
        released = args.released or _demo_releases(Path(folder))
        key_file = Path(folder) / "release.pub"
        key_file.write_text(PUBLIC_KEY.hex(), "ascii")
        port = _free_port()
        server = _serve(port, released, args.derived, key_file)
        try:
            _await(port)
            walk = Walk(port, server.pid, _group_ids(released), args.rounds, args.think)
            first, first_cpu, times = asyncio.run(_all_viewers(walk, min(args.viewers, MOST_VIEWERS)))
            memory, cpu = _memory(server.pid), _cpu_seconds(server.pid)
        finally:
            server.terminate()
            server.wait(timeout=30)
    pages_n = sum(len(found) for found in times.values()) + min(args.viewers, MOST_VIEWERS)
    print(f"processor time: first page {first_cpu:.1f} s, then {1000 * (cpu - first_cpu) / pages_n:.0f} ms a page")
    return _report(first, times, memory)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load_pages", description=__doc__)
    parser.add_argument("--released", type=Path, help="made by measure_trends --keep; default: the small test releases")
    parser.add_argument("--derived", type=Path, default=Path("none"), help="derived files beside them")
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2, help="how often each viewer walks through all pages")
    parser.add_argument("--think", type=float, default=2.0, help="seconds between two pages of a viewer, on average")
    return parser.parse_args()


def _demo_releases(folder: Path) -> Path:
    write_shelf(folder / "released", has_trouble=False)
    return folder / "released"


def _group_ids(released: Path) -> tuple[str, ...]:
    """Units of the last release by name of its folder."""
    last = max(path for path in released.iterdir() if (path / "manifest.sig").exists())
    groups = pl.read_parquet(last / "groups.parquet", columns=["group_id", "kind"])
    return tuple(groups.filter(pl.col("kind") == "unit")["group_id"].sort().to_list())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(port: int, released: Path, derived: Path, key_file: Path) -> subprocess.Popen[bytes]:
    command, env = serve_command(port, released, key_file, beside={"DERIVED_DIR": derived})
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _await(port: int) -> None:
    """Until the server takes connections; raises TimeoutError."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the dashboards did not start")


async def _all_viewers(walk: Walk, viewers_n: int) -> tuple[float, float, Times]:
    """Seconds of the very first page, which verifies every release, its processor time, and seconds of each page."""
    connection = await _connect(walk.port)
    first = await _page(connection, "home", "")
    await connection.close()
    first_cpu = _cpu_seconds(walk.pid)
    walks = await asyncio.gather(*(_walk(walk, number) for number in range(viewers_n)))
    return first, first_cpu, {page: [each for walk in walks for each in walk[page]] for page in PAGES}


async def _connect(port: int) -> ClientConnection:
    address = f"127.0.0.1:{port}"
    return await connect(
        f"ws://{address}/_stcore/stream",
        origin=Origin(f"http://{address}"),
        subprotocols=[Subprotocol("streamlit")],
        max_size=200_000_000,
    )


async def _walk(walk: Walk, number: int) -> Times:
    """One viewer: every page `rounds` times, each time in another order and about another group."""
    order = random.Random(number)
    connection = await _connect(walk.port)
    times: Times = {page: [] for page in PAGES}
    await _page(connection, "home", "")
    for _ in range(walk.rounds):
        for page in order.sample(PAGES, len(PAGES)):
            await asyncio.sleep(order.uniform(0, 2 * walk.think))
            query = f"group={quote(order.choice(walk.group_ids))}" if page in ABOUT_A_GROUP else ""
            times[page].append(await _page(connection, page, query))
    await connection.close()
    return times


async def _page(connection: ClientConnection, page: str, query: str) -> float:
    """Ask for a page and wait for the end of its script; seconds."""
    ask = BackMsg()
    ask.rerun_script.query_string = query
    ask.rerun_script.page_name = "" if page == "home" else page
    started = time.perf_counter()
    await connection.send(ask.SerializeToString())
    while True:
        content = await asyncio.wait_for(connection.recv(), MOST_SECONDS)
        answer = ForwardMsg.FromString(content if isinstance(content, bytes) else content.encode())
        if answer.WhichOneof("type") == "script_finished":
            return time.perf_counter() - started


def _memory(pid: int) -> Mapping[str, float]:
    """Resident memory of the server now and at its peak, in MiB; files it has mapped count as far as they are held."""
    found = {}
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "VmHWM", "RssFile", "RssAnon"):
            found[name] = int(value.split()[0]) / 1024
    return found


def _cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _report(first: float, times: Times, memory: Mapping[str, float]) -> int:
    print(f"first page, every release verified: {first:.2f} s")
    print(f"{'page':16} {'asked':>6} {'p50 s':>8} {'p95 s':>8}")
    for page, found in times.items():
        print(f"{page:16} {len(found):6} {np.quantile(found, 0.5):8.2f} {np.quantile(found, 0.95):8.2f}")
    print(", ".join(f"{name} {value:.0f} MiB" for name, value in memory.items()))
    return 1 if _worst(list(times.values())) > 1 else 0


def _worst(times: Sequence[Sequence[float]]) -> float:
    return max(float(np.quantile(found, 0.95)) for found in times)


if __name__ == "__main__":
    sys.exit(main())
