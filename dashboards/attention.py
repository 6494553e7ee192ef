"""What changed that matters: few lines, ordered by how sure they are, never by score (LOOK sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from dashboards import parts, words
from dashboards.language import say, spoken
from dashboards.levels import season_note, sentence, tag_kind
from dashboards.waves import Measure, Wave
from flows.trend.read import Change, Derived
from flows.trend.tables import CLEAR
from flows.trend.words import change_foot, change_tag, phrase, worst_sentence

_MOST = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One change that matters, in words; `tags` are text and kind (worse, better, possible, plain)."""

    change: Change
    name: str
    said: str
    tags: tuple[tuple[str, str], ...]


def attention_card(waves: Sequence[Wave], derived: Derived | None) -> str:
    """Clear changes and unusual waves of the groups that can be seen, the surest first."""
    wave = waves[-1]
    if derived is None:
        return parts.card(say("attention_title"), parts.paragraph(say("attention_not_yet")))
    found = attention_lines(wave, derived, {measure.measure_id for measure in wave.measures})
    if not found:
        return parts.card(say("attention_title"), parts.paragraph(say("attention_none")))
    lines = "".join(_markup(line) for line in found)
    foot = attention_foot(waves, found)
    return parts.card(
        say("attention_title"),
        parts.paragraph(say("attention_order"), "q-small"),
        lines,
        parts.paragraph(foot, "q-note"),
    )


def attention_foot(waves: Sequence[Wave], lines: Sequence[Line]) -> str:
    """How often such labels are wrong, and what may be seasonal."""
    seasons = sorted({season_note(line.change, waves) for line in lines} - {""})
    return " ".join((change_foot(lines[0].change.basis, spoken()), *seasons))


def attention_lines(wave: Wave, derived: Derived, measure_ids: Collection[str]) -> list[Line]:
    """The surest clear changes and unusual waves of these measures, for the groups that can be seen."""
    measures = {measure.measure_id: measure for measure in wave.measures if measure.measure_id in measure_ids}
    found = derived.surest_changes(list(measures), _MOST, wave.visible_ids)
    told = [change for change in found if wave.group(change.group_id) is not None]
    return [_line(wave, derived, change, measures[change.measure_id]) for change in told]


def _line(wave: Wave, derived: Derived, change: Change, measure: Measure) -> Line:
    group = wave.group(change.group_id) or wave.root
    said = [sentence(change, measure)]
    if change.unusual:
        said.append(phrase("unusual", spoken()))
    comparison = derived.comparisons([group.group_id], [measure.measure_id]).get((group.group_id, measure.measure_id))
    if comparison is not None:
        said.append(worst_sentence(comparison, group.name, measure.is_high_worse, spoken()))
    tags = [(change_tag(change.label, measure.is_high_worse, spoken()), tag_kind(change, measure))]
    if change.unusual:
        tags.append((say("unusual_tag"), "possible"))
    return Line(
        change,
        say("trend_title", group=group.name, measure=words.inside_sentence(measure.name)),
        " ".join(each for each in said if each),
        tuple(tags),
    )


def _markup(line: Line) -> str:
    address = escape(words.link("trend", group=line.change.group_id, measure=line.change.measure_id), quote=True)
    marks = " ".join(f'<span class="q-tag q-{kind}">{escape(text)}</span>' for text, kind in line.tags)
    return (
        f'<div class="q-line"><div><a href="{address}" target="_self">{escape(line.name)}</a>'
        f"<p>{escape(line.said)}</p></div><div>{marks}</div></div>"
    )


def finding(wave: Wave, derived: Derived | None, measures: list[Measure]) -> str | None:
    """The headline of Home from the changes of the organisation: at most two sentences; None before there are any."""
    if derived is None:
        return None
    changes = derived.changes([wave.root.group_id], [measure.measure_id for measure in measures])
    told: list[str] = []
    unmoved: dict[str, list[str]] = {}
    for measure in measures:
        change = changes.get((wave.root.group_id, measure.measure_id))
        if change is None or change.wave_id != wave.wave_id:
            continue
        since = words.wave_name(change.since_wave_id)
        if change.label in CLEAR:
            told.append(say("has_risen" if change.change > 0 else "has_fallen", measure=measure.name, wave=since))
        else:
            unmoved.setdefault(since, []).append(measure.name)
    return " ".join((told + _unmoved(unmoved))[:2]) or None


def _unmoved(names_by_wave: Mapping[str, list[str]]) -> list[str]:
    """One sentence for all measures without a clear change since the same wave."""
    said = []
    for since, names in names_by_wave.items():
        first, *rest = names
        if not rest:
            said.append(say("has_not_changed", measure=first, wave=since))
            continue
        listed = words.listing([first, *(words.inside_sentence(name) for name in rest)])
        said.append(say("has_not_changed_both", measures=listed, wave=since))
    return said
