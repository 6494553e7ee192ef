"""`quorum survey languages`: what is there in each language of the survey, and what falls back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from flows.settings import read_settings
from flows.wave_questions import questions_of
from flows.workbench import catalogue_of, open_workbench
from flows.zones import Zones
from surveys.instrument import Catalogue
from surveys.languages import ItemLanguage, LanguageReport, report_language

STATUS = {
    "official": "in the publisher's wording",
    "ours": "written or translated by the project, not validated",
    "unofficial": "in an unofficial translation",
}
PARTS = {"text": "question", "options": "answers", "window": "time frame", "not_applicable": '"not applicable"'}


def show_languages(root: Path, wave_id: str | None, *, is_json: bool) -> None:
    """Print the report of each language of the settings, over one wave or over everything that can be asked."""
    zones = Zones(root.resolve()).require()
    settings = read_settings(zones.settings_file)
    if wave_id is None:
        catalogue = catalogue_of(zones)
        items = tuple(item_id for item_id, item in catalogue.items.items() if item.text)
    else:
        bench = open_workbench(root, wave_id)
        catalogue, items = bench.catalogue, questions_of(bench)
    reports = [report_language(language, items, catalogue) for language in settings.languages]
    if is_json:
        click.echo(json.dumps([_entry(report) for report in reports], indent=1, ensure_ascii=False))
        return
    for report in reports:
        for line in _lines(report, catalogue):
            click.echo(line)
    click.echo("Nothing was stored.")


def _lines(report: LanguageReport, catalogue: Catalogue) -> Iterator[str]:
    whole = [item for item in report.items if not item.parts_falling_back]
    yield f"{report.language}: {len(whole)} of {len(report.items)} questions wholly in this language"
    for status, n in sorted(Counter(item.status for item in whole).items(), key=lambda pair: str(pair[0])):
        yield f"  {n:>3} {STATUS[str(status)]}"
    for item in report.falling_back:
        yield f"  falls back  {_fallback(item, report.language, catalogue)}"
    for name in report.texts:
        yield f"  falls back  text {name}"
    if not report.has_signpost:
        yield "  falls back  the signpost text, to English"


def _fallback(item: ItemLanguage, language: str, catalogue: Catalogue) -> str:
    parts = " and ".join(PARTS[part] for part in item.parts_falling_back)
    name = next(each.name for each in catalogue.instruments if each.id == item.instrument_id)
    regional = [tag for tag in catalogue.items[item.item_id].text if tag.startswith(f"{language}-")]
    there_is = f"; there is {', '.join(regional)}" if regional else ""
    return f"{item.item_id:8} {parts}, to {item.shown_in} ({name}){there_is}"


def _entry(report: LanguageReport) -> dict[str, object]:
    return {
        "language": report.language,
        "is_complete": report.is_complete,
        "items": [
            {
                "item_id": item.item_id,
                "instrument_id": item.instrument_id,
                "shown_in": item.shown_in,
                "status": item.status,
                "falling_back": list(item.parts_falling_back),
            }
            for item in report.items
        ],
        "texts_falling_back": list(report.texts),
        "has_signpost": report.has_signpost,
    }
