"""What single pages show of a release with every state in it: home, heat map, trend and about."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards.drawn_page import markup, page, release_of, row, text_of
from tests.release_builder import (
    UNITS,
    Draft,
    Unit,
    bound_cell,
    full_draft,
    group_row,
    hidden_cell,
    measure_rows,
    retract,
    shown_cell,
    small_draft,
    write_release,
)

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
