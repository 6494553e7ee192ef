"""Reports of runs, for the steward's page. Only whole-organisation counts are read; anything else in a file is not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from dashboards import parts, words
from dashboards.language import digits, say, say_n
from dashboards.releases import Shelf

ACCOUNT = ("read", "accepted", "quarantined", "test", "incomplete", "duplicate", "late", "blank", "other_wave")
MOST_REPORT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class WaveReport:
    """Counts of one run: None where the file could not tell. `checks`: name of each check of the audit, and its end."""

    wave_id: str
    counts: tuple[int | None, ...]
    shown_n: int | None
    hidden_n: int | None
    checks: tuple[tuple[str, bool], ...]


def read_reports(folder: Path, wave_ids: Sequence[str]) -> list[WaveReport]:
    """Reports of the waves on the pages, in wave order; a file that cannot be read is left out."""
    return [report for each in wave_ids if (report := _read(folder / f"{each}.json", each)) is not None]


def _read(path: Path, wave_id: str) -> WaveReport | None:
    try:
        if path.stat().st_size > MOST_REPORT_BYTES:
            return None
        raw = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    groups, audit = _part(raw, "groups"), _part(raw, "audit")
    found = audit.get("checks")
    checks = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return WaveReport(
        wave_id,
        tuple(_whole(raw.get(f"{name}_n")) for name in ACCOUNT),
        _whole(groups.get("shown")),
        _whole(groups.get("hidden")),
        tuple((str(each.get("name", "")), each.get("passed") is True) for each in checks),
    )


def _part(raw: dict[str, Any], name: str) -> dict[str, Any]:
    part = raw.get(name)
    return part if isinstance(part, dict) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def account_table(reports: Sequence[WaveReport]) -> str:
    """What became of every row that was read, wave by wave, the newest first."""
    names = [say("wave"), *(say(f"count_{name}") for name in ACCOUNT), say("groups_shown"), say("groups_hidden_n")]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = "".join(_row(report) for report in reversed(reports))
    return (
        f'<div class="q-scroll" role="region" aria-label="{escape(say("account_of_rows"))}" tabindex="0">'
        f'<table class="q-numbers"><caption>{escape(say("account_of_rows"))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(report: WaveReport) -> str:
    numbers = (*report.counts, report.shown_n, report.hidden_n)
    cells = "".join(f"<td>{escape(say('cannot_be_told')) if each is None else digits(each)}</td>" for each in numbers)
    return f'<tr><th scope="row">{escape(words.wave_name(report.wave_id))}</th>{cells}</tr>'


def audit_card(report: WaveReport) -> str:
    """The audit of the last wave, check by check."""
    passed = sum(is_passed for _, is_passed in report.checks)
    lines = parts.bullets(
        f'{"✓" if is_passed else "✗"} <span lang="en">{escape(name)}</span>' for name, is_passed in report.checks
    )
    summary = words.checks_passed(passed, len(report.checks))
    return parts.card(say("audit_title"), f"<details><summary>{escape(summary)}</summary>{lines}</details>")


def refused_card(shelf: Shelf) -> str:
    """Which releases verify, which are refused, which were withdrawn."""
    facts = [
        (say("verified"), say_n("n_release", len(shelf.waves))),
        (say("refused_n"), say_n("n_release", len(shelf.refused))),
        (say("withdrawn_n"), say_n("n_release", len(shelf.retracted))),
    ]
    return parts.card(say("verification_title"), parts.facts(facts, "q-tabular"), parts.paragraph(say("steward_next")))
