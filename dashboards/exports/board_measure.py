"""The sheets of one measure: what it asks, its course over the waves, how departments lie beside the organisation."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards import words
from dashboards.actions import Action
from dashboards.exports.figure_parts import figure_parts
from dashboards.exports.page_pictures import compare_picture, has_funnel, scale_words, trend_picture
from dashboards.exports.paper import Data
from dashboards.exports.pictures import bare_svg
from dashboards.funnel import MOST_NAMED, Funnel, Spot, difference_tag, figure_of, funnel_of, is_worse
from dashboards.language import say, say_n, spoken
from dashboards.levels import notes_of
from dashboards.measure_names import instruments
from dashboards.numbers_table import number_rows
from dashboards.selection import heat_levels
from dashboards.series import build_series
from dashboards.waves import Measure, Wave
from flows.trend.read import Derived

_WIDE = 690
_TREND_HIGH = 300
_FUNNEL_HIGH = 430
_MOST_WAVES = 10


def measure_parts(waves: Sequence[Wave], derived: Derived | None, actions: Sequence[Action], measure: Measure) -> Data:
    """Everything that the sheets of a measure say."""
    wave = waves[-1]
    figure = figure_parts(derived, wave, wave.root, measure)
    picture = trend_picture(waves, derived, actions, wave.root, measure)
    head, rows = number_rows(build_series(waves, wave.root, measure))
    level = board_level(wave)
    funnel = funnel_of(wave, derived, level, measure)
    return {
        "figure": figure,
        "chart_title": scale_words(measure),
        "chart": bare_svg(picture.chart, _WIDE, _TREND_HIGH),
        "alternative": picture.alternative,
        "head": head,
        "rows": rows[-_MOST_WAVES:],
        "earlier": say_n("board_earlier", len(rows) - _MOST_WAVES) if len(rows) > _MOST_WAVES else "",
        "notes": notes_of(derived, waves, wave.root, measure),
        "about": _about(measure),
        "compare": _compare(wave, funnel, level, measure) if has_funnel(wave, funnel, measure) else None,
        "no_compare": say("nothing_drawn", level=words.levels_counted(level, 2)),
    }


def board_level(wave: Wave) -> str:
    """Departments where there are any, else the lowest level: a board does not look at single teams first."""
    levels = heat_levels(wave)
    return "department" if "department" in levels else levels[-1]


def _about(measure: Measure) -> list[list[str]]:
    """What the measure asks, and what it cannot say."""
    known = instruments().measures.get(measure.measure_id)
    told = []
    if known is not None and known.explains:
        told.append([say("asks"), known.explains.get(spoken(), known.explains.get("en", ""))])
    if known is not None and known.cannot_say:
        told.append([say("cannot_say"), known.cannot_say.get(spoken(), known.cannot_say.get("en", ""))])
    if measure.note:
        told.append(["", f"{words.capital(measure.note)}."])
    return told


def _compare(wave: Wave, funnel: Funnel, level: str, measure: Measure) -> Data:
    picture = compare_picture(wave, funnel, level, measure)
    clear = [spot for spot in funnel.spots if spot.differs]
    title = say("compare_title_none", measure=measure.name, level=words.levels_counted(level, 1))
    if clear:
        counted = words.levels_counted(level, funnel.differs_n)
        title = say_n("compare_title", funnel.differs_n, measure=measure.name, level=counted)
    return {
        "title": title,
        "lead": say("compare_lead"),
        "chart_title": picture.title,
        "note": picture.note,
        "chart": bare_svg(picture.chart, _WIDE, _FUNNEL_HIGH),
        "alternative": picture.alternative,
        "clear_title": say("differs_title"),
        "clear": [_line(spot, measure) for spot in clear[:MOST_NAMED]],
        "nobody": say("differs_nobody"),
        "rest_title": say("no_difference_title"),
        "rest": [
            say_n("within_chance", funnel.within_n),
            say("no_ranks"),
            *([say_n("unjudged", funnel.unjudged_n)] if funnel.unjudged_n else []),
        ],
    }


def _line(spot: Spot, measure: Measure) -> Data:
    kind = "worse" if is_worse(spot, measure) else "better"
    return {
        "name": spot.group.name,
        "said": figure_of(spot),
        "tags": [{"text": difference_tag(spot, measure), "kind": kind}],
    }
