"""Each page against releases with every state in them, drawn by Streamlit's own test harness."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from flows.publish.read import Release, load_release
from tests.release_builder import (
    EVIL_NAME,
    PUBLIC_KEY,
    UNITS,
    Draft,
    Unit,
    bound_cell,
    evil_units,
    full_draft,
    group_row,
    hidden_cell,
    measure_rows,
    retract,
    shown_cell,
    small_draft,
    write_release,
    write_shelf,
)

PAGES = (
    "home",
    "heat_map",
    "participation",
    "trend",
    "compare",
    "challenges",
    "protection",
    "team",
    "actions",
    "about",
    "steward",
)
BLOCKED = ("clear rise", "clear fall", "possible rise", "probability", "significant", "later version", "coming soon")


@pytest.fixture(scope="module")
def northfield(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with seven waves, a corrupted and a retracted one, and a team whose name is markup."""
    folder = tmp_path_factory.mktemp("northfield")
    write_shelf(folder / "released", evil_units())
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    return folder


@pytest.fixture
def _empty_cache() -> Iterator[None]:
    """Nothing remembered before or after the test."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def _script(name: str, released: str, key: str, is_demo: bool) -> None:
    import importlib
    from pathlib import Path

    from dashboards.frame import show_page
    from dashboards.releases import Settings

    view = importlib.import_module(f"dashboards.views.{name}")
    beside = Path(released).parent
    settings = Settings(
        Path(released),
        Path(key) if key else None,
        is_demo,
        derived_dir=beside / "derived",
        reports_dir=beside / "reports",
        actions_file=beside / "actions.sqlite3",
    )
    show_page(settings, view.content, name, lambda group_id: None)


def page(name: str, folder: Path, is_demo: bool = False, **address: str) -> AppTest:
    """A page that has run once."""
    key = folder / "release.pub"
    arguments = {"released": str(folder / "released"), "key": str(key) if key.exists() else "", "is_demo": is_demo}
    test = AppTest.from_function(_script, default_timeout=60, kwargs={"name": name, **arguments})
    for field, value in address.items():
        test.query_params[field] = value
    return test.run()


def markup(test: AppTest) -> str:
    """All markup of ours on the page, without the style sheet; the table of the heat map is in it, too."""
    found: list[str] = []

    def walk(block: Any) -> None:
        for child in getattr(block, "children", {}).values():
            proto = getattr(child, "proto", None)
            if child.type == "html":
                found.append(proto.body)
            elif child.type == "bidi_component":
                found.append(
                    json.loads(proto.mixed.json if proto.WhichOneof("data") == "mixed" else proto.json)["table"]
                )
            walk(child)

    walk(test._tree)
    return "\n".join(body for body in found if not body.startswith("<style>"))


def everything(test: AppTest) -> str:
    """Every message sent to the browser, as text, without the style sheet and the random names of files to come."""
    found: list[str] = []

    def walk(block: Any) -> None:
        for child in getattr(block, "children", {}).values():
            text = re.sub(r'file_id: "[0-9a-f]{32}"', "", str(getattr(child, "proto", "")))
            if "<style>" not in text:
                found.append(text)
            walk(child)

    walk(test._tree)
    return "\n".join(found)


def text_of(source: str) -> str:
    """What people read in markup."""
    return html.unescape(re.sub(r"<[^>]+>", " ", source))


def without_orientation(source: str) -> str:
    """The markup without figures of others, which come with the instruments and not with the release."""
    return re.sub(r'<p class="q-note q-orientation">.*?</p>', "", source, flags=re.DOTALL)


def row(table: str, name: str) -> str:
    """The row of a group in the heat map."""
    rows = re.findall(r"<tr>.*?</tr>", table, flags=re.DOTALL)
    return next(each for each in rows if html.escape(name) in each.split("</th>")[0])


def release_of(folder: Path, draft: Draft) -> Path:
    """A workspace with one release."""
    write_release(folder / "released", draft)
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_without_an_error(northfield: Path, name: str) -> None:
    test = page(name, northfield)
    assert not test.exception
    assert "could not be drawn" not in markup(test)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_main_heading(northfield: Path, name: str) -> None:
    assert markup(page(name, northfield)).count("<h1>") == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_ends_with_wave_release_group_size_and_signature(northfield: Path, name: str) -> None:
    foot = text_of(markup(page(name, northfield)).split('<footer class="q-foot">')[1])
    for part in ("November 2026", "release 2026-11", "at least 5, sensitive topics at least 10", "signature checked"):
        assert part in foot


@pytest.mark.parametrize("name", PAGES)
def test_a_name_with_markup_in_it_stays_text(northfield: Path, name: str) -> None:
    address = {"group": "alder"} if name == "trend" else {}
    assert "<script" not in markup(page(name, northfield, **address))


@pytest.mark.parametrize("name", ["heat_map", "trend"])
def test_a_name_with_markup_in_it_is_shown_as_written(northfield: Path, name: str) -> None:
    address = {"group": "alder"} if name == "trend" else {}
    assert EVIL_NAME in html.unescape(markup(page(name, northfield, **address)))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_promises_nothing_and_judges_no_change(northfield: Path, name: str) -> None:
    text = text_of(markup(page(name, northfield))).lower()
    assert [words for words in BLOCKED if words in text] == []


@pytest.mark.parametrize("name", PAGES)
def test_demo_data_is_called_invented_on_every_page(northfield: Path, name: str) -> None:
    text = text_of(markup(page(name, northfield, is_demo=True)))
    assert "Invented demo data." in text
    assert "invented demo data" in text.split("signature checked")[1]


@pytest.mark.parametrize("name", PAGES)
def test_real_data_is_not_called_invented(northfield: Path, name: str) -> None:
    assert "nvented" not in text_of(markup(page(name, northfield)))


@pytest.mark.parametrize("name", PAGES)
def test_a_workspace_without_a_release_says_what_comes(tmp_path: Path, name: str) -> None:
    text = text_of(markup(page(name, tmp_path)))
    assert "No wave has been released yet" in text
    assert "checked and released" in text


@pytest.mark.parametrize("name", PAGES)
def test_a_workspace_with_refused_releases_alone_says_why(tmp_path: Path, name: str) -> None:
    folder = release_of(tmp_path, small_draft())
    (folder / "released" / "2026-11" / "cells.parquet").write_bytes(b"")
    assert "differs from its checksum" in text_of(markup(page(name, folder)))


def test_a_key_file_that_cannot_be_read_stops_the_pages(tmp_path: Path) -> None:
    folder = release_of(tmp_path, small_draft())
    (folder / "release.pub").write_text("broken")
    text = text_of(markup(page("home", folder)))
    assert "The releases cannot be checked" in text
    assert "54" not in text


def test_a_release_is_not_called_checked_without_a_trusted_key(tmp_path: Path) -> None:
    write_release(tmp_path / "released", small_draft())
    assert "signer not checked" in text_of(markup(page("home", tmp_path)))


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_that_fails_says_so_without_a_trace(
    northfield: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    def fail(view: object) -> None:
        raise ValueError("a figure of 54 that must not be told")

    monkeypatch.setattr("dashboards.views.home.content", fail)
    test = page("home", northfield, lang=language)
    assert {"en": "This page could not be drawn", "de": "nicht aufbauen"}[language] in text_of(markup(test))
    assert "must not be told" not in everything(test)
    assert "November 2026" in markup(test)


def test_a_new_release_appears_without_a_restart(tmp_path: Path) -> None:
    folder = release_of(tmp_path, small_draft("2026-10"))
    test = page("home", folder)
    write_release(folder / "released", small_draft("2026-11"))
    assert "Wave Nov 2026" in markup(test.run())


def test_a_release_spoiled_while_the_app_runs_disappears(tmp_path: Path) -> None:
    folder = release_of(tmp_path, small_draft())
    test = page("home", folder)
    (folder / "released" / "2026-11" / "cells.parquet").write_bytes(b"")
    assert "54" not in text_of(markup(test.run()))


# ---- home


def test_home_opens_with_the_finding_and_its_range(tmp_path: Path) -> None:
    heading = re.search(r"<h1>(.*?)</h1>", markup(page("home", release_of(tmp_path, small_draft()))))
    assert heading is not None
    assert re.fullmatch(r"Burnout is 54 of 100, range \d+ to \d+\.", heading[1])


def test_home_shows_burnout_stress_and_emotional_exhaustion(northfield: Path) -> None:
    cards = re.findall(r'<h2 class="q-minor">(.*?)</h2>', markup(page("home", northfield)))
    assert cards == ["Burnout", "Stress", "Emotional exhaustion"]


def test_home_says_where_the_answers_of_each_hidden_group_count(northfield: Path) -> None:
    text = text_of(markup(page("home", northfield)))
    assert "Ward Heather: hidden to protect people, counted in Acute wards" in text
    assert "25 groups have figures in this wave. 2 of them are small teams" in text


def test_home_says_so_when_the_organisation_is_hidden(tmp_path: Path) -> None:
    units = (Unit("org", None, "Org", "organisation", 4), Unit("team", "org", "Team", "team", 4))
    cells = [hidden_cell("2026-11", unit.group_id, "bo1") for unit in units]
    groups = [group_row("2026-11", unit, is_hidden=True) for unit in units]
    draft = Draft("2026-11", None, cells, groups, measure_rows()[:1])
    assert "<h1>Burnout is hidden to protect people.</h1>" in markup(page("home", release_of(tmp_path, draft)))


def test_home_history_leaves_25_to_75_as_soon_as_a_value_does(tmp_path: Path) -> None:
    draft = small_draft()
    cells = [shown_cell("2026-11", row["group_id"], "bo1", 88.0, 40) for row in draft.cells]
    source = markup(page("home", release_of(tmp_path, dataclasses.replace(draft, cells=cells))))
    assert ">100</span>" in source
    assert ">75</span>" not in source


def test_home_history_has_a_text_alternative_that_names_hidden_waves(northfield: Path) -> None:
    alternative = re.search(r'<img alt="(.*?)"', markup(page("home", northfield)))
    assert alternative is not None
    assert alternative[1].startswith("Burnout, Northfield, May 2026 to Nov 2026, 0 to 100")


# ---- heat map


def test_a_hidden_group_is_one_hatched_cell_with_words_and_no_digit(northfield: Path) -> None:
    heather = row(markup(page("heat_map", northfield)), "Ward Heather")
    assert heather.count("<td") == 1
    assert "q-hidden" in heather
    assert " ".join(text_of(heather).split()) == "Ward Heather hidden to protect people, counted in Acute wards"


def test_a_hidden_cell_is_hatched_and_holds_no_digit(northfield: Path) -> None:
    maple = row(markup(page("heat_map", northfield)), "Team Maple")
    hidden = re.findall(r'<td class="q-hidden">(.*?)</td>', maple)
    assert len(hidden) == 4
    assert not re.search(r"\d", text_of("".join(hidden)))


def test_every_hidden_cell_has_the_same_markup(northfield: Path) -> None:
    cells = re.findall(r'<td class="q-hidden">.*?</td>', markup(page("heat_map", northfield)))
    assert len(cells) > 10
    assert len(set(cells)) == 1


def test_a_bound_has_a_frame_its_sign_and_its_words(northfield: Path) -> None:
    oak = row(markup(page("heat_map", northfield)), "Team Oak")
    assert re.search(r'<td class="q-r1 q-bound"><span aria-hidden="true">≤13</span><span class="q-sr">at most 13<', oak)


def test_a_low_response_group_has_dotted_numbers_without_fill(northfield: Path) -> None:
    swift = row(markup(page("heat_map", northfield)), "Team Swift")
    assert swift.count("q-low") == 11
    assert "q-r" not in swift


def test_a_measure_that_was_not_asked_is_a_dash(northfield: Path) -> None:
    robin = row(markup(page("heat_map", northfield)), "Team Robin")
    assert '<td><span aria-hidden="true">–</span><span class="q-sr">not asked</span></td>' in robin


def test_a_pooled_group_names_the_number_of_its_teams(northfield: Path) -> None:
    assert "pooled: 2 teams" in row(markup(page("heat_map", northfield)), "Pine and Poplar")


def test_other_teams_say_what_they_are_the_rest_of_and_are_no_link(northfield: Path) -> None:
    other = row(markup(page("heat_map", northfield)), "Other teams")
    assert "rest of Primary care liaison" in other
    assert "<a " not in other


def test_stronger_colour_means_less_protection(tmp_path: Path) -> None:
    draft = small_draft()
    measures = [{**draft.measures[0], "direction": "higher_is_better"}]
    cells = [shown_cell("2026-11", row["group_id"], "bo1", 12.0, 20) for row in draft.cells]
    folder = release_of(tmp_path, dataclasses.replace(draft, measures=measures, cells=cells))
    assert '<td class="q-r5">12</td>' in markup(page("heat_map", folder))


def test_the_legend_names_every_mark(northfield: Path) -> None:
    legend = text_of(markup(page("heat_map", northfield)).split('class="q-legend"')[1].split("q-heat")[0])
    for words in (
        "hidden to protect people",
        "not asked",
        "at least, at most",
        "fewer than half",
        "pooled",
        "other teams",
    ):
        assert words in legend


def test_guarded_shares_have_no_column(northfield: Path) -> None:
    assert "Substance" not in markup(page("heat_map", northfield))


def test_measures_and_level_are_taken_from_the_address(northfield: Path) -> None:
    test = page("heat_map", northfield, measures="protection", level="division")
    text = text_of(markup(test))
    assert "Protection: a high number is better" in text
    assert "Strain: a high" not in text
    assert "Inpatient" in text
    assert "Acute wards" not in text


def test_a_chosen_level_is_kept_in_the_address(northfield: Path) -> None:
    test = page("heat_map", northfield)
    test.button_group[1].set_value("department").run()
    assert test.query_params["level"] == "department"


def test_nonsense_in_the_address_is_ignored(northfield: Path) -> None:
    assert "Ward Heather" in markup(page("heat_map", northfield, measures="<script>", level="x"))


def test_more_than_60_groups_open_at_department_level(tmp_path: Path) -> None:
    teams = [Unit(f"t{place}", "liaison", f"New team {place}", "team", 12) for place in range(40)]
    folder = release_of(tmp_path, full_draft("2026-11", (*UNITS, *teams)))
    text = text_of(markup(page("heat_map", folder)))
    assert "Primary care liaison" in text
    assert "New team" not in text


# ---- trend


def chart(test: AppTest) -> Any:
    """The chart's message to the browser."""
    return test.get("vega_lite_chart")[0].proto


def test_a_group_and_a_measure_are_taken_from_the_address(northfield: Path) -> None:
    assert "<h1>Ward Juniper: stress</h1>" in markup(page("trend", northfield, group="juniper", measure="st1"))


@pytest.mark.parametrize("group", ["nowhere", "other:acute", "<script>"])
def test_a_group_that_cannot_be_opened_leads_to_the_organisation(northfield: Path, group: str) -> None:
    assert "<h1>Northfield: burnout</h1>" in markup(page("trend", northfield, group=group))


def test_a_hidden_team_reads_the_one_sentence_and_where_its_answers_count(northfield: Path) -> None:
    text = text_of(markup(page("trend", northfield, group="heather")))
    assert "This wave, your team's figures are not shown on their own, so that nobody can be recognised." in text
    assert "The answers count in Acute wards." in text


def test_a_team_hidden_in_all_waves_has_no_figure_in_its_table(northfield: Path) -> None:
    table = markup(page("trend", northfield, group="heather")).split('class="q-numbers"')[1].split("</table>")[0]
    cells = "".join(re.findall(r"<td>(.*?)</td>", table))
    assert "hidden to protect people" in cells
    assert not re.search(r"\d", cells)


def test_a_hidden_wave_is_named_in_the_text_alternative(northfield: Path) -> None:
    alternative = chart(page("trend", northfield, group="juniper")).alt
    assert "Aug 2026: hidden to protect people, counted in Inpatient." in alternative


def test_a_bound_is_told_with_its_side(northfield: Path) -> None:
    test = page("trend", northfield, group="ivy")
    assert "November 2026: burnout is at least 87 of 100." in text_of(markup(test))
    assert "Nov 2026: at least 87." in chart(test).alt


def test_a_bound_below_the_middle_is_rounded_up(tmp_path: Path) -> None:
    draft = small_draft()
    cells = [draft.cells[0], bound_cell("2026-11", "team", "bo1", 12.1, 20)]
    folder = release_of(tmp_path, dataclasses.replace(draft, cells=cells))
    assert "at most 13 of 100" in text_of(markup(page("trend", folder, group="team")))


def test_changed_members_are_told_with_their_wave(northfield: Path) -> None:
    text = text_of(markup(page("trend", northfield, group="pool:larch")))
    assert "New teams from Sep 2026" in text


def test_low_response_is_told_in_words(northfield: Path) -> None:
    text = text_of(markup(page("trend", northfield, group="swift")))
    assert "Fewer than half answered: read as the view of those who did." in text


def test_a_guarded_measure_is_told_as_a_share(northfield: Path) -> None:
    text = text_of(markup(page("trend", northfield, group="acute", measure="sub1")))
    assert re.search(r"\d+\u00a0% are at or beyond the cut-off for substance use\.", text)


def test_a_remark_of_the_release_on_a_measure_is_passed_on(northfield: Path) -> None:
    text = text_of(markup(page("trend", northfield, measure="cas1")))
    assert "Not validated: compare only within this organisation." in text


def test_the_table_has_a_row_for_every_wave(northfield: Path) -> None:
    table = markup(page("trend", northfield)).split('class="q-numbers"')[1]
    assert table.count('<th scope="row">') == 7


# ---- about


def test_a_refused_release_is_an_alert_and_the_older_one_stays(northfield: Path) -> None:
    alert = re.search(r'role="alert">(.*?)</div>', markup(page("about", northfield)))
    assert alert is not None
    assert "Release 2026-12 is not shown" in alert[1]
    assert "release of November 2026" in alert[1]


def test_a_retracted_release_is_told_with_its_note(northfield: Path) -> None:
    text = text_of(markup(page("about", northfield)))
    assert "The release of April 2026 was withdrawn. Two exports had been mixed up." in text


def test_an_unsigned_retraction_is_called_unsigned(tmp_path: Path) -> None:
    folder = release_of(tmp_path, small_draft())
    retract(write_release(folder / "released", small_draft("2026-12")), "A mistake.", key=None)
    assert "The note is not signed" in text_of(markup(page("about", folder)))


@pytest.mark.parametrize(
    ("grade", "words", "never"),
    [
        ("anonymous_ballot", "The survey is anonymous", "confidential"),
        ("anonymous_export", "The survey is anonymous", "confidential"),
        ("confidential_export", "The survey is confidential", "anonymous"),
    ],
)
def test_the_word_of_the_source_grade_is_used(tmp_path: Path, grade: str, words: str, never: str) -> None:
    draft = dataclasses.replace(small_draft(), manifest={"source_grade": grade})
    text = text_of(markup(page("about", release_of(tmp_path, draft))))
    assert words in text
    assert never not in text


@pytest.mark.parametrize(
    ("fixed", "words"), [("before_opening", "before the first question"), ("at_import", "were imported")]
)
def test_about_says_when_the_rules_were_fixed(tmp_path: Path, fixed: str, words: str) -> None:
    draft = dataclasses.replace(small_draft(), manifest={"policy_fixed": fixed})
    assert words in text_of(markup(page("about", release_of(tmp_path, draft))))


def test_about_states_the_numbers_of_the_policy_of_the_release(tmp_path: Path) -> None:
    k, k_res = {"work": 10, "sensitive": 20, "guarded": 30}, {"work": 14, "sensitive": 29, "guarded": 44}
    policy = {"policy": {"preset": "official", "k": k, "k_res": k_res}}
    text = text_of(markup(page("about", release_of(tmp_path, dataclasses.replace(small_draft(), manifest=policy)))))
    assert "At least 10 people behind every figure" in text
    assert "or at least 14 people, 29 for sensitive" in text


def test_about_shows_the_counts_of_the_manifest(northfield: Path) -> None:
    facts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", markup(page("about", northfield)))
    assert ("Accepted", "412") in facts
    assert ("Staff asked", "540") in facts


# ---- what is hidden stays hidden


def _planted(folder: Path) -> Release:
    """A release that carries figures in hidden cells, as the reader would never let through."""
    release = load_release(folder / "released" / "2026-11", PUBLIC_KEY)
    is_hidden = pl.col("status") == "suppressed"
    columns = ("score_mean", "mean_low", "mean_high", "at_risk_pct")
    planted = [pl.when(is_hidden).then(98.76).otherwise(pl.col(name)).alias(name) for name in columns]
    count = pl.when(is_hidden).then(987654).otherwise(pl.col("respondents_n")).alias("respondents_n")
    return dataclasses.replace(release, cells=release.cells.with_columns(*planted, count))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("group", ["heather", "maple"])
@pytest.mark.usefixtures("_empty_cache")
def test_no_page_shows_a_figure_of_a_hidden_cell_even_if_there_were_one(
    northfield: Path, monkeypatch: pytest.MonkeyPatch, name: str, group: str
) -> None:
    planted = _planted(northfield)
    monkeypatch.setattr("dashboards.releases.load_release", lambda folder, key: planted)
    address = {"group": group, "measure": "gad2"} if name == "trend" else {}
    test = page(name, northfield, **address)
    assert not test.exception
    assert "could not be drawn" not in markup(test)
    assert "98.7" not in everything(test)
    assert "987654" not in everything(test)
    assert "987,654" not in everything(test)
    assert not re.search(r"\b(98|99)\b", text_of(without_orientation(markup(test))))


def test_the_dashboards_load_no_step_before_publishing_and_no_database(northfield: Path) -> None:
    code = """
import sys
from streamlit.testing.v1 import AppTest
test = AppTest.from_file("dashboards/app.py", default_timeout=60).run()
bad = ("duckdb", "prefect", "great_expectations", "flows.protect", "flows.aggregate", "flows.score", "flows.collect",
       "flows.validate", "flows.audit", "flows.publish.write")
print(bool(test.exception), sorted(name for name in sys.modules if name.startswith(bad)))
"""
    env = {"QUORUM_RELEASED_DIR": str(northfield / "released"), "PATH": "", "PYTHONPATH": "."}
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, env=env, check=True)
    assert done.stdout.strip().splitlines()[-1] == "False []"
