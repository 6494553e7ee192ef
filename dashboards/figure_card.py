"""The card of one measure for the whole organisation: figure, range, history, who answered."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboards import words
from dashboards.history import history
from dashboards.levels import change_of, sentence, tag
from dashboards.series import Series, build_series
from dashboards.theme import Tokens
from dashboards.waves import Figure, Measure, State, Wave
from flows.trend.read import Derived


def figure_card(waves: Sequence[Wave], measure: Measure, tokens: Tokens, derived: Derived | None = None) -> str:
    """Markup of the card for the last of the waves."""
    wave = waves[-1]
    figure = wave.figure(wave.root.group_id, measure.measure_id)
    series = build_series(waves, wave.root, measure)
    chart = history(series, tokens, series_words(series))
    change = change_of(derived, wave.root.group_id, measure.measure_id)
    said = ""
    if change is not None and change.wave_id == wave.wave_id:
        said = f"{tag(change, measure)}<p>{escape(sentence(change, measure))}</p>"
    return (
        f'<section class="q-card"><h2 class="q-minor">{escape(measure.name)}</h2>'
        f"{_figure_line(figure, measure)}{chart}{said}{_notes(figure, wave)}</section>"
    )


def series_words(series: Series) -> str:
    """The text alternative of a chart: measure, group, period, last value, every hidden wave and every bound."""
    first, last = series.points[0], series.points[-1]
    period = words.wave_name(last.wave_id)
    if first is not last:
        period = f"{words.wave_name(first.wave_id)} to {period}"
    sentences = [
        f"{series.measure.name}, {series.name}, {period}, 0 to 100, {words.direction(series.measure.is_high_worse)}."
    ]
    for point in series.points:
        figure = point.figure
        text = words.figure_words(figure.state, figure.value, figure.low, figure.high, series.measure.is_share)
        note = point.note if point.note and figure.value is None else ""
        sentences.append(f"{words.wave_name(point.wave_id)}: {note or text}.")
    return " ".join(sentences)


def _figure_line(figure: Figure, measure: Measure) -> str:
    if figure.state is State.HIDDEN:
        return f'<div class="q-hidden q-hatched"></div><p>{escape(words.capital(words.HIDDEN))}</p>'
    if figure.value is None:
        return f"<p>{escape(words.capital(words.NOT_ASKED))} in this wave.</p>"
    direction = f"({words.direction(measure.is_high_worse)})"
    if figure.is_bound:
        sign, spoken = words.BOUND_SIGNS[figure.state], words.BOUND_WORDS[figure.state]
        big = f'<b><span class="q-sr">{spoken} </span><span aria-hidden="true">{sign}</span>{figure.value}</b>'
        return f'<div class="q-figure">{big}<span>of 100 {direction}</span></div>'
    ends = "" if figure.low is None else f", range {figure.low} to {figure.high}"
    return f'<div class="q-figure"><b>{figure.value}</b><span>of 100 {direction}{ends}</span></div>'


def _notes(figure: Figure, wave: Wave) -> str:
    lines = []
    if figure.at_risk_pct is not None:
        lines.append(
            f'<p class="q-small">{escape(words.at_risk_sentence(figure.at_risk_state, figure.at_risk_pct))}</p>'
        )
    if figure.respondents_n is not None:
        share = words.response_words(wave.root.response_band)
        people = words.count(figure.respondents_n, "answer", "answers")
        lines.append(f'<p class="q-note">{escape(people + (", " + share if share else ""))}</p>')
    if wave.root.is_low_response:
        lines.append(f'<p class="q-note">{escape(words.capital(words.LOW_RESPONSE))}.</p>')
    return "".join(lines)
