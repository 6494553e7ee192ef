"""Folding and sorting of the heat map: a selection and an order of released cells, never a new figure."""

from __future__ import annotations

import pytest

from dashboards.heat_rows import Order, parse_order, sorted_rows, visible_rows
from dashboards.heat_table import heat_figures, heat_table
from dashboards.language import speaking
from dashboards.waves import State, Wave, build_wave
from flows.publish.read import load_release
from tests.release_builder import PUBLIC_KEY, full_draft, write_release


@pytest.fixture(scope="module")
def wave(tmp_path_factory: pytest.TempPathFactory) -> Wave:
    folder = write_release(tmp_path_factory.mktemp("heat"), full_draft("2026-11"))
    return build_wave(load_release(folder, PUBLIC_KEY))


def _ids(wave: Wave, level: str, *toggled: str) -> list[str]:
    return [row.group.group_id for row in visible_rows(wave, level, toggled)]


def test_a_level_shows_every_group_down_to_it(wave: Wave) -> None:
    assert _ids(wave, "team") == [group.group_id for group in wave.groups]
    assert _ids(wave, "division") == [group.group_id for group in wave.groups if group.depth < 2]


def test_a_group_that_is_opened_shows_what_lies_below_it_and_nothing_else(wave: Wave) -> None:
    opened = set(_ids(wave, "department", "acute")) - set(_ids(wave, "department"))
    assert opened == {group.group_id for group in wave.groups if group.parent_id == "acute"}


def test_a_group_that_is_closed_hides_all_below_it(wave: Wave) -> None:
    closed = set(_ids(wave, "team")) - set(_ids(wave, "team", "inpatient"))
    assert closed == {
        group.group_id for group in wave.groups if "inpatient" in [up.group_id for up in wave.path(group)]
    }


def test_opening_a_group_twice_changes_nothing(wave: Wave) -> None:
    assert _ids(wave, "department", *sorted({"acute"} ^ {"acute"})) == _ids(wave, "department")


@pytest.mark.parametrize("level", ["division", "department", "team"])
@pytest.mark.parametrize("toggled", [(), ("acute",), ("inpatient", "liaison"), ("northfield",), ("nowhere",)])
def test_every_row_stands_below_its_parent(wave: Wave, level: str, toggled: tuple[str, ...]) -> None:
    rows = visible_rows(wave, level, toggled)
    figures = heat_figures(wave, [row.group for row in rows])
    for order in (Order(), Order("bo1"), Order("bo1", is_least_first=True)):
        seen: list[str | None] = [None]
        for row in sorted_rows(rows, figures, order, is_high_worse=True):
            assert row.group.parent_id in seen
            seen.append(row.group.group_id)
        assert sorted(filter(None, seen)) == sorted(row.group.group_id for row in rows)


@pytest.mark.parametrize(("measure_id", "is_high_worse"), [("bo1", True), ("wlb1", False)])
def test_most_strain_or_least_protection_comes_first_among_siblings(
    wave: Wave, measure_id: str, is_high_worse: bool
) -> None:
    rows = visible_rows(wave, "team", ())
    figures = heat_figures(wave, [row.group for row in rows])
    ordered = sorted_rows(rows, figures, Order(measure_id), is_high_worse)
    siblings = [row.group for row in ordered if row.group.parent_id == "acute" and row.group.kind != "other"]
    values = [
        figures[group.group_id, measure_id].value for group in siblings if (group.group_id, measure_id) in figures
    ]
    told = [value for value in values if value is not None]
    assert len(told) > 2
    assert told == sorted(told, reverse=is_high_worse)


def test_hidden_figures_come_last_in_an_order_that_says_nothing_of_them(wave: Wave) -> None:
    rows = visible_rows(wave, "team", ())
    figures = heat_figures(wave, [row.group for row in rows])
    for order in (Order("gad2"), Order("gad2", is_least_first=True)):
        ordered = [row.group for row in sorted_rows(rows, figures, order, is_high_worse=True)]
        for parent in {group.parent_id for group in ordered}:
            siblings = [group for group in ordered if group.parent_id == parent]
            untold = [group for group in siblings if _is_untold(figures.get((group.group_id, "gad2")))]
            named = [group.group_id for group in untold if group.kind != "other"]
            assert named == [group.group_id for group in wave.groups if group.group_id in named]
            assert siblings[len(siblings) - len(untold) :] == untold or any(each.kind == "other" for each in siblings)


def _is_untold(figure: object) -> bool:
    return figure is None or getattr(figure, "state", State.NO_DATA) in (State.HIDDEN, State.NO_DATA)


def test_an_order_from_the_address_is_a_measure_or_nothing() -> None:
    assert parse_order("bo1", {"bo1"}) == Order("bo1")
    assert parse_order("-bo1", {"bo1"}) == Order("bo1", is_least_first=True)
    for forged in ("", "-", "xx", "bo1;drop", "<script>", "--bo1"):
        assert parse_order(forged, {"bo1"}) == Order()


def test_a_sorted_head_says_so_to_screen_readers(wave: Wave) -> None:
    rows = visible_rows(wave, "division", ())
    figures = heat_figures(wave, [row.group for row in rows])
    table = heat_table(wave, rows, [each for each in wave.measures if not each.is_share], figures, Order("bo1"))
    assert table.count("aria-sort") == 1
    assert '<th scope="col" aria-sort="descending"><button type="button" class="q-sort" data-act="sort:bo1">' in table


def test_a_fold_says_its_state_and_its_group_in_the_language_of_the_page(wave: Wave) -> None:
    rows = visible_rows(wave, "division", ())
    with speaking("de"):
        table = heat_table(wave, rows, wave.measures, heat_figures(wave, [row.group for row in rows]))
    assert 'data-act="fold:inpatient" aria-expanded="false" aria-label="Inpatient: zeigen, was darunter liegt"' in table
