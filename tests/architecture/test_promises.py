"""Every sentence of the privacy policy rests on a setting or a test that exists; a promise without one fails here."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest
import typst

from flows.policy_paper import typst_source
from flows.policy_promises import Promise, policy_sections
from flows.protect.policy import policy_from
from flows.settings import KNOWN, Breakdown, Settings

ROOT = Path(__file__).parents[2]
FAMILY = Breakdown("role_group", ("nursing", "therapy", "medical", "administration"))
SETTINGS = (
    Settings("Northfield"),
    Settings(
        "A service with a long name, and #signs_in *it*", preset="official", rhythm="weekly", breakdowns=(FAMILY,) * 3
    ),
)


def _sections(settings: Settings) -> list[Promise]:
    policy = policy_from(settings.preset, {})
    return [
        promise for section in policy_sections(settings, policy, settings.breakdowns) for promise in section.promises
    ]


PROMISES = list({promise.text: promise for settings in SETTINGS for promise in _sections(settings)}.values())


@pytest.mark.parametrize("promise", PROMISES, ids=[promise.text[:40] for promise in PROMISES])
def test_a_sentence_rests_on_settings_and_tests_that_exist(promise: Promise) -> None:
    assert promise.settings or promise.tests
    for key in promise.settings:
        section, _, name = key.partition(".")
        assert name in KNOWN[section], key
    for test in promise.tests:
        path, _, name = test.partition("::")
        assert _is_run(ROOT / path, name), test


def _is_run(path: Path, name: str) -> bool:
    """Whether the file has this test, and nothing in its decorators sets it aside."""
    if not path.is_file():
        return False
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return not any(re.search(r"skip|xfail", ast.unparse(mark)) for mark in node.decorator_list)
    return False


def test_a_test_that_is_gone_or_set_aside_is_found(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text("@pytest.mark.skip\ndef test_one(): pass\ndef test_two(): pass\n", "utf-8")
    assert [_is_run(file, name) for name in ("test_one", "test_two", "test_three")] == [False, True, False]


@pytest.mark.parametrize("preset", ["standard", "official"])
def test_every_number_of_a_policy_comes_from_it(preset: str) -> None:
    """Raised by one, every least group size moves in the text: none is written into a sentence by hand."""
    settings = dataclasses.replace(SETTINGS[1], preset=preset)
    raised = policy_from(preset, {tier: k + 1 for tier, k in (("work", 10), ("sensitive", 20), ("guarded", 30))})
    before = "\n".join(promise.text for promise in _sections(settings))
    after = "\n".join(p.text for s in policy_sections(settings, raised, settings.breakdowns) for p in s.promises)
    assert "11 people at least, on health topics for 21, on substance use for 31" in after
    assert before != after


@pytest.mark.parametrize("settings", SETTINGS, ids=["plain", "long"])
def test_the_paper_has_two_pages(settings: Settings) -> None:
    sections = policy_sections(settings, policy_from(settings.preset, {}), settings.breakdowns)
    source = typst_source(f"How answers are protected at {settings.organisation}", "Preset: standard.", sections)
    pages = typst.compile(source.encode(), format="svg", ignore_system_fonts=True)
    assert isinstance(pages, list)
    assert len(pages) == 2
