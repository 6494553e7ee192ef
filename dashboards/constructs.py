"""The twelve challenges and what protects: each with its figure, what it asks and what it cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape

from dashboards import parts, words
from dashboards.levels import LANGUAGE, change_of, sentence, tag
from dashboards.waves import Measure, State, Wave
from flows.trend.read import Derived
from surveys.benchmarks import benchmarks_of
from surveys.coverage import CONSTRUCT_NAMES, Coverage, coverage
from surveys.instrument import Catalogue
from surveys.load import load_catalogue

_NOT_NOW = "Not asked in this wave."
_NEVER = "No question with wording tells of this one."


@cache
def _catalogue() -> Catalogue:
    return load_catalogue()


def construct_cards(wave: Wave, derived: Derived | None, groups: Sequence[str]) -> str:
    """A card for every construct of these groups (challenge, practice, institution), asked ones first."""
    catalogue = _catalogue()
    rows = [row for row in coverage(catalogue) if row.group in groups]
    asked = {measure.construct for measure in wave.measures}
    order = sorted(dict.fromkeys(row.construct for row in rows), key=lambda construct: construct not in asked)
    return parts.grid([_card(wave, derived, catalogue, construct, rows) for construct in order], "2")


def _card(wave: Wave, derived: Derived | None, catalogue: Catalogue, construct: str, rows: list[Coverage]) -> str:
    asked = [measure for measure in wave.measures if measure.construct == construct]
    body = [_asked(wave, derived, catalogue, measure) for measure in asked]
    if not asked:
        could = [row.measure_id for row in rows if row.construct == construct and row.is_asked]
        names = [catalogue.measures[measure_id].name[LANGUAGE] for measure_id in could[:4]]
        body.append(parts.paragraph(f"{_NOT_NOW} A survey can ask it by: {', '.join(names)}." if names else _NEVER))
    return parts.card(CONSTRUCT_NAMES[construct][LANGUAGE], *body, _ways(catalogue, construct, rows))


def _ways(catalogue: Catalogue, construct: str, rows: list[Coverage]) -> str:
    """What can be asked about it: measure, questions, instrument, validated or not, licence (the coverage table)."""
    lines = [
        f"{escape(catalogue.measures[row.measure_id].name[LANGUAGE])}: "
        f"{words.count(len(row.item_ids), 'question', 'questions')} of {escape(row.instrument_id)}, "
        f"{'validated' if row.is_validated else 'not validated'}, licence tier {escape(row.licence_tier)}"
        f"{'' if row.is_asked else ', wording not supplied'}"
        for row in rows
        if row.construct == construct
    ]
    return f"<details><summary>What we ask</summary>{parts.bullets(lines)}</details>"


def _asked(wave: Wave, derived: Derived | None, catalogue: Catalogue, measure: Measure) -> str:
    figure = wave.figure(wave.root.group_id, measure.measure_id)
    text = words.finding(measure.name, figure.state, figure.value, figure.low, figure.high, measure.is_share)
    out = [f"<h3>{escape(measure.name)}</h3>", parts.paragraph(f"{text} {_direction(measure)}")]
    if figure.state is State.SHOWN and figure.value is not None and not measure.is_share:
        out.append(parts.scale_bar(figure.value, figure.low, figure.high))
    change = change_of(derived, wave.root.group_id, measure.measure_id)
    if change is not None:
        out.append(f"<p>{tag(change, measure)}</p>{parts.paragraph(sentence(change, measure), 'q-small')}")
    known = catalogue.measures.get(measure.measure_id)
    if known is not None and known.explains:
        out.append(f"<p><b>Asks:</b> {escape(known.explains.get(LANGUAGE, ''))}</p>")
    if known is not None and known.cannot_say:
        out.append(f"<p><b>Cannot say:</b> {escape(known.cannot_say.get(LANGUAGE, ''))}</p>")
    out += [
        f'<p class="q-note">For orientation. {escape(each.group[LANGUAGE])}: {escape(each.value[LANGUAGE])}. '
        f"{escape(each.note[LANGUAGE])} ({escape(each.source)})</p>"
        for each in benchmarks_of(measure.measure_id)
    ]
    return "".join(out)


def _direction(measure: Measure) -> str:
    return "A high number is worse." if measure.is_high_worse else "A high number is better."
