"""Head, key and reading help of the trend page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboards import parts, words
from dashboards.beside import Beside
from dashboards.language import say
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
        sentence = say("team_hidden") if group.level == "team" else say("group_hidden_now")
        return f"{sentence} {words.hidden_answers(shown.name if shown else None)}".strip()
    if figure.value is None:
        return say("not_asked_in", measure=own.measure.name, wave=when)
    found = words.finding(own.measure.name, figure.state, figure.value, figure.low, figure.high, own.measure.is_share)
    low = f" {words.capital(say('low_response'))}." if group.is_low_response else ""
    return say("trend_lead", wave=words.capital(when), finding=words.inside_sentence(found)) + low


def chart_key(
    own: Series,
    parent: Series | None,
    organisation: Series | None,
    has_level: bool = False,
    beside: Sequence[Beside] = (),
) -> str:
    """Title and one sentence; on narrow screens also which line is which."""
    scale = say("share_scale") if own.measure.is_share else say("score_scale")
    title = say(
        "chart_title", measure=own.measure.name, scale=scale, direction=words.direction(own.measure.is_high_worse)
    )
    note = say("share_note") if own.measure.is_share else say("chart_note")
    note = say("level_note") if has_level else note
    remark = f" {escape(words.capital(own.measure.note))}." if own.measure.note else ""
    items = [_key_item("", own)]
    items += [_key_item(each.style, each.series) for each in beside]
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
    marks = [say("mark_dot"), say("mark_strip")]
    if has_level:
        marks[0] = say("mark_level")
        marks.append(say("mark_ring"))
    if has_starts:
        marks.append(say("mark_start"))
    figures = [point.figure for point in own.points]
    if any(figure.is_bound for figure in figures):
        marks.append(say("mark_bound"))
    if any(point.is_low_response and point.has_dot for point in own.points):
        marks.append(say("mark_hollow"))
    if any(point.has_dot and point.silence is not None for point in own.points):
        marks.append(say("mark_silence"))
    if any(point.is_new_composition for point in own.points):
        marks.append(say("mark_break"))
    cards = [
        parts.card(say("marks_title"), parts.bullets(escape(mark) for mark in marks)),
        parts.card(
            say("says_title"), parts.paragraph(say("says_1")), parts.paragraph(f"{say('says_2')} {say('chance')}")
        ),
        parts.card(say("next_title"), *(parts.paragraph(say(f"next_{place}")) for place in (1, 2))),
    ]
    return parts.grid(cards, "3")
