"""Pages of counts for stewards, made from `data/reports`: a report of each wave, and what its checks expected.

Whole-organisation counts and names of columns only: no row, no answer, no team. Plain HTML without scripts, so that a
page opened from the disk loads nothing from anywhere.
"""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from flows.account import Account
from flows.zones import WAVE_ID, Zones, write_atomically

HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<title>{title}</title><style>:root{{color-scheme:light dark}}body{{font:1rem/1.5 system-ui,sans-serif;"
    "max-width:60rem;margin:2rem auto;padding:0 1rem}}table{{border-collapse:collapse;margin:1rem 0}}"
    "td,th{{text-align:left;padding:.25rem 1rem .25rem 0;border-bottom:1px solid #8886}}"
    "td.n{{text-align:right;font-variant-numeric:tabular-nums}}</style></head><body><h1>{title}</h1>"
)
ITEM_KEYS = ("item_id", "answered_n", "skipped_n", "prefer_not_to_say_n", "value_faults_n")


def make_site(zones: Zones) -> Path:
    """Write the pages anew; the address of the first. Waves without a report any more lose their pages."""
    reports = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(zones.reports.glob("*.json"))}
    reports = {wave_id: report for wave_id, report in reports.items() if WAVE_ID.fullmatch(wave_id)}
    if zones.site.exists():
        shutil.rmtree(zones.site)
    for wave_id, report in reports.items():
        _write(zones.site / wave_id / "index.html", f"Wave {wave_id}: report", _report_parts(report))
        _write(zones.site / wave_id / "data_docs.html", f"Wave {wave_id}: checks", _docs_parts(report))
    links = [f'<li><a href="{wave_id}/index.html">{wave_id}</a></li>' for wave_id in reports]
    _write(zones.site / "index.html", "Waves", ["<ul>", *links, "</ul>"] if links else ["<p>No wave yet.</p>"])
    return zones.site / "index.html"


def _report_parts(report: dict[str, Any]) -> list[str]:
    counts = [
        (name.replace("_", " "), "cannot be told" if report.get(f"{name}_n") is None else report[f"{name}_n"])
        for name in Account.__dataclass_fields__
    ]
    groups = sorted(report.get("groups", {}).items())
    faults = [(fault["reason"].replace("_", " "), fault["n"]) for fault in report.get("faults", [])]
    # Reports of earlier versions lack some of these keys.
    sources = [
        (each["name"], each["tool"], "not shown" if each["read_n"] is None else each["read_n"])
        for each in report.get("sources", [])
    ]
    items = [tuple(item.get(key, "–") for key in ITEM_KEYS) for item in report.get("items", [])]
    return [
        '<p><a href="../index.html">All waves</a> · <a href="data_docs.html">Checks of the data</a></p>',
        "<h2>Account of rows</h2>",
        _table(("rows", "count"), counts),
        "<h2>Sources</h2>",
        _table(("file, pull or batch", "tool", "rows read"), sources) if sources else "<p>Not recorded.</p>",
        "<p>A small file may be one team: its count is not shown, nor one more from which it would follow.</p>",
        "<h2>Faults</h2>",
        _table(("reason", "count"), faults) if faults else "<p>None.</p>",
        "<h2>Questions</h2>",
        _table(("question", "answered", "skipped", "prefer not to say", "outside its codes"), items),
        "<h2>Groups of the release</h2>",
        _table(("kind", "count"), groups),
        f"<p>Source: {html.escape(str(report.get('source_grade')).replace('_', ' '))}. "
        f"Audit: {'passed' if report['audit']['passed'] else 'FAILED'}, {len(report['audit']['checks'])} checks.</p>",
    ]


def _docs_parts(report: dict[str, Any]) -> list[str]:
    rows = [(check["expectation"], "held" if check["passed"] else "BROKEN") for check in report.get("validation", [])]
    return [
        '<p><a href="index.html">Report of this wave</a></p>',
        "<p>What Great Expectations checked before scoring: which column, which expectation, whether it held.</p>",
        _table(("expectation", "outcome"), rows),
    ]


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in headings)
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(cell: object) -> str:
    return f'<td class="n">{cell:,}</td>' if isinstance(cell, int) else f"<td>{html.escape(str(cell))}</td>"


def _write(path: Path, title: str, parts: Iterable[str]) -> None:
    write_atomically(path, (HEAD.format(title=html.escape(title)) + "\n".join(parts) + "</body></html>\n").encode())
