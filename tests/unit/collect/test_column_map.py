"""Column maps: read strictly, written so that they read back, found by columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.collect.column_map import (
    ColumnMap,
    CompleteRule,
    MappedColumn,
    find_map,
    load_map,
    refuse_unconfirmed,
    tidy_map,
)
from flows.collect.dump_map import dump_map
from flows.errors import ExportRefused
from surveys.instrument import AnswerOption, Catalogue, CodedAnswer, Instrument, Item

GOOD = "tool: limesurvey\nunit: { column: team, values: { A1: ward-fern } }\nitems:\n  st1: { column: stress }\n"


def _catalogue() -> Catalogue:
    coded = CodedAnswer(tuple(AnswerOption(code, {"en": str(code)}) for code in range(1, 6)))
    items = tuple(Item(item_id, {}, {}, coded) for item_id in ("bo1", "st1"))
    own = Instrument("own", 1, "Own", "", "A", "", "", False, False, False, None, items, (), "0" * 64, True)
    return Catalogue((own,))


def _map_file(folder: Path, text: str, name: str = "november.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_numbers_and_words_that_yaml_knows_stay_text(tmp_path: Path) -> None:
    text = GOOD + "  bo1: { column: x, values: { 1: 5, Yes: 4, 2026-11-02: 3, null: 2 } }\n"
    values = load_map(_map_file(tmp_path, text)).items["bo1"].values
    assert values == {"1": "5", "Yes": "4", "2026-11-02": "3", "null": "2"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "itmes: {}\n", 'unknown key "itmes". Nearest: items'),
        (GOOD.replace("column: stress", "colum: stress"), 'items.st1: unknown key "colum". Nearest: column'),
        (GOOD + "  st1: { column: other }\n", 'line 5: "st1" is named twice'),
        ("tool: limesurvey\n", "`unit:` is missing"),
        ("tool: x\nunit: { column: a }\nitems:\n", "no item is mapped yet"),
        (GOOD + "complete: { column: s, when: sometimes }\n", '"sometimes" is none of'),
        ("a: [", "line"),
        ("", "expected"),
        (GOOD + "x: !!python/object:os.system {}\n", "november.yaml"),
    ],
)
def test_a_wrong_map_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ExportRefused) as refusal:
        load_map(_map_file(tmp_path, text))
    assert message in str(refusal.value)


@pytest.mark.parametrize("line", ["  bo1: { column: x }   # CONFIRM looks like bo1\n", "confirm: [is x bo1?]\n"])
def test_an_open_line_stops_and_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ExportRefused, match=r"line 5|is x bo1"):
        refuse_unconfirmed(load_map(_map_file(tmp_path, GOOD + line)))


def test_a_line_that_is_a_comment_as_a_whole_settles_nothing(tmp_path: Path) -> None:
    assert load_map(_map_file(tmp_path, GOOD + "  # bo1: { column: x }   # CONFIRM the order\n")).confirm == ()


def test_a_map_is_found_by_the_columns_of_the_file(tmp_path: Path) -> None:
    _map_file(tmp_path, GOOD)
    found = find_map(tmp_path, ("id", "team", "stress", "more"))
    assert found is not None
    assert found.name == "november.yaml"


def test_a_map_is_not_found_for_a_file_that_lacks_one_of_its_columns(tmp_path: Path) -> None:
    _map_file(tmp_path, GOOD)
    assert find_map(tmp_path, ("id", "team")) is None


def test_two_maps_that_fit_refuse_the_file_and_are_named(tmp_path: Path) -> None:
    _map_file(tmp_path, GOOD, "a.yaml")
    _map_file(tmp_path, GOOD, "b.yaml")
    with pytest.raises(ExportRefused, match=r"a\.yaml, b\.yaml"):
        find_map(tmp_path, ("team", "stress", "more"))


def test_of_two_maps_that_fit_the_one_that_names_every_column_wins(tmp_path: Path) -> None:
    _map_file(tmp_path, GOOD, "a.yaml")
    _map_file(tmp_path, GOOD + "drop: [more]\n", "b.yaml")
    found = find_map(tmp_path, ("team", "stress", "more"))
    assert found is not None
    assert found.name == "b.yaml"


def test_an_unknown_column_of_a_tidy_file_is_named_with_the_nearest() -> None:
    with pytest.raises(ExportRefused, match=r'"st_1"\. Nearest: st1'):
        tidy_map(("unit_id", "st_1"), _catalogue())


def test_a_tidy_file_may_hold_wave_and_breakdown() -> None:
    found = tidy_map(("wave_id", "unit_id", "role", "st1"), _catalogue(), "role")
    assert (found.wave_column, found.breakdown, tuple(found.items)) == ("wave_id", MappedColumn("role"), ("st1",))


TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12).filter(lambda text: text.strip())
NAME = TEXT.map(lambda text: text.replace("\ufeff", "").strip() or "x").filter(lambda text: text.strip() == text)
CODE = st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True)
COLUMN = st.builds(MappedColumn, NAME, st.none() | st.dictionaries(TEXT, CODE, min_size=1, max_size=3))
MAPS = st.builds(
    ColumnMap,
    tool=st.just("table"),
    unit=COLUMN,
    items=st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True), COLUMN, min_size=1, max_size=3),
    wave_column=st.none() | NAME,
    breakdown=st.none() | COLUMN,
    complete=st.none() | st.builds(CompleteRule, NAME),
    drop=st.lists(NAME, max_size=3).map(tuple),
)


@given(MAPS)
def test_a_written_map_reads_back_as_the_same_map(
    tmp_path_factory: pytest.TempPathFactory, column_map: ColumnMap
) -> None:
    path = tmp_path_factory.mktemp("maps") / "m.yaml"
    path.write_text(dump_map(column_map), encoding="utf-8")
    assert load_map(path) == column_map
