"""Board report and team sheet: what stands on paper is in the release for this reader; names never act as markup."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
from click.testing import CliRunner

from dashboards.access import Scope, scoped_wave
from dashboards.exports.board import board_report, chosen_measures
from dashboards.exports.board_map import heat_parts
from dashboards.exports.team_sheet import team_sheet
from dashboards.language import catalogue, speaking
from dashboards.waves import Wave, build_wave
from flows.cli import quorum
from flows.commands.init import init_workspace
from flows.publish.read import list_releases, load_release
from flows.trend.read import Derived, load_derived
from flows.trend.words import whole
from flows.trend.write import write_derived
from tests.release_builder import (
    MEASURE_SPECS,
    PUBLIC_KEY,
    UNITS,
    WAVES,
    Unit,
    full_draft,
    retract,
    small_draft,
    write_release,
)

EVIL = '#panic("x") *b* $x$ [y] _z_ `r` <l> @ref // \\ =1'
LONG = "Gemeindepsychiatrisches Verbundzentrum Obermarschwiesenhausen-Nord, Kriseninterventionsteam"
SPECS = tuple(spec for spec in MEASURE_SPECS if spec.measure_id in ("bo1", "st1", "sub1", "wlb1", "psy1"))
VIEWER = Scope("viewer", frozenset({"fern"}))
OUTSIDE = ("Team Alder", "Ward Ivy", "Ward Juniper", "Adult community", "Team Wren", "Rehabilitation")


def renamed(**names: str) -> tuple[Unit, ...]:
    """Northfield with other names."""
    return tuple(Unit(**{**unit.__dict__, "name": names.get(unit.group_id, unit.name)}) for unit in UNITS)


@pytest.fixture(scope="module")
def waves(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Wave, ...], Derived | None]:
    """Three waves of Northfield with derived files; a team whose name is markup, and one whose name is long."""
    folder = tmp_path_factory.mktemp("paper")
    for wave_id in WAVES[-3:]:
        write_release(folder / "released", full_draft(wave_id, renamed(liaison=EVIL, ivy=LONG), SPECS))
    write_derived(folder / "derived", folder / "released", PUBLIC_KEY)
    found = tuple(build_wave(release) for release in list_releases(folder / "released", PUBLIC_KEY).releases)
    return found, load_derived(folder / "derived", folder / "released", WAVES[-3:], WAVES[-1])


@pytest.fixture(scope="module")
def board(waves: tuple[tuple[Wave, ...], Derived | None]) -> bytes:
    """The board report of a leader, in English."""
    return board_report(waves[0], waves[1], (), ["bo1", "sub1", "nothing"], is_demo=False)


def sheets(content: bytes) -> list[str]:
    """The text of every sheet."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def text_of(content: bytes) -> str:
    """All text as one line."""
    return " ".join(" ".join(sheets(content)).split())


def numbers_in(text: str) -> set[int]:
    """Whole numbers of a text, thousands joined; dates and wave names are left out."""
    text = re.sub(r"\b20\d\d(-\d\d)?\b|\b\d\d? [A-Z][a-zä]+\b(?= 20)|quorum-pulse [\d.]+", " ", text)
    return {int(number.replace(",", "")) for number in re.findall(r"\d+(?:,\d{3})*", text)}


def alternatives(node: Any) -> Iterator[str]:
    """Texts for those who do not see the charts, from the tags of a PDF."""
    if isinstance(node, list):
        for each in node:
            yield from alternatives(each)
    elif isinstance(node := getattr(node, "get_object", lambda: node)(), dict):
        if "/Alt" in node:
            yield str(node["/Alt"])
        yield from alternatives(node.get("/K"))


def allowed_numbers(every: tuple[Wave, ...], derived: Derived | None) -> set[int]:
    """What a reader may find: released figures, what the trend engine says, facts of the release, our own words."""
    found: set[int] = set(range(1, 30))  # numbers of sheets, days of months, steps
    for wave in every:
        for figure in wave.figures([group.group_id for group in wave.groups]).values():
            found |= {figure.value, figure.low, figure.high, figure.respondents_n, figure.at_risk_pct} - {None}
        found |= {group.respondents_n for group in wave.groups} - {None}
        found |= {*wave.manifest.k.values(), *wave.manifest.k_res.values(), *wave.manifest.counts.values()}
        found |= {len(wave.groups), len(wave.shown_ids)}
    if derived is not None:
        for change in derived.changes([group.group_id for group in every[-1].groups]).values():
            moved = (change.change, change.change_low, change.change_high)
            found |= {abs(whole(each)) for each in moved} | {math.ceil(round(change.smallest_change, 6))}
    spoken = " ".join(catalogue("en").phrases.values())
    return found | numbers_in(spoken) | {0, 25, 50, 75, 100, 19, 39, 59, 79, 80, 20, 40, 60, 86}  # axes and legend


def test_every_number_of_the_board_report_is_released_or_derived_from_it(
    waves: tuple[tuple[Wave, ...], Derived | None], board: bytes
) -> None:
    axis = set(range(0, 500, 5))  # ticks of the funnel: counts that the axis names, not those of a group
    others = numbers_in(text_of(board)) - allowed_numbers(*waves)
    assert others - axis == set()


def test_a_viewer_would_get_no_group_outside_the_scope(waves: tuple[tuple[Wave, ...], Derived | None]) -> None:
    scoped = tuple(scoped_wave(wave, VIEWER) for wave in waves[0])
    text = text_of(board_report(scoped, waves[1], (), ["wlb1"], is_demo=False))
    assert "Acute wards" in text and "Inpatient" in text
    assert [name for name in (*OUTSIDE, LONG, EVIL) if name in text] == []
    assert numbers_in(text) - allowed_numbers(scoped, waves[1]) - set(range(0, 500, 5)) == set()


def test_each_sheet_says_wave_release_policy_signature_and_its_number(board: bytes) -> None:
    for number, sheet in enumerate(pages := sheets(board), start=1):
        said = " ".join(sheet.split())
        assert "November 2026 · release 2026-11 · policy standard, 5 / 10 / 20 · signature checked" in said
        assert f"page {number} of {len(pages)}" in said


def test_the_report_says_which_measure_of_the_board_was_not_asked(board: bytes) -> None:
    assert "Chosen for the board, not asked in this wave: nothing." in text_of(board)


def test_a_name_that_is_markup_stays_text(board: bytes) -> None:
    assert EVIL.replace(" ", "") in text_of(board).replace(" ", "")


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Wave:
    """A wave whose units have names in many scripts."""
    folder = tmp_path_factory.mktemp("scripts")
    names = {"fern": "קבוצה مجموعة टीम", "ivy": "Łódź Ґанок Ωμέγα", "heather": "急症病房 \u0378"}
    write_release(folder / "released", full_draft(WAVES[-1], renamed(**names), SPECS))
    return build_wave(list_releases(folder / "released", PUBLIC_KEY).releases[0])


@pytest.mark.parametrize(("group_id", "words"), [("fern", ("مجموعة", "टीम")), ("ivy", ("Łódź", "Ґанок", "Ωμέγα"))])
def test_a_name_in_a_script_of_the_projects_fonts_is_drawn(
    scripts: Wave, group_id: str, words: tuple[str, ...]
) -> None:
    group = scripts.group(group_id)
    assert group is not None
    sheet = team_sheet(scripts, None, group, is_demo=False)
    assert "no font here has" not in text_of(sheet)
    assert pypdf.PdfReader(io.BytesIO(sheet)).metadata.title.startswith(group.name)


def test_letters_that_no_font_has_get_a_stand_in_that_the_foot_explains(scripts: Wave) -> None:
    group = scripts.group("heather")
    assert group is not None
    text = text_of(team_sheet(scripts, None, group, is_demo=False))
    assert "\ufffd" in text and "stands for a letter that no font here has" in text


def test_the_same_release_gives_the_same_bytes(waves: tuple[tuple[Wave, ...], Derived | None], board: bytes) -> None:
    assert board_report(waves[0], waves[1], (), ["bo1", "sub1", "nothing"], is_demo=False) == board


def test_the_report_is_tagged_and_names_title_language_and_a_text_for_each_chart(board: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(board))
    assert reader.metadata is not None and reader.metadata.title == "Board report: Northfield, November 2026"
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en" and "/StructTreeRoot" in root and len(reader.outline) >= 5
    texts = list(alternatives(root["/StructTreeRoot"]))
    assert [text.split(",")[0] for text in texts] == ["Burnout", "Burnout", "Substance use"]


def test_the_map_holds_the_figures_of_the_release(waves: tuple[tuple[Wave, ...], Derived | None]) -> None:
    wave = waves[0][-1]
    measures = chosen_measures(wave, ["bo1", "st1", "psy1"])
    drawn = heat_parts(wave, measures)
    assert drawn is not None
    by_name = {group.name: group for group in wave.groups}
    for row in drawn["rows"]:
        group = by_name[row["name"]]
        for measure, cell in zip(measures, row["cells"], strict=True):
            figure = wave.figure(group.group_id, measure.measure_id)
            assert re.sub(r"\D", "", cell["text"]) == ("" if figure.value is None else str(figure.value))


def test_a_board_without_a_choice_sees_the_measures_of_home(waves: tuple[tuple[Wave, ...], Derived | None]) -> None:
    assert [measure.measure_id for measure in chosen_measures(waves[0][-1], [])] == ["bo1", "st1"]


@pytest.mark.parametrize("group_id", ["liaison", "ivy", "hazel", "heather", "pool:larch", "northfield"])
def test_the_sheet_of_a_team_is_one_sheet_whatever_its_name(
    waves: tuple[tuple[Wave, ...], Derived | None], group_id: str
) -> None:
    group = waves[0][-1].group(group_id)
    assert group is not None
    with speaking("de"):
        pages = sheets(team_sheet(waves[0][-1], waves[1], group, is_demo=False))
    assert len(pages) == 1 and group.name.replace(" ", "") in "".join(pages[0].split())


def test_a_hidden_team_gets_the_same_sentence_and_the_figures_of_its_wider_group(
    waves: tuple[tuple[Wave, ...], Derived | None],
) -> None:
    wave = waves[0][-1]
    heather = wave.group("heather")
    assert heather is not None
    text = text_of(team_sheet(wave, waves[1], heather, is_demo=True))
    assert "This wave, your team's figures are not shown on their own, so that nobody can be recognised." in text
    assert "Your wider group: Acute wards" in text and "invented demo data" in text


def test_an_organisation_of_one_team_gets_a_report(tmp_path: Path) -> None:
    wave = build_wave(load_release(write_release(tmp_path, small_draft()), PUBLIC_KEY))
    text = text_of(board_report((wave,), None, (), [], is_demo=False))
    assert "Fewer than two teams have an exact figure here." in text


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with two releases."""
    root = tmp_path / "pulse"
    init_workspace(root)
    (root / "keys").mkdir(exist_ok=True)
    (root / "keys" / "release.pub").write_text(PUBLIC_KEY.hex())
    for wave_id in WAVES[-2:]:
        write_release(root / "data" / "released", full_draft(wave_id))
    return root


def report(root: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and all that was said."""
    runner = CliRunner()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        result = runner.invoke(quorum, ["report", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return getattr(result.exception, "exit_code", 1), str(result.exception)
    return result.exit_code, result.output


def test_the_command_writes_a_teams_sheet_in_the_language_asked_for(workspace: Path) -> None:
    code, said = report(workspace, "2026-11", "--team", "Ward Fern", "--language", "de", "--json")
    written = Path(json.loads(said)["file"])
    assert code == 0 and written.name == "team-fern-2026-11-de.pdf"
    assert "Darüber sprechen in 20 Minuten" in text_of(written.read_bytes())


def test_a_pooled_team_gets_the_sheet_of_its_pool(workspace: Path) -> None:
    code, _ = report(workspace, "2026-11", "--team", "larch", "--to", "larch.pdf")
    assert code == 0 and "Larch and Linden" in text_of((workspace / "larch.pdf").read_bytes())


def test_no_report_is_made_of_a_retracted_release(workspace: Path) -> None:
    retract(workspace / "data" / "released" / "2026-11", "Two exports had been mixed up.")
    code, said = report(workspace, "2026-11", "--board")
    assert code == 13 and "retracted (Two exports had been mixed up.)" in said
    assert not list(workspace.glob("*.pdf"))


def test_no_report_is_made_of_a_release_that_does_not_verify(workspace: Path) -> None:
    cells = workspace / "data" / "released" / "2026-11" / "cells.parquet"
    cells.write_bytes(cells.read_bytes() + b"x")
    code, said = report(workspace, "2026-11", "--team", "fern")
    assert code == 13 and "differs from its checksum" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("2026-12", "--board"), "No release of 2026-12. Released: 2026-10, 2026-11."),
        (("2026-11",), "Name one of --board and --team U."),
        (("2026-11", "--board", "--team", "fern"), "Name one of --board and --team U."),
        (("2026-11", "--team", "Ward Ferm"), "Nearest: fern (Ward Fern)."),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(
    workspace: Path, arguments: tuple[str, ...], words: str
) -> None:
    code, said = report(workspace, *arguments)
    assert code == 2 and words in said


def test_an_unknown_measure_of_the_board_names_the_nearest(workspace: Path) -> None:
    settings = workspace / "quorum.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[board]\nmeasures = ["bo1", "sup3"]\n', "utf-8")
    code, said = report(workspace, "2026-11", "--board")
    assert code == 14 and 'no measure "sup3". Nearest: "sup' in said


def test_a_place_that_cannot_be_written_is_named(workspace: Path) -> None:
    code, said = report(workspace, "2026-11", "--team", "fern", "--to", "nowhere/fern.pdf")
    assert code == 14 and "cannot be written" in said
