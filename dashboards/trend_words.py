"""Head, key and reading help of the trend page."""

from __future__ import annotations

from html import escape

from dashboards import parts, words
from dashboards.series import Series
from dashboards.waves import Group, State, Wave


def kicker(wave: Wave, group: Group) -> str:
    """The path to the group."""
    return " / ".join(each.name for each in (*wave.path(group), group))


def lead(wave: Wave, group: Group, own: Series) -> str:
    """The last wave in one sentence, or why there is no figure, in the same words for every hidden group."""
    figure = own.points[-1].figure
    when = words.wave_long_name(wave.wave_id)
    if figure.state is State.HIDDEN:
        shown = wave.nearest_shown(group)
        sentence = words.TEAM_HIDDEN if group.level == "team" else words.THIS_GROUP_HIDDEN
        return f"{sentence} {words.hidden_answers(shown.name if shown else None)}".strip()
    if figure.value is None:
        return words.not_asked_in(own.measure.name, when)
    found = words.finding(own.measure.name, figure.state, figure.value, figure.low, figure.high, own.measure.is_share)
    low = f" {words.capital(words.LOW_RESPONSE)}." if group.is_low_response else ""
    return f"{words.capital(when)}: {words.inside_sentence(found)}{low}"


def chart_key(own: Series, parent: Series | None, organisation: Series | None, has_level: bool = False) -> str:
    """Title and one sentence; on narrow screens also which line is which."""
    scale = words.SHARE_SCALE if own.measure.is_share else words.SCORE_SCALE
    title = f"{own.measure.name}, {scale} ({words.direction(own.measure.is_high_worse)})"
    note = words.SHARE_NOTE if own.measure.is_share else words.CHART_NOTE
    note = "Dots are single waves; the line is the lasting level, the band its range." if has_level else note
    remark = f" {escape(words.capital(own.measure.note))}." if own.measure.note else ""
    items = [_key_item("", own)]
    items += [_key_item("q-dashed", parent)] if parent else []
    items += [_key_item("q-dotted", organisation)] if organisation else []
    return (
        f'<h2 class="q-minor">{escape(title)}</h2>'
        f'<p class="q-small">{escape(note)}{remark}</p><div class="q-key" style="margin-top:8px">{"".join(items)}</div>'
    )


def _key_item(style: str, series: Series) -> str:
    last = series.last
    text = series.name
    if last is not None:
        text = words.end_label(series.name, last.figure.state, last.figure.value or 0, series.measure.is_share)
    return f'<span><i class="{style}"></i>{escape(text)}</span>'


def reading_cards(own: Series, has_level: bool = False, has_starts: bool = False) -> str:
    """How to read the chart: what it says, what it does not say, what the marks mean."""
    marks = [words.MARK_DOT, words.MARK_STRIP]
    if has_level:
        marks[0] = "Dot: the figure of one wave. Line and band: the lasting level and its range."
        marks.append("Ring: an unusual wave. Ask what happened.")
    if has_starts:
        marks.append(words.MARK_START)
    figures = [point.figure for point in own.points]
    if any(figure.is_bound for figure in figures):
        marks.append(words.MARK_BOUND)
    if any(point.is_low_response and point.has_dot for point in own.points):
        marks.append(words.MARK_HOLLOW)
    if any(point.is_new_composition for point in own.points):
        marks.append(words.MARK_BREAK)
    cards = [
        parts.card(words.MARKS_TITLE, parts.bullets(escape(mark) for mark in marks)),
        parts.card(words.SAYS_TITLE, *(parts.paragraph(text) for text in words.SAYS)),
        parts.card(words.NEXT_TITLE, *(parts.paragraph(text) for text in words.NEXT)),
    ]
    return parts.grid(cards, "3")
