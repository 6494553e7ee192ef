"""A disk that fills up ends a run with one sentence; nothing is released, and with room the same run succeeds."""

from __future__ import annotations

import errno
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import mock

import duckdb
import pytest

from flows.zones import Zones
from tests.integration.release_without_prefect import NORTHFIELD, Said, new_workspace, quorum, release, write_csv

WAVE = "2026-11"
ROWS_N = 200_000
SENTENCE = "the disk is full. Nothing is lost and nothing was released: make room, run again."
PROJECT = Path(__file__).parents[2]
RUN = [sys.executable, "-m", "tests.integration.release_without_prefect", "run", "--wave", WAVE, "--workspace"]
MOUNT = ["sh", "-c", 'mount -t tmpfs -o size=$1k none "$2" && shift 2 && exec "$@"', "sh"]
RUN_THEN_KEEP = ["sh", "-c", 'from=$1; to=$2; shift 2; "$@"; code=$?; cp -a "$from" "$to"; exit $code', "sh"]


@dataclass(frozen=True)
class Moment:
    """A disk of this size fills up at that moment; where no such disk can be made, this function finds it full."""

    disk_kb: int
    function: str


MOMENTS = [
    pytest.param(Moment(4, "flows.steps.collect"), id="when the store is made"),
    pytest.param(Moment(64, "flows.steps.collect"), id="while rows are written"),
    pytest.param(Moment(600, "flows.steps.expect"), id="when the store is finished"),
    pytest.param(Moment(800, "flows.steps.validate"), id="while rows are judged"),
]


@cache
def _mounting() -> tuple[str, ...]:
    """What gives a command disks of its own; empty where we are not allowed to."""
    unshare = shutil.which("unshare")
    for rights in (("-m",), ("-r", "-m")) if unshare else ():
        prefix = (str(unshare), *rights)
        if subprocess.run([*prefix, *MOUNT, "64", "/mnt", "true"], capture_output=True, check=False).returncode == 0:
            return prefix
    return ()


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Answers of a large organisation, so that its store outgrows small disks at different steps."""
    rng = random.Random(5)
    rows = (["ALDER", rng.randint(1, 5), rng.randint(1, 5)] for _ in range(ROWS_N))
    return write_csv(tmp_path_factory.mktemp("large") / "export.csv", ("unit_id", "bo1", "st1"), rows)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    units = [(*unit[:3], ROWS_N) if unit[0] == "ALDER" else unit for unit in NORTHFIELD]
    return new_workspace(tmp_path / "workspace", units)


def _run_on_small_disk(root: Path, export: Path, moment: Moment) -> Said:
    """A real small disk where the machine lets us make one, else the error that DuckDB raises on one."""
    if not _mounting():
        full = duckdb.IOException("Could not write file: No space left on device")
        with mock.patch(moment.function, side_effect=full):
            return quorum("run", "--wave", WAVE, "--workspace", root, export)
    restricted, kept = Zones(root).restricted, root.parent / "kept"
    command = [*_mounting(), *MOUNT, str(moment.disk_kb), str(restricted)]
    command += [*RUN_THEN_KEEP, str(restricted), str(kept), *RUN, str(root), str(export)]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    # What was left on the small disk is what the next run finds.
    shutil.rmtree(restricted)
    kept.rename(restricted)
    return Said(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_full_disk_ends_with_14_and_its_sentence_and_room_heals_it(root: Path, export: Path, moment: Moment) -> None:
    said = _run_on_small_disk(root, export, moment)
    assert (said.code, said.err.splitlines()[-1]) == (14, SENTENCE)
    assert "Traceback" not in said.text
    assert not Zones(root).release(WAVE).exists()
    again = release(root, WAVE, export)
    assert "200,000 read = 200,000 accepted" in again.out


@pytest.mark.parametrize("step", ["flows.steps.stage_release", "flows.steps.publish_staged"])
def test_a_disk_full_while_the_release_is_written_leaves_none(root: Path, tmp_path: Path, step: str) -> None:
    export = write_csv(tmp_path / "small.csv", ("unit_id", "bo1"), [["ALDER", n % 5 + 1] for n in range(40)])
    full = OSError(errno.ENOSPC, "No space left on device")
    with mock.patch(step, side_effect=full):
        said = quorum("run", "--wave", WAVE, "--workspace", root, export)
    assert (said.code, said.err.splitlines()[-1]) == (14, SENTENCE)
    assert not Zones(root).release(WAVE).exists()
    release(root, WAVE, export)


def test_a_disk_full_while_the_manifest_is_written_leaves_no_release(root: Path, tmp_path: Path) -> None:
    export = write_csv(tmp_path / "small.csv", ("unit_id", "bo1"), [["ALDER", n % 5 + 1] for n in range(40)])
    honest = Path.write_bytes

    def write_bytes(path: Path, content: bytes) -> int:
        if path.name == "manifest.sig":
            honest(path, content[:7])
            raise OSError(errno.ENOSPC, "No space left on device")
        return honest(path, content)

    with mock.patch.object(Path, "write_bytes", write_bytes):
        said = quorum("run", "--wave", WAVE, "--workspace", root, export)
    assert (said.code, said.err.splitlines()[-1]) == (14, SENTENCE)
    assert not Zones(root).release(WAVE).exists()
    release(root, WAVE, export)
    assert quorum("verify", "--workspace", root).code == 0
