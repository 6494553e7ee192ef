"""Both languages: catalogues that agree, no English on a German page, and a choice that cannot be forged."""

from __future__ import annotations

import ast
import re
import string
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from streamlit.testing.v1 import AppTest

from dashboards import words
from dashboards.actions import Action, save_action
from dashboards.language import LANGUAGES, catalogue, digits, say, speaking, spoken
from dashboards.visitor_language import language_of
from flows.trend.write import bring_up_to_date
from tests.dashboards.drawn_page import PAGES, markup, page
from tests.release_builder import PUBLIC_KEY, UNITS, write_shelf

ROOT = Path(__file__).parents[2] / "dashboards"
ENGLISH_WORDS = (
    "the",
    "and",
    "of",
    "is",
    "are",
    "with",
    "from",
    "this",
    "their",
    "answered",
    "people",
    "group",
    "range",
)
# Keys whose names are made from a value of the release: the other end of each is in the contract.
MADE = (
    "level_",
    "status_",
    "policy_fixed_",
    "grade_",
    "count_",
    "refusal_",
    "rule_",
    "guide_",
    "fair_",
    "do_not_",
    "scored_",
)
MADE_TOO = ("scored_", "measures_", "more_", "less_", "page_", "section_", "next_", "at_least", "at_most")


@pytest.fixture(scope="module")
def northfield(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with every state, derived figures, an action, a refused and a withdrawn release."""
    folder = tmp_path_factory.mktemp("northfield-de")
    write_shelf(folder / "released", UNITS)
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    bring_up_to_date(folder / "derived", folder / "released", PUBLIC_KEY)
    action = Action("Zwei Kräfte mehr", date(2026, 7, 1), date(2026, 8, 1), "Leitung", "running", (), ("bo1",))
    save_action(folder / "actions.sqlite3", action)
    return folder


def _shown(test: AppTest) -> str:
    """Everything a reader can meet: markup, labels, options, chart specifications and their alternatives."""
    found: list[str] = []

    def walk(block: Any) -> None:
        for child in getattr(block, "children", {}).values():
            proto = getattr(child, "proto", None)
            if child.type not in ("html", "bidi_component") and proto is not None:
                found.append(text_format.MessageToString(proto, as_utf8=True))
            walk(child)

    walk(test._tree)
    source = re.sub(r'<(\w+)[^>]* lang="en"[^>]*>.*?</\1>', " ", markup(test), flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", source) + "\n".join(found)


def _without_names(text: str) -> str:
    """Names of groups are the organisation's own words."""
    for unit in sorted(UNITS, key=lambda each: -len(each.name)):
        text = text.replace(unit.name, " ")
    return text


def _parts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_has_every_phrase_with_the_same_parts() -> None:
    english = catalogue("en").phrases
    for language in LANGUAGES:
        phrases = catalogue(language).phrases
        assert {name: _parts(text) for name, text in phrases.items()} == {
            name: _parts(text) for name, text in english.items()
        }


def _said() -> set[str]:
    """Every phrase that the code names."""
    names: set[str] = set()
    for file in [*ROOT.glob("*.py"), *(ROOT / "views").glob("*.py"), *(ROOT / "exports").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            if node.func.id in ("say", "say_n"):
                texts = [each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
                names.update(str(text) for text in texts)
                if node.func.id == "say_n":
                    names.update(f"{text}_{end}" for text in texts for end in ("one", "many") if not text.endswith("_"))
    return names


def test_every_phrase_that_the_code_names_is_in_the_catalogue_and_no_other() -> None:
    known, said = set(catalogue("en").phrases), _said() | set(words.RESPONSE_BANDS.values())
    pieces = {each for each in said if each.endswith("_") or each in ("_more", "one", "many")}
    numbered = {each for each in said if f"{each}_one" in known}
    assert said - known - pieces - numbered - set("0123456789") == set()
    assert {each for each in known - said if not each.startswith((*MADE, *MADE_TOO))} == set()


@cache
def _german(folder: Path, name: str) -> tuple[str, str]:
    """Markup, and everything that can be read, of one German page; drawn once for all tests."""
    test = page(name, folder, is_demo=True, lang="de")
    return markup(test), _shown(test)


@pytest.mark.parametrize("name", PAGES)
def test_no_english_is_left_on_a_german_page(northfield: Path, name: str) -> None:
    text = _without_names(_german(northfield, name)[1])
    german = "\n".join(catalogue("de").phrases.values())
    pieces = {
        piece.strip(" .,:;·“”()")
        for phrase in catalogue("en").phrases.values()
        for piece in re.split(r"\{\w+\}", phrase)
    }
    told = {piece for piece in pieces if len(piece.split()) > 1 and piece not in german}
    assert [piece for piece in told if piece in text] == []


@pytest.mark.parametrize("name", PAGES)
def test_no_english_word_stands_in_the_text_of_a_german_page(northfield: Path, name: str) -> None:
    source = _german(northfield, name)[0]
    source = re.sub(r'<(\w+)[^>]* lang="en"[^>]*>.*?</\1>', " ", source, flags=re.DOTALL)
    source = re.sub(r'<p class="q-note q-orientation">.*?</p>', " ", source, flags=re.DOTALL)
    text = _without_names(re.sub(r"<[^>]+>", " ", source))
    assert [word for word in ENGLISH_WORDS if re.search(rf"\b{word}\b", text)] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_german_page_says_its_language_and_names_the_wave_in_german(northfield: Path, name: str) -> None:
    source = _german(northfield, name)[0]
    assert 'class="q-page" lang="de"' in source
    assert 'class="q-page" lang="en"' not in source
    assert "November 2026 (geschlossen am 13. November 2026)" in source


@pytest.mark.parametrize("forged", ["fr", "", "DE", "<script>", "../../etc"])
def test_a_forged_language_is_english_and_stands_nowhere_on_the_page(northfield: Path, forged: str) -> None:
    test = page("home", northfield, lang=forged)
    assert 'lang="en"' in markup(test)
    assert forged == "" or f'lang="{forged}"' not in markup(test)
    assert test.query_params["lang"] == "en"


def test_links_keep_the_language_that_is_read(northfield: Path) -> None:
    links = re.findall(r'href="([^"]+)"', markup(page("home", northfield, lang="de")))
    assert links
    assert all("lang=de" in each for each in links)


@pytest.mark.parametrize(
    ("asked", "chosen", "locale", "language"),
    [
        (None, None, None, "en"),
        (None, None, "de-AT", "de"),
        (None, None, "fr-FR", "en"),
        (None, "de", "en-GB", "de"),
        ("en", "de", "de-DE", "en"),
        ("xx", "de", "en-GB", "de"),
    ],
)
def test_the_address_wins_then_the_session_then_the_browser(
    asked: str | None, chosen: str | None, locale: str | None, language: str
) -> None:
    assert language_of(asked, chosen, locale) == language


def test_numbers_and_dates_take_the_form_of_the_language() -> None:
    told = {}
    for language in LANGUAGES:
        with speaking(language):
            told[language] = (digits(1234), words.day(date(2026, 3, 5)), words.wave_name("2026-10"))
    assert told == {
        "en": ("1,234", "5 March 2026", "Oct 2026"),
        "de": ("1.234", "5. März 2026", "Okt 2026"),
    }


def test_a_language_spoken_for_a_while_ends_with_it() -> None:
    with speaking("de"):
        assert say("save") == "Speichern"
    assert spoken() == "en"


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("Emotionale Erschöpfung", "emotionale Erschöpfung"),
        ("Geschützte Supervision", "geschützte Supervision"),
        ("Indirektes Trauma", "indirektes Trauma"),
        ("Burnout", "Burnout"),
        ("Rückhalt im Team", "Rückhalt im Team"),
        ("Home Office", "Home Office"),
    ],
)
def test_german_adjectives_before_a_noun_are_small_inside_a_sentence(name: str, inside: str) -> None:
    with speaking("de"):
        assert words.inside_sentence(name) == inside
