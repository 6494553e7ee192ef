"""Rows that do not fit, and answers sent twice, are told the same in every encoding and every order."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.collect.recognise import open_export
from flows.collect.row_status import first_of_repeated, has_repeated, repeated_key, row_status

HEADING = "id;submitdate;lastpage;startlanguage;seed;team;bo1\n"
GOOD = "1;1980-01-01 00:00:00;2;de;11;Käse;3\n"
SHORT = "2;1980-01-01 00:00:00;2;de\n"
LONG = "3;1980-01-01 00:00:00;2;de;13;Größe;3;übrig\n"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"])
def test_short_and_long_rows_are_kept_apart_in_every_encoding(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes((HEADING + GOOD + SHORT + LONG + "\n" + GOOD.replace("1;", "4;", 1)).encode(encoding))
    raw = open_export(con, path)
    assert (raw.read_n, raw.wrong_field_n, len(raw.relation.fetchall())) == (4, 2, 2)
    assert {row.reason for row in raw.wrong_rows} == {"wrong_field_count"}


SENT_TWICE = (
    "5;1980-01-01 00:00:00;2;de;11;Käse;3\n",
    "6;1980-01-01 00:00:00;2;de;11;Käse;3\n",
    "7;;1;de;11;Käse;3\n",
    "8;1980-01-01 00:00:00;2;de;12;Käse;3\n",
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_of_answers_sent_twice_one_finished_row_stays_whatever_the_order(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, order: tuple[int, ...], encoding: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes((HEADING + "".join(SENT_TWICE[place] for place in order)).encode(encoding))
    raw = open_export(con, path)
    assert has_repeated(raw)
    told = raw.staged.select(
        row_status(raw, None, [], None).alias("row_status"),
        repeated_key(raw).alias("repeated_key"),
        raw.value("bo1").alias("bo1"),
    )
    found = Counter(str(status) for status, _ in first_of_repeated(told).fetchall())
    assert found == {"complete": 2, "duplicate": 1, "incomplete": 1}
