"""Hostile files by subprocess: a memory limit, a time limit, one clear message, and nothing stored.

`python -m tests.fuzz.hostile` writes every file at its full size (a line of 1 GB among them) and reads it with
`quorum check` in a process of its own that may take 3 GB of memory and 60 s of CPU. Prints a table; exit code 1 where a
file is read, crashes the process, shows a traceback, or leaves something behind. With --small it takes sizes that fit a
test suite.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import openpyxl

from tests.fuzz.seeds import SEEDS
from tests.integration.release_without_prefect import new_workspace, quorum

MEMORY_BYTES = 3 * 2**30
CPU_SECONDS = 60
FRUGAL = {
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "2",
}
"""The limit counts addresses, not memory: every thread and arena reserves tens of megabytes that it never touches."""
CANARY = "ottilie.nebelhorn@quasten.example"
ROW = f"fern,3,{CANARY}\n".encode()
HEADING = b"unit_id,st1,Email\n"
MB = 2**20

Writer = Callable[[Path, int], None]


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file that must be refused: write(path, scale) makes it, by the scales `full` or `small`; its message `says`."""

    write: Writer
    says: tuple[str, ...]
    full: int = 1
    small: int = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file."""

    name: str
    exit_code: int
    message: str
    left_behind: tuple[str, ...]
    peak_mb: int
    cpu_s: float

    def faults(self, says: Sequence[str]) -> list[str]:
        """What is wrong with it; empty when it was refused as it has to be."""
        found = [] if self.exit_code == 11 else [f"exit code {self.exit_code}"]
        found += [f'the message lacks "{part}"' for part in says if part not in self.message]
        found += ["a traceback"] if "Traceback" in self.message else []
        found += ["the message holds a value"] if CANARY in self.message else []
        return [*found, *(f"left behind: {name}" for name in self.left_behind)]


def _bytes(*parts: bytes) -> Writer:
    def write(path: Path, scale: int) -> None:
        path.write_bytes(b"".join(parts))

    return write


def _repeated(before: bytes, piece: bytes, after: bytes = b"") -> Writer:
    """`scale` megabytes of a piece between two others."""

    def write(path: Path, scale: int) -> None:
        block = piece * (MB // len(piece))
        with path.open("wb") as file:
            file.write(before)
            for _ in range(scale):
                file.write(block)
            file.write(after)

    return write


def _workbook(change: Callable[[dict[str, bytes], int], None]) -> Writer:
    def write(path: Path, scale: int) -> None:
        book, file = openpyxl.Workbook(), BytesIO()
        book.active.append(["unit_id", "st1", "Email"])
        book.active.append(["fern", 3, CANARY])
        book.save(file)
        with zipfile.ZipFile(file) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        change(parts, scale)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)

    return write


_SHEET = "xl/worksheets/sheet1.xml"


def _laughs(parts: dict[str, bytes], scale: int) -> None:
    names = [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "lol">{"".join(names)}]>'.encode()
    sheet = parts[_SHEET].split(b"?>")[-1]
    parts[_SHEET] = b'<?xml version="1.0"?>' + doctype + sheet.replace(b"<v>3</v>", b"<v>&l9;</v>")


def _styles(parts: dict[str, bytes], scale: int) -> None:
    # Random names, so that the size alone is what is wrong with it.
    names = (os.urandom(500).hex().encode() for _ in range(scale * 1000))
    parts["xl/styles.xml"] = b"<styleSheet>" + b"".join(b"<xf n='%s'/>" % name for name in names)


def _long_cell(parts: dict[str, bytes], scale: int) -> None:
    parts[_SHEET] = parts[_SHEET].replace(b"<v>3</v>", b"<v>" + os.urandom(MB // 2).hex().encode() * scale + b"</v>")


def _far_row(parts: dict[str, bytes], scale: int) -> None:
    parts[_SHEET] = parts[_SHEET].replace(b'<row r="2"', b'<row r="999999999999"')


def _outside(parts: dict[str, bytes], scale: int) -> None:
    parts["../../outside.txt"] = b"x"


def _wide_sheet(path: Path, scale: int) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["unit_id", *(f"q{n}" for n in range(10_000))])
    sheet.append(["fern", *([3] * 10_000)])
    book.save(path)


def _bomb(path: Path, scale: int) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(scale):
            part.write(b" " * MB)


def _archive(parts: Mapping[str, bytes]) -> Writer:
    def write(path: Path, scale: int) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)

    return write


def _noisy_sav(path: Path, scale: int) -> None:
    content = bytearray(SEEDS["limesurvey_sav"]([["a", "b", "c"]] * 5))
    content[64:400] = os.urandom(336)
    path.write_bytes(bytes(content))


def _cut_sav(path: Path, scale: int) -> None:
    content = SEEDS["limesurvey_sav"]([["a", "b", "c"]] * 5)
    path.write_bytes(content[: len(content) // 2])


def _many_keys(path: Path, scale: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('{"responses": [{')
        file.writelines(f'"q{number}": 1, ' for number in range(100_000 * scale))
        file.write('"last": 1}]}')


HOSTILE: Mapping[str, Hostile] = {
    "zip bomb": Hostile(_bomb, ("no survey does", "Nothing was read"), 4096, 128),
    "billion laughs": Hostile(_workbook(_laughs), ("defines names of its own",)),
    "styles without end": Hostile(_workbook(_styles), ("styles.xml",), 200, 20),
    "cell of a sheet without end": Hostile(_workbook(_long_cell), ("a cell of more than 2 MB",), 300),
    "row a million million further down": Hostile(_workbook(_far_row), ("damaged",)),
    "path out of a workbook": Hostile(_workbook(_outside), ("leads out of the archive",)),
    "path out of a zip": Hostile(_archive({"../../x.csv": HEADING + ROW}), ("leads out of the archive",)),
    "absolute path in a zip": Hostile(_archive({"/x.csv": HEADING + ROW}), ("leads out of the archive",)),
    "two tables in a zip": Hostile(_archive({"a.csv": HEADING + ROW, "b.csv": HEADING + ROW}), ("2 tables",)),
    "10,000 columns": Hostile(
        _bytes(b"unit_id," + b",".join(b"q%d" % n for n in range(10_000)) + b"\nfern" + b",3" * 10_000 + b"\n"),
        ("10001 columns", "5000"),
    ),
    "10,000 columns in a workbook": Hostile(_wide_sheet, ("5001 columns", "5000")),
    "one line without end": Hostile(_repeated(b"", b"x"), ("single column",), 1024),
    "one heading without end": Hostile(_repeated(b"unit_id", b",q"), ("longer than 2 MB",), 1024),
    "one row without end": Hostile(_repeated(HEADING + b"fern,", b"3"), ("longer than 2 MB",), 1024),
    "a quote that is never closed": Hostile(
        _repeated(HEADING + b'fern,"3', b",3\nfern"), ("line 2", "a quote opens a value and is not closed"), 512
    ),
    "a quote that is never closed in Windows-1252": Hostile(
        _repeated(HEADING + "fern,3,Größe schöner Bäume\n".encode("cp1252") + b'moss,"3', b",3\nfern"),
        ("cannot be told apart",), 64,
    ),
    "encodings that mix": Hostile(
        _bytes(HEADING, "fern,3,Größe\n".encode(), "fern,3,Größe\n".encode("cp1252"), "fern,3,x\n".encode("utf-16-le")),
        ("UTF-8",),
    ),
    "NUL bytes": Hostile(_bytes(HEADING, b"fern,\0,x\n"), ("NUL byte", "line 2")),
    "headings that come twice": Hostile(_bytes(b"unit_id,st1,st1\nfern,1,2\n"), ("columns 2 and 3 have the same",)),
    "a heading in the middle": Hostile(
        _bytes(b"Pulse of November\nmade by the office\n\n", HEADING, ROW), ("single column",)
    ),
    "a heading below a title row": Hostile(_bytes(b"Pulse,,\n", HEADING, ROW), ("quorum map",)),
    "deep JSON": Hostile(_repeated(b'{"responses": [{"unit_id": ', b"["), ("nested more than",), 64),
    "a value of JSON without end": Hostile(
        _repeated(b'{"responses": [{"unit_id": "', b"x", b'"}]}'), ("more than 2 MB",), 200
    ),
    "a number of JSON without end": Hostile(
        _repeated(b'{"responses": [{"unit_id": ', b"9", b"}]}"), ("more than 2 MB",), 200
    ),
    "keys of JSON without end": Hostile(
        _many_keys, ("more than 5000",), 20,
    ),
    "SPSS with noise for a head": Hostile(_noisy_sav, ("SPSS",)),
    "SPSS cut off": Hostile(_cut_sav, ("SPSS",)),
}  # fmt: skip


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def checked(workspace: Path, file: Path, name: str = "") -> Outcome:
    """`quorum check` of a file, in a process of its own with its limits."""
    before = set(workspace.rglob("*"))
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = str(Path(sys.executable).with_name("quorum"))
    command = [program, "check", "--wave", "hostile", "--workspace", str(workspace), str(file)]
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        preexec_fn=_limits,
        timeout=600,
        check=False,
        env={**os.environ, **FRUGAL},
    )
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    left = _left_behind(workspace, before)
    cpu_s = spent.ru_utime + spent.ru_stime - began.ru_utime - began.ru_stime
    return Outcome(name, ended.returncode, ended.stdout + ended.stderr, left, spent.ru_maxrss // 1024, cpu_s)


def checked_here(workspace: Path, file: Path, name: str = "") -> Outcome:
    """The same in this process, which has its limits already."""
    before = set(workspace.rglob("*"))
    began = time.process_time()
    said = quorum("check", "--wave", "hostile", "--workspace", workspace, file)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Outcome(name, said.code, said.text, _left_behind(workspace, before), peak, time.process_time() - began)


def _left_behind(workspace: Path, before: Collection[Path]) -> tuple[str, ...]:
    after = [path for path in workspace.rglob("*") if path.is_file() and path not in before]
    names = sorted(str(path.relative_to(workspace)) for path in after)
    return tuple(name for name in names if not name.startswith("log/"))


def tried(folder: Path, workspace: Path, name: str, scale: int, *, is_here: bool) -> tuple[Outcome, list[str]]:
    """Write a hostile file, have it checked, take it away again."""
    hostile = HOSTILE[name]
    path = folder / "export.bin"
    hostile.write(path, scale)
    try:
        outcome = (checked_here if is_here else checked)(workspace, path, name)
    finally:
        path.unlink()
    return outcome, outcome.faults(hostile.says)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try all and print. Exit code 1 where one is not refused as it has to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="sizes that fit a test suite, all in one process")
    parser.add_argument("--only", choices=sorted(HOSTILE), action="append", help="this file alone")
    asked = parser.parse_args(arguments)
    wrong_n = peak_mb = 0
    if asked.small:
        _limits()
    with tempfile.TemporaryDirectory(prefix="quorum-hostile-") as folder:
        workspace = new_workspace(Path(folder) / "workspace")
        for name in asked.only or HOSTILE:
            scale = HOSTILE[name].small if asked.small else HOSTILE[name].full
            outcome, faults = tried(Path(folder), workspace, name, scale, is_here=asked.small)
            peak_mb = max(peak_mb, outcome.peak_mb)
            wrong_n += bool(faults)
            print(f"{name:<46}{outcome.cpu_s:>6.1f} s CPU  {'; '.join(faults) or 'refused'}", flush=True)
            if faults:
                print(f"    {outcome.message.strip()[-300:]}", flush=True)
        print(f"Largest memory of any: {peak_mb} MB.")
    return 1 if wrong_n else 0


if __name__ == "__main__":
    sys.exit(main())
