"""Cards of the team page: the wider group, how the team is protected, the talk of 20 minutes."""

from __future__ import annotations

from html import escape

from dashboards import parts, words
from dashboards.language import say
from dashboards.levels import change_of, sentence, tag
from dashboards.overview import first_measures
from dashboards.waves import Group, State, Wave
from flows.trend.read import Derived


def wider_card(wave: Wave, group: Group, nearest: Group | None, derived: Derived | None) -> str:
    """Figures of the team, or of the nearest group above it that is shown."""
    if nearest is None:
        return parts.card(say("wider_title"), parts.paragraph(say("wider_none")))
    body = []
    for measure in first_measures(wave):
        figure = wave.figure(nearest.group_id, measure.measure_id)
        text = words.finding(measure.name, figure.state, figure.value, figure.low, figure.high, measure.is_share)
        body.append(parts.paragraph(f"{text} {words.direction_sentence(measure.is_high_worse)}"))
        if figure.state is State.SHOWN and figure.value is not None and not measure.is_share:
            body.append(parts.scale_bar(figure.value, figure.low, figure.high))
        change = change_of(derived, nearest.group_id, measure.measure_id)
        if change is not None:
            body.append(f"<p>{tag(change, measure)}</p>{parts.paragraph(sentence(change, measure), 'q-small')}")
    if nearest is group:
        return parts.card(say("own_title"), *body)
    body.append(parts.paragraph(say("wider_counted"), "q-small"))
    return parts.card(say("wider_title_of", group=nearest.name), *body)


def protection_lines(wave: Wave, group: Group) -> list[str]:
    """How the team is protected, with the numbers of this release; the same words for every team."""
    k = wave.manifest.k
    above = [each.name for each in wave.path(group)]
    lines = [say("team_protected_k", **k)]
    if above:
        lines.append(say("team_protected_in", groups=words.listing(list(reversed(above)))))
    lines.append(say("team_protected_attack"))
    lines.append(say("team_protected_next"))
    return lines


def protection_card(wave: Wave, group: Group) -> str:
    """How the team is protected."""
    lines = protection_lines(wave, group)
    return parts.card(say("team_protected_title"), parts.bullets(escape(line) for line in lines))


def guide_steps(wave: Wave, nearest: Group | None) -> list[tuple[str, str]]:
    """Four steps, first words and rest; the first quotes the group whose figures can be seen."""
    about = nearest.name if nearest else wave.root.name
    strain = next((measure.name for measure in first_measures(wave)), say("guide_strain"))
    told = {1: {"group": about, "measure": words.inside_sentence(strain)}}
    return [(say(f"guide_{step}"), say(f"guide_{step}_more", **told.get(step, {}))) for step in (1, 2, 3, 4)]


def guide_card(wave: Wave, nearest: Group | None) -> str:
    """A talk of 20 minutes."""
    lines = (
        f"<b>{escape(first)}</b> {escape(rest)} <small>({escape(say('guide_time'))})</small>"
        for first, rest in guide_steps(wave, nearest)
    )
    return parts.card(say("guide_title"), parts.bullets(lines, is_ordered=True))
