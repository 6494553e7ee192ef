"""Attacks 21 and 22: what files say beside their figures, and what a reader can put together by selecting.

What pages draw (axes, tool-tips, markup, addresses) is attacked where pages are tested; here the files they draw from.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.selection import heat_groups, heat_levels, heat_measures, trend_groups, trend_measures
from dashboards.series import build_series
from dashboards.waves import Figure, State, Wave, build_wave
from flows.errors import ReleaseInvalid
from flows.publish.contract import CELLS, CELLS_KEY, GROUPS
from flows.publish.read import load_release
from tests.integration.release_without_prefect import NORTHFIELD, bytes_of, new_workspace, release, write_csv
from tests.red_team.organisation import M, Organisation, Person, everybody, middle
from tests.red_team.weak_selectors import weak_release

ITEMS = ("unit_id", "role_group", "bo1", "st1", "gad_1", "gad_2", "sub1")
BREAKDOWN = '[breakdown]\nid = "role_group"\nvalues = ["nursing", "therapy"]'
PEOPLE = {"ADULT": 1, "ALDER": 14, "BIRCH": 11, "CEDAR": 4, "FERN": 12, "IVY": 2}
PARENTS = {unit: above or None for unit, above, _, _ in NORTHFIELD}


def _answers(seed: int = 1) -> list[tuple[object, ...]]:
    chance = random.Random(seed)
    return [
        (
            unit,
            chance.choice(("nursing", "nursing", "therapy")),
            *(chance.randint(2, 4) for _ in range(2)),
            *(chance.randint(0, 3) for _ in range(3)),
        )
        for unit, n in PEOPLE.items()
        for _ in range(n)
    ]


def _released(root: Path, rows: Sequence[tuple[object, ...]]) -> Path:
    new_workspace(root, settings=BREAKDOWN)
    release(root, "2026-11", write_csv(root / "answers.csv", ITEMS, rows))
    return root / "data" / "released" / "2026-11"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with a breakdown, bounds and hidden teams, made by the program from a file."""
    return _released(tmp_path_factory.mktemp("surface") / "w", _answers())


def _tables(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in bytes_of(folder).items() if name.endswith(".parquet")}


def _pair(organisation: Organisation) -> tuple[Organisation, Organisation]:
    """The same organisation, and with the scores of two hidden teams' people exchanged."""
    people = list(organisation.people)
    one = next(at for at, p in enumerate(people) if p.unit_id == "T2")
    two = next(at for at, p in enumerate(people) if p.unit_id == "T3")
    people[one], people[two] = (
        Person("T2", None, people[two].scores),
        Person("T3", None, people[one].scores),
    )
    return organisation, replace(organisation, people=people)


def test_21_a_tool_that_keeps_hidden_rows_in_the_file_leaks_them_and_quorums_files_do_not_change_with_them(
    tmp_path: Path,
) -> None:
    teams = {"T1": middle(9), "T2": [4, 3, 3], "T3": [0, 1]}
    before, after = _pair(Organisation({"D": None, **dict.fromkeys(teams, "D")}, everybody(teams)))
    hidden = [
        weak_release(one, lambda asked: list(asked.parents)).cells.filter(pl.col("group_id") == "T2")["score_mean"][0]
        for one in (before, after)
    ]
    assert hidden[0] != hidden[1]
    for name, one in (("before", before), ("after", after)):
        assert one.stage(tmp_path / name).passed
    assert bytes_of(tmp_path / "before") == bytes_of(tmp_path / "after")


def test_21_the_order_of_answers_in_the_export_is_gone(folder: Path, tmp_path: Path) -> None:
    rows = _answers()
    random.Random(2).shuffle(rows)
    assert _tables(_released(tmp_path / "w", rows)) == _tables(folder)


def test_21_rows_stand_in_the_order_of_their_keys_and_hidden_rows_are_empty(folder: Path) -> None:
    cells = pl.read_parquet(folder / "cells.parquet")
    assert cells.equals(cells.sort(CELLS_KEY))
    hidden = cells.filter(pl.col("status") == "suppressed")
    assert hidden.height > 0
    figures = [name for name, kind in CELLS.items() if kind in (pl.Int64, pl.Float64)]
    assert all(hidden[name].null_count() == hidden.height for name in figures)
    assert not hidden["is_mean_bounded"].any()


def test_21_nothing_in_a_release_tells_a_person_a_time_or_a_machine(folder: Path) -> None:
    assert not {name for name in (*CELLS, *GROUPS) if "time" in name or "date" in name or "respondent_id" in name}
    for path in folder.iterdir():
        if path.suffix == ".parquet":
            metadata = pl.read_parquet_metadata(path)
            assert set(metadata) <= {"ARROW:schema"}, path.name
    manifest = (folder / "manifest.json").read_text("utf-8")
    assert str(folder.parents[2]) not in manifest
    assert "T0" not in manifest.split('"files"')[0]


def _weak_filter(organisation: Organisation, unit: str, value: str) -> Sequence[int]:
    """A dashboard with free filters over raw answers."""
    return [organisation.people[at].scores[M] for at in organisation.members(unit, value)]


def test_22_a_dashboard_that_filters_answers_shows_the_only_therapist_of_a_team() -> None:
    people = everybody({("T1", "nursing"): middle(9), ("T1", "therapy"): [4]})
    assert _weak_filter(Organisation({"T1": None}, people, values=("nursing", "therapy")), "T1", "therapy") == [4]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_22_whatever_is_selected_on_the_pages_is_a_released_cell(folder: Path, data: st.DataObject) -> None:
    release_read = load_release(folder, None)
    wave = build_wave(release_read)
    whole = release_read.cells.filter(pl.col("breakdown_id") == "all")
    rows = {(row["group_id"], row["measure_id"]): row for row in whole.to_dicts()}
    for group_id, measure_id, figure in _selected(wave, data):
        _is_released(figure, rows.get((group_id, measure_id)))


def _selected(wave: Wave, data: st.DataObject) -> list[tuple[str, str, Figure]]:
    """Figures that a sequence of choices on the pages leads to."""
    side = data.draw(st.sampled_from(["all", "strain", "support", "nonsense"]))
    level = data.draw(st.sampled_from(heat_levels(wave)))
    groups, measures = heat_groups(wave, level), heat_measures(wave, side)
    figures = wave.figures([group.group_id for group in groups])
    found = [
        (g.group_id, m.measure_id, figures[g.group_id, m.measure_id])
        for g in groups
        for m in measures
        if (g.group_id, m.measure_id) in figures
    ]
    asked = data.draw(st.sampled_from([*trend_groups(wave), "IVY", "other:ADULT", "nobody", "../w"]))
    measure = data.draw(st.sampled_from(list(trend_measures((wave,)).values())))
    found.append((asked, measure.measure_id, wave.figure(asked, measure.measure_id)))
    group = wave.group(asked)
    if group is not None:
        points = build_series([wave], group, measure).points
        found += [(asked, measure.measure_id, point.figure) for point in points]
    return found


def _is_released(figure: Figure, row: dict[str, object] | None) -> None:
    if row is None or row["status"] != "published":
        assert figure.state in (State.HIDDEN, State.NO_DATA)
        assert (figure.value, figure.low, figure.high, figure.respondents_n, figure.at_risk_pct) == (None,) * 5
        return
    shown = row["score_mean"] if row["score_mean"] is not None else row["at_risk_pct"]
    assert figure.respondents_n == row["respondents_n"]
    assert figure.value is None or (shown is not None and abs(figure.value - float(str(shown))) < 1)


def test_22_a_folder_whose_tables_were_changed_is_not_read(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    cells = pl.read_parquet(copy / "cells.parquet")
    cells.with_columns(pl.lit("published").alias("status")).write_parquet(copy / "cells.parquet")
    with pytest.raises(ReleaseInvalid):
        load_release(copy, None)
