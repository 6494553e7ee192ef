"""Pages of counts: nothing is loaded from anywhere, small sources are not counted, words are escaped."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flows.collect.collect import SourceRead
from flows.operate.site import make_site
from flows.wave_report import shown_reads
from flows.zones import Zones

REPORT = {
    "read_n": 130,
    "sources": [
        {"name": "a<script>.csv", "tool": "tidy", "read_n": 130},
        {"name": "b.csv", "tool": "tidy", "read_n": None},
    ],
    "validation": [{"expectation": "bo1: column values to be in set", "passed": True}],
    "audit": {"passed": True, "checks": []},
}


def pages(root: Path) -> dict[str, str]:
    zones = Zones(root)
    zones.reports.mkdir(parents=True)
    (zones.reports / "w1.json").write_text(json.dumps(REPORT), "utf-8")
    make_site(zones)
    return {path.name: path.read_text("utf-8") for path in sorted(zones.site.rglob("*.html"))}


def test_no_page_has_a_script_or_an_address_and_its_policy_allows_none(tmp_path: Path) -> None:
    for text in pages(tmp_path).values():
        assert "<script" not in text
        assert re.findall(r"(?:src|href)=\"(?:https?:)?//", text) == []
        assert "default-src 'none'" in text


def test_the_report_counts_each_source_and_hides_a_small_one(tmp_path: Path) -> None:
    text = pages(tmp_path)["index.html"] + (Zones(tmp_path).site / "w1" / "index.html").read_text("utf-8")
    assert "a&lt;script&gt;.csv" in text
    assert "not shown" in text


@pytest.mark.parametrize(
    ("reads", "shown"),
    [
        ([3], [3]),
        ([300, 200], [300, 200]),
        ([300, 49, 200], [300, None, None]),
        ([300, 49, 10], [300, None, None]),
        ([49, 300], [None, None]),
    ],
)
def test_a_small_source_cannot_be_told_by_subtraction(reads: list[int], shown: list[int | None]) -> None:
    assert shown_reads([SourceRead(f"{at}.csv", "tidy", n) for at, n in enumerate(reads)]) == shown
