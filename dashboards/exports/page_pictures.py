"""The charts of the pages as pictures to take along, in the light tokens, each with its words and its release."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards import words
from dashboards.action_starts import action_starts
from dashboards.actions import Action
from dashboards.beside import placed_beside
from dashboards.charts import trend_chart
from dashboards.exports.figures import policy_words
from dashboards.exports.pictures import Picture
from dashboards.figure_card import series_words
from dashboards.funnel import Funnel, funnel_chart, funnel_words, sample_note
from dashboards.language import say
from dashboards.levels import change_of, levels_of, sentence
from dashboards.series import build_series
from dashboards.theme import LIGHT
from dashboards.waves import Group, Measure, State, Wave
from flows.trend.read import Derived


def picture_foot(wave: Wave) -> str:
    """Organisation, wave, release, policy, state of the signature."""
    return say(
        "picture_foot",
        organisation=wave.root.name,
        wave=words.capital(words.wave_long_name(wave.wave_id)),
        release=wave.manifest.release_id,
        policy=policy_words(wave),
        signature=words.signature(wave.is_signature_trusted),
    )


def scale_words(measure: Measure) -> str:
    """Burnout, 0 to 100 (high is worse)."""
    scale = say("share_scale" if measure.is_share else "score_scale")
    return say("chart_title", measure=measure.name, scale=scale, direction=words.direction(measure.is_high_worse))


def trend_picture(
    waves: Sequence[Wave],
    derived: Derived | None,
    actions: Sequence[Action],
    group: Group,
    measure: Measure,
    others: Sequence[Group] = (),
) -> Picture:
    """One group and measure over all waves, with its parent and the organisation, as the trend page draws it."""
    wave = waves[-1]
    path = wave.path(group)
    own = build_series(waves, group, measure)
    parent = build_series(waves, path[-1], measure) if len(path) > 1 else None
    organisation = build_series(waves, path[0], measure) if path else None
    levels = levels_of(derived, waves, group.group_id, measure.measure_id)
    starts = action_starts(waves, group, measure, actions)
    beside = placed_beside(waves, derived, others, measure, LIGHT)
    change = change_of(derived, group.group_id, measure.measure_id)
    said = sentence(change, measure) if change is not None and change.wave_id == wave.wave_id else ""
    return Picture(
        name="trend",
        chart=trend_chart(own, parent, organisation, LIGHT, levels, starts, beside),
        title=say("trend_title", group=group.name, measure=words.inside_sentence(measure.name)),
        note=f"{scale_words(measure)}. {said}".strip(),
        alternative=" ".join([f"{series_words(own)} {said}".strip(), *(series_words(each.series) for each in beside)]),
        foot=picture_foot(wave),
    )


def has_funnel(wave: Wave, funnel: Funnel, measure: Measure) -> bool:
    """Whether there is something to draw: an exact figure of the organisation, and two groups beside it."""
    average = wave.figure(wave.root.group_id, measure.measure_id)
    return (
        average.state is State.SHOWN and average.value is not None and len(funnel.spots) > 1 and measure.phi is not None
    )


def compare_picture(wave: Wave, funnel: Funnel, level: str, measure: Measure) -> Picture:
    """The funnel of one level, as the compare page draws it; ask `has_funnel` first."""
    centre = wave.figure(wave.root.group_id, measure.measure_id).value or 0
    return Picture(
        name="compare",
        chart=funnel_chart(funnel, centre, measure.phi or 0.0, measure, LIGHT),
        title=say(
            "funnel_scale",
            measure=measure.name,
            level=words.levels_counted(level, 1),
            scale=say("score_scale"),
            direction=words.direction(measure.is_high_worse),
        ),
        note=f"{say('compare_note')} {sample_note(funnel)}".strip(),
        alternative=funnel_words(funnel, centre, measure, level),
        foot=picture_foot(wave),
    )
