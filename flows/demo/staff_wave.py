"""A wave on the staff page of the demo: ballots printed, page served, invented staff answer over HTTP on loopback."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flows.ballots.close_and_mix import close_wave, mix_batch
from flows.ballots.make_ballots import make_ballots, secret_of
from flows.ballots.manifest_file import load_signed
from flows.ballots.open_wave import Offices, open_wave
from flows.demo.answers import DemoRow, demo_rows
from flows.demo.organisation import demo_teams
from flows.demo.workspace import STAFF_WAVE
from flows.errors import WorkspaceError
from flows.workbench import open_workbench
from flows.zones import Zones
from surveys.load import load_catalogue

AT_ONCE = 16
_CODE = re.compile(r'class="code">([0-9A-Z ]{19})<')
_ADDRESS = re.compile(r"http://[0-9.:]+/")


@dataclass(frozen=True, slots=True)
class AnsweredWave:
    """How a wave of the demo went: ballots issued, forms sent, answers acknowledged, double clicks among them."""

    issued_n: int
    acknowledged_n: int
    address: str


def answer_on_the_page(root: Path, wave_number: int, on_step: Callable[[str], None]) -> AnsweredWave:
    """Open, print, serve, answer, close, mix; the wave is then ready for its run."""
    bench = open_workbench(root, STAFF_WAVE)
    offices = Offices(bench.settings.steward_office, bench.settings.mixer_office, None)
    opened = open_wave(bench, offices)
    on_step(f"open: {opened.units_n} units with ballots, {opened.items_n} questions, fingerprint {opened.fingerprint}")
    manifest = load_signed(bench.zones, STAFF_WAVE)
    make_ballots(bench.zones, manifest, (), is_replaced=False)
    rows = demo_rows(load_catalogue(), demo_teams(wave_number + 1), wave_number)
    sheets = list(_sheets(bench.zones, [row for row in rows if row.is_complete]))
    on_step(f"print {opened.ballots_n:,} ballots")
    with _served(root) as address:
        acknowledged_n = asyncio.run(_send_all(address, sheets))
    on_step(f"{acknowledged_n:,} answers sent, each acknowledged after it was stored")
    close_wave(bench.zones, manifest)
    secret = secret_of(bench.zones, STAFF_WAVE, "mixer", "the outer seals stay shut")
    batch, mixed = bench.zones.inbox_file(STAFF_WAVE, "batch"), bench.zones.inbox_file(STAFF_WAVE, "mixed")
    mix_batch(STAFF_WAVE, batch, mixed, secret, manifest.mixer_key)
    on_step("close and mix")
    return AnsweredWave(opened.ballots_n, acknowledged_n, address)


def _sheets(zones: Zones, rows: list[DemoRow]) -> Iterator[dict[str, str]]:
    """One form a person: everybody draws a ballot from the bag of the team, and some press Send twice."""
    folder = zones.ballots_folder(STAFF_WAVE)
    bags: dict[str, list[str]] = {}
    for row in rows:
        bag = bags.get(row.unit_id)
        if bag is None:
            text = (folder / f"{row.unit_id}.html").read_text("utf-8")
            bag = bags[row.unit_id] = [code.replace(" ", "") for code in _CODE.findall(text)]
        if bag:
            answers = {item_id: answer for item_id, answer in row.answers.items() if answer is not None}
            yield {"code": bag.pop(secrets.randbelow(len(bag))), "lang": "en", "blank": "yes", **answers}


@contextmanager
def _served(root: Path) -> Iterator[str]:
    """The page as a process of its own on a free port of this machine."""
    command = [sys.executable, "-m", "flows.cli", "survey", "serve", "--wave", STAFF_WAVE, "--port", "0"]
    server = subprocess.Popen(
        [*command, "--workspace", str(root)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        line = server.stdout.readline().decode() if server.stdout is not None else ""
        found = _ADDRESS.search(line)
        if found is None:
            raise WorkspaceError("the staff page of the demo did not start. Run  quorum demo --survey  again.")
        yield found.group()
    finally:
        server.terminate()
        server.wait()


async def _send_all(address: str, sheets: list[dict[str, str]]) -> int:
    """Post every form; how many were acknowledged. Every tenth person clicks twice."""
    import httpx

    places = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=address, timeout=120, trust_env=False) as client:

        async def send(number: int, sheet: dict[str, str]) -> bool:
            async with places:
                (await client.get(f"/a/{sheet['code']}")).raise_for_status()
                clicks = [client.post("/a", data=sheet) for _ in range(2 if number % 10 == 0 else 1)]
                replies = await asyncio.gather(*clicks)
            return all(reply.status_code == 303 for reply in replies)

        sent = await asyncio.gather(*(send(number, sheet) for number, sheet in enumerate(sheets)))
    return sum(sent)
