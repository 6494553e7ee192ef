"""kill -9 under load: every acknowledged ballot is stored once, used ballots equal used slots (BALLOTS T18).

python -m tests.ballots.kill_page [KILLS]   (25 kills: about 90 s)
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from pathlib import Path

import httpx

from surveys.ballot_code import ballot_hash
from surveys.page.inbox import open_inbox, state_of
from tests.ballots.serving import serving
from tests.ballots.wave_maker import WAVE, BallotWave, ballot_wave


async def _post_until_killed(address: str, codes: list[str], kill: object, after: float) -> set[str]:
    """Codes whose answers were acknowledged before the process died."""
    acknowledged: set[str] = set()

    async def worker(client: httpx.AsyncClient) -> None:
        while codes:
            code = codes.pop()
            try:
                reply = await client.post("/a", data={"code": code, "lang": "en", "bo1": "3"})
            except httpx.HTTPError:
                return
            if reply.status_code == 303:
                acknowledged.add(code)

    async def killer() -> None:
        await asyncio.sleep(after)
        kill()  # type: ignore[operator]

    async with httpx.AsyncClient(base_url=address, timeout=20, trust_env=False) as client:
        await asyncio.gather(killer(), *(worker(client) for _ in range(16)))
    return acknowledged


def kill_often(wave: BallotWave, kills_n: int) -> tuple[int, int]:
    """Kill and start again; acknowledged and stored ballots. Raises AssertionError where one is lost or doubled."""
    codes = [code for codes in wave.codes.values() for code in codes]
    random.shuffle(codes)
    acknowledged: set[str] = set()
    for _ in range(kills_n):
        with serving(wave.root) as (address, server):
            share = [codes.pop() for _ in range(min(len(codes), 150))]
            after = random.uniform(0.02, 0.4)
            acknowledged |= asyncio.run(_post_until_killed(address, share, server.kill, after))
    with open_inbox(wave.inbox) as con:
        state = state_of(con)
        assert state.spent_n == state.used_n, "used ballots and used slots differ"
        spent = {bytes(h) for (h,) in con.execute("select h from ballot where spent = 1")}
    lost = [code for code in acknowledged if ballot_hash(wave.secret("pepper"), WAVE, code) not in spent]
    assert not lost, f"{len(lost)} acknowledged answers are lost"
    return len(acknowledged), state.spent_n


def main() -> None:
    """Print what was found."""
    kills_n = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    with tempfile.TemporaryDirectory() as name:
        wave = ballot_wave(Path(name), {f"team{n}": 150 for n in range(max(2, kills_n))})
        acknowledged_n, stored_n = kill_often(wave, kills_n)
    print(f"{kills_n} kills: {acknowledged_n:,} acknowledged, {stored_n:,} stored once, none lost, none doubled")


if __name__ == "__main__":
    main()
