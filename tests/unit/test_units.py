"""Faults of a unit tree are named with line, unit and what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import UnitsError
from flows.protect.tree import Pool, reporting_tree
from flows.units import parse_units

HEAD = "unit_id,parent_id,unit_name,eligible_n\n"
GOOD = HEAD + "O,,Org,0\nD,O,Division,0\nA,D,Department,2\nT1,A,Team 1,9\nT2,A,Team 2,8\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "units.csv is empty"),
        (HEAD, "has a header and no unit"),
        ("unit_id,parent_id,unit_name\nO,,Org\n", "the column eligible_n is missing"),
        (HEAD.strip() + ",colour\nO,,Org,0,red\n", "only unit_id,parent_id,unit_name,eligible_n"),
        (HEAD + "O,,Org,0\nT1,OO,Team,9\n", 'line 3: parent_id "OO" is not a unit. Nearest: "O"'),
        (HEAD + "O,,Org,0\nP,,Other,0\n", 'line 3: a second root, "P", beside "O"'),
        (HEAD + "O,,Org,0\nA,B,A,1\nB,A,B,1\n", "each other's parents: A > B > A"),
        (HEAD + "A,A,A,1\n", "each other's parents: A > A"),
        (HEAD + "O,,Org,0\nO,,Org,0\n", 'unit_id "O" stands already in line 2'),
        (HEAD + "O,,Org,many\n", 'eligible_n "many" is no count'),
        (HEAD + "O,,Org,-1\n", "is no count"),
        (HEAD + "pool:x,,Org,1\n", "begins with pool: or other:"),
        (HEAD + "O,,,1\n", 'unit "O" has no unit_name'),
        (HEAD + "O,,Org,1,2\n", "line 2: 5 fields, 4 expected"),
    ],
)
def test_a_fault_is_named(text: str, says: str) -> None:
    with pytest.raises(UnitsError) as error:
        parse_units(text.encode(), "units.csv")
    assert says in str(error.value)


def test_bytes_that_are_not_utf8_are_named_with_their_line() -> None:
    with pytest.raises(UnitsError, match="line 2: not UTF-8"):
        parse_units(HEAD.encode() + "O,,Kränke,1\n".encode("latin-1"), "units.csv")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_tree_or_a_clear_error(raw: bytes) -> None:
    try:
        parse_units(raw, "units.csv")
    except UnitsError as error:
        assert "units.csv" in str(error)


def test_levels_follow_from_the_tree() -> None:
    tree = parse_units(GOOD.encode(), "units.csv")
    assert tree.level == {"O": "organisation", "D": "division", "A": "department", "T1": "team", "T2": "team"}


def test_semicolons_and_a_byte_order_mark_are_read() -> None:
    tree = parse_units(("\ufeff" + GOOD.replace(",", ";")).encode(), "units.csv")
    assert tree.eligible_n == 19


def test_a_pool_takes_the_place_of_its_teams() -> None:
    tree = reporting_tree(parse_units(GOOD.encode(), "units.csv"), [Pool("t1-t2", "Teams 1 and 2", ("T1", "T2"))])
    assert tree.group_ids == ("O", "D", "A", "pool:t1-t2")
    assert tree.eligible == (0, 0, 2, 17)


def test_a_pool_of_teams_of_two_departments_is_refused() -> None:
    text = GOOD + "B,D,Second,0\nT3,B,Team 3,4\n"
    with pytest.raises(UnitsError, match="teams of one unit"):
        reporting_tree(parse_units(text.encode(), "units.csv"), [Pool("x", "X", ("T1", "T3"))])


@pytest.mark.parametrize("name", ["a" * 201, "two\x1blines", "right\u202eleft"])
def test_ids_and_names_are_short_and_without_control_signs(name: str) -> None:
    with pytest.raises(UnitsError, match="line 3: unit_name is longer than 200 signs or holds"):
        parse_units(f"unit_id,parent_id,unit_name,eligible_n\nO,,Organisation,0\nT,O,{name},9\n".encode(), "units.csv")


def test_a_chain_of_thousands_of_units_is_named_before_anything_is_planned() -> None:
    chain = "".join(f"U{n},{f'U{n - 1}' if n else ''},n{n},9\n" for n in range(3_000))
    with pytest.raises(UnitsError, match=r"line 32: unit .U30. lies more than 30 levels deep"):
        parse_units(f"unit_id,parent_id,unit_name,eligible_n\n{chain}".encode(), "units.csv")


@pytest.mark.parametrize(
    "unit_id", ["../../x", "a/../b", "/etc", "a//b", "ward/", ".", "..", "a\\b", "a<b", 'a"b', "a|b", "a*"]
)
def test_an_id_that_reads_like_a_path_or_like_markup_is_refused(unit_id: str) -> None:
    quoted = unit_id.replace('"', '""')
    with pytest.raises(UnitsError, match=r"line 2: unit_id .* reads like a path .* Use letters and digits"):
        parse_units(f'unit_id,parent_id,unit_name,eligible_n\n"{quoted}",,House,3\n'.encode(), "units.csv")


@pytest.mark.parametrize(
    "unit_id", ["Käse & Söhne", "北/2", "a.b", "1", "W-3 (Nord)", "O'Neill", "+1", "…", "a:b", "50%"]
)
def test_ids_of_any_script_are_taken_as_they_stand(unit_id: str) -> None:
    tree = parse_units(f'unit_id,parent_id,unit_name,eligible_n\n"{unit_id}",,House,3\n'.encode(), "units.csv")
    assert tree.root.unit_id == unit_id
