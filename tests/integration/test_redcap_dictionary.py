"""With its data dictionary, a label export of REDCap is the raw export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import duckdb
import pytest

from flows.collect.column_map import ColumnMap, MappedColumn
from flows.collect.map_columns import map_table
from flows.collect.raw_table import RawTable
from flows.collect.recognise import open_export
from flows.collect.redcap_dictionary import is_dictionary, read_dictionary, with_dictionary
from flows.errors import ExportRefused
from tests.integration.test_other_exports import BURN_IDS, BY_NUMBER, EXPORTS, _catalogue

pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason="the sample exports are not beside this project")
REDCAP = EXPORTS / "redcap"
DICTIONARY = REDCAP / "synthetic_pulse_DataDictionary.csv"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _raw(con: duckdb.DuckDBPyConnection, name: str) -> RawTable:
    return with_dictionary(open_export(con, REDCAP / name), read_dictionary(DICTIONARY))


def _map(stress: str = "stress") -> ColumnMap:
    items = {item: MappedColumn(f"burn_{place}") for place, item in enumerate(BURN_IDS, start=1)}
    return ColumnMap("redcap", MappedColumn("team", BY_NUMBER), {**items, "stress": MappedColumn(stress)})


def test_labels_and_codes_give_the_same_rows(con: duckdb.DuckDBPyConnection) -> None:
    raw, labels = (
        Counter(map_table(_raw(con, f"synthetic_pulse_DATA_{name}.csv"), _map(), _catalogue()).relation.fetchall())
        for name in ("raw", "LABELS")
    )
    assert labels == raw
    assert sum(labels.values()) == 37


def test_checkboxes_of_labels_are_those_of_codes(con: duckdb.DuckDBPyConnection) -> None:
    names = [f"causes___{number}" for number in range(1, 5)]
    rows = []
    for name in ("raw", "LABELS"):
        raw = _raw(con, f"synthetic_pulse_DATA_{name}.csv")
        rows.append(Counter(raw.relation.select(*[raw.value(column) for column in names]).fetchall()))
    assert rows[0] == rows[1]


@pytest.mark.parametrize("name", ["raw", "LABELS"])
@pytest.mark.parametrize("column", ["email", "comment"])
def test_a_flagged_field_and_free_text_cannot_be_mapped(con: duckdb.DuckDBPyConnection, name: str, column: str) -> None:
    raw = _raw(con, f"synthetic_pulse_DATA_{name}.csv")
    with pytest.raises(ExportRefused, match=r"cannot be mapped|Free text is refused"):
        map_table(raw, _map(column), _catalogue())


@pytest.mark.parametrize("name", ["raw", "LABELS"])
def test_what_stood_in_a_flagged_field_is_gone(con: duckdb.DuckDBPyConnection, name: str) -> None:
    raw = _raw(con, f"synthetic_pulse_DATA_{name}.csv")
    cells = {row[0] for row in raw.relation.select(raw.value("email")).fetchall()}
    assert cells <= {None, "1"}


def test_a_dictionary_is_told_by_its_headings() -> None:
    found = [path.name for path in sorted(REDCAP.iterdir()) if is_dictionary(path)]
    assert found == ["real_checkboxes-1_dictionary.csv", "real_survey_dictionary.csv", DICTIONARY.name]
