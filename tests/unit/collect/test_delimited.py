"""Reading delimited files: what is coped with, what is counted, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.collect.delimited import read_delimited, read_parquet
from flows.collect.recognise import open_export
from flows.errors import ExportRefused


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "answers.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"a;b;c\n1;x;\n2;y;z\n",
        b"\xef\xbb\xbfa,b,c\r\n1,x,\r\n2,y,z\r\n\r\n",
        b'"a"\t"b"\t"c"\n"1"\t"x"\t""\n"2"\t"y"\t"z"',
        b"a;b;c\r1;x;\r2;y;z\r",
        b"\n\na;b;c\n1;x;\n\n2;y;z\n   \n\n",
    ],
    ids=["semicolon", "bom, comma, crlf, blank line", "tab, all quoted", "cr", "blank lines"],
)
def test_every_usual_layout_gives_the_same_rows(con: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes) -> None:
    raw = read_delimited(con, _file(tmp_path, content))
    assert (raw.columns, raw.read_n, raw.relation.fetchall()) == (
        ("a", "b", "c"), 2, [("1", "x", None), ("2", "y", "z")],
    )  # fmt: skip


def test_quotes_delimiters_and_line_ends_inside_a_cell_are_text(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    raw = read_delimited(con, _file(tmp_path, b'"a";"b"\r\n"1";"x ""y""; \n z"\r\n'))
    assert raw.relation.fetchall() == [("1", 'x "y"; \n z')]


def test_rows_with_a_wrong_number_of_fields_are_counted_and_kept_apart(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    raw = read_delimited(con, _file(tmp_path, b"a,b,c,d\n1,2,3,4\n5,6\n7,8,9,10,11\n1,1,1,1\n"))
    texts = [row.text for row in raw.wrong_rows]
    assert (raw.read_n, texts, raw.relation.count("*").fetchall()) == (4, ["5,6", "7,8,9,10,11"], [(2,)])


def test_the_repr_of_a_wrong_row_does_not_show_it(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    raw = read_delimited(con, _file(tmp_path, b"a,b\n1,2\nsecret,x,y\n3,4\n"))
    assert "secret" not in repr(raw)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"a;b\r\n\r\n", "without a single row"),
        (b"a;b\n1;2;3\n", "none of 1 rows"),
        (b"a\n1\n", "single column"),
        (b"a;b\n1;\xff\n", "byte 7, line 2"),
        (b"a;b\n1;\xc3", "not UTF-8"),
        (b"a;b\n1;2\n3;\0\n", "line 3 holds a NUL"),
        (b"a;b;a\n1;2;3\n", "columns 1 and 3 have the same heading"),
        (b"a;b,c\n1;2,3\n", "both could separate"),
        (b'a;b\n1;"2\n3;4\n', "quote is not closed"),
        (b'a;b\n1;"2"x\n3;4\n', "quote is not closed"),
        (b"a;b\n1;" + b"x" * 2_200_000 + b"\n2;3\n", "longer than 2 MB"),
        (b";".join(b"c%d" % number for number in range(5001)) + b"\n1;2\n", "5001 columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_of_doubtful_structure_is_refused_and_named(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(ExportRefused, match=message) as refusal:
        read_delimited(con, _file(tmp_path, content))
    assert str(refusal.value).startswith("answers.csv: ")


def test_a_bad_byte_far_into_a_file_is_found_with_its_place(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = "1;ä\n".encode() * 300_000
    with pytest.raises(ExportRefused, match=f"byte {4 + len(rows) + 3}, line 300002"):
        read_delimited(con, _file(tmp_path, b"a;b\n" + rows + b"1;\xff\n"))


@pytest.mark.parametrize("name", ['q"x', "a.b", "*", "select", "it's; so", "äB", "(x)"])
def test_any_heading_is_only_a_name(con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    quoted = name.replace('"', '""')
    raw = read_delimited(con, _file(tmp_path, f'"k","{quoted}"\n"1","2"\n'.encode()))
    assert raw.relation.select(raw.value(name)).fetchall() == [("2",)]


def test_a_parquet_file_whose_headings_are_no_text_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "export.parquet"
    pl.DataFrame({"unit_id": ["ALDER"], "heading": ["3"]}).write_parquet(path)
    path.write_bytes(path.read_bytes().replace(b"heading", b"hea\xdcing"))
    with pytest.raises(ExportRefused, match="a damaged Parquet file"):
        read_parquet(con, path)


def test_whole_floats_of_parquet_become_whole_numbers(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    con.sql("select 3.0::double a, 2.5::float b, 100::int c, 2.50::decimal(5,2) d, null::double e").write_parquet(
        str(path)
    )
    assert read_parquet(con, path).relation.fetchall() == [("3", "2.5", "100", "2.5", None)]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(alphabet='ab1;,\t"\n\r\ufeffä ', max_size=120).map(lambda text: text.encode()),
        st.binary(max_size=60).map(lambda data: b"a;b\n1;2\n" + data),
    )
)
def test_arbitrary_bytes_are_read_or_refused_and_nothing_else(tmp_path: Path, content: bytes) -> None:
    with duckdb.connect() as con:
        try:
            raw = open_export(con, _file(tmp_path, content))
        except ExportRefused:
            return
        assert len(raw.relation.fetchall()) + raw.wrong_field_n == raw.read_n


@pytest.mark.parametrize("name", ["a*.csv", "a?.csv", "a[1].csv", "a.csv.gz", "a.zst", "a.parquet"])
def test_a_name_is_a_name_and_neither_a_pattern_nor_a_promise(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str
) -> None:
    (tmp_path / "a1.csv").write_text("unit_id,st1\nother,1\n", "utf-8")
    (tmp_path / name).write_text("unit_id,st1\nward,3\n", "utf-8")
    assert read_delimited(con, tmp_path / name).relation.fetchall() == [("ward", "3")]


def _answers(*last: str) -> bytes:
    """3,000 rows, more than are looked at beforehand, and then these answers."""
    cells = [*(str(place % 6 or "") for place in range(3000)), *last]
    return "".join(["unit_id;bo1;st1\n", *(f"ward;{cell};2\n" for cell in cells)]).encode()


def test_columns_of_digits_are_held_as_numbers_and_shown_as_text(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    raw = read_delimited(con, _file(tmp_path, _answers("0", "9", "")))
    assert [str(kind) for kind in raw.staged.types] == ["VARCHAR", "UTINYINT", "UTINYINT"]
    assert (raw.has_digits("bo1"), raw.has_digits("unit_id")) == (True, False)
    assert raw.relation.fetchall()[-3:] == [("ward", "0", "2"), ("ward", "9", "2"), ("ward", None, "2")]


@pytest.mark.parametrize("odd", ["10", "N/A", " 3", "3 ", "+3", "03", "-", "3.0", "ä", "٣", "²", "255", '"a""b"'])
def test_a_cell_that_is_no_digit_far_down_is_kept_as_it_stands(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, odd: str
) -> None:
    raw = read_delimited(con, _file(tmp_path, _answers(odd, "4")))
    assert (raw.read_n, raw.has_digits("bo1"), raw.has_digits("st1")) == (3002, False, True)
    text = odd.strip('"').replace('""', '"')
    assert raw.relation.fetchall()[-2:] == [("ward", text, "2"), ("ward", "4", "2")]
    assert con.sql("select count(*) from duckdb_tables()").fetchall() == [(1,)]


def test_a_row_of_wrong_length_is_counted_once_where_a_column_is_read_again(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    raw = read_delimited(con, _file(tmp_path, _answers("N/A", "5;6", "4")))
    assert (raw.read_n, raw.wrong_field_n, raw.relation.count("*").fetchall()) == (3003, 1, [(3002,)])


def test_a_file_without_its_heading_is_refused_without_a_word_of_its_first_row(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = _file(tmp_path, b"ward;ottilie@quasten.example;ottilie@quasten.example\nward;3;2\n")
    with pytest.raises(ExportRefused, match="columns 2 and 3 have the same heading") as refused:
        read_delimited(con, path)
    assert "ottilie" not in str(refused.value)


@pytest.mark.parametrize("above", ["sep=;\n", "Survey 2026;;;\n"])
def test_a_line_above_the_heading_is_named_as_what_to_take_out(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, above: str
) -> None:
    rows = "unit_id;bo1;st1\n" + "ward;3;2\n" * 3
    with pytest.raises(ExportRefused, match="Take out lines above the heading"):
        open_export(con, _file(tmp_path, f"{above}{rows}".encode()))
