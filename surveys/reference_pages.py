"""Reference pages made from the instrument files: `python -m surveys.reference_pages DOCS` writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from surveys.benchmarks import benchmarks_of
from surveys.coverage import CONSTRUCT_NAMES, GROUP_NAMES, Coverage, coverage
from surveys.instrument import Catalogue, Instrument, Measure
from surveys.load import load_catalogue

COVERAGE_PAGE = "reference/coverage.md"
MEASURES_PAGE = "reference/measures.md"
_MADE = "Made by `python -m surveys.reference_pages docs`; change the instrument files, not this page.\n"
_SHOWN = "\nShown by `tests/unit/surveys/test_reference_pages.py`.\n"
_LANGUAGES = {"en": ("It cannot say", "For orientation"), "de": ("Was sie nicht sagt", "Zur Einordnung")}


def coverage_page(catalogue: Catalogue) -> str:
    """The coverage table and the list of instruments, as Markdown."""
    rows = coverage(catalogue)
    lines = [
        "# Coverage",
        "",
        "Which measure tells of each of the twelve challenges, five personal practices and four institutional "
        "supports.",
        "Measures marked *scoring only* need wording that you supply in the workspace",
        "([Instrument files](instruments.md#wording-that-you-supply)); all others can be asked as they are.",
        "A challenge or support without a measure that can be asked fails the tests.",
        "",
        _MADE,
    ]
    for group, names in GROUP_NAMES.items():
        lines += [f"## {names['en']}", "", *_coverage_table([row for row in rows if row.group == group], catalogue), ""]
    lines += ["## Instruments", "", *_instrument_table(catalogue)]
    return "\n".join(lines) + "\n" + _SHOWN


def _coverage_table(rows: list[Coverage], catalogue: Catalogue) -> Iterator[str]:
    yield "| construct | measure | items | instrument | validated | licence tier | wording |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        name = CONSTRUCT_NAMES[row.construct]["en"]
        measure = catalogue.measures[row.measure_id]
        cells = (
            name,
            f"`{row.measure_id}` {measure.name['en']}",
            _items(row.item_ids),
            f"`{row.instrument_id}`",
            "yes" if row.is_validated else "no",
            row.licence_tier.replace("*", "\\*"),
            "shipped" if row.is_asked else "*scoring only*",
        )
        yield f"| {' | '.join(cells)} |"


def _items(item_ids: tuple[str, ...]) -> str:
    if len(item_ids) <= 7:
        return " ".join(f"`{item_id}`" for item_id in item_ids)
    return f"{len(item_ids)}, `{item_ids[0]}` to `{item_ids[-1]}`"


def _instrument_table(catalogue: Catalogue) -> Iterator[str]:
    yield "| instrument | name | source | licence | notes |"
    yield "|---|---|---|---|---|"
    for each in catalogue.instruments:
        read = () if each.verified else ("Wording not read in the form itself.",)
        notes = " ".join((*read, *each.notes)) or "–"
        yield f"| `{each.id}` v{each.version} | {each.name} | {each.citation} | {each.licence} | {notes} |"


def measures_page(catalogue: Catalogue) -> str:
    """How to read each measure, in English and German, as Markdown."""
    lines = [
        "# Measures",
        "",
        "What each measure asks, what a high value means, what it cannot say, and figures of others for orientation.",
        "Values are those of groups; nothing here describes a person. Other wording or another scale makes a figure",
        "of others an orientation, never a target.",
        "",
        _MADE,
    ]
    for instrument in catalogue.instruments:
        for measure in instrument.measures:
            lines += [*_measure_text(instrument, measure), ""]
    return "\n".join(lines) + _SHOWN


def _measure_text(instrument: Instrument, measure: Measure) -> Iterator[str]:
    yield f"## {measure.name['en']} (`{measure.id}`)"
    yield ""
    validated = "validated" if instrument.validated else "not validated"
    released = "" if measure.is_released else ", never released"
    yield f"{instrument.name}, {validated}; tier {measure.tier}{released}."
    for language, (cannot, orientation) in _LANGUAGES.items():
        yield ""
        yield f"- {measure.name[language]}: {(measure.explains or {})[language]}"
        yield f"- {cannot}: {(measure.cannot_say or {})[language]}"
        for each in benchmarks_of(measure.id):
            yield (
                f"- {orientation}: {each.group[language]}: {each.value[language]}. "
                f"{each.note[language]} ({each.source})"
            )


def write_pages(docs: Path) -> None:
    """Write the pages into the folder of the documents."""
    catalogue = load_catalogue()
    (docs / COVERAGE_PAGE).write_text(coverage_page(catalogue), encoding="utf-8")
    (docs / MEASURES_PAGE).write_text(measures_page(catalogue), encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
