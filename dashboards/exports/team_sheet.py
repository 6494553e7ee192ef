"""One sheet to pin up for a team: what its wider group says, how it is protected, a talk of 20 minutes.

Useful, and of the same look, also where nothing of the team's own is shown.
"""

from __future__ import annotations

from dashboards import words
from dashboards.exports.figure_parts import figure_parts
from dashboards.exports.paper import Data, typeset
from dashboards.language import say
from dashboards.overview import first_measures
from dashboards.team_cards import guide_steps, protection_lines
from dashboards.waves import Group, Wave
from flows.trend.read import Derived


def team_sheet(wave: Wave, derived: Derived | None, group: Group, is_demo: bool) -> bytes:
    """The sheet of one team, or of any other group, as PDF."""
    title = say("sheet_title", group=group.name, wave=words.wave_long_name(wave.wave_id))
    return typeset("team.typ", title, wave, sheet_parts(wave, derived, group), is_demo)


def sheet_parts(wave: Wave, derived: Derived | None, group: Group) -> Data:
    """What the sheet says."""
    is_shown = group.group_id in wave.shown_ids
    nearest = group if is_shown else wave.nearest_shown(group)
    figures_title = say("own_title") if nearest is group else say("wider_title")
    if nearest is not None and nearest is not group:
        figures_title = say("wider_title_of", group=nearest.name)
    return {
        "kicker": words.wave_kicker(wave.wave_id),
        "name": group.name,
        "path": " / ".join(each.name for each in wave.path(group)),
        "lead": say("team_shown" if is_shown else "team_hidden"),
        "figures_title": figures_title,
        "figures": _figures(wave, derived, nearest),
        "counted": say("wider_counted") if nearest is not None and nearest is not group else "",
        "none": say("wider_none"),
        "protected_title": say("team_protected_title"),
        "protected": protection_lines(wave, group),
        "guide_title": say("guide_title"),
        "guide_time": say("guide_time"),
        "guide": [list(step) for step in guide_steps(wave, nearest)],
        "do_not_title": say("do_not_title"),
        "do_not": [say(f"do_not_{place}") for place in (1, 2, 3)],
    }


def _figures(wave: Wave, derived: Derived | None, nearest: Group | None) -> list[Data]:
    return [] if nearest is None else [figure_parts(derived, wave, nearest, each) for each in first_measures(wave)]
