"""A run that is killed at any moment can be run again, and the release is the one of a run that nobody killed.

QUORUM_KILLS=N tries N moments in place of four (there are about sixty); more than there are means: every one.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows import log
from flows.zones import Zones
from tests.integration import canaries
from tests.integration.kill_laboratory import Ended, Laboratory, open_laboratory
from tests.integration.release_without_prefect import bytes_of, new_workspace

WAVE = "2026-11"
MOMENTS_N = int(os.environ.get("QUORUM_KILLS", "4"))
KILLED = -9


@dataclass(frozen=True)
class Setting:
    """A workspace in which nothing was run yet, its export, and the release and deeds of a run in peace."""

    laboratory: Laboratory
    workspace: Path
    export: Path
    peaceful: Ended
    released: dict[str, bytes]

    def run(self, root: Path, deed: int | None = None, seconds: float | None = None) -> Ended:
        """`quorum run` on the export in this workspace."""
        return self.laboratory.run(
            ["run", "--wave", WAVE, "--workspace", str(root), str(self.export)], deed=deed, seconds=seconds
        )


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    folder = tmp_path_factory.mktemp("kills")
    own, maps = {"own_pressure.v1": canaries.INSTRUMENT}, {"pressure": canaries.MAP}
    workspace = new_workspace(folder / "workspace", instruments=own, maps=maps)
    export = canaries.export(folder / "export.csv")
    calm = shutil.copytree(workspace, folder / "calm")
    with open_laboratory() as laboratory:
        arguments = ["run", "--wave", WAVE, "--workspace", str(calm), str(export)]
        peaceful = laboratory.run(arguments)
        assert peaceful.code == 0, peaceful.text
        yield Setting(laboratory, workspace, export, peaceful, bytes_of(Zones(calm).released))


def _moments(deeds_n: int) -> list[int]:
    """Numbers of deeds, evenly spread from the first to the last."""
    chosen_n = min(MOMENTS_N, deeds_n)
    return sorted({1 + round(place * (deeds_n - 1) / max(1, chosen_n - 1)) for place in range(chosen_n)})


def _check_recovery(setting: Setting, root: Path, moment: str) -> None:
    """After a kill: no answer in plain text; after another run: the same release, counts kept, nothing doubled."""
    zones = Zones(root)
    assert canaries.found_below(root) == [], moment
    again = setting.run(root)
    # A kill after the rename leaves a finished release: running again has nothing left to do.
    assert again.code in (0, 15), (moment, again.text)
    assert bytes_of(zones.released) == setting.released, moment
    assert [entry["event"] for entry in log.entries(zones)].count("released") == 1, moment
    assert (zones.reports / f"{WAVE}.json").exists(), moment
    left = {path.name for path in (zones.restricted / "waves").iterdir()}
    assert left == {f"{WAVE}.duckdb"}, moment


def test_a_run_killed_at_its_deeds_is_made_good_by_running_again(setting: Setting, tmp_path: Path) -> None:
    deeds_n = len(setting.peaceful.deeds)
    assert deeds_n > 20
    for number in _moments(deeds_n):
        root = shutil.copytree(setting.workspace, tmp_path / f"killed-{number}")
        killed = setting.run(root, deed=number)
        moment = f"killed at deed {number} of {deeds_n}: {killed.deeds[-1]}"
        assert killed.code == KILLED, moment
        _check_recovery(setting, root, moment)


def test_a_run_killed_at_a_random_time_is_made_good_by_running_again(setting: Setting, tmp_path: Path) -> None:
    rng = random.Random()
    for number in range(max(1, MOMENTS_N // 4)):
        root = shutil.copytree(setting.workspace, tmp_path / f"killed-{number}")
        seconds = rng.uniform(0.05, setting.peaceful.seconds)
        setting.run(root, seconds=seconds)
        _check_recovery(setting, root, f"killed after {seconds:.3f} s of {setting.peaceful.seconds:.3f}")


def test_a_run_killed_again_and_again_still_ends_in_the_same_release(setting: Setting, tmp_path: Path) -> None:
    root = shutil.copytree(setting.workspace, tmp_path / "workspace")
    for deed in (len(setting.peaceful.deeds) // 3, len(setting.peaceful.deeds) // 2):
        assert setting.run(root, deed=deed).code == KILLED
    _check_recovery(setting, root, "killed twice")
