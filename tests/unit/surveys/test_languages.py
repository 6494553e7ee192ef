"""Languages: what is there, what falls back, and that nothing falls back unnoticed."""

from __future__ import annotations

import pytest

from surveys.instrument import CodedAnswer
from surveys.languages import report_language
from surveys.load import load_catalogue
from surveys.localised import localised
from surveys.signpost import SIGNPOST_LANGUAGES
from surveys.texts.load import text_names, texts_of

CATALOGUE = load_catalogue()
ASKED = tuple(item_id for item_id, item in CATALOGUE.items.items() if item.text)
ORIGINAL = tuple(
    item.id for each in CATALOGUE.instruments if each.id.startswith("quorum_") for item in each.items if item.text
)


@pytest.mark.parametrize(
    ("language", "expected", "is_fallback"),
    [("de", "d", False), ("de-AT", "d", False), ("es-US", "u", False), ("es", "e", True), ("fr", "e", True)],
)
def test_a_text_is_taken_from_its_own_language_the_one_without_region_or_english(
    language: str, expected: str, is_fallback: bool
) -> None:
    found = localised({"en": "e", "de": "d", "es-US": "u"}, language)
    assert (found.text, found.is_fallback) == (expected, is_fallback)


def test_without_any_text_there_is_none_to_take() -> None:
    with pytest.raises(KeyError):
        localised({}, "en")


@pytest.mark.parametrize("name", text_names())
@pytest.mark.parametrize("language", ["en", "de"])
def test_texts_for_staff_are_complete_in_english_and_german(name: str, language: str) -> None:
    assert not texts_of(name).missing(language)


@pytest.mark.parametrize("name", text_names())
def test_the_words_to_fill_in_are_the_same_in_every_language(name: str) -> None:
    for texts in texts_of(name).by_key.values():
        assert len({frozenset(part.split("}")[0] for part in text.split("{")[1:]) for text in texts.values()}) == 1


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_original_items_are_wholly_there_in_three_languages(language: str) -> None:
    report = report_language(language, ORIGINAL, CATALOGUE)
    assert not report.falling_back
    assert {item.status for item in report.items} == {"ours"}


def test_a_validated_form_without_official_translation_is_listed_as_falling_back_to_english() -> None:
    report = report_language("de", ASKED, CATALOGUE)
    lacking = {item.item_id for item in report.falling_back}
    assert {"bo1", "st1", "ee1", "lonely1", "cbi_w7"} <= lacking
    assert lacking.isdisjoint({"gad_1", "gad_2", "phq_1", "phq_2", "phq_3"})
    assert all(item.shown_in == "en" for item in report.falling_back)


def test_the_regional_form_of_a_screener_is_not_passed_off_as_the_general_one() -> None:
    assert "gad_1" in {item.item_id for item in report_language("es", ASKED, CATALOGUE).falling_back}
    assert "gad_1" not in {item.item_id for item in report_language("es-US", ASKED, CATALOGUE).falling_back}


def test_an_unknown_language_lists_everything() -> None:
    report = report_language("fr", ASKED, CATALOGUE)
    assert len(report.falling_back) == len(ASKED)
    assert len(report.texts) == sum(len(texts_of(name).by_key) for name in text_names())
    assert not report.is_complete and not report.has_signpost


def test_english_is_complete_and_options_have_labels_in_every_language_of_their_question() -> None:
    assert report_language("en", ASKED, CATALOGUE).is_complete
    for item in CATALOGUE.items.values():
        if isinstance(item.answer, CodedAnswer) and item.text:
            assert all(set(item.text) <= set(option.label) for option in item.answer.options), item.id


def test_the_signpost_has_words_of_its_own_where_it_says_so() -> None:
    assert set(SIGNPOST_LANGUAGES) == {"en", "de", "es"}
