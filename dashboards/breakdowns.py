"""Figures by the one breakdown of a wave (such as role group), for the organisation, divisions and departments."""

from __future__ import annotations

from html import escape

from dashboards import parts, words
from dashboards.waves import Figure, Measure, State, Wave, read_figure
from flows.publish.contract import OTHER_VALUE

_NOTE = "From department up. A hidden figure never says why, and every answer still counts in the whole."


def breakdown_card(wave: Wave, measure: Measure) -> str:
    """A table of one measure, one row a group and value of the breakdown; empty where the wave has no breakdown."""
    rows = wave.breakdown_rows(measure.measure_id)
    if not rows:
        return ""
    title = f"By {str(rows[0]['breakdown_id']).replace('_', ' ')}"
    lines = []
    for row in rows:
        group = wave.group(row["group_id"])
        if group is None:
            continue
        figure = read_figure(row, measure.is_share)
        value = "Others together" if row["breakdown_value"] == OTHER_VALUE else str(row["breakdown_value"])
        cells = (words.capital(value.replace("_", " ")), _figure(figure), _answers(figure))
        body = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        lines.append(f'<tr><th scope="row">{escape(group.name)}</th>{body}</tr>')
    head = "".join(
        f'<th scope="col">{escape(name)}</th>' for name in ("Group", words.capital(title[3:]), measure.name, "Answers")
    )
    table = (
        f'<div class="q-scroll" role="region" aria-label="{escape(title, quote=True)}" tabindex="0">'
        f'<table class="q-numbers"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )
    return parts.card(title, parts.paragraph(_NOTE, "q-small"), table)


def _figure(figure: Figure) -> str:
    return words.figure_words(figure.state, figure.value, figure.low, figure.high)


def _answers(figure: Figure) -> str:
    return "" if figure.state is State.HIDDEN or figure.respondents_n is None else str(figure.respondents_n)
