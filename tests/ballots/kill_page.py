"""kill -9 under load: every acknowledged ballot is stored once with its own answers, nothing else is (BALLOTS T18).

python -m tests.ballots.kill_page [KILLS]   (25 kills: about 100 s, of which the page's starts are nearly all)

Every ballot sends answers that no other ballot sends. The page dies after a random number of acknowledgements and a
random few milliseconds, with forms on their way. At the end the inbox is opened with both keys: it holds the answers
of the used ballots, each once, in the unit of the ballot.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx

from surveys.ballot_code import ballot_hash
from surveys.ballot_record import open_inner, open_outer, unpack
from surveys.page.inbox import open_inbox, state_of, used_records
from surveys.wave_manifest import AskedItem
from tests.ballots.serving import serving
from tests.ballots.wave_maker import WAVE, BallotWave, ballot_wave

FORMS_A_KILL = 150
MOST_ACKNOWLEDGED = 100
AT_ONCE = 16
MOST_SECONDS_LATER = 0.02


@dataclass(frozen=True)
class Survived:
    """What was left. in_doubt_n: stored, but the page died before it could say so."""

    acknowledged_n: int
    stored_n: int

    @property
    def in_doubt_n(self) -> int:
        """Answers whose senders never heard of them."""
        return self.stored_n - self.acknowledged_n


def own_answers(items: tuple[AskedItem, ...], number: int) -> dict[str, str]:
    """Answers that belong to one ballot alone: its number, written with the options of the questions."""
    found = {}
    for item in items:
        number, place = divmod(number, len(item.options))
        found[item.id] = item.options[place].code
    assert number == 0, "too many ballots for so few questions"
    return found


async def post_until_killed(
    address: str, forms: dict[str, dict[str, str]], server: subprocess.Popen[bytes]
) -> set[str]:
    """Codes whose answers were acknowledged before the process died."""
    waiting, acknowledged, dies_after = list(forms), set(), random.randrange(MOST_ACKNOWLEDGED)
    is_time = asyncio.Event()

    async def worker(client: httpx.AsyncClient) -> None:
        while waiting:
            code = waiting.pop()
            try:
                reply = await client.post("/a", data={"code": code, "lang": "en", **forms[code]})
            except httpx.HTTPError:
                return
            assert reply.status_code == 303, reply.status_code
            acknowledged.add(code)
            if len(acknowledged) > dies_after:
                is_time.set()

    async def killer() -> None:
        await is_time.wait()
        await asyncio.sleep(random.uniform(0, MOST_SECONDS_LATER))
        server.kill()

    async with httpx.AsyncClient(base_url=address, timeout=20, trust_env=False) as client:
        await asyncio.gather(killer(), *(worker(client) for _ in range(AT_ONCE)))
    return acknowledged


def kill_often(wave: BallotWave, kills_n: int) -> Survived:
    """Kill and start again, then look into the inbox. Raises AssertionError where an answer is lost, doubled, torn or
    another's, or where the page died with nothing on its way."""
    items, pepper = wave.manifest.items, wave.secret("pepper")
    ballots = [(code, unit_no) for unit_no, unit in enumerate(wave.manifest.units) for code in wave.codes[unit.unit_id]]
    expected = {code: (unit_no, own_answers(items, number)) for number, (code, unit_no) in enumerate(ballots)}
    codes = list(expected)
    random.shuffle(codes)
    acknowledged: set[str] = set()
    for _ in range(kills_n):
        share = {code: expected[code][1] for code in (codes.pop() for _ in range(FORMS_A_KILL))}
        with serving(wave.root) as (address, server):
            heard = asyncio.run(post_until_killed(address, share, server))
        assert len(heard) < len(share), "the page died with nothing on its way"
        acknowledged |= heard
    with open_inbox(wave.inbox) as con:
        state, records = state_of(con), used_records(con)
        spent = {bytes(h) for (h,) in con.execute("select h from ballot where spent = 1")}
    stored = [code for code in expected if ballot_hash(pepper, WAVE, code) in spent]
    assert state.spent_n == state.used_n == len(stored), "used ballots and used slots differ"
    assert not acknowledged - set(stored), f"{len(acknowledged - set(stored))} acknowledged answers are lost"
    assert Counter(map(_plain, (expected[code] for code in stored))) == Counter(
        _plain(_opened(wave, record)) for record in records
    ), "the inbox holds other answers than those that were sent"
    return Survived(len(acknowledged), len(stored))


def _opened(wave: BallotWave, record: bytes) -> tuple[int, dict[str, str | None]]:
    """Unit and answers of a record."""
    handed = open_outer(record, wave.secret("mixer"))
    sheet = unpack(wave.manifest.packed_items, open_inner(handed[8:], wave.secret("steward")))
    return int.from_bytes(handed[:8], "big"), dict(sheet.answers)


def _plain(answer: tuple[int, dict[str, str]] | tuple[int, dict[str, str | None]]) -> tuple[object, ...]:
    return answer[0], *sorted(answer[1].items())


def main() -> None:
    """Print what was found."""
    kills_n = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    with tempfile.TemporaryDirectory() as name:
        wave = ballot_wave(Path(name), {f"team{n}": FORMS_A_KILL for n in range(max(2, kills_n))})
        survived = kill_often(wave, kills_n)
    print(
        f"{kills_n} kills: {survived.acknowledged_n:,} acknowledged, {survived.stored_n:,} stored once with their own "
        f"answers ({survived.in_doubt_n} of them before the page could say so), none lost, none doubled"
    )


if __name__ == "__main__":
    main()
