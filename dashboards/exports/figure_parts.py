"""Parts of a sheet that say one figure: big number, range, tag and sentence of its change, bar. Data, no markup."""

from __future__ import annotations

from dashboards import words
from dashboards.exports.paper import Data
from dashboards.language import say, say_n, spoken
from dashboards.levels import change_of, sentence, tag_kind
from dashboards.waves import Figure, Group, Measure, State, Wave
from flows.trend.read import Derived
from flows.trend.words import change_tag


def change_parts(derived: Derived | None, wave: Wave, group: Group, measure: Measure) -> Data:
    """Tags and sentence of the change up to this wave; empty where nothing is said."""
    change = change_of(derived, group.group_id, measure.measure_id)
    if change is None or change.wave_id != wave.wave_id:
        return {"tags": [], "said": ""}
    tags = [{"text": change_tag(change.label, measure.is_high_worse, spoken()), "kind": tag_kind(change, measure)}]
    if change.unusual:
        tags.append({"text": say("unusual_ask_tag"), "kind": "possible"})
    return {"tags": tags, "said": sentence(change, measure)}


def figure_parts(derived: Derived | None, wave: Wave, group: Group, measure: Measure) -> Data:
    """One figure of a group in this wave."""
    figure = wave.figure(group.group_id, measure.measure_id)
    return {
        "name": measure.name,
        "state": figure.state.value,
        "finding": words.finding(measure.name, figure.state, figure.value, figure.low, figure.high, measure.is_share),
        "direction": words.direction_sentence(measure.is_high_worse),
        "big": _big(figure, measure),
        "after": _after(figure, measure),
        "bar": _bar(figure, measure),
        "notes": _notes(figure, group),
        **change_parts(derived, wave, group, measure),
    }


def _big(figure: Figure, measure: Measure) -> str:
    if figure.value is None:
        return ""
    text = words.percent(figure.value) if measure.is_share else str(figure.value)
    return f"{words.BOUND_SIGNS.get(figure.state, '')}{text}"


def _after(figure: Figure, measure: Measure) -> str:
    """What stands beside the big number, or instead of it."""
    if figure.state is State.HIDDEN:
        return words.capital(say("hidden"))
    if figure.value is None:
        return say("not_asked_here")
    direction = words.direction(measure.is_high_worse)
    if measure.is_share:
        return f"({direction})"
    if figure.low is None or figure.high is None:
        return say("card_of_100", direction=direction)
    return say("card_of_100_range", direction=direction, low=figure.low, high=figure.high)


def _bar(figure: Figure, measure: Measure) -> Data | None:
    """The figure on 0 to 100; only an exact one has a place there."""
    if figure.state is not State.SHOWN or figure.value is None or measure.is_share:
        return None
    return {"value": figure.value, "low": figure.low, "high": figure.high}


def _notes(figure: Figure, group: Group) -> list[str]:
    lines = []
    if figure.at_risk_pct is not None:
        lines.append(words.at_risk_sentence(figure.at_risk_state, figure.at_risk_pct))
    if figure.respondents_n is not None:
        lines.append(say_n("n_answer", figure.respondents_n))
    if group.is_low_response and figure.value is not None:
        lines.append(f"{words.capital(say('low_response'))}.")
    return lines
