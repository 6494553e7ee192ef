"""Attack 21 on pages: unpainted rows, order, axes, tool-tips, downloads and addresses of what a browser is sent.

Two organisations differ in nothing but the answers of people whose teams are hidden. Whatever a page sends that differs
between them is a leak, wherever it stands.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from streamlit import config

from tests.dashboards.drawn_page import PAGES, everything, page
from tests.integration.release_without_prefect import bytes_of, new_workspace, quorum, release, write_csv
from tests.red_team.weak_page import readings, weak_organisation, weak_page

ITEMS = ("unit_id", "bo1", "st1", "ee1", "gad_1", "gad_2", "phq_1", "phq_2", "sub1")
PEOPLE = {"ADULT": 1, "ALDER": 14, "BIRCH": 11, "CEDAR": 4, "FERN": 12, "IVY": 2}
HIDDEN = "CEDAR"
CHANNELS = ("unpainted row", "download", "axis", "order", "address")
Answers = list[tuple[object, ...]]


def _answers() -> Answers:
    chance = random.Random(3)
    return [
        (
            unit,
            *(chance.randint(2, 4) for _ in range(2)),
            25 * chance.randint(1, 3),
            *(chance.randint(0, 3) for _ in range(4)),
            chance.randint(0, 4),
        )
        for unit, n in PEOPLE.items()
        for _ in range(n)
    ]


def _exchanged(rows: Answers) -> Answers:
    """The same, the one answer from the department itself exchanged with one of the hidden team in it."""
    one = next(at for at, row in enumerate(rows) if row[0] == "ADULT")
    two = next(at for at, row in enumerate(rows) if row[0] == HIDDEN)
    changed = list(rows)
    changed[one], changed[two] = ("ADULT", *rows[two][1:]), (HIDDEN, *rows[one][1:])
    return changed


@pytest.fixture(scope="module", autouse=True)
def _local_address() -> Iterator[None]:
    """Pages open on a loopback address only."""
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    yield
    config.set_option("server.address", before)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The data folders of two workspaces with the same keys: one wave each, from two files, and its trends."""
    first = new_workspace(tmp_path_factory.mktemp("markup") / "one")
    second = shutil.copytree(first, first.parent / "two")
    for root, rows in ((first, _answers()), (second, _exchanged(_answers()))):
        release(root, "2026-11", write_csv(root / "answers.csv", ITEMS, rows))
        assert quorum("trend", "--workspace", root, "--rebuild").code == 0
        shutil.copy(root / "keys" / "release.pub", root / "data" / "release.pub")
    return first / "data", second / "data"


def test_21_a_page_that_leaves_hidden_rows_unpainted_gives_them_away_on_every_channel() -> None:
    low, high = weak_organisation([0, 0, 0, 1]), weak_organisation([4, 4, 4, 3])
    said = [readings(weak_page(one, group="T2"), "T2") for one in (low, high)]
    assert set(said[0]) == set(CHANNELS)
    assert [name for name in CHANNELS if said[0][name] == said[1][name]] == []
    assert [float(str(one["unpainted row"])) for one in said] == [0.25, 3.75]


def test_21_the_two_files_differ_and_the_team_is_hidden_in_both(both: tuple[Path, Path]) -> None:
    files = [(data.parent / "answers.csv").read_bytes() for data in both]
    assert files[0] != files[1]
    for data in both:
        cells = pl.read_parquet(data / "released" / "2026-11" / "cells.parquet")
        assert set(cells.filter(pl.col("group_id") == HIDDEN)["status"]) == {"suppressed"}
        assert cells.filter(pl.col("status") == "published").height > 20
    assert bytes_of(both[0] / "released") == bytes_of(both[1] / "released")
    assert bytes_of(both[0] / "derived") == bytes_of(both[1] / "derived")


@pytest.mark.parametrize("name", PAGES)
def test_21_a_page_sends_the_same_whatever_people_of_hidden_teams_answered(both: tuple[Path, Path], name: str) -> None:
    address = {"group": HIDDEN} if name in ("trend", "team", "compare") else {}
    sent = [everything(page(name, data, **address)) for data in both]
    assert len(sent[0]) > 200
    assert sent[0] == sent[1]
