"""Write a wave's questionnaire for a tool, and the column map with which its answers come back."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.collect.column_map import ColumnMap, CompleteRule, MappedColumn
from flows.collect.dump_map import dump_map
from flows.errors import InstrumentError
from flows.units import UnitTree
from flows.wave_questions import questions_of
from flows.workbench import Workbench
from flows.zones import Zones, write_atomically
from surveys.entry import is_language_tag
from surveys.questionnaire import limesurvey, redcap, tidy, xlsform
from surveys.questionnaire.build import Order, build_questionnaire
from surveys.questionnaire.limesurvey_lss import structure_lss
from surveys.questionnaire.limesurvey_tsv import structure_tsv
from surveys.questionnaire.model import (
    BREAKDOWN,
    UNIT,
    AnswerColumns,
    Place,
    Questionnaire,
    QuestionnaireError,
    UnitBy,
)
from surveys.questionnaire.safe_csv import write_csv
from surveys.signpost import SignpostError

TOOLS = ("limesurvey", "redcap", "xlsform", "csv")
# What stands behind the address of the form, before the code of a unit.
_LINKS: Mapping[str, str] = {"limesurvey": "?unit={}", "redcap": "&unit={}", "xlsform": "?d[/data/unit]={}"}


@dataclass(frozen=True, slots=True)
class ExportedFiles:
    """What an export wrote, from the workspace on. `kept_maps`: maps that were there and differed, under new names."""

    questionnaire: Questionnaire
    files: tuple[Path, ...]
    maps: tuple[Path, ...]
    kept_maps: tuple[Path, ...]


def make_questionnaire(bench: Workbench, languages: tuple[str, ...] = (), unit_by: str = "list") -> Questionnaire:
    """The questionnaire of a wave: the battery, units and breakdown of its plan. `languages` empty: of the settings.

    Raises InstrumentError while the signpost is empty or an example, or where the wave cannot be asked.
    """
    breakdown = bench.plan.breakdown
    asked_in = languages or bench.settings.languages or ("en",)
    if odd := [language for language in asked_in if not is_language_tag(language)]:
        raise InstrumentError(f'language "{odd[0][:20]}": write a tag such as en, de or es-US ([survey] languages).')
    places = tuple(_places(bench.plan.units))
    if not places:
        raise InstrumentError("no unit has people (eligible_n is 0 everywhere): correct units.csv first.")
    try:
        return build_questionnaire(
            Order(
                wave_id=bench.wave_id,
                organisation=bench.plan.units.root.unit_name,
                item_ids=questions_of(bench),
                languages=tuple(dict.fromkeys(asked_in)),
                signpost=bench.settings.signpost,
                places=places,
                breakdown_values=breakdown.values if breakdown else (),
                unit_by=UnitBy(unit_by),
            ),
            bench.catalogue,
        )
    except (SignpostError, QuestionnaireError) as error:
        raise InstrumentError(str(error)) from None


def _places(units: UnitTree) -> Iterator[Place]:
    """Every unit that people are attached to, in the order of the tree."""
    for unit in units.units:
        if unit.eligible_n:
            parent = units.by_id[unit.parent_id].unit_name if unit.parent_id else ""
            yield Place(unit.unit_id, unit.unit_name, unit.unit_id in units.children, parent)


def export_questionnaire(bench: Workbench, tool: str, questionnaire: Questionnaire, folder: Path) -> ExportedFiles:
    """Write files and maps of one tool. Raises InstrumentError where the tool cannot take the questionnaire."""
    name = bench.wave_id
    try:
        files = _files(bench, tool, questionnaire)
        maps = {f"{tool}-{name}{suffix}.yaml": columns for suffix, columns in _columns(tool, questionnaire).items()}
    except QuestionnaireError as error:
        raise InstrumentError(str(error)) from None
    if questionnaire.unit.is_hidden and tool in _LINKS:
        files[f"{name}_{tool}_links.csv"] = _links(questionnaire, _LINKS[tool])
    for file, content in files.items():
        write_atomically(folder / file, content)
    kept = [_keep_old(bench.zones, name, _map_text(columns, bench.wave_id)) for name, columns in maps.items()]
    for name, columns in maps.items():
        write_atomically(bench.zones.maps / name, _map_text(columns, bench.wave_id).encode())
    return ExportedFiles(
        questionnaire,
        tuple(folder / file for file in files),
        tuple(bench.zones.maps / name for name in maps),
        tuple(path for path in kept if path),
    )


def _files(bench: Workbench, tool: str, questionnaire: Questionnaire) -> dict[str, bytes]:
    """File name to content."""
    name, breakdown = bench.wave_id, bench.plan.breakdown
    breakdown_id = breakdown.id if breakdown else None
    if tool == "limesurvey":
        return {f"{name}.lss": structure_lss(questionnaire), f"{name}_structure.txt": structure_tsv(questionnaire)}
    if tool == "redcap":
        return {
            f"{name}_redcap_{language}.csv": redcap.dictionary_csv(questionnaire, language)
            for language in questionnaire.languages
        }
    if tool == "xlsform":
        return {f"{name}.xlsx": xlsform.workbook_xlsx(questionnaire)}
    return {
        f"{name}_template.csv": tidy.template_csv(questionnaire, breakdown_id),
        f"{name}_codebook.csv": tidy.codebook_csv(questionnaire, breakdown_id),
    }


def _columns(tool: str, questionnaire: Questionnaire) -> dict[str, AnswerColumns]:
    """End of the name of each map, to what it says. A tidy file is its own map."""
    if tool == "limesurvey":
        by_text = {
            f"-text-{language}": limesurvey.answer_columns_by_text(questionnaire, language)
            for language in questionnaire.languages
        }
        return {"": limesurvey.answer_columns(questionnaire), **by_text}
    if tool == "redcap":
        return {"": redcap.answer_columns(questionnaire)}
    return {"": xlsform.answer_columns(questionnaire)} if tool == "xlsform" else {}


def column_map(columns: AnswerColumns) -> ColumnMap:
    """The column map (CONTRACTS: input) of what the columns of a tool mean."""

    def mapped(target: str) -> MappedColumn:
        return MappedColumn(columns.columns[target], columns.texts.get(target))

    complete = None
    if columns.complete:
        column, value = columns.complete
        complete = CompleteRule(column) if value is None else CompleteRule(column, "equals", value)
    return ColumnMap(
        tool=columns.tool,
        unit=mapped(UNIT),
        items={target: mapped(target) for target in columns.columns if target not in (UNIT, BREAKDOWN)},
        breakdown=mapped(BREAKDOWN) if BREAKDOWN in columns.columns else None,
        complete=complete,
        drop=columns.drop,
    )


def _map_text(columns: AnswerColumns, wave_id: str) -> str:
    head = [f"Column map of the questionnaire of wave {wave_id}, made with it by quorum survey export."]
    return dump_map(column_map(columns), header=head)


def _keep_old(zones: Zones, name: str, text: str) -> Path | None:
    """Where a map of that name says something else, a copy that nothing reads: a person may have worked on it."""
    path = zones.maps / name
    if not path.exists() or path.read_bytes() == text.encode():
        return None
    number = 1
    while (kept := path.with_suffix(f".yaml.old{number}")).exists():
        number += 1
    write_atomically(kept, path.read_bytes())
    return kept


def _links(questionnaire: Questionnaire, ending: str) -> bytes:
    """The end of every unit's link: one line a unit."""
    language = questionnaire.languages[0]
    rows = (
        (choice.meaning, choice.labels[language], ending.format(urllib.parse.quote(choice.code)))
        for choice in questionnaire.unit.choices
    )
    return write_csv(("unit_id", "unit", "link_ending"), rows)
