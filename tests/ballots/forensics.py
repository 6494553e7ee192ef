"""What copies of the inbox give away: linkage of ballots and answers, order of arrival (BALLOTS T2, T3).

python -m tests.ballots.forensics [ROUNDS]   (100 rounds of 24 ballots: under a minute; exit 1 where more is seen than
                                              chance allows, or where the harness sees nothing at all)
"""

from __future__ import annotations

import itertools
import secrets
import sqlite3
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import binom

from surveys.ballot_record import (
    PackedItem,
    RecordError,
    open_inner,
    open_outer,
    pack,
    public_half,
    seal_inner,
    seal_outer,
    unpack,
)
from surveys.page.inbox import (
    Submission,
    make_inbox,
    open_inbox,
    replace_ballots,
    store_batch,
    unused_slots,
    used_records,
)

CODES = tuple(str(number) for number in range(1, 101))
ITEM = (PackedItem("answer", CODES),)
TAG = b"forensic"


@dataclass(frozen=True)
class Filmed:
    """An inbox of which a copy was taken before and after every answer. truth: the answer by ballot."""

    images: list[bytes]
    ballots: list[bytes]
    truth: dict[bytes, str]
    steward: bytes
    mixer: bytes
    released: list[bytes]


def film(folder: Path, ballots_n: int) -> Filmed:
    """Let everybody answer one by one, each with an answer of their own, and copy the file around every step."""
    path = folder / f"{secrets.token_hex(4)}.sqlite"
    steward, mixer = secrets.token_bytes(32), secrets.token_bytes(32)
    make_inbox(path, 2 * ballots_n + 64)
    ballots = [secrets.token_bytes(16) for _ in range(ballots_n)]
    answers = dict(zip(ballots, CODES, strict=False))
    with open_inbox(path) as con:
        replace_ballots(con, {0}, [(ballot, 0) for ballot in ballots])
        free = unused_slots(con)
        images = [path.read_bytes()]
        secrets.SystemRandom().shuffle(ballots)
        for ballot in ballots:
            inner = seal_inner(pack(ITEM, {"answer": answers[ballot]}, TAG), public_half(steward))
            store_batch(con, [Submission(ballot, seal_outer(0, inner, public_half(mixer)))], free)
            images.append(path.read_bytes())
        # What the steward gets: the outer seal off, sorted.
        released = sorted(open_outer(record, mixer) for record in used_records(con))
    return Filmed(images, ballots, answers, steward, mixer, released)


def tied(filmed: Filmed, *, with_mixer: bool) -> float:
    """Share of ballots tied to their answer by whoever has all images and the steward's key (and the mixer's)."""
    hits = 0
    for ballot, before, after in zip(filmed.ballots, filmed.images, filmed.images[1:], strict=False):
        record = _new_bytes(before, after)
        guess = _answer(record, filmed, with_mixer=with_mixer)
        hits += guess == filmed.truth[ballot]
    return hits / len(filmed.ballots)


def _new_bytes(before: bytes, after: bytes) -> bytes:
    """The record that was written between two images: the slot whose bytes changed."""
    old, new = _slots(before), _slots(after)
    changed = [number for number in new if new[number] != old.get(number)]
    return new[changed[0]] if changed else b""


def _slots(image: bytes) -> dict[int, bytes]:
    con = sqlite3.connect(":memory:")
    con.deserialize(image)
    try:
        return {int(n): bytes(c) for n, c in con.execute("select n, c from slot")}
    finally:
        con.close()


def _answer(record: bytes, filmed: Filmed, *, with_mixer: bool) -> str | None:
    """With the mixer's key the outer seal comes off; without it, the best is to guess one of the released answers."""
    try:
        inner = open_outer(record, filmed.mixer)[8:] if with_mixer else record[-304:]
        return unpack(ITEM, open_inner(inner, filmed.steward)).answers["answer"]
    except RecordError:
        guess = filmed.released[secrets.randbelow(len(filmed.released))]
        return unpack(ITEM, open_inner(guess[8:], filmed.steward)).answers["answer"]


def _distance(share: float) -> float:
    return max(share, 1 - share)


def _concordance(places: list[int]) -> float:
    pairs = list(itertools.combinations(places, 2))
    return sum(a < b for a, b in pairs) / len(pairs)


def order_of_a_plain_table(ballots_n: int) -> float:
    """The same harness on a table into which rows are inserted under random keys: it must see everything."""
    con = sqlite3.connect(":memory:")
    con.execute("create table answer (h blob primary key, c blob) without rowid")
    keys = [secrets.token_bytes(16) for _ in range(ballots_n)]
    for key in keys:
        con.execute("insert into answer values (?, ?)", (key, secrets.token_bytes(60)))
        con.commit()
    image = con.serialize()
    found = [image.rfind(key) for key in keys]
    return _distance(_concordance(sorted(range(ballots_n), key=lambda number: found[number])))


def mean_of_order(folder: Path, rounds: int, ballots_n: int) -> tuple[float, float]:
    """Mean signed concordance over rounds, of ballots and of slots: 0.5 is chance."""
    of_ballots, of_slots = [], []
    for _ in range(rounds):
        filmed = film(folder, ballots_n)
        image, order = filmed.images[-1], {b: i for i, b in enumerate(filmed.ballots)}
        of_ballots.append(_concordance([order[b] for b in sorted(filmed.ballots, key=image.find)]))
        slots = [_new_bytes(a, b) for a, b in zip(filmed.images, filmed.images[1:], strict=False)]
        of_slots.append(_concordance(sorted(range(len(slots)), key=lambda number: image.find(slots[number]))))
    return sum(of_ballots) / rounds, sum(of_slots) / rounds


def main() -> None:
    """Print the table; exit 1 where a figure is not as it should be."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        films = [film(folder, 24) for _ in range(rounds)]
        with_both = sum(tied(each, with_mixer=True) for each in films) / rounds
        without = sum(tied(each, with_mixer=False) for each in films) / rounds
        print(f"linkage with both keys     {with_both:.2f}  (the harness sees: 1.00)")
        print(f"linkage with steward only  {without:.3f}  (chance {1 / 24:.3f})")
        most = binom.ppf(0.99, 24 * rounds, 1 / 24) / (24 * rounds)
        plain = order_of_a_plain_table(24)
        print(f"order in a plain table     {plain:.2f}  (the harness sees: 1.00)")
        ballots, slots = mean_of_order(folder, rounds, 24)
        print(
            f"order from one image       ballots {ballots:.3f}, slots {slots:.3f}  (chance 0.5, allowed 0.47 to 0.53)"
        )
    is_blind = with_both < 1 or plain < 1
    is_above = without > most or max(abs(ballots - 0.5), abs(slots - 0.5)) > 0.03
    raise SystemExit(1 if is_blind or is_above else 0)


if __name__ == "__main__":
    main()
