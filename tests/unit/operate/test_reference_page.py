"""The page of every option comes from the code."""

from __future__ import annotations

import re
from pathlib import Path

from flows.cli import quorum
from flows.operate.reference_page import page, settings_table
from flows.operate.setting_words import MEANINGS
from flows.settings import KNOWN

COMMITTED = (Path(__file__).parents[3] / "docs" / "reference" / "all-options.md").read_text("utf-8")


def test_every_command_and_settings_key_is_on_the_page() -> None:
    text = page()
    assert [name for name in quorum.commands if f"### quorum {name}" not in text] == []
    assert {section: set(keys) for section, keys in MEANINGS.items()} == {
        section: set(keys) for section, keys in KNOWN.items()
    }
    assert [row for row in settings_table() if row not in text] == []


def test_the_table_of_settings_is_the_one_that_the_code_makes() -> None:
    text = (Path(__file__).parents[3] / "docs" / "reference" / "settings.md").read_text("utf-8")
    assert [line for line in text.splitlines() if line.startswith("| ")][: len(settings_table()) - 1] == [
        row for row in settings_table() if not row.startswith("|---")
    ]


def test_the_committed_page_names_nothing_that_is_gone() -> None:
    now = set(re.findall(r"^### quorum [a-z ]+", page(), re.MULTILINE))
    assert set(re.findall(r"^### quorum [a-z ]+", COMMITTED, re.MULTILINE)) <= now
