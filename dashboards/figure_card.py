"""The card of one measure for the whole organisation: figure, range, history, who answered."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboards import words
from dashboards.history import history
from dashboards.language import say, say_n
from dashboards.levels import change_of, season_note, sentence, tag
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
        season = season_note(change, waves)
        said = f"{tag(change, measure)}<p>{escape(sentence(change, measure))}</p>"
        said += f'<p class="q-note">{escape(season)}</p>' if season else ""
    return (
        f'<section class="q-card"><h2 class="q-minor">{escape(measure.name)}</h2>'
        f"{_figure_line(figure, measure)}{chart}{said}{_notes(figure, wave)}</section>"
    )


def series_words(series: Series) -> str:
    """The text alternative of a chart: measure, group, period, last value, every hidden wave and every bound."""
    first, last = series.points[0], series.points[-1]
    sentences = [
        say(
            "series_head",
            measure=series.measure.name,
            name=series.name,
            period=words.period(first.wave_id, last.wave_id),
            scale=say("score_scale"),
            direction=words.direction(series.measure.is_high_worse),
        )
    ]
    for point in series.points:
        figure = point.figure
        text = words.figure_words(figure.state, figure.value, figure.low, figure.high, series.measure.is_share)
        note = point.note if point.note and figure.value is None else ""
        sentences.append(say("wave_said", wave=words.wave_name(point.wave_id), text=note or text))
    return " ".join(sentences)


def _figure_line(figure: Figure, measure: Measure) -> str:
    if figure.state is State.HIDDEN:
        return f'<div class="q-hidden q-hatched"></div><p>{escape(words.capital(say("hidden")))}</p>'
    if figure.value is None:
        return f"<p>{escape(say('not_asked_here'))}</p>"
    direction = words.direction(measure.is_high_worse)
    if figure.is_bound:
        said = words.figure_words(figure.state, figure.value, None, None)
        shown = f"{words.BOUND_SIGNS[figure.state]}{figure.value}"
        big = f'<b><span class="q-sr">{escape(said)}</span><span aria-hidden="true">{shown}</span></b>'
        return f'<div class="q-figure">{big}<span>{escape(say("card_of_100", direction=direction))}</span></div>'
    rest = say("card_of_100", direction=direction)
    if figure.low is not None:
        rest = say("card_of_100_range", direction=direction, low=figure.low, high=figure.high)
    return f'<div class="q-figure"><b>{figure.value}</b><span>{escape(rest)}</span></div>'


def _notes(figure: Figure, wave: Wave) -> str:
    lines = []
    if figure.at_risk_pct is not None:
        lines.append(
            f'<p class="q-small">{escape(words.at_risk_sentence(figure.at_risk_state, figure.at_risk_pct))}</p>'
        )
    if figure.respondents_n is not None:
        share = words.response_words(wave.root.response_band)
        people = say_n("n_answer", figure.respondents_n)
        lines.append(f'<p class="q-note">{escape(people + (", " + share if share else ""))}</p>')
    if wave.root.is_low_response:
        lines.append(f'<p class="q-note">{escape(words.capital(say("low_response")))}.</p>')
    return "".join(lines)
