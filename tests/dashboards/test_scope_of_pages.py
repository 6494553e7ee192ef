"""What a restricted viewer and a leader see on all pages, derived figures included.

The viewer: two organisations that differ in everything outside the viewer's scope must give the same pages, byte for
byte. Both: every figure of the heat map, of the trend's numbers and of the breakdown is a released cell.
"""

from __future__ import annotations

import dataclasses
import hashlib
import html
import json
import re
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.access import LOCAL_SCOPE, Scope
from dashboards.waves import State, Wave, build_wave
from flows.publish.read import load_release
from flows.trend.tables import FILES
from flows.trend.write import bring_up_to_date
from tests.dashboards.drawn_page import PAGES, everything, markup, page
from tests.oracles.visible_groups import visible_groups
from tests.release_builder import (
    PUBLIC_KEY,
    UNITS,
    WAVES,
    Draft,
    Row,
    full_draft,
    hidden_cell,
    shown_cell,
    write_release,
)

VIEWER = Scope("viewer", frozenset({"ivy"}))
LEADER = Scope("leadership", sees_all=True)
ADDRESSES: dict[str, dict[str, str]] = {
    "heat_map": {"level": "team", "sort": "st1"},
    "trend": {"group": "ivy", "measure": "bo1", "beside": "fern,robin"},
    "compare": {"level": "team"},
    "team": {"group": "ivy"},
}


def _breakdown(wave_id: str) -> list[Row]:
    """Rows by role for the organisation, a division and two departments, one of them hidden."""
    rows = []
    for place, group_id in enumerate(("northfield", "inpatient", "acute", "liaison")):
        for role, mean in (("nursing", 41.0 + place), ("therapy", 63.0 - place)):
            cell = shown_cell(wave_id, group_id, "bo1", mean, 21 + place)
            if group_id == "liaison" and role == "therapy":
                cell = hidden_cell(wave_id, group_id, "bo1")
            rows.append({**cell, "breakdown_id": "role_group", "breakdown_value": role})
    return rows


def _seen() -> frozenset[str]:
    draft = full_draft("2026-11")
    return visible_groups(_wave_of(draft).groups, VIEWER)


def _wave_of(draft: Draft) -> Wave:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return build_wave(load_release(write_release(Path(folder), draft), PUBLIC_KEY))


def _moved(row: Row) -> Row:
    """Another published figure, another number of people."""
    if row["status"] != "published" or row["score_mean"] is None or row["is_mean_bounded"]:
        return row
    changed = {name: round(row[name] / 2 + 13, 1) for name in ("score_mean", "mean_low", "mean_high") if row[name]}
    return {**row, **changed, "respondents_n": row["respondents_n"] + 3}


def _elsewhere(draft: Draft, seen: frozenset[str]) -> Draft:
    """The same organisation, with other names, counts and figures outside the scope."""
    cells = [row if row["group_id"] in seen else _moved(row) for row in draft.cells]
    groups = [
        row
        if row["group_id"] in seen
        else {
            **row,
            "group_name": f"{row['group_name']} elsewhere",
            "respondents_n": None if row["respondents_n"] is None else row["respondents_n"] + 3,
        }
        for row in draft.groups
    ]
    return dataclasses.replace(draft, cells=cells, groups=groups)


def _workspace(folder: Path, change: frozenset[str] | None) -> Path:
    for wave_id in WAVES:
        draft = full_draft(wave_id)
        draft = dataclasses.replace(draft, cells=[*draft.cells, *_breakdown(wave_id)])
        write_release(folder / "released", draft if change is None else _elsewhere(draft, change))
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    bring_up_to_date(folder / "derived", folder / "released", PUBLIC_KEY)
    return folder


def _same_inside(one: Path, other: Path, seen: frozenset[str]) -> None:
    """Derived rows of the scope in `other` become those of `one`: their parameters rest on all groups by design."""
    wave_id = WAVES[-1]
    old, new = one / "derived" / wave_id, other / "derived" / wave_id
    note = json.loads((new / "derived.json").read_bytes())
    for name in FILES:
        inside = pl.read_parquet(old / f"{name}.parquet").filter(pl.col("group_id").is_in(list(seen)))
        outside = pl.read_parquet(new / f"{name}.parquet").filter(~pl.col("group_id").is_in(list(seen)))
        pl.concat([inside, outside]).sort("measure_id", "group_id", "wave_id").write_parquet(new / f"{name}.parquet")
        note["files"][f"{name}.parquet"] = hashlib.sha256((new / f"{name}.parquet").read_bytes()).hexdigest()
    note["noise"] = json.loads((old / "derived.json").read_bytes())["noise"]
    (new / "derived.json").write_text(json.dumps(note))


@pytest.fixture(scope="module")
def two_worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two workspaces that agree inside the viewer's scope and in nothing else."""
    seen = _seen()
    one = _workspace(tmp_path_factory.mktemp("one"), None)
    other = _workspace(tmp_path_factory.mktemp("other"), seen)
    _same_inside(one, other, seen)
    return one, other


def _as(monkeypatch: pytest.MonkeyPatch, scope: Scope) -> None:
    monkeypatch.setattr("dashboards.sign_in.standing", lambda access: lambda: scope)


def _sent(test: AppTest) -> str:
    """Everything sent to the browser; ids of elements are made from it."""
    return everything(test)


def test_the_scope_leaves_most_groups_out() -> None:
    assert _seen() == {"northfield", "inpatient", "acute", "ivy"}
    assert len(UNITS) > 3 * len(_seen())


@pytest.mark.parametrize("name", PAGES)
def test_nothing_outside_a_viewers_scope_changes_a_page(
    two_worlds: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _as(monkeypatch, VIEWER)
    one, other = (page(name, folder, **ADDRESSES.get(name, {})) for folder in two_worlds)
    assert not one.exception
    assert "could not be drawn" not in markup(one)
    assert _sent(one) == _sent(other)


@pytest.mark.parametrize("name", ["heat_map", "compare", "participation", "home"])
def test_a_leader_sees_the_change_that_the_viewer_does_not(
    two_worlds: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _as(monkeypatch, LEADER)
    one, other = (page(name, folder, **ADDRESSES.get(name, {})) for folder in two_worlds)
    assert _sent(one) != _sent(other)


@pytest.mark.parametrize("scope", [VIEWER, LEADER, LOCAL_SCOPE], ids=["viewer", "leader", "local"])
def test_every_cell_of_the_heat_map_is_a_released_cell(
    two_worlds: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, scope: Scope
) -> None:
    _as(monkeypatch, scope)
    wave = build_wave(load_release(two_worlds[0] / "released" / WAVES[-1], PUBLIC_KEY))
    visible = visible_groups(wave.groups, scope)
    table = markup(page("heat_map", two_worlds[0], level="team")).split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r"<tr>(<th.*?)</tr>", table, flags=re.DOTALL)
    ids = [html.unescape(found) for row in rows for found in re.findall(r'data-act="trend:([^"]+)"', row)]
    assert set(ids) <= visible
    assert len(rows) == len(visible)
    measures = [measure for measure in wave.measures if not measure.is_share]
    for row in rows:
        group_id = re.search(r'data-act="trend:([^"]+)"', row)
        if group_id is None or "q-all" in row:
            continue
        cells = re.findall(r"<td(?! class=\"q-gap\").*?</td>", row, flags=re.DOTALL)
        told = [re.findall(r"\d+", re.sub(r'<span class="q-sr">.*?</span>|<[^>]+>', "", cell)) for cell in cells]
        figures = [wave.figure(html.unescape(group_id[1]), measure.measure_id) for measure in measures]
        released = [[] if figure.value is None else [str(figure.value)] for figure in figures]
        assert told == released


@pytest.mark.parametrize("scope", [VIEWER, LEADER], ids=["viewer", "leader"])
def test_every_number_of_a_trend_table_is_a_released_figure_of_its_wave(
    two_worlds: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, scope: Scope
) -> None:
    _as(monkeypatch, scope)
    source = markup(page("trend", two_worlds[0], group="ivy", measure="st1"))
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', source.split('class="q-numbers"')[1], re.DOTALL)
    assert len(rows) == len(WAVES)
    for wave_id, (_, cells) in zip(WAVES, rows, strict=True):
        wave = build_wave(load_release(two_worlds[0] / "released" / wave_id, PUBLIC_KEY))
        figure = wave.figure("ivy", "st1")
        allowed = {figure.value, figure.low, figure.high, figure.respondents_n, figure.at_risk_pct} - {None}
        told = {int(number) for number in re.findall(r"\b\d+\b", re.sub(r"<[^>]+>|\b\w{3} \d{4}\b", " ", cells))}
        assert told <= allowed
        assert figure.state is not State.HIDDEN or not told


def test_groups_outside_the_scope_cannot_be_reached_by_the_address(
    two_worlds: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _as(monkeypatch, VIEWER)
    for name, address in {
        "trend": {"group": "robin", "beside": "fern,robin", "measure": "bo1"},
        "team": {"group": "robin"},
        "heat_map": {"fold": "liaison,fern", "level": "team", "sort": "robin"},
    }.items():
        sent = everything(page(name, two_worlds[0], **address))
        assert [unit.name for unit in UNITS if unit.group_id not in _seen() and f'"{unit.name}' in sent] == []
        assert "Team Robin" not in sent
        assert "Ward Fern" not in sent
