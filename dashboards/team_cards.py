"""Cards of the team page: the wider group, how the team is protected, the talk of 20 minutes."""

from __future__ import annotations

from html import escape

from dashboards import parts, words
from dashboards.levels import change_of, sentence, tag
from dashboards.overview import first_measures
from dashboards.waves import Group, State, Wave
from flows.trend.read import Derived


def wider_card(wave: Wave, group: Group, nearest: Group | None, derived: Derived | None) -> str:
    """Figures of the team, or of the nearest group above it that is shown."""
    if nearest is None:
        return parts.card("Your wider group", parts.paragraph("No group above yours is shown in this wave."))
    body = []
    for measure in first_measures(wave):
        figure = wave.figure(nearest.group_id, measure.measure_id)
        text = words.finding(measure.name, figure.state, figure.value, figure.low, figure.high, measure.is_share)
        body.append(parts.paragraph(f"{text} ({words.capital(words.direction(measure.is_high_worse))}.)"))
        if figure.state is State.SHOWN and figure.value is not None and not measure.is_share:
            body.append(parts.scale_bar(figure.value, figure.low, figure.high))
        change = change_of(derived, nearest.group_id, measure.measure_id)
        if change is not None:
            body.append(f"<p>{tag(change, measure)}</p>{parts.paragraph(sentence(change, measure), 'q-small')}")
    if nearest is group:
        return parts.card("Your own figures", *body)
    body.append(parts.paragraph("The answers of your team are counted in here.", "q-small"))
    return parts.card(f"Your wider group: {nearest.name}", *body)


def protection_card(wave: Wave, group: Group) -> str:
    """How the team is protected, with the numbers of this release; the same words for every team."""
    k = wave.manifest.k
    above = [each.name for each in wave.path(group)]
    lines = [f"At least {k['work']} answers stand behind every figure, at least {k['sensitive']} for sensitive topics."]
    if above:
        lines.append(f"Your team's answers count in {words.listing(list(reversed(above)))}.")
    lines.append("Nobody can work out a hidden figure by subtraction. This is tested before every release.")
    lines.append("Whether more is shown next time depends on how many answer, and is nobody's duty.")
    return parts.card("How your team is protected", parts.bullets(escape(line) for line in lines))


def guide_card(wave: Wave, nearest: Group | None) -> str:
    """Four steps; the first quotes the group whose figures can be seen."""
    about = nearest.name if nearest else wave.root.name
    strain = next((measure.name for measure in first_measures(wave)), "strain")
    steps = (
        ("5 min", "Share the wider picture.", f"“This is what {about} said about {words.inside_sentence(strain)}.”"),
        ("5 min", "Ask, do not guess.", "“Which of this fits us? What is different here?” Nobody has to speak."),
        ("5 min", "Choose one thing", "that the team can change in a month, and one to raise with your lead."),
        ("5 min", "Write it down", "under Actions, so that staff see what came of it."),
    )
    lines = (f"<b>{escape(first)}</b> {escape(rest)} <small>({escape(time)})</small>" for time, first, rest in steps)
    return parts.card("Talk about it in 20 minutes", parts.bullets(lines, is_ordered=True))
