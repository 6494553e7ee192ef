"""What a wave asked and how it is scored, for About: from the release's list of measures and the instruments' files."""

from __future__ import annotations

from html import escape

from dashboards import parts, words
from dashboards.language import say, say_n, spoken
from dashboards.measure_names import instruments
from dashboards.waves import Measure, Wave
from surveys.instrument import Instrument
from surveys.instrument import Measure as Scored


def asked_card(wave: Wave) -> str:
    """A row for every measure: what it asks, from which instrument, how answers become a score, and the cut-off."""
    names = (say("ask_measure"), say("column_asks"), say("column_instrument"), say("column_scored"))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = "".join(_row(measure) for measure in wave.measures)
    title = say("asked_title")
    table = (
        f'<div class="q-scroll" role="region" aria-label="{escape(title, quote=True)}" tabindex="0">'
        f'<table class="q-numbers q-asked"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
    return parts.card(title, parts.paragraph(say("asked_lead"), "q-small"), table)


def _row(measure: Measure) -> str:
    known = instruments().measures.get(measure.measure_id)
    cells = ["", measure.note, words.direction_sentence(measure.is_high_worse)]
    if known is not None:
        explained = known.explains or {}
        cells = [
            explained.get(spoken(), explained.get("en", "")),
            _instrument(instruments().instrument_of(measure.measure_id)),
            _scored(known, measure),
        ]
    body = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(measure.name)}</th>{body}</tr>'


def _instrument(instrument: Instrument) -> str:
    state = say("validated" if instrument.validated else "not_validated")
    return f"{instrument.id} v{instrument.version}, {state}"


def _scored(known: Scored, measure: Measure) -> str:
    """Questions, method and direction in words; the cut-off in points of the instrument where it has one."""
    lines = [say_n(f"scored_{known.method}", len(known.items), least=known.min_answered)]
    lines.append(say("scored_share" if measure.is_share else "scored_display"))
    lines.append(words.direction_sentence(measure.is_high_worse))
    risk = known.at_risk
    if risk is not None and risk.from_ is not None:
        lines.append(say("scored_from", points=risk.from_))
    elif risk is not None and risk.to is not None:
        lines.append(say("scored_to", points=risk.to))
    return " ".join(lines)
