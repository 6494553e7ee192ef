"""Three waves of 495 soldiers in 43 companies of 16 battalions, from export to release and back to the raw answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from flows.publish.read import Release, load_release, read_public_key
from tests.integration.real_data import expected, needs_real_data, rows_of
from tests.integration.release_without_prefect import (
    new_workspace,
    numeric_instrument,
    quorum,
    release,
    write_csv,
)

pytestmark = needs_real_data
FILE = "univbct_soldiers_3_waves.csv"
ITEMS = ("jobsat", "commitment", "readiness")
WAVES = ("1", "2", "3")
K, K_RES = 5, 6


@dataclass(frozen=True)
class Soldiers:
    """The workspace with its three releases, and how many answered an item in a company: (wave, company, item)."""

    root: Path
    releases: dict[str, Release]
    answered: Counter[tuple[str, str, str]]


def _company(row: dict[str, str]) -> str:
    # letters of companies repeat between battalions
    return f"{row['battalion']}-{row['company']}"


def _units(rows: list[dict[str, str]]) -> Iterator[tuple[str, str, str, int]]:
    people = {(row["battalion"], _company(row), row["person"]) for row in rows}
    yield "BRIGADE", "", "Brigade", 0
    for battalion in sorted({battalion for battalion, _, _ in people}):
        yield f"B{battalion}", "BRIGADE", f"Battalion {battalion}", 0
    for (battalion, company), n in sorted(Counter(pair[:2] for pair in people).items()):
        yield company, f"B{battalion}", f"Company {company}", n


@pytest.fixture(scope="module")
def soldiers(tmp_path_factory: pytest.TempPathFactory) -> Soldiers:
    folder = tmp_path_factory.mktemp("soldiers")
    rows = rows_of(FILE)
    own = {"own_soldiers.v1": numeric_instrument("own_soldiers", ITEMS, 1, 5)}
    root = new_workspace(folder / "workspace", _units(rows), own)
    for wave in WAVES:
        answers = [[_company(row), *(row[item] for item in ITEMS)] for row in rows if row["wave"] == wave]
        release(root, wave, write_csv(folder / f"wave{wave}.csv", ("unit_id", *ITEMS), answers))
    key = read_public_key(root / "keys" / "release.pub")
    answered = Counter((row["wave"], _company(row), item) for row in rows for item in ITEMS if row[item])
    return Soldiers(root, {wave: load_release(root / "data" / "released" / wave, key) for wave in WAVES}, answered)


def _cells(soldiers: Soldiers, wave: str, item: str) -> pl.DataFrame:
    found = soldiers.releases[wave]
    return found.cells.filter(pl.col("measure_id") == f"{item}_m").join(
        found.groups.select("group_id", "parent_group_id", "level", "kind"), on="group_id"
    )


def _shown(soldiers: Soldiers, wave: str, item: str) -> pl.DataFrame:
    return _cells(soldiers, wave, item).filter(pl.col("status") == "published")


@pytest.mark.parametrize("wave", WAVES)
@pytest.mark.parametrize("item", ITEMS)
def test_the_organisation_shows_the_known_n_and_mean(soldiers: Soldiers, wave: str, item: str) -> None:
    row = _cells(soldiers, wave, item).row(by_predicate=pl.col("level") == "organisation", named=True)
    mean = expected(FILE, item, f"wave {wave}", "mean")
    assert row["respondents_n"] == expected(FILE, item, f"wave {wave}", "n")
    assert row["score_mean"] == pytest.approx((mean - 1) * 25, abs=0.0501)


@pytest.mark.parametrize("wave", WAVES)
@pytest.mark.parametrize("item", ITEMS)
def test_no_company_with_fewer_than_five_answers_is_shown(soldiers: Soldiers, wave: str, item: str) -> None:
    shown = _shown(soldiers, wave, item).filter(pl.col("level") == "team", pl.col("kind") == "unit")
    counted = {company: soldiers.answered[wave, company, item] for company in shown["group_id"]}
    assert counted == dict(zip(shown["group_id"], shown["respondents_n"], strict=True))
    assert min(counted.values()) >= K


@pytest.mark.parametrize("wave", WAVES)
@pytest.mark.parametrize("item", ITEMS)
def test_other_companies_are_all_those_without_an_exact_row_of_their_own(
    soldiers: Soldiers, wave: str, item: str
) -> None:
    shown = _shown(soldiers, wave, item)
    exact = set(shown.filter(~pl.col("is_mean_bounded"))["group_id"])
    groups = soldiers.releases[wave].groups.filter(pl.col("kind") == "unit")
    others = shown.filter(pl.col("kind") == "other", pl.col("parent_group_id") != "BRIGADE")
    for battalion, n in others.select("parent_group_id", "respondents_n").iter_rows():
        below = groups.filter(pl.col("parent_group_id") == battalion)["group_id"]
        assert n == sum(soldiers.answered[wave, company, item] for company in below if company not in exact)
        assert n >= K_RES


@pytest.mark.parametrize("wave", WAVES)
def test_jobsat_shows_23_or_24_companies(soldiers: Soldiers, wave: str) -> None:
    is_company = (pl.col("level") == "team") & (pl.col("kind") == "unit")
    assert _cells(soldiers, wave, "jobsat").filter(is_company).height == 43
    assert _shown(soldiers, wave, "jobsat").filter(is_company).height in (23, 24)


def test_an_attacker_with_the_confidential_counts_derives_nothing(soldiers: Soldiers) -> None:
    said = quorum("audit", "--workspace", soldiers.root)
    assert said.code == 0, said.text
    assert said.out.count("with the confidential counts") == said.out.count("nothing below k derivable") == 3
    assert (said.out.count("policy floors"), said.out.count("the same ")) == (1, 2)


def test_an_attacker_from_outside_derives_nothing(soldiers: Soldiers) -> None:
    said = quorum("audit", "--public", "--workspace", soldiers.root)
    assert said.code == 0, said.text
    assert said.out.count("from the release alone") == 3


def test_all_three_releases_verify(soldiers: Soldiers) -> None:
    said = quorum("verify", "--workspace", soldiers.root)
    assert said.code == 0, said.text
    assert said.out.count("signature good") == 3
