"""Whether the time of a refusal tells a used ballot from an unknown one: a rank test (BALLOTS T7).

python -m tests.ballots.refusal_times [N]   (1,000 of each, in random order: about 20 s; must not differ at 1 %)
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

import httpx
from scipy.stats import mannwhitneyu

from surveys.ballot_code import new_code
from tests.ballots.serving import serving
from tests.ballots.wave_maker import WAVE, ballot_wave


def times_of_refusals(client: httpx.Client, used: str, n: int) -> tuple[list[float], list[float]]:
    """Seconds of n refusals of a used ballot, and of n of unknown ones, in random order."""
    found: tuple[list[float], list[float]] = ([], [])
    order = [0, 1] * n
    random.shuffle(order)
    for kind in order:
        # Every form differs, so that none is taken for a double click.
        form = {"code": new_code(WAVE) if kind else used, "lang": "en", "bo1": "4", "st1": random.choice("12345")}
        started = time.perf_counter()
        reply = client.post("/a", data=form)
        found[kind].append(time.perf_counter() - started)
        assert reply.status_code == 409
    return found


def rank_test(one: list[float], other: list[float]) -> float:
    """Probability of ranks that differ so much by chance (Mann-Whitney U, two-sided)."""
    return float(mannwhitneyu(one, other).pvalue)


def main() -> None:
    """Print medians and the probability."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as name:
        wave = ballot_wave(Path(name), {"fern": 30, "ivy": 30})
        with serving(wave.root) as (address, _server), httpx.Client(base_url=address, trust_env=False) as client:
            used = wave.codes["fern"][0]
            client.post("/a", data={"code": used, "bo1": "1", "ee1": "0"})
            of_used, of_unknown = times_of_refusals(client, used, n)
    p = rank_test(of_used, of_unknown)
    seen = next(share for share in range(1, 200) if rank_test(of_used, [(1 + share / 100) * t for t in of_used]) < 0.01)
    medians = [1000 * sorted(times)[len(times) // 2] for times in (of_used, of_unknown)]
    print(f"{n:,} of each: median used {medians[0]:.2f} ms, unknown {medians[1]:.2f} ms, p = {p:.3f}")
    print(f"The test sees: were one of them {seen} % slower, it would tell them apart.")
    raise SystemExit(0 if p >= 0.01 else 1)


if __name__ == "__main__":
    main()
