"""Workspaces for integration tests, and the commands on them with the steps run in this process, without Prefect.

`python -m tests.integration.release_without_prefect run …` is the command line with Prefect left out.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from flows.cli import main
from flows.commands.init import init_workspace
from flows.wave_report import RunResult
from flows.wave_steps import directly, publish, to_audit

UNITS_HEADER = "unit_id,parent_id,unit_name,eligible_n"
NORTHFIELD = (
    ("NORTH", "", "Northfield", 0),
    ("ADULT", "NORTH", "Adult services", 3),
    ("ALDER", "ADULT", "Team Alder", 14),
    ("BIRCH", "ADULT", "Team Birch", 11),
    ("CEDAR", "ADULT", "Team Cedar", 9),
    ("YOUNG", "NORTH", "Youth services", 0),
    ("FERN", "YOUNG", "Team Fern", 12),
    ("IVY", "YOUNG", "Team Ivy", 4),
)
ANSWERS = {"ADULT": 1, "ALDER": 13, "BIRCH": 10, "CEDAR": 8, "FERN": 11, "IVY": 3}


@dataclass(frozen=True)
class Said:
    """What a command ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both streams."""
        return self.out + self.err


def new_workspace(
    root: Path,
    units: Iterable[Sequence[object]] = NORTHFIELD,
    instruments: Mapping[str, str] | None = None,
    maps: Mapping[str, str] | None = None,
    settings: str = "",
) -> Path:
    """A workspace as `quorum init` makes it, with these units, own instruments, maps and further settings."""
    init_workspace(root)
    lines = [UNITS_HEADER, *(",".join(str(cell) for cell in unit) for unit in units)]
    (root / "units.csv").write_text("\n".join(lines) + "\n", "utf-8")
    for folder, files in (("instruments", instruments), ("maps", maps)):
        for name, text in (files or {}).items():
            (root / folder / f"{name}.yaml").write_text(text, "utf-8")
    if settings:
        toml = root / "quorum.toml"
        toml.write_text(f"{toml.read_text('utf-8')}\n{settings}\n", "utf-8")
    return root


def numeric_instrument(name: str, items: Sequence[str], low: int, high: int) -> str:
    """Text of an own instrument: each item a number, and a work measure that is its mean."""
    parts = [
        f"id: {name}\nversion: 1\nname: {name}\nlicence_tier: A\nwording_shipped: false\nvalidated: false\n"
        "verified: false\nitems:"
    ]
    parts += [f"  - {{ id: {item}, answer: {{ kind: numeric, min: {low}, max: {high} }} }}" for item in items]
    parts.append("measures:")
    parts += [
        f"  - {{ id: {item}_m, name: {{ en: {item} }}, items: [{item}], score: {{ method: mean, min_answered: 1 }}, "
        f"construct: own, tier: work, direction: higher_is_better, display: {{ min: {low}, max: {high} }} }}"
        for item in items
    ]
    return "\n".join(parts) + "\n"


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """A comma separated file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def run_steps(root: Path, wave_id: str, files: Sequence[str | Path]) -> RunResult:
    """What the flow `pulse_wave` does, without Prefect and without the trends, which cost SciPy's import."""
    workspace, names = str(root.resolve()), [str(Path(name).expanduser().resolve()) for name in files]
    result = to_audit(directly, workspace, wave_id, names)
    publish(workspace, wave_id, result)
    return result


@contextlib.contextmanager
def without_prefect() -> Iterator[None]:
    """Inside, `quorum run` runs the steps here; the environment is put back afterwards."""
    with mock.patch("flows.commands.run.run_flow", run_steps), mock.patch.dict(os.environ):
        yield


def quorum(*arguments: str | Path) -> Said:
    """The command line in this process. Whatever is no message of Quorum's, a traceback for a user, fails the test."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with without_prefect(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ending:
            code = int(ending.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def release(root: Path, wave_id: str, *files: Path) -> Said:
    """Run a wave that is meant to succeed."""
    said = quorum("run", "--workspace", root, "--wave", wave_id, *files)
    assert said.code == 0, said.text
    return said


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Content of every file below a folder, by its path there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


if __name__ == "__main__":
    with without_prefect():
        main(sys.argv[1:])
