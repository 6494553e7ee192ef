"""kill -9 while a wave is closed, mixed and run: every answer is counted exactly once (BALLOTS T19).

python -m tests.ballots.kill_chain [KILLS]   (25 kills: half a minute of processor; a third of them in each step, half
                                              of them at a deed with a file, half after some processor time)
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from flows import log
from flows.zones import Zones
from surveys.ballot_code import ballot_hash
from surveys.ballot_record import pack, seal_inner, seal_outer
from surveys.page.inbox import Submission, open_inbox, store_batch, unused_slots
from tests.ballots.wave_maker import WAVE, BallotWave, ballot_wave
from tests.integration.kill_laboratory import Ended, Laboratory, open_laboratory
from tests.integration.release_without_prefect import bytes_of

STEPS = (["survey", "close", "--yes"], ["survey", "mix"], ["run"])
KILLED = -9


def answer_all(wave: BallotWave, share: float = 0.75) -> int:
    """Sealed answers of three in four people, as the page makes them; how many."""
    m, rng = wave.manifest, random.Random(11)
    submissions = []
    for unit_no, unit in enumerate(m.units):
        for code in wave.codes[unit.unit_id][: int(share * unit.eligible_n)]:
            answers = {item.id: rng.choice([None, *(option.code for option in item.options)]) for item in m.items}
            answers["bo1"] = rng.choice("12345")
            record = seal_outer(unit_no, seal_inner(pack(m.packed_items, answers, m.tag), m.steward_key), m.mixer_key)
            submissions.append(Submission(ballot_hash(wave.secret("pepper"), WAVE, code), record))
    with open_inbox(wave.inbox) as con:
        store_batch(con, submissions, unused_slots(con))
    return len(submissions)


@dataclass(frozen=True)
class Chain:
    """An answered wave that nobody closed, and what became of it where nobody killed anything."""

    laboratory: Laboratory
    root: Path
    peaceful: tuple[Ended, ...]
    mixed: bytes
    released: dict[str, bytes]

    def step(self, number: int, root: Path, deed: int | None = None, seconds: float | None = None) -> Ended:
        """Close, mix or run; dying at a deed, or after so much work."""
        arguments = [*STEPS[number], "--wave", WAVE, "--workspace", str(root)]
        return self.laboratory.run(arguments, deed=deed, seconds=seconds)

    def kill(self, number: int, deed: int | None = None, seconds: float | None = None) -> list[str]:
        """Kill one step at a deed or a moment, run it again and go on; what is wrong afterwards."""
        with tempfile.TemporaryDirectory() as name:
            root = shutil.copytree(self.root, Path(name) / "w")
            for earlier in range(number):
                self.step(earlier, root)
            ended = self.step(number, root, deed, seconds)
            # Whatever dies at a moment may have come to its end just before.
            is_expected = ended.code == KILLED or (deed is None and ended.code == 0)
            faults = [] if is_expected else [f"was not killed: {ended.text[-300:]}"]
            again = self.step(number, root)
            # 15: the release was there already when the kill came.
            faults += [] if again.code == 0 or (number == 2 and again.code == 15) else [f"again: {again.text[-300:]}"]
            if number < 2:
                self.step(1, root)
                mixed = Zones(root).inbox_file(WAVE, "mixed").read_bytes()
                return faults + ([] if mixed == self.mixed else ["another hand-over file"])
            return faults + self.faults_of_release(root)

    def faults_of_release(self, root: Path) -> list[str]:
        """Whether the release, its account in it, is that of a run in peace, and nothing is left over."""
        zones, faults = Zones(root), []
        if bytes_of(zones.released) != self.released:
            faults.append("another release, or none")
        if [entry["event"] for entry in log.entries(zones)].count("released") != 1:
            faults.append("not released once in the log")
        left = sorted(path.name for path in zones.inbox.iterdir())
        if left != [f"{WAVE}.wave.json", f"{WAVE}.wave.sig"] or list(zones.ballot_key_file(WAVE, "x").parent.iterdir()):
            faults.append(f"left over: {left}")
        return faults


def in_peace(laboratory: Laboratory, folder: Path) -> Chain:
    """Answer a wave, keep it open, and take a copy of it through all steps."""
    wave = ballot_wave(folder / "open", {"fern": 24, "ivy": 18, "oak": 30})
    answers_n = answer_all(wave)
    calm = shutil.copytree(wave.root, folder / "calm")
    ended, mixed = [], b""
    for step in STEPS:
        ended.append(laboratory.run([*step, "--wave", WAVE, "--workspace", str(calm)]))
        assert ended[-1].code == 0, ended[-1].text
        if step[-1] == "mix":
            mixed = Zones(calm).inbox_file(WAVE, "mixed").read_bytes()
    released = bytes_of(Zones(calm).released)
    counts = json.loads(released[f"{WAVE}/manifest.json"])["counts"]
    assert counts["read"] == counts["accepted"] == answers_n, counts
    return Chain(laboratory, wave.root, tuple(ended), mixed, released)


def kill_often(chain: Chain, kills_n: int) -> list[str]:
    """Kill each step in turn, at random deeds and at random moments; what was wrong."""
    faults = []
    for number in range(kills_n):
        step = number % len(STEPS)
        calm = chain.peaceful[step]
        deed = random.randint(1, len(calm.deeds)) if number % 2 == 0 else None
        seconds = None if deed else random.uniform(0, calm.seconds)
        place = f"deed {deed}" if deed else f"{seconds:.3f} s"
        faults += [f"{STEPS[step]} at {place}: {fault}" for fault in chain.kill(step, deed, seconds)]
    return faults


def main() -> None:
    """Print what was found."""
    kills_n = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    with tempfile.TemporaryDirectory() as name, open_laboratory() as laboratory:
        faults = kill_often(in_peace(laboratory, Path(name)), kills_n)
    print("\n".join(faults) or f"{kills_n} kills while closing, mixing and running: every answer counted exactly once")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
