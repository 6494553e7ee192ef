"""The figures of a chart as a table, one row a wave, with every state in words."""

from __future__ import annotations

from html import escape

from dashboards import words
from dashboards.language import say
from dashboards.series import Point, Series


def number_rows(series: Series) -> tuple[list[str], list[list[str]]]:
    """Names of the columns, and one row a wave; a hidden wave has words in its cells and no digit."""
    has_share = any(point.figure.at_risk_pct is not None for point in series.points)
    names = [say("wave"), series.measure.name, say("column_answers")]
    names += [*([say("column_cut_off")] if has_share else []), say("column_remark")]
    return names, [_row(point, series, has_share) for point in series.points]


def numbers_table(series: Series, has_caption: bool = False) -> str:
    """Markup of the table."""
    names, table = number_rows(series)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    caption = f"<caption>{escape(series.name)}</caption>" if has_caption else ""
    rows = "".join(_markup(row) for row in table)
    return (
        f'<div class="q-scroll" role="region" aria-label="{escape(say("show_numbers"))}" tabindex="0">'
        f'<table class="q-numbers">{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _row(point: Point, series: Series, has_share: bool) -> list[str]:
    figure = point.figure
    text = words.figure_words(figure.state, figure.value, figure.low, figure.high, series.measure.is_share)
    cells = [text, "" if figure.respondents_n is None else str(figure.respondents_n)]
    if has_share:
        share = figure.at_risk_pct
        cells.append("" if share is None else words.figure_words(figure.at_risk_state, share, None, None, True))
    return [words.wave_name(point.wave_id), *cells, _remark(point)]


def _markup(row: list[str]) -> str:
    body = "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
    return f'<tr><th scope="row">{escape(row[0])}</th>{body}</tr>'


def _remark(point: Point) -> str:
    remarks = [point.note] if point.note else []
    if point.is_new_composition:
        remarks.append(say("new_teams", wave=words.wave_name(point.wave_id)))
    if point.is_low_response and point.has_dot:
        remarks.append(say("low_response"))
    return words.capital("; ".join(remarks))
