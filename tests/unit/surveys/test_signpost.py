"""The signpost: one text for everybody, and none while it is half filled in."""

from __future__ import annotations

import pickle

import pytest

from surveys.signpost import SIGNPOST_FIELDS, SignpostError, missing_fields, require_signpost, signpost_text

FILLED = {
    "emergency": "112",
    "crisis": "116 123 (day and night)",
    "workplace": "occupational health, extension 40",
    "professional": "the practitioner health programme",
    "safeguarding": "the safeguarding lead.",
}


@pytest.mark.parametrize("language", ["en", "de", "es", "de-AT", "es-US"])
def test_a_filled_signpost_names_every_contact_in_each_language(language: str) -> None:
    text = signpost_text(FILLED, language)
    assert all(contact.rstrip(".") in text for contact in FILLED.values())
    assert ".." not in text and "{" not in text


def test_languages_have_texts_of_their_own_and_others_fall_back_to_english() -> None:
    assert len({signpost_text(FILLED, language) for language in ("en", "de", "es")}) == 3
    assert signpost_text(FILLED, "fr") == signpost_text(FILLED, "en")


def test_a_contact_is_worded_for_a_language_and_stays_as_it_is_for_the_others() -> None:
    signpost = {**FILLED, "de.workplace": "Betriebsärztlicher Dienst, Durchwahl 40"}
    assert "Durchwahl 40" in signpost_text(signpost, "de-AT") and "extension 40" not in signpost_text(signpost, "de")
    assert signpost_text(signpost, "es") == signpost_text(FILLED, "es")
    assert missing_fields({**signpost, "de.workplace": ""}) == ("de.workplace",)


@pytest.mark.parametrize("name", SIGNPOST_FIELDS)
@pytest.mark.parametrize(
    "text", ["", "   ", "TODO", "…", "{crisis line, 24 h}", "Safeguarding contact", "example line"]
)
def test_a_field_that_is_empty_or_an_example_is_named(name: str, text: str) -> None:
    assert missing_fields(FILLED | {name: text}) == (name,)


def test_the_number_of_the_example_alone_is_no_signpost() -> None:
    with pytest.raises(SignpostError) as caught:
        require_signpost({"emergency": "112"})
    assert caught.value.missing == ("crisis", "workplace", "professional", "safeguarding")
    assert all(name in str(caught.value) for name in caught.value.missing)


def test_no_text_is_made_of_half_a_signpost() -> None:
    with pytest.raises(SignpostError):
        signpost_text({**FILLED, "crisis": ""}, "en")


def test_braces_in_a_contact_stay_as_they_are() -> None:
    assert "line {1}" in signpost_text({**FILLED, "crisis": "line {1}"}, "en")


def test_the_error_survives_a_process_boundary() -> None:
    error = SignpostError(("crisis",))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
