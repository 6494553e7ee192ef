"""The same answers are released once, under one name, and only when they are a wave."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from flows import log
from flows.account import Account, recall, refuse_lopsided
from flows.commands.init import init_workspace
from flows.commands.run import refuse_released, refuse_same_input
from flows.errors import AlreadyReleased, ExportRefused, KeyMissing
from flows.steps import (
    aggregate_step,
    audit_step,
    checks_json,
    collect_step,
    publish_step,
    refuse_repeated,
    score_step,
    stage_step,
    validate_step,
)
from flows.workbench import open_workbench, sources_of
from flows.zones import Zones

ITEMS = "unit_id,bo1,st1,ee1,cas1,psy1,wlb1"


def answers(seed: int) -> list[str]:
    """Thirty answer sheets of the example units."""
    chance = random.Random(seed)
    teams = ["ALDER"] * 12 + ["BIRCH"] * 10 + ["CEDAR"] * 8
    return [
        ",".join(
            [team, *(str(chance.randint(1, 5)) for _ in range(2)), str(25 * chance.randint(0, 4))]
            + [str(chance.randint(0, 4)) for _ in range(3)]
        )
        for team in teams
    ]


def write(root: Path, name: str, rows: list[str]) -> str:
    path = root / name
    path.write_text("\n".join([ITEMS, *rows]) + "\n", "utf-8")
    return str(path)


def validated(root: Path, wave_id: str, file: str) -> None:
    """The steps up to the point at which a repeated wave is refused."""
    bench = open_workbench(root, wave_id)
    sources = sources_of(bench, [file])
    with bench.new_store() as con:
        checked = validate_step(con, bench, collect_step(con, bench, sources), sources)
        refuse_lopsided(checked.account)
        refuse_repeated(con, bench)


def release(root: Path, wave_id: str, file: str) -> None:
    validated(root, wave_id, file)
    bench = open_workbench(root, wave_id)
    with bench.store() as con:
        score_step(con, bench)
        aggregate_step(con)
        stage_step(con, bench)
        audited = audit_step(con, bench, bench.zones.staging(wave_id))
        publish_step(con, bench, checks_json(audited))
        digest = recall(con).input_digest
    log.append(bench.zones, "released", wave_id=wave_id, input_digest=digest)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One released wave."""
    root = tmp_path_factory.mktemp("once") / "w"
    init_workspace(root)
    release(root, "m1", write(root, "m1.csv", answers(1)))
    return root


def test_one_late_answer_under_another_wave_id_is_refused(workspace: Path) -> None:
    late = write(workspace, "late.csv", [*answers(1), "CEDAR,5,5,100,4,4,4"])
    with pytest.raises(ExportRefused, match="already released as wave m1"):
        validated(workspace, "m1b", late)


def test_answers_taken_out_are_refused_too(workspace: Path) -> None:
    with pytest.raises(ExportRefused, match="already released as wave m1"):
        validated(workspace, "m1c", write(workspace, "fewer.csv", answers(1)[3:]))


def test_the_next_wave_of_the_same_teams_is_taken(workspace: Path) -> None:
    validated(workspace, "m2", write(workspace, "m2.csv", answers(2)))


def test_the_same_file_under_another_wave_id_is_refused_even_without_its_store(workspace: Path) -> None:
    bench = open_workbench(workspace, "m9")
    entry = next(entry for entry in log.entries(bench.zones) if entry["event"] == "released")
    with pytest.raises(ExportRefused, match="already released as wave m1"):
        refuse_same_input(bench, entry["input_digest"])


def test_a_release_whose_folder_is_gone_is_not_made_again(workspace: Path, tmp_path: Path) -> None:
    copy = tmp_path / "w"
    shutil.copytree(workspace, copy)
    shutil.rmtree(Zones(copy).release("m1"))
    with pytest.raises(AlreadyReleased, match="folder is missing"):
        refuse_released(open_workbench(copy, "m1"), [])


def test_lost_keys_are_not_replaced_beside_releases(workspace: Path, tmp_path: Path) -> None:
    copy = tmp_path / "w"
    shutil.copytree(workspace, copy)
    shutil.rmtree(copy / "keys")
    with pytest.raises(KeyMissing, match="No key was made"):
        init_workspace(copy)


@pytest.mark.parametrize(("accepted", "quarantined"), [(0, 25), (0, 0), (10, 11)])
def test_a_wave_that_was_mostly_set_aside_is_no_wave(accepted: int, quarantined: int) -> None:
    account = Account(accepted + quarantined, accepted, quarantined, 0, 0, 0, 0, 0, 0)
    with pytest.raises(ExportRefused, match="that is no wave to release"):
        refuse_lopsided(account)
