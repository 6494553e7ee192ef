"""What a visitor takes along holds what the release has for this visitor, and nothing else."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from dashboards.access import Scope
from dashboards.exports.figures import SCHEMA, Row, frame_of
from dashboards.exports.files import as_csv, as_parquet
from dashboards.exports.heat_picture import MOST_ROWS, heat_picture
from dashboards.exports.home_picture import home_picture
from dashboards.exports.page_pictures import compare_picture, trend_picture
from dashboards.exports.page_rows import (
    answered_rows,
    compare_rows,
    construct_rows,
    heat_rows,
    home_rows,
    team_rows,
    trend_rows,
)
from dashboards.exports.pictures import Picture, as_png, as_svg
from dashboards.exports.take_along import check_still_shown
from dashboards.frame import View
from dashboards.funnel import funnel_of
from dashboards.heat_rows import Order, parse_order, sorted_rows, visible_rows
from dashboards.heat_rows import Row as HeatRow
from dashboards.heat_table import heat_figures
from dashboards.overview import first_measures
from dashboards.releases import Settings, load_shelf
from dashboards.selection import heat_groups, heat_measures
from dashboards.theme import LIGHT
from dashboards.waves import NO_FIGURE, State, Wave, build_wave
from flows.errors import ReleaseInvalid
from flows.publish.contract import ALL
from flows.publish.read import load_release
from flows.trend.read import load_derived
from flows.trend.write import write_derived
from tests.release_builder import (
    MEASURE_SPECS,
    PUBLIC_KEY,
    UNITS,
    WAVES,
    Unit,
    full_draft,
    retract,
    write_release,
    write_shelf,
)

LEADER = Scope("leadership", sees_all=True)
SPECS = tuple(spec for spec in MEASURE_SPECS if spec.measure_id in ("bo1", "vt", "gad2", "sub1", "psy1"))
VIEWER = Scope("viewer", frozenset({"fern"}))
OF_VIEWER = {"fern", "acute", "inpatient", "northfield"}
EVIL = {
    "alder": '=HYPERLINK("http://evil.example","x")',
    "birch": "#panic[*x*] $y$ @ref <l> `raw` \\ // [",
    "cedar": "</text><script>x</script>&amp; ]]>",
    "oak": "+49 @SUM(A1)",
    "robin": "<b>x</b> *a* _b_ $c$ | [d](e)",
}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%")


def hostile_units() -> tuple[Unit, ...]:
    """Northfield with names that spreadsheets, typesetters and browsers might take for their own."""
    return tuple(Unit(**{**unit.__dict__, "name": EVIL.get(unit.group_id, unit.name)}) for unit in UNITS)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven waves with every state, and derived files of the last."""
    folder = tmp_path_factory.mktemp("exports")
    for wave_id in WAVES:
        write_release(folder / "released", full_draft(wave_id, hostile_units(), SPECS))
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    write_derived(folder / "derived", folder / "released", PUBLIC_KEY)
    return folder


def view_of(folder: Path, scope: Scope) -> View:
    """What a page gets for this visitor."""
    settings = Settings(folder / "released", folder / "release.pub", False, derived_dir=folder / "derived")
    shelf = load_shelf(settings, scope)
    assert shelf.latest is not None
    derived = load_derived(folder / "derived", folder / "released", [w.wave_id for w in shelf.waves], WAVES[-1])
    return View(shelf, shelf.latest, derived, LIGHT, lambda _: None, scope, (), settings, lambda: scope)


@pytest.fixture(scope="module")
def tables(workspace: Path) -> dict[Scope, list[Row]]:
    """All rows that a leader and a viewer can take along."""
    return {scope: every_row(view_of(workspace, scope)) for scope in (LEADER, VIEWER)}


def every_row(view: View) -> list[Row]:
    """The rows of all pages, for the choices on them that this visitor has."""
    wave, root = view.wave, view.wave.root
    own = wave.groups[-1]
    rows = [
        *home_rows(view),
        *heat_rows(view, heat_groups(wave, "team"), heat_measures(wave, "all")),
        *construct_rows(view, "challenges", ("challenge",)),
        *construct_rows(view, "protection", ("practice", "institution")),
        *answered_rows(view),
        *team_rows(view, own if own.group_id in wave.shown_ids else wave.nearest_shown(own)),
    ]
    for measure in (each for each in wave.measures if each.measure_id in ("bo1", "vt", "sub1")):
        for level in ("department", "team"):
            rows += compare_rows(view, level, measure)
        for group in (root, own, *(each for each in wave.groups if each.group_id in ("ivy", "heather", "pool:larch"))):
            rows += trend_rows(view, group, measure)
    return rows


def released(folder: Path) -> dict[str, Wave]:
    """Every wave as released, read by itself."""
    return {name: build_wave(load_release(folder / "released" / name, PUBLIC_KEY)) for name in WAVES}


@pytest.mark.parametrize("scope", [LEADER, VIEWER], ids=["leader", "viewer"])
def test_every_figure_of_every_table_is_the_one_in_the_release_for_this_visitor(
    workspace: Path, tables: dict[Scope, list[Row]], scope: Scope
) -> None:
    figures = {
        wave_id: wave.figures([group.group_id for group in wave.groups])
        for wave_id, wave in released(workspace).items()
    }
    waves, rows = released(workspace), tables[scope]
    for row in rows:
        wave = waves[row["wave_id"]]
        if row["measure_id"] == "participation":
            group = wave.group(row["group_id"])
            assert group is not None and row["respondents_n"] == group.respondents_n and row["value"] is None
            continue
        figure = figures[row["wave_id"]].get((row["group_id"], row["measure_id"]), NO_FIGURE)
        found = (row["state"], row["value"], row["low"], row["high"], row["respondents_n"], row["at_risk_pct"])
        assert row["breakdown_id"] == ALL
        if row["kind"] == "other" and figure is NO_FIGURE:
            figure = replace(NO_FIGURE, state=State(row["state"]))  # the map marks it as hidden beside hidden teams
        assert found == (
            figure.state, figure.value, figure.low, figure.high, figure.respondents_n, figure.at_risk_pct,
        )  # fmt: skip
    assert {row["state"] for row in rows} >= ({str(state) for state in State} if scope is LEADER else {"shown"})


def test_no_table_of_a_viewer_names_a_group_outside_the_scope(tables: dict[Scope, list[Row]]) -> None:
    rows = tables[VIEWER]
    assert {row["group_id"] for row in rows} == OF_VIEWER
    assert {row["counted_in_group_id"] for row in rows} <= OF_VIEWER | {None}
    assert {row["parent_group_id"] for row in rows} <= OF_VIEWER | {None}


def test_a_hidden_row_carries_no_number(workspace: Path) -> None:
    frame = frame_of(heat_rows(view := view_of(workspace, LEADER), view.wave.groups, view.wave.measures))
    hidden = frame.filter(pl.col("state") == "hidden")
    numbers = [name for name, kind in SCHEMA.items() if kind == pl.Int64()]
    assert hidden.height and hidden.select(numbers).null_count().row(0) == (hidden.height,) * len(numbers)


def test_each_row_says_wave_policy_release_and_signature(workspace: Path) -> None:
    row = home_rows(view_of(workspace, VIEWER))[-1]
    named = (row["wave_id"], row["release_id"], row["policy"], row["signature"])
    assert named == ("2026-11", "2026-11", "standard, 5 / 10 / 20", "checked")


def test_no_text_of_a_csv_file_starts_as_a_formula(workspace: Path) -> None:
    content = as_csv(frame_of(heat_rows(view := view_of(workspace, LEADER), view.wave.groups, view.wave.measures[:1])))
    cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    assert any(EVIL["alder"] in cell for cell in cells)
    assert [cell for cell in cells if cell.lstrip().startswith(FORMULA_STARTS)] == []


@pytest.mark.parametrize("text", ["=1", " =1", "\u00a0=1", "\t=1", "\n+1", "-1", "@x", "\uff1d1", "\x00=1", "|x", "%x"])
def test_a_name_that_a_spreadsheet_might_run_is_led_by_an_apostrophe(text: str) -> None:
    content = as_csv(pl.DataFrame({"name": [text]})).decode("utf-8-sig")
    assert next(row for row in list(csv.reader(io.StringIO(content, newline="")))[1:]) == [f"'{text}"]


def test_parquet_holds_the_same_rows_and_its_release_in_the_notes(workspace: Path) -> None:
    frame = frame_of(home_rows(view_of(workspace, VIEWER)))
    content = as_parquet(frame, {"release": "2026-11"})
    assert pl.read_parquet(io.BytesIO(content)).equals(frame)
    assert pl.read_parquet_metadata(io.BytesIO(content))["release"] == "2026-11"


@pytest.mark.parametrize("write", [as_csv, lambda frame: as_parquet(frame, {"page": "home"})], ids=["csv", "parquet"])
def test_the_same_page_gives_the_same_bytes(workspace: Path, write: Callable[[pl.DataFrame], bytes]) -> None:
    first, second = (write(frame_of(home_rows(view_of(workspace, LEADER)))) for _ in range(2))
    assert first == second


def test_a_retracted_release_is_not_taken_along(tmp_path: Path) -> None:
    write_shelf(tmp_path / "released", has_trouble=False)
    (tmp_path / "release.pub").write_text(PUBLIC_KEY.hex())
    view = view_of(tmp_path, LEADER)
    check_still_shown(view)
    retract(tmp_path / "released" / "2026-09", "Two exports had been mixed up.")
    with pytest.raises(ReleaseInvalid, match="no longer released"):
        check_still_shown(view)


def test_a_release_that_was_changed_is_not_taken_along(tmp_path: Path) -> None:
    write_shelf(tmp_path / "released", has_trouble=False)
    (tmp_path / "release.pub").write_text(PUBLIC_KEY.hex())
    view = view_of(tmp_path, LEADER)
    cells = tmp_path / "released" / "2026-11" / "cells.parquet"
    cells.write_bytes(cells.read_bytes() + b"x")
    with pytest.raises(ReleaseInvalid):
        check_still_shown(view)


def texts(svg: bytes) -> list[str]:
    """Every text of a picture, with title and description."""
    return [element.text for element in ElementTree.fromstring(svg).iter() if element.text and element.text.strip()]


def test_the_picture_of_a_trend_holds_only_figures_of_its_table(workspace: Path) -> None:
    view = view_of(workspace, VIEWER)
    group, measure = view.wave.group("fern"), view.wave.measure("bo1")
    assert group is not None and measure is not None
    rows = trend_rows(view, group, measure)
    said = " ".join(texts(as_svg(trend_picture(view.shelf.waves, None, (), group, measure))))
    names = [row["group_name"] for row in rows] + [row["policy"] for row in rows]
    for name in ("0 to 100", "25", "50", "75", "100", *WAVES, *names):
        said = said.replace(name, " ")
    found = {int(number) for number in re.findall(r"\d+", re.sub(r"20\d\d", " ", said))}
    assert found <= {row[name] for row in rows for name in ("value", "low", "high")} | {0}


def test_hostile_names_stay_text_in_a_picture(workspace: Path) -> None:
    view = view_of(workspace, LEADER)
    measure = view.wave.measure("bo1")
    assert measure is not None
    every = funnel_of(view.wave, None, "team", measure)
    group = view.wave.group("cedar")
    assert group is not None
    svg = as_svg(trend_picture(view.shelf.waves, None, (), group, measure))
    assert any(EVIL["cedar"] in text for text in texts(svg))
    assert b"<script" not in svg
    assert b"<script" not in as_svg(compare_picture(view.wave, every, "team", measure))


def map_of(view: View, level: str = "team", sort: str = "") -> Picture:
    """The heat map as the page of this visitor draws it."""
    measures = heat_measures(view.wave, "all")
    order = parse_order(sort, {each.measure_id for each in measures})
    rows = visible_rows(view.wave, level, ())
    figures = heat_figures(view.wave, [row.group for row in rows])
    if order.measure_id:
        rows = sorted_rows(rows, figures, order, is_high_worse=True)
    return heat_picture(view.wave, rows, measures, figures, order, "Sorted by burnout.")


@pytest.mark.parametrize("scope", [LEADER, VIEWER], ids=["leader", "viewer"])
def test_the_picture_of_the_heat_map_holds_every_figure_of_its_table_in_its_order_and_no_other(
    workspace: Path, scope: Scope
) -> None:
    view = view_of(workspace, scope)
    signs = {"at_least": "≥", "at_most": "≤"}
    rows = heat_rows(view, heat_groups(view.wave, "team"), heat_measures(view.wave, "all"))
    wanted = [f"{signs.get(row['state'], '')}{row['value']}" for row in rows if row["value"] is not None]
    drawn = texts(as_svg(map_of(view)))
    after_legend = drawn[len(drawn) - 1 - drawn[::-1].index("Group") :]
    assert [each for each in after_legend if re.fullmatch("[≥≤]?[0-9]+", each)] == wanted
    outside = {group.name for group in released(workspace)[WAVES[-1]].groups} - {row["group_name"] for row in rows}
    assert [name for name in outside if name in drawn] == []


def test_the_picture_of_a_sorted_heat_map_says_so(workspace: Path) -> None:
    drawn = texts(as_svg(map_of(view_of(workspace, LEADER), "department", "bo1")))
    assert "↓" in drawn and any("Sorted by burnout." in text for text in drawn)


def test_a_picture_of_very_many_groups_holds_the_first_and_says_how_many_more_there_are(workspace: Path) -> None:
    view = view_of(workspace, LEADER)
    rows = [HeatRow(view.wave.groups[2], None)] * (MOST_ROWS + 7)
    svg = as_svg(heat_picture(view.wave, rows, view.wave.measures[:1], {}, Order(), ""))
    assert texts(svg).count(view.wave.groups[2].name) == MOST_ROWS
    assert any("7 more groups stand in the figures as CSV." in text for text in texts(svg))


def test_the_picture_of_home_holds_only_figures_of_its_table(workspace: Path) -> None:
    view = view_of(workspace, VIEWER)
    rows = home_rows(view)
    svg = as_svg(home_picture(view.shelf.waves, None, first_measures(view.wave)))
    drawn = texts(svg)
    first = next(row for row in reversed(rows) if row["measure_id"] == "bo1")
    assert str(first["value"]) in drawn and "Burnout" in drawn
    said = " ".join(drawn)
    for name in ("0 to 100", "of 100", "70 and 84", *(row["policy"] for row in rows)):
        said = said.replace(name, " ")
    found = {int(number) for number in re.findall(r"[0-9]+", re.sub(r"20[0-9][0-9](-[0-9]+)?", " ", said))}
    known = {row[name] for row in rows for name in ("value", "low", "high", "respondents_n", "at_risk_pct")}
    assert found <= known | {0, 25, 50, 75, 100}


def test_every_picture_says_wave_policy_release_and_signature(workspace: Path) -> None:
    view = view_of(workspace, LEADER)
    measure, waves = view.wave.measures[0], view.shelf.waves
    every = [
        map_of(view),
        home_picture(waves, view.derived, first_measures(view.wave)),
        trend_picture(waves, None, (), view.wave.root, measure),
        compare_picture(view.wave, funnel_of(view.wave, None, "team", measure), "team", measure),
    ]
    foot = "Northfield · November 2026 · release 2026-11 · policy standard, 5 / 10 / 20 · signature checked"
    assert [picture.name for picture in every if foot not in texts(as_svg(picture))] == []


def test_hostile_names_stay_text_in_the_picture_of_the_heat_map(workspace: Path) -> None:
    picture = map_of(view_of(workspace, LEADER))
    svg = as_svg(picture)
    joined = "".join(texts(svg)).replace(" ", "")
    assert [name for name in EVIL.values() if name.replace(" ", "") not in joined] == []
    assert b"<script" not in svg
    assert as_png(picture).startswith(b"\x89PNG")
