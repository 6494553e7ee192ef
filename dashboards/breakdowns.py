"""Figures by the one breakdown of a wave (such as role group): a row for a group, a column for a value."""

from __future__ import annotations

from html import escape

from dashboards import parts, words
from dashboards.language import say
from dashboards.theme import ramp_step
from dashboards.waves import HIDDEN_FIGURE, NO_FIGURE, Figure, Group, Measure, State, Wave, read_figure
from flows.publish.contract import OTHER_VALUE

Rows = dict[str, dict[str, Figure]]


def breakdown_card(wave: Wave, measure: Measure) -> str:
    """A table of one measure; empty where the wave has no breakdown of it."""
    found = wave.breakdown_rows(measure.measure_id)
    if not found:
        return ""
    rows: Rows = {}
    for row in found:
        rows.setdefault(row["group_id"], {})[str(row["breakdown_value"])] = read_figure(row, measure.is_share)
    values = sorted({value for each in rows.values() for value in each}, key=lambda each: (each == OTHER_VALUE, each))
    title = say("breakdown_title", measure=measure.name, breakdown=_plain(str(found[0]["breakdown_id"])))
    note = f"{words.capital(words.direction(measure.is_high_worse))}. {say('breakdown_note')}"
    return parts.card(title, parts.paragraph(note, "q-small"), _table(wave, measure, rows, values, title))


def _table(wave: Wave, measure: Measure, rows: Rows, values: list[str], title: str) -> str:
    names = [say("column_group"), *(_value_name(value) for value in values)]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    groups = [group for group in wave.groups if group.group_id in rows]
    body = "".join(_row(group, measure, rows[group.group_id], values) for group in groups)
    return (
        f'<div class="q-scroll" role="region" aria-label="{escape(title, quote=True)}" tabindex="0">'
        f'<table class="q-numbers q-pivot"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(group: Group, measure: Measure, figures: dict[str, Figure], values: list[str]) -> str:
    has_hidden = any(figure.state is State.HIDDEN for figure in figures.values())
    rest = HIDDEN_FIGURE if has_hidden else NO_FIGURE
    cells = "".join(_cell(figures.get(value, rest if value == OTHER_VALUE else NO_FIGURE), measure) for value in values)
    return f'<tr><th scope="row" class="q-d{min(group.depth, 3)}">{escape(group.name)}</th>{cells}</tr>'


def _cell(figure: Figure, measure: Measure) -> str:
    """The figure with its range and the number of answers below; every state with its mark and its words."""
    if figure.state is State.HIDDEN:
        return f'<td class="q-hidden"><span class="q-sr">{escape(say("hidden"))}</span></td>'
    if figure.value is None:
        return f'<td><span aria-hidden="true">–</span><span class="q-sr">{escape(say("not_asked"))}</span></td>'
    said = words.figure_words(figure.state, figure.value, figure.low, figure.high, measure.is_share)
    style = f"q-r{ramp_step(figure.value, measure.is_high_worse)}{' q-bound' if figure.is_bound else ''}"
    text = words.figure_words(figure.state, figure.value, None, None, measure.is_share)
    range_words = "" if figure.low is None else say("range_short", low=figure.low, high=figure.high)
    below = f"<small>{escape(range_words)}</small>" if range_words else ""
    return (
        f'<td class="{style}"><span aria-hidden="true"><b>{escape(text)}</b>{below}</span>'
        f'<span class="q-sr">{escape(said)}</span></td>'
    )


def _value_name(value: str) -> str:
    return say("breakdown_others") if value == OTHER_VALUE else words.capital(_plain(value))


def _plain(name: str) -> str:
    return name.replace("_", " ")
