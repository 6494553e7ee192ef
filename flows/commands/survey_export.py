"""`quorum survey export`: a questionnaire that a survey tool imports as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from flows.errors import UsageError
from flows.plan import frozen_plan
from flows.survey_export import ExportedFiles, export_questionnaire, make_questionnaire
from flows.workbench import Workbench, open_workbench
from surveys.battery import seconds_of
from surveys.entry import is_language_tag
from surveys.languages import report_language

NEXT = {
    "limesurvey": "import the .lss file in LimeSurvey (Create survey, Import); _structure.txt holds the same",
    "redcap": "import the CSV in REDCap (Data Dictionary, Upload), enable it as a survey with the public link",
    "xlsform": "upload the .xlsx in KoboToolbox or ODK Central",
    "csv": "fill the template, one row a respondent; the codebook says what each value means",
}


def export_survey(
    root: Path, wave_id: str, tool: str, unit_by: str, languages: tuple[str, ...], out: Path | None, *, is_json: bool
) -> None:
    """Write the questionnaire of a wave and its column map; print what was written and what falls back."""
    for language in languages:
        if not is_language_tag(language):
            raise UsageError(f'--language "{language[:20]}": write a tag such as en, de or es-US.')
    bench = open_workbench(root, wave_id)
    questionnaire = make_questionnaire(bench, tuple(dict.fromkeys(languages)), unit_by)
    folder = out or bench.zones.root / "questionnaires" / wave_id
    exported = export_questionnaire(bench, tool, questionnaire, folder)
    if is_json:
        click.echo(json.dumps(_report(exported, tool, bench), indent=1, ensure_ascii=False))
        return
    for line in _lines(exported, tool, bench):
        click.echo(line)


def _item_ids(exported: ExportedFiles, bench: Workbench) -> tuple[str, ...]:
    asked = (question.target for question in exported.questionnaire.questions)
    return tuple(target for target in asked if target in bench.catalogue.items)


def _shown(path: Path, bench: Workbench) -> str:
    return str(path.relative_to(bench.zones.root) if path.is_relative_to(bench.zones.root) else path)


def _lines(exported: ExportedFiles, tool: str, bench: Workbench) -> Iterator[str]:
    questionnaire, items = exported.questionnaire, _item_ids(exported, bench)
    languages = ", ".join(questionnaire.languages)
    yield f"Wave {bench.wave_id}: {len(items)} questions, about {seconds_of(items)} seconds, in {languages}."
    for path in exported.files:
        yield f"  written  {_shown(path, bench)}"
    for path in exported.maps:
        yield f"  map      {_shown(path, bench)}"
    for path in exported.kept_maps:
        yield f"  kept     {_shown(path, bench)}: the map that was there before"
    if not exported.maps:
        yield "  no map is needed: the columns of the template say what they mean"
    if frozen_plan(bench.zones, bench.wave_id) is None:
        yield "notice     no plan is saved for this wave: save it with  quorum plan  before the survey opens"
    yield from _notices(exported, bench, items)
    yield f"Next: {NEXT[tool]}. Then  quorum check FILE --wave {bench.wave_id}"


def _notices(exported: ExportedFiles, bench: Workbench, items: tuple[str, ...]) -> Iterator[str]:
    for language in exported.questionnaire.languages:
        report = report_language(language, items, bench.catalogue)
        if report.falling_back:
            names = ", ".join(item.item_id for item in report.falling_back)
            yield f"notice     {language}: {names} in another language, and it says so beside them"


def _report(exported: ExportedFiles, tool: str, bench: Workbench) -> dict[str, object]:
    items = _item_ids(exported, bench)
    return {
        "wave_id": bench.wave_id,
        "tool": tool,
        "items": list(items),
        "seconds": seconds_of(items),
        "languages": list(exported.questionnaire.languages),
        "falling_back": {
            language: [item.item_id for item in report_language(language, items, bench.catalogue).falling_back]
            for language in exported.questionnaire.languages
        },
        "files": [_shown(path, bench) for path in exported.files],
        "maps": [_shown(path, bench) for path in exported.maps],
        "kept_maps": [_shown(path, bench) for path in exported.kept_maps],
        "next": NEXT[tool],
    }
