"""What Home and About say about a wave as a whole: the finding, which groups are shown, how to read a range."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboards import parts, words
from dashboards.language import say, say_n
from dashboards.waves import Group, Measure, Wave

HOME_MEASURES = ("bo1", "st1", "ee1")
_LISTED_HIDDEN = 5


def first_measures(wave: Wave) -> list[Measure]:
    """Burnout, stress, emotional exhaustion, as far as asked; else the first three measures of the wave."""
    asked = [measure for name in HOME_MEASURES if (measure := wave.measure(name)) is not None]
    return asked or [measure for measure in wave.measures if not measure.is_share][:3]


def headline(wave: Wave, measures: Sequence[Measure]) -> str:
    """The finding of the wave, about the first of these measures."""
    if not measures:
        return say("nothing_asked")
    figure = wave.figure(wave.root.group_id, measures[0].measure_id)
    return words.finding(measures[0].name, figure.state, figure.value, figure.low, figure.high, measures[0].is_share)


def shown_card(wave: Wave) -> str:
    """How many groups are shown, and for each hidden one where its answers count."""
    shown, hidden = wave.shown_units, wave.hidden_units
    body = [parts.paragraph(words.shown_summary(len(shown), wave.pools_shown_n, len(hidden)))]
    if hidden:
        body.append(parts.paragraph(say("groups_hidden"), "q-small"))
        body.append(parts.bullets(_hidden_line(wave, group) for group in hidden[:_LISTED_HIDDEN]))
        if len(hidden) > _LISTED_HIDDEN:
            body.append(parts.paragraph(say_n("more_hidden", len(hidden) - _LISTED_HIDDEN), "q-small"))
    body.append(f'<p><a href="{words.link("heat_map")}" target="_self">{escape(say("open_heat_map"))}</a></p>')
    return parts.card(say("shown_title"), *body)


def _hidden_line(wave: Wave, group: Group) -> str:
    shown = wave.nearest_shown(group)
    return f"{escape(group.name)}: {escape(words.counted_in(shown.name if shown else None))}"


def range_sentences(wave: Wave, measures: Sequence[Measure]) -> list[str]:
    """How to read a range, with the range of the first of these measures that has one."""
    for measure in measures:
        figure = wave.figure(wave.root.group_id, measure.measure_id)
        if figure.low is not None:
            return [say("how_to_read", value=figure.value, low=figure.low, high=figure.high), say("chance")]
    return [say("chance")]


def range_note(wave: Wave) -> str:
    """How to read a range, with the range of the headline where it has one."""
    body = [parts.paragraph(text) for text in range_sentences(wave, first_measures(wave))]
    body.append(f'<p><a href="{words.link("about")}" target="_self">{escape(say("how_protected"))}</a></p>')
    return parts.card(say("how_to_read_title"), *body)
