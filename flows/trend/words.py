"""What is said about a figure, a change, a comparison, an effect: one plain sentence each (TRENDS 3.3-6, LOOK 6).

Functions take what the reader gives (`Change`, `Comparison`) and names as they are to be shown. Nothing is escaped.
"""

from __future__ import annotations

import math

from flows.trend.phrases import PHRASES
from flows.trend.read import Change, Comparison
from flows.trend.response import SENSITIVITY_POINTS, if_worse_off
from flows.trend.tables import CLEAR, Basis, Label, Worst

LANGUAGES = tuple(PHRASES)
HUNDRED = 100


def phrase(name: str, language: str, **parts: object) -> str:
    """One phrase in a language, English where the language has none."""
    return PHRASES.get(language, PHRASES["en"])[name].format(**parts)


def points_words(value: float, language: str, *, is_outward: bool = False) -> str:
    """`1 point`, `12 points`: whole points, rounded, or rounded up where `is_outward`."""
    n = math.ceil(round(value, 6)) if is_outward else whole(value)
    return phrase("one_point", language) if n == 1 else phrase("many_points", language, n=n)


def whole(value: float) -> int:
    """The nearest whole point, halves up."""
    return math.floor(value + 0.5)


def verdict(label: str, is_high_worse: bool, language: str) -> str:
    """`worse` or `better`; empty where nothing is clear."""
    if label not in CLEAR:
        return ""
    return phrase("worse" if (label == Label.CLEAR_RISE) == is_high_worse else "better", language)


def change_tag(label: str, is_high_worse: bool, language: str) -> str:
    """A few words for a tag."""
    return phrase(f"tag_{label}", language, verdict=verdict(label, is_high_worse, language))


def change_sentence(change: Change, since: str, is_high_worse: bool, language: str) -> str:
    """The change of one group and measure; `since` is the name of the wave that it is compared with.

    A range is given where a change is called; where none is, the change that would have been seen.
    """
    label = change.label
    first = phrase(label, language, wave=since, verdict=verdict(label, is_high_worse, language))
    if label == Label.RESPONSE_DIFFERS:
        return first
    if label == Label.NO_CLEAR_CHANGE:
        seen = min(HUNDRED, change.smallest_change)
        return f"{first} {phrase('would_have_seen', language, points=points_words(seen, language, is_outward=True))}"
    return f"{first} {_moved(change, language)}"


def _moved(change: Change, language: str) -> str:
    if change.change >= 0:
        low, high, name = change.change_low, change.change_high, "up"
    else:
        low, high, name = -change.change_high, -change.change_low, "down"
    parts = {"low": signed(low), "high": signed(high)}
    return phrase(name, language, points=points_words(abs(change.change), language), **parts)


def change_foot(basis: str, language: str) -> str:
    """How often such labels are wrong."""
    return phrase("foot_two_waves" if basis == Basis.TWO_WAVES else "foot_trend", language)


def figure_words(value: float, low: float | None, high: float | None, language: str) -> str:
    """`58, range 49 to 65`; the value alone where there is no range."""
    if low is None or high is None:
        return str(whole(value))
    return phrase("figure", language, value=whole(value), low=whole(low), high=whole(high))


def bound_words(value: float, language: str) -> str:
    """`at least 86`, `at most 13`: rounded outward."""
    if value > HUNDRED / 2:
        return phrase("at_least", language, value=math.floor(value))
    return phrase("at_most", language, value=math.ceil(value))


def response_sentences(mean: float, band: str | None, is_high_worse: bool, language: str) -> list[str]:
    """Notes on those who did not answer; none from 70 % on."""
    worse = if_worse_off(mean, band, is_high_worse)
    if worse is None:
        return []
    points = points_words(SENSITIVITY_POINTS, language)
    said = [phrase("if_worse_off", language, points=points, value=whole(worse))]
    return [phrase("fewer_than_half", language), *said] if band == "<50" else said


def difference_sentence(label: str, group: str, value: float, centre: float, language: str) -> str:
    """A group beside its organisation."""
    return phrase(label, language, group=group, value=whole(value), centre=whole(centre))


def worst_sentence(comparison: Comparison, group: str, is_high_worse: bool, language: str) -> str:
    """Whether the group is likely among the worst fifth; empty where nothing is said."""
    if comparison.worst is None:
        return ""
    name = Worst(comparison.worst).value
    return phrase(name if is_high_worse else f"{name}_protection", language, group=group)


def estimate_sentence(comparison: Comparison, language: str) -> str:
    """The pooled estimate beside a figure; empty before it can be told."""
    if comparison.line is None or comparison.band_low is None or comparison.band_high is None:
        return ""
    return phrase(
        "best_estimate",
        language,
        value=whole(comparison.line),
        low=whole(comparison.band_low),
        high=whole(comparison.band_high),
    )


def effect_sentence(action: str, measure: str, effect: float | None, low: float, high: float, language: str) -> str:
    """The effect of an action in points; `effect` is None where it is too early to say."""
    if effect is None:
        return phrase("effect_early", language, action=action)
    if low <= 0 <= high:
        largest = points_words(max(abs(low), abs(high)), language, is_outward=True)
        return phrase("effect_none", language, action=action, measure=measure, points=largest)
    name = "effect_higher" if effect > 0 else "effect_lower"
    moved = points_words(abs(effect), language)
    parts = {"low": signed(low), "high": signed(high)}
    return phrase(name, language, action=action, measure=measure, points=moved, **parts)


def signed(value: float) -> str:
    """A whole number with a true minus sign."""
    n = whole(value)
    return f"\u2212{-n}" if n < 0 else str(n)
