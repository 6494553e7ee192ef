"""Feed every reader with honest files of odd cells and with damaged files: no crash, and no row lost.

`python -m tests.fuzz.readers --inputs 20000 --seconds 600` takes that many inputs per reader, or as many as the time
allows, and says how many it came to. Exit code 1 where one fails; the number of its seed makes the input again.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import duckdb

from flows.collect.raw_table import RawTable
from flows.collect.recognise import open_export
from flows.errors import ExportRefused
from tests.fuzz.seeds import SEEDS, WIDTH

ODD_CELLS = (
    "", "1", "3", "ALDER", "Käse & Söhne", "a;b", "a,b", "a\tb", 'say "no"', '"', '""', "line\nbreak", "line\r\nbreak",
    "=1+1", "+x", "@x", "-1", "N/A", "\u00a0x\u00a0", "x" * 300, "🚀", "0", "null", "None", "{", "<b>", "'", "\\", "|",
    "1e309", "é\u0301", "‮abc", "A1", "#",
)  # fmt: skip
NASTY = (
    b"\x00", b'"', b"\n", b"\r", b"\r\n", b",", b";", b"\t", b"|", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3",
    b"\xed\xa0\x80", b"{", b"}", b"[" * 50, b"<!DOCTYPE", b"PK\x03\x04", b"PAR1", b"=", b"\\", b"9" * 40,
    b"unit_id", b"id", b"''",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """An input on which a reader failed."""

    reader: str
    seed: int
    what: str


def rows_of(rng: random.Random, *, is_honest: bool) -> list[list[str]]:
    """A few rows; in honest ones the first cell is filled, so that no row is blank."""
    return [
        [rng.choice(ODD_CELLS[1:] if place == 0 and is_honest else ODD_CELLS) for place in range(WIDTH)]
        for _ in range(rng.randint(1, 6))
    ]


def damaged(content: bytes, rng: random.Random) -> bytes:
    """The content with one to four damages; of an archive, often within one of its parts."""
    if content.startswith(b"PK") and rng.random() < 0.6:
        return _damaged_part(content, rng)
    for _ in range(rng.randint(1, 4)):
        place, end = sorted((rng.randint(0, len(content)), rng.randint(0, len(content))))
        end = min(end, place + 200)
        kind = rng.randrange(6)
        if kind == 0:
            content = content[:place]
        elif kind == 1:
            content = content[:place] + rng.choice(NASTY) + content[place:]
        elif kind == 2:
            content = content[:place] + content[end:]
        elif kind == 3:
            content = content[:end] + content[place:end] + content[end:]
        elif kind == 4:
            content = content[:place] + bytes([rng.randrange(256)]) + content[place + 1 :]
        else:
            content = content[place:] + content[:place]
    return content


def _damaged_part(content: bytes, rng: random.Random) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(parts))
    parts[name] = damaged(parts[name], rng)
    if rng.random() < 0.1:
        parts["../../outside.txt"] = b"x"
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return file.getvalue()


class Fuzzer:
    """One connection and one file, used again for every input."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "export"
        self.con = duckdb.connect(config={"threads": 1, "enable_external_file_cache": False})

    def faults(self, reader: str, seed: int) -> Iterator[Fault]:
        """What goes wrong with one input: even seeds are honest, odd ones damaged."""
        rng = random.Random(f"{reader} {seed}")
        is_honest = seed % 2 == 0
        cells = rows_of(rng, is_honest=is_honest)
        content = SEEDS[reader](cells)
        self.path.write_bytes(content if is_honest else damaged(content, rng))
        try:
            raw = self._read()
        except ExportRefused as error:
            if is_honest and not _may_be_refused(str(error)):
                yield Fault(reader, seed, f"an honest file was refused: {error}")
            return
        except Exception as error:
            yield Fault(reader, seed, f"{type(error).__name__}: {error}")
            return
        counted = raw.relation.count("*").fetchall()[0][0]
        if counted + raw.wrong_field_n != raw.read_n:
            yield Fault(reader, seed, f"{raw.read_n} read, {counted} + {raw.wrong_field_n} kept")
        if is_honest and raw.read_n != len(cells):
            yield Fault(reader, seed, f"{len(cells)} written, {raw.read_n} read")

    def _read(self) -> RawTable:
        raw = open_export(self.con, self.path)
        raw.relation.fetchall()
        return raw

    def forget(self) -> None:
        """Drop the tables of the inputs so far."""
        for (name,) in self.con.execute("select table_name from duckdb_tables() where temporary").fetchall():
            with suppress(duckdb.Error):
                self.con.execute(f'drop table "{name}"')


def _may_be_refused(message: str) -> bool:
    """Honest files can be ambiguous: doubt is an error that says so."""
    return "both could separate" in message or "could be" in message


def run(
    readers: Sequence[str], inputs_n: int, seconds: float, first_seed: int = 0
) -> tuple[dict[str, int], list[Fault]]:
    """Inputs taken by reader, and faults; each reader has an equal part of the time."""
    done: dict[str, int] = {}
    found: list[Fault] = []
    with tempfile.TemporaryDirectory(prefix="quorum-fuzz-", dir=_memory_folder()) as folder:
        fuzzer = Fuzzer(Path(folder))
        for reader in readers:
            until = time.monotonic() + seconds / len(readers)
            done[reader] = 0
            for seed in range(first_seed, first_seed + inputs_n):
                if time.monotonic() > until:
                    break
                found.extend(fuzzer.faults(reader, seed))
                done[reader] += 1
                if seed % 200 == 0:
                    fuzzer.forget()
            fuzzer.forget()
    return done, found


def _memory_folder() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz and print. Exit code 1 where a reader failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="inputs per reader")
    parser.add_argument("--seconds", type=float, default=3600, help="time for all readers together")
    parser.add_argument("--only", choices=sorted(SEEDS), action="append", help="this reader alone")
    parser.add_argument("--from-seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    readers = asked.only or sorted(SEEDS)
    faults_n = 0
    for reader in readers:
        began = time.process_time()
        done, found = run([reader], asked.inputs, asked.seconds / len(readers), asked.from_seed)
        spent = time.process_time() - began
        print(f"{reader:<20}{done[reader]:>8,} inputs  {len(found):>5,} faults  {spent:>6,.0f} s of CPU", flush=True)
        for fault in found[:10]:
            print(f"    --only {fault.reader} --from-seed {fault.seed} --inputs 1: {fault.what[:300]}", flush=True)
        faults_n += len(found)
    return 1 if faults_n else 0


if __name__ == "__main__":
    sys.exit(main())
