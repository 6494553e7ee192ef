"""Sentences of figures, changes, comparisons and effects."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from flows.trend import words
from flows.trend.phrases import PHRASES
from flows.trend.read import Change, Comparison
from flows.trend.tables import Basis, Label, Worst

RISE = Change("2026-11", "fern", "bo1", "2026-07", Label.CLEAR_RISE, 9.6, 4.4, 15.2, 12.3, 0.99, False, Basis.TREND)


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_every_language_says_every_phrase_with_the_same_places(language: str) -> None:
    assert PHRASES[language].keys() == PHRASES["en"].keys()
    assert [k for k, text in PHRASES[language].items() if places(text) != places(PHRASES["en"][k])] == []


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_every_label_has_a_sentence_and_changes_have_a_tag(language: str) -> None:
    assert {*Label, *Worst} <= set(PHRASES[language])
    changes = [label for label in Label if "differ" not in label or label is Label.RESPONSE_DIFFERS]
    assert {f"tag_{label}" for label in changes} <= set(PHRASES[language])


@pytest.mark.parametrize(("language", "most"), [("en", 25), ("de", 27)])
def test_sentences_are_short(language: str, most: int) -> None:
    assert [text for text in PHRASES[language].values() if len(text.split()) > most] == []


def test_a_clear_rise_of_strain_is_worse_and_told_with_its_range() -> None:
    said = words.change_sentence(RISE, "Jul 2026", True, "en")
    assert said == "Clear rise since Jul 2026: worse. Up 10 points, range 4 to 15."


def test_a_clear_fall_of_protection_is_worse() -> None:
    fall = replace(RISE, label=Label.CLEAR_FALL, change=-9.6, change_low=-15.2, change_high=-4.4)
    said = words.change_sentence(fall, "Jul 2026", False, "en")
    assert said == "Clear fall since Jul 2026: worse. Down 10 points, range 4 to 15."


def test_no_clear_change_says_what_would_have_been_seen_rounded_outward() -> None:
    none = replace(RISE, label=Label.NO_CLEAR_CHANGE, smallest_change=12.3)
    said = words.change_sentence(none, "Jul 2026", True, "en")
    assert said == "No clear change since Jul 2026. We would have seen 13 points or more."
    assert "13 Punkte oder mehr" in words.change_sentence(none, "Juli 2026", True, "de")


def test_a_possible_change_has_no_verdict() -> None:
    possible = replace(RISE, label=Label.POSSIBLE_RISE)
    assert "worse" not in words.change_sentence(possible, "Jul 2026", True, "en")


def test_below_half_response_the_figure_is_the_view_of_those_who_answered() -> None:
    said = words.response_sentences(60.0, "<50", True, "en")
    assert said[0] == "Fewer than half answered: read as the view of those who did."
    assert said[1] == "If those who did not answer were 10 points worse off, the figure would be 70."
    assert words.response_sentences(60.0, "70-84", True, "en") == []


def test_protection_worse_off_is_lower() -> None:
    assert "would be 55" in words.response_sentences(60.0, "50-69", False, "en")[0]


def test_the_worst_fifth_is_named_by_words_never_by_a_rank() -> None:
    comparison = Comparison("2026-11", "fern", "bo1", None, 60.0, 55.0, 66.0, Worst.LIKELY, 0.86)
    assert words.worst_sentence(comparison, "Ward Fern", True, "en") == (
        "Ward Fern is likely among the fifth with most strain."
    )
    assert "least protection" in words.worst_sentence(comparison, "Ward Fern", False, "en")


def test_an_effect_whose_range_holds_nought_says_what_cannot_be_excluded() -> None:
    said = words.effect_sentence("the new rota", "burnout", -3.0, -9.2, 3.2, "en")
    assert said == "After the new rota: no clear effect on burnout. Effects up to 10 points cannot be excluded."
    assert words.effect_sentence("the new rota", "burnout", None, 0, 0, "en") == "the new rota: too early to say."


def test_a_clear_effect_is_told_against_what_was_expected() -> None:
    said = words.effect_sentence("the new rota", "burnout", -9.0, -16.0, -2.0, "en")
    assert "9 points lower than expected" in said
    assert "(\u221216 to \u22122)" in said
