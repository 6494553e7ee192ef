"""The page of every option comes from the code."""

from __future__ import annotations

import re
from pathlib import Path

from flows.cli import quorum
from flows.operate.reference_page import page
from flows.settings import KNOWN

COMMITTED = (Path(__file__).parents[3] / "docs" / "reference" / "all-options.md").read_text("utf-8")


def test_every_command_and_settings_key_is_on_the_page() -> None:
    text = page()
    assert [name for name in quorum.commands if f"### quorum {name}" not in text] == []
    keys = [(section, key) for section, names in KNOWN.items() for key in names]
    assert [pair for pair in keys if f"| `{pair[0]}` | `{pair[1]}` |" not in text] == []


def test_the_committed_page_names_nothing_that_is_gone() -> None:
    now = set(re.findall(r"^### quorum [a-z ]+", page(), re.MULTILINE))
    assert set(re.findall(r"^### quorum [a-z ]+", COMMITTED, re.MULTILINE)) <= now
