"""The board report: the findings, a sheet or two a measure, the map, who answered, the rules. Data for `board.typ`.

It says what the pages say, for the measures that the organisation chose for its board, and is made from waves as the
reader may see them. Nothing is computed here that no page computes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dashboards import words
from dashboards.actions import Action
from dashboards.attention import attention_foot, attention_lines, finding
from dashboards.exports.board_map import heat_parts
from dashboards.exports.board_measure import measure_parts
from dashboards.exports.figure_parts import figure_parts
from dashboards.exports.paper import Data, typeset
from dashboards.language import say
from dashboards.overview import first_measures, headline, range_sentences
from dashboards.release_facts import answer_sheets, policy_lead, release_facts, signature_line
from dashboards.waves import Measure, Wave
from flows.trend.read import Derived

_MOST_ACTIONS = 8


def chosen_measures(wave: Wave, measure_ids: Sequence[str]) -> list[Measure]:
    """The board's measures as far as this wave asked them; without a choice, or with none asked, those of Home."""
    asked = [measure for measure_id in measure_ids if (measure := wave.measure(measure_id)) is not None]
    return asked or first_measures(wave)


def board_report(
    waves: Sequence[Wave],
    derived: Derived | None,
    actions: Sequence[Action],
    measure_ids: Sequence[str],
    is_demo: bool,
    effects: Callable[[Action], list[str]] = lambda _action: [],
) -> bytes:
    """The report on the last of the waves as PDF; `effects` says what can be told of an action."""
    wave = waves[-1]
    measures = chosen_measures(wave, measure_ids)
    title = say("board_title", name=wave.root.name, wave=words.wave_long_name(wave.wave_id))
    data = {
        "first": {**_first_sheet(waves, derived, measures), "done": _done(actions, effects)},
        "missing": _missing(wave, measure_ids),
        "measures": [measure_parts(waves, derived, actions, measure) for measure in measures],
        "map": heat_parts(wave, measures),
        "rules": _rules(wave),
    }
    return typeset("board.typ", title, wave, data, is_demo)


def _first_sheet(waves: Sequence[Wave], derived: Derived | None, measures: Sequence[Measure]) -> Data:
    wave = waves[-1]
    answered = words.answered(wave.root.respondents_n, wave.root.response_band, words.wave_long_name(wave.wave_id))
    return {
        "kicker": say("board_kicker", wave=words.wave_kicker(wave.wave_id)),
        "headline": finding(wave, derived, list(measures)) or headline(wave, measures),
        "lead": say("home_lead", name=wave.root.name, answered=answered),
        "cards": [figure_parts(derived, wave, wave.root, measure) for measure in measures],
        "attention": _attention(waves, derived, measures),
        "range": {"title": say("how_to_read_title"), "lines": range_sentences(wave, measures)},
    }


def _attention(waves: Sequence[Wave], derived: Derived | None, measures: Sequence[Measure]) -> Data:
    """What changed that matters, among the measures of the board."""
    told: Data = {"title": say("attention_title"), "order": "", "lines": [], "none": "", "foot": ""}
    if derived is None:
        return {**told, "none": say("attention_not_yet")}
    lines = attention_lines(waves[-1], derived, {measure.measure_id for measure in measures})
    if not lines:
        return {**told, "none": say("attention_none")}
    rows = [
        {"name": line.name, "said": line.said, "tags": [{"text": text, "kind": kind} for text, kind in line.tags]}
        for line in lines
    ]
    return {**told, "order": say("attention_order"), "lines": rows, "foot": attention_foot(waves, lines)}


def _done(actions: Sequence[Action], effects: Callable[[Action], list[str]]) -> Data:
    """The last decisions, newest first, each with what can be told of its effect."""
    lines = [
        [
            action.title,
            f"{say(f'status_{action.status}')}, {say('from_day', day=words.day(action.starts_on))}",
            " ".join(effects(action)),
        ]
        for action in actions[:_MOST_ACTIONS]
    ]
    return {"title": say("done_title"), "lines": lines, "none": say("no_actions")}


def _missing(wave: Wave, measure_ids: Sequence[str]) -> str:
    """Measures of the board that this wave did not ask; silence about them would mislead."""
    missing = [measure_id for measure_id in measure_ids if wave.measure(measure_id) is None]
    return say("board_not_asked", measures=words.listing(missing)) if missing else ""


def _rules(wave: Wave) -> Data:
    """How people are protected, what is shown, where the figures come from."""
    return {
        "title": say("how_protected"),
        "lead": policy_lead(wave),
        "rules_title": say("rules_title"),
        "rules": [list(rule) for rule in words.five_rules(wave.manifest.k, wave.manifest.k_res)],
        "release_title": say("release_title"),
        "signature": signature_line(wave),
        "facts": [list(pair) for pair in release_facts(wave)],
        "shown": words.shown_summary(
            len(wave.shown_units),
            wave.pools_shown_n,
            len(wave.hidden_units),
        ),
        "marks_title": say("marks_title"),
        "marks": [list(pair) for pair in words.mark_meanings()],
        "sheets_title": say("survey_title"),
        "sheets": [list(pair) for pair in answer_sheets(wave)],
    }
