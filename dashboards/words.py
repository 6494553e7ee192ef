"""Sentences of the pages that have parts (LOOK section 6), in the language of the page. Names are not escaped here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from dashboards.language import catalogue, say, say_n, spoken
from dashboards.measure_names import is_shipped_name

# Reading order of measures inside strain and inside protection; own measures follow by name.
MEASURE_ORDER = (
    *("bo1", "ee1", "cbi_work", "st1", "cf", "cf1", "vt", "vt1", "gad2", "phq2", "phq_3", "lonely1"),
    *("ip", "ip1", "bnd", "bnd1", "dep1", "sub1", "adm1", "emo1"),
    *("sup1", "sup2", "wlb1", "mind1", "ther1", "net1", "peer1", "slp1", "iso1", "acc1"),
    *("cas1", "exp1", "res1", "cul1", "psy1", "vr1", "act1"),
)
BOUNDS = ("at_least", "at_most")
BOUND_SIGNS = {"at_least": "≥", "at_most": "≤"}
RESPONSE_BANDS = {
    "<50": "response_under_50",
    "50-69": "response_50_69",
    "70-84": "response_70_84",
    ">=85": "response_85_up",
}
# The other counts are left out at 0: many files cannot tell a test, a double or a late sheet.
COUNTS = (
    *("eligible", "read", "accepted", "quarantined", "incomplete", "duplicate", "late", "blank", "test"),
    "other_wave",
)
_ADJECTIVE_FIRST = re.compile(r"[A-ZÄÖÜ]\w+(e|es) [A-ZÄÖÜ]\w+")
COUNTED_IN_EVERY_FILE = ("eligible", "read", "accepted", "quarantined", "blank")


def narrow(name: str) -> str:
    """A measure's name that may part inside long words."""
    known = catalogue(spoken()).soft_hyphens
    return " ".join(known.get(word, word) for word in name.split(" "))


def link(path: str, **query: str) -> str:
    """The address of another page, with the language: a reload begins a new session."""
    return f"{path}?{urlencode({**query, 'lang': spoken()})}"


def wave_name(wave_id: str) -> str:
    """Nov 2026 for 2026-11, any other id as it is."""
    year, month = _year_and_month(wave_id)
    return f"{catalogue(spoken()).short_months[month - 1]} {year}" if month else wave_id


def wave_long_name(wave_id: str) -> str:
    """November 2026 for 2026-11, else "wave" and the id."""
    year, month = _year_and_month(wave_id)
    return f"{catalogue(spoken()).months[month - 1]} {year}" if month else say("wave_unnamed", wave_id=wave_id)


def _year_and_month(wave_id: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{4})-(\d{2})", wave_id)
    if match is None or not 1 <= int(match[2]) <= 12:
        return 0, 0
    return int(match[1]), int(match[2])


def period(first_wave_id: str, last_wave_id: str) -> str:
    """May 2026 to Nov 2026; one wave alone where both are the same."""
    if first_wave_id == last_wave_id:
        return wave_name(last_wave_id)
    return say("period", first=wave_name(first_wave_id), last=wave_name(last_wave_id))


def wave_kicker(wave_id: str) -> str:
    """Above a title: which wave this is."""
    return say("wave_kicker", wave=wave_name(wave_id))


def day(moment: date) -> str:
    """13 November 2026."""
    return say("day", day=moment.day, month=catalogue(spoken()).months[moment.month - 1], year=moment.year)


def listing(parts: Sequence[str]) -> str:
    """a, b and c."""
    return parts[0] if len(parts) == 1 else say("list_and", parts=", ".join(parts[:-1]), last=parts[-1])


def percent(value: int) -> str:
    """54 % with a space that does not break."""
    return f"{value}\u00a0%"


def capital(sentence: str) -> str:
    """The sentence with a capital first letter, all else untouched."""
    return sentence[:1].upper() + sentence[1:]


def inside_sentence(name: str) -> str:
    """A measure's name inside a sentence; German nouns keep their capital, an adjective before one does not."""
    if spoken() == "de" and not (_ADJECTIVE_FIRST.fullmatch(name) and is_shipped_name(name)):
        return name
    return name[:1].lower() + name[1:]


def direction(is_high_worse: bool) -> str:
    """What a high number means."""
    return say("high_worse" if is_high_worse else "high_better")


def direction_sentence(is_high_worse: bool) -> str:
    """The same as a sentence."""
    return say("high_worse_sentence" if is_high_worse else "high_better_sentence")


def level_name(level: str) -> str:
    """The name of a level."""
    return say(f"level_{level}")


def levels_counted(level: str, number: int) -> str:
    """team or teams, inside a sentence."""
    return say(f"level_{'one' if number == 1 else 'many'}_{level}")


def figure_words(state: str, value: int | None, low: int | None, high: int | None, is_share: bool = False) -> str:
    """A figure in words: 58, range 49 to 65; at least 86; hidden; not asked."""
    if state == "hidden":
        return say("hidden")
    if value is None:
        return say("not_asked")
    text = percent(value) if is_share else str(value)
    if state in BOUNDS:
        return say(state, text=text)
    return text if low is None or high is None else say("figure_range", text=text, low=low, high=high)


def finding(measure: str, state: str, value: int | None, low: int | None, high: int | None, is_share: bool) -> str:
    """The headline: Burnout is 54 of 100, range 52 to 56."""
    if state == "hidden":
        return say("finding_hidden", measure=measure)
    if value is None:
        return say("finding_not_asked", measure=measure)
    if is_share:
        text = say(state, text=percent(value)) if state in BOUNDS else percent(value)
        return capital(say("finding_share", share=text, measure=inside_sentence(measure)))
    text = say("of_100", value=value)
    if state in BOUNDS:
        text = say(state, text=text)
    elif low is not None and high is not None:
        text = say("figure_range", text=text, low=low, high=high)
    return say("finding", measure=measure, text=text)


def response_words(band: str | None) -> str:
    """The response band in words; empty where the release gives none."""
    return say(RESPONSE_BANDS[band]) if band in RESPONSE_BANDS else ""


def answered(respondents_n: int | None, band: str | None, wave: str) -> str:
    """Who answered, as far as the release says it."""
    if respondents_n is None:
        return say("answered_hidden", wave=wave)
    people, share = say_n("n_person", respondents_n), response_words(band)
    if not share:
        return say("answered", people=people, wave=wave)
    return say("answered_share", people=people, wave=wave, share=share)


def at_risk_sentence(state: str, pct: int) -> str:
    """The share at or beyond the cut-off of a measure."""
    share = say(state, text=percent(pct)) if state in BOUNDS else percent(pct)
    return capital(say("at_risk", share=share))


def counted_in(group: str | None) -> str:
    """Where hidden answers count; the same words for every hidden group."""
    return say("hidden") if group is None else say("counted_in", hidden=say("hidden"), group=group)


def hidden_answers(group: str | None) -> str:
    """The same as a sentence of its own."""
    return "" if group is None else say("hidden_answers", group=group)


def pooled(members_n: int) -> str:
    """Under the name of a pooled group."""
    return say("pooled", teams=say_n("n_team", members_n))


def shown_summary(shown_n: int, pooled_n: int, hidden_n: int) -> str:
    """How many groups have a figure in the wave."""
    parts = [say_n("shown_figures", shown_n)]
    if pooled_n:
        parts.append(say_n("shown_pooled", pooled_n))
    if hidden_n:
        parts.append(say_n("shown_hidden", hidden_n))
    return " ".join(parts)


def actions_title(actions: Sequence[object]) -> str:
    """The finding of the actions page."""
    return say_n("actions_title", len(actions)) if actions else say("actions_title_none")


def checks_passed(passed: int, all_n: int) -> str:
    """The end of an audit."""
    return say("checks_passed", passed=passed, checks=say_n("n_check", all_n))


def signature(is_trusted: bool) -> str:
    """The state of the signature, for the foot."""
    return say("signature_checked" if is_trusted else "signature_unchecked")


def group_sizes(k: Mapping[str, int]) -> str:
    """Least group sizes, for the foot."""
    return say("group_sizes", work=k["work"], sensitive=k["sensitive"])


def axis_words(is_high_worse: bool) -> tuple[str, str]:
    """What up and down mean on the scale."""
    side = "strain" if is_high_worse else "protection"
    return say(f"more_{side}"), say(f"less_{side}")


def end_label(name: str, state: str, value: int, is_share: bool) -> str:
    """Name and last value at the end of a line."""
    text = percent(value) if is_share else str(value)
    return f"{name} {BOUND_SIGNS.get(state, '')}{text}"


def heat_lead(groups_n: int, measures_n: int, wave: str) -> str:
    """What the heat map holds."""
    return say(
        "heat_lead", groups=say_n("n_group", groups_n), measures=say_n("n_measure", measures_n), wave=wave
    )  # fmt: skip


def five_rules(k: Mapping[str, int], k_res: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """First words and rest of each rule, with the numbers of the release's policy."""
    numbers = {1: k, 2: k_res}
    return tuple(
        (say(f"rule_{n}", **numbers.get(n, {})), say(f"rule_{n}_more", **numbers.get(n, {}))) for n in range(1, 6)
    )


def mark_meanings() -> tuple[tuple[str, str], ...]:
    """Each mark of the legend, and what it means."""
    return (
        (say("mean_hidden_mark"), say("mean_hidden")),
        ("–", say("mean_not_asked")),
        (say("legend_bound"), say("mean_bound")),
        (say("mean_low_mark"), say("mean_low")),
        (say("legend_pooled"), say("mean_pooled")),
        (say("mean_other_mark"), say("mean_other")),
    )


def group_with_parent(name: str, parent: str | None) -> str:
    """A group's name in a list of all groups."""
    return name if parent is None else f"{name} · {parent}"


def shortened(name: str, letters: int) -> str:
    """A long name with its end cut, for a place of fixed width."""
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"
