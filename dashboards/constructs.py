"""The twelve challenges and what protects: each with its figure, what it asks and what it cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboards import parts, words
from dashboards.language import say, say_n, spoken
from dashboards.levels import change_of, sentence, tag
from dashboards.measure_names import instruments
from dashboards.waves import Measure, State, Wave
from flows.trend.read import Derived
from surveys.benchmarks import Benchmark, benchmarks_of
from surveys.coverage import CONSTRUCT_NAMES, Coverage, coverage
from surveys.instrument import Catalogue


def construct_cards(wave: Wave, derived: Derived | None, groups: Sequence[str]) -> str:
    """A card for every construct of these groups (challenge, practice, institution), asked ones first."""
    catalogue = instruments()
    rows = [row for row in coverage(catalogue) if row.group in groups]
    asked = {measure.construct for measure in wave.measures}
    order = sorted(dict.fromkeys(row.construct for row in rows), key=lambda construct: construct not in asked)
    return parts.grid([_card(wave, derived, catalogue, construct, rows) for construct in order], "2")


def _card(wave: Wave, derived: Derived | None, catalogue: Catalogue, construct: str, rows: list[Coverage]) -> str:
    asked = [measure for measure in wave.measures if measure.construct == construct]
    body = [_asked(wave, derived, catalogue, measure) for measure in asked]
    if not asked:
        could = [row.measure_id for row in rows if row.construct == construct and row.is_asked]
        names = [catalogue.measures[measure_id].name[spoken()] for measure_id in could[:4]]
        body.append(parts.paragraph(_could(names) if names else say("never_asked")))
    return parts.card(CONSTRUCT_NAMES[construct][spoken()], *body, _ways(catalogue, construct, rows))


def _could(names: list[str]) -> str:
    return f"{say('not_asked_here')} {say('could_ask', measures=', '.join(names))}"


def _ways(catalogue: Catalogue, construct: str, rows: list[Coverage]) -> str:
    """What can be asked about it: measure, questions, instrument, validated or not, licence (the coverage table)."""
    lines = [escape(_way(catalogue, row)) for row in rows if row.construct == construct]
    return f"<details><summary>{escape(say('what_we_ask'))}</summary>{parts.bullets(lines)}</details>"


def _asked(wave: Wave, derived: Derived | None, catalogue: Catalogue, measure: Measure) -> str:
    figure = wave.figure(wave.root.group_id, measure.measure_id)
    text = words.finding(measure.name, figure.state, figure.value, figure.low, figure.high, measure.is_share)
    is_named_above = measure.name == CONSTRUCT_NAMES[measure.construct][spoken()]
    out = ["" if is_named_above else f"<h3>{escape(measure.name)}</h3>"]
    out.append(parts.paragraph(f"{text} {words.direction_sentence(measure.is_high_worse)}"))
    if figure.state is State.SHOWN and figure.value is not None and not measure.is_share:
        out.append(parts.scale_bar(figure.value, figure.low, figure.high))
    change = change_of(derived, wave.root.group_id, measure.measure_id)
    if change is not None:
        out.append(f"<p>{tag(change, measure)}</p>{parts.paragraph(sentence(change, measure), 'q-small')}")
    known = catalogue.measures.get(measure.measure_id)
    if known is not None and known.explains:
        out.append(f"<p><b>{escape(say('asks'))}</b> {escape(known.explains.get(spoken(), ''))}</p>")
    if known is not None and known.cannot_say:
        out.append(f"<p><b>{escape(say('cannot_say'))}</b> {escape(known.cannot_say.get(spoken(), ''))}</p>")
    out += [parts.paragraph(_orientation(each), "q-note q-orientation") for each in benchmarks_of(measure.measure_id)]
    return "".join(out)


def _way(catalogue: Catalogue, row: Coverage) -> str:
    said = say(
        "way",
        measure=catalogue.measures[row.measure_id].name[spoken()],
        questions=say_n("n_question", len(row.item_ids)),
        instrument=row.instrument_id,
        validated=say("validated" if row.is_validated else "not_validated"),
        tier=row.licence_tier,
    )
    return said if row.is_asked else said + say("way_unsupplied")


def _orientation(each: Benchmark) -> str:
    language = spoken()
    return say(
        "orientation",
        group=each.group[language],
        value=each.value[language],
        note=each.note[language],
        source=each.source,
    )
