"""Mapping: units, answers and statuses of a source, and what never passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from flows.collect.column_map import ColumnMap, CompleteRule, MappedColumn
from flows.collect.map_columns import MappedTable, map_table
from flows.collect.recognise import open_export
from flows.errors import ExportRefused
from surveys.instrument import AnswerOption, Catalogue, CodedAnswer, Instrument, Item, NumericAnswer


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _coded(*codes: int) -> CodedAnswer:
    return CodedAnswer(tuple(AnswerOption(code, {"en": str(code)}) for code in codes))


def _catalogue() -> Catalogue:
    answers = {"st1": _coded(1, 2, 3, 4, 5), "ee1": _coded(0, 25, 50, 75, 100), "num": NumericAnswer(0, 10)}
    items = tuple(Item(item_id, {}, {}, answer) for item_id, answer in answers.items())
    own = Instrument("own", 1, "Own", "", "A", "", "", False, False, False, None, items, (), "0" * 64, True)
    return Catalogue((own,))


def _map(
    column: MappedColumn | None = None,
    unit_values: Mapping[str, str] | None = None,
    complete: CompleteRule | None = None,
    item_id: str = "st1",
) -> ColumnMap:
    items = {item_id: column or MappedColumn("q")}
    return ColumnMap("table", MappedColumn("team", unit_values), items, complete=complete)


def _mapped(con: duckdb.DuckDBPyConnection, tmp_path: Path, rows: list[str], column_map: ColumnMap) -> MappedTable:
    path = tmp_path / "answers.csv"
    path.write_text("\n".join(["team;done;q", *rows]) + "\n", encoding="utf-8")
    return map_table(open_export(con, path), column_map, _catalogue())


def _answers(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, cells: list[str], column_map: ColumnMap
) -> list[str | None]:
    rows = [f"a;yes;{cell}" for cell in cells]
    return [
        row[4] for row in _mapped(con, tmp_path, rows, column_map).relation.select("columns(*)::varchar").fetchall()
    ]


def test_codes_are_written_one_way_and_unknown_texts_stay(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    cells = ["3", " 3 ", "3.0", "+3", "03", "", "prefer_not_to_say", "\u00a04\u00a0", "T9"]
    assert _answers(con, tmp_path, cells, _map()) == ["3", "3", "3", "3", "3", None, "prefer_not_to_say", "4", "T9"]


@pytest.mark.parametrize(
    ("item_id", "cells", "expected"),
    [
        ("ee1", ["0", "25", "100", "25.0"], ["0", "25", "100", "25"]),
        ("num", ["7", "2.50", "10", "0.5"], ["7", "2.5", "10", "0.5"]),
    ],
)
def test_longer_codes_and_decimals_are_canonical(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, item_id: str, cells: list[str], expected: list[str]
) -> None:
    assert _answers(con, tmp_path, cells, _map(item_id=item_id)) == expected


def test_labels_match_through_html_and_no_break_spaces(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    labels = MappedColumn("q", {"Hardly ever & never": "4", "Always": "1", "N.a.": ""})
    cells = ['"Hardly ever &amp; never"', "Hardly\u00a0ever & never", " Always ", "N.a.", "always"]
    assert _answers(con, tmp_path, cells, _map(labels)) == ["4", "4", "1", None, "always"]


def test_a_code_that_the_map_does_not_name_does_not_pass_as_a_code(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    reversed_codes = MappedColumn("q", {"1": "5", "2": "4"})
    assert _answers(con, tmp_path, ["1", "2", "3"], _map(reversed_codes)) == ["5", "4", "unmapped: 3"]


def test_a_unit_the_map_does_not_know_keeps_its_label(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = ["House 1;yes;1", "Haus 3;yes;1", ";yes;1"]
    relation = _mapped(con, tmp_path, rows, _map(unit_values={"House 1": "h1"})).relation
    assert [row[2] for row in relation.fetchall()] == ["h1", "Haus 3", None]


@pytest.mark.parametrize(
    ("rule", "cells"),
    [
        (CompleteRule("done"), ("x", "")),
        (CompleteRule("done", "equals", "TRUE"), ("True", "False")),
        (CompleteRule("done", "at_least", "100"), ("100", "99")),
        (CompleteRule("done", "at_least", "100"), ("100", "ten")),
    ],
)
def test_complete_is_what_the_map_says(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, rule: CompleteRule, cells: tuple[str, str]
) -> None:
    rows = [f"a;{cell};1" for cell in cells]
    relation = _mapped(con, tmp_path, rows, _map(complete=rule)).relation
    assert [row[0] for row in relation.fetchall()] == ["complete", "incomplete"]


def test_without_a_rule_incomplete_rows_cannot_be_told(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert "incomplete" in _mapped(con, tmp_path, ["a;yes;1"], _map()).cannot_tell


@pytest.mark.parametrize("contact", ["a.b@example.invalid", "192.0.2.7", "+49 170 0000000", "0170/0000000"])
def test_a_column_of_contacts_is_refused_without_showing_one(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, contact: str
) -> None:
    with pytest.raises(ExportRefused, match='column "q"') as refusal:
        _mapped(con, tmp_path, [f"a;yes;{contact}"] * 3, _map())
    assert contact not in str(refusal.value)


def test_a_single_contact_among_answers_sets_its_row_aside_and_is_gone(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = ["a;yes;1"] * 40 + ["a;yes;me@example.invalid"]
    last = _mapped(con, tmp_path, rows, _map()).relation.fetchall()[-1]
    assert (last[0], last[4]) == ("identifying", None)


@pytest.mark.parametrize(
    ("column_map", "message"),
    [
        (_map(MappedColumn("Q")), 'uses the column "Q", which the file lacks. Nearest: "q"'),
        (_map(item_id="st2"), 'no instrument has an item "st2". Nearest: st1'),
        (_map(MappedColumn("q", {"Always": "9"})), '"Always" is mapped to "9"'),
        (ColumnMap("table", MappedColumn("team"), {"st1": MappedColumn("q")}, confirm=("line 3: x",)), "line 3"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, column_map: ColumnMap, message: str
) -> None:
    with pytest.raises(ExportRefused) as refusal:
        _mapped(con, tmp_path, ["a;yes;1"], column_map)
    assert message in str(refusal.value)


def test_columns_the_map_does_not_name_are_dropped_and_listed(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    mapped = _mapped(con, tmp_path, ["a;yes;1"], _map())
    assert (mapped.dropped, mapped.relation.columns) == (
        ("done",), ["row_status", "wave_id", "unit", "breakdown", "st1"],
    )  # fmt: skip


def test_one_map_reads_codes_in_every_form_of_limesurvey(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("id,submitdate,lastpage,startlanguage,team,burn_SQ001\n1,1980-01-01 00:00:00,2,en,a,N/A\n")
    column_map = ColumnMap("limesurvey", MappedColumn("team"), {"st1": MappedColumn("burn[SQ001]")},
                           complete=CompleteRule("submitdate"))  # fmt: skip
    mapped = map_table(open_export(con, path), column_map, _catalogue())
    assert (mapped.relation.fetchall(), mapped.source_grade) == (
        [("complete", None, "a", None, None)], "anonymous_export",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("CH93 0076 2011 6238 5295 7", "bank account"),
        ("DE89370400440532013000", "bank account"),
        ("756.1234.5678.97", "national insurance"),
        ("078-05-1120", "national insurance"),
        ("QQ123456C", None),
        ("AB123456C", "national insurance"),
        ("47.376888, 8.541694", "places on the map"),
        ("2026-11-12T09:15", "times of day"),
        ("14:03:22", "times of day"),
        ("Anna Keller", "names of people"),
        ("Keller, Anna", "names of people"),
        ("Ward Ivy", None),
        ("Charlotte House Ward", None),
        ("Team 12", None),
    ],
)
def test_a_unit_column_whose_values_identify_people_is_refused(tmp_path: Path, value: str, kind: str | None) -> None:
    path = tmp_path / "a.csv"
    path.write_text("team,st1\n" + f'"{value}",3\n' * 3, "utf-8")
    column_map = ColumnMap("table", MappedColumn("team"), {"st1": MappedColumn("st1")})
    with duckdb.connect() as con:
        raw = open_export(con, path)
        if kind is None:
            map_table(raw, column_map, _catalogue())
            return
        with pytest.raises(ExportRefused, match=kind) as refusal:
            map_table(raw, column_map, _catalogue())
    assert value not in str(refusal.value)


def test_a_unit_column_with_another_value_in_every_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("team,st1\n" + "".join(f"p{number},3\n" for number in range(40)), "utf-8")
    column_map = ColumnMap("table", MappedColumn("team"), {"st1": MappedColumn("st1")})
    with duckdb.connect() as con, pytest.raises(ExportRefused, match="another value in every row"):
        map_table(open_export(con, path), column_map, _catalogue())
