"""Which figures each page shows: the rows of its download."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.exports.figures import Row, breakdown_rows, cell_rows, participation_rows, series_rows
from dashboards.frame import View
from dashboards.funnel import funnel_of
from dashboards.heat_table import heat_figures
from dashboards.measure_names import instruments
from dashboards.overview import first_measures
from dashboards.waves import Group, Measure
from surveys.coverage import coverage

MOST_PARTICIPATION_GROUPS = 200


def home_rows(view: View) -> list[Row]:
    """The organisation over all waves, for the measures of the cards."""
    waves, root = view.shelf.waves, view.wave.root
    return [
        row
        for measure in first_measures(view.wave)
        for row in series_rows("home", waves, root, measure, view.derived, has_level=False)
    ]


def heat_rows(view: View, groups: Sequence[Group], measures: Sequence[Measure]) -> list[Row]:
    """Every cell of the table, other teams as it marks them."""
    return cell_rows("heat_map", view.wave, groups, measures, figures=heat_figures(view.wave, groups))


def trend_rows(view: View, group: Group, measure: Measure, beside: Sequence[Group] = ()) -> list[Row]:
    """The group with its level, its parent, the organisation, and the groups beside it with theirs."""
    path = view.wave.path(group)
    others = list(dict.fromkeys([*path[-1:], *path[:1]]))
    rows = series_rows("trend", view.shelf.waves, group, measure, view.derived, has_level=True)
    for other in others:
        rows += series_rows("trend", view.shelf.waves, other, measure, None, has_level=False)
    for other in beside:
        rows += series_rows("trend", view.shelf.waves, other, measure, view.derived, has_level=True)
    return rows


def compare_rows(view: View, level: str, measure: Measure) -> list[Row]:
    """The groups of the funnel, the organisation, and the wave's breakdown."""
    groups = [view.wave.root, *(spot.group for spot in funnel_of(view.wave, view.derived, level, measure).spots)]
    return [
        *cell_rows("compare", view.wave, groups, [measure], view.derived),
        *breakdown_rows("compare", view.wave, measure),
    ]


def construct_rows(view: View, page: str, kinds: Sequence[str]) -> list[Row]:
    """The organisation's figures for every asked measure of these constructs (challenge, practice, institution)."""
    constructs = {row.construct for row in coverage(instruments()) if row.group in kinds}
    measures = [measure for measure in view.wave.measures if measure.construct in constructs]
    return cell_rows(page, view.wave, [view.wave.root], measures, view.derived)


def team_rows(view: View, nearest: Group | None) -> list[Row]:
    """The team, or the nearest group above it that is shown."""
    groups = [] if nearest is None else [nearest]
    return cell_rows("team", view.wave, groups, first_measures(view.wave), view.derived)


def answered_rows(view: View) -> list[Row]:
    """Bands of the organisation over all waves, and of the groups of this wave."""
    rows = [row for wave in view.shelf.waves[:-1] for row in participation_rows("participation", wave, [wave.root])]
    groups = [group for group in view.wave.groups[:MOST_PARTICIPATION_GROUPS] if group.kind != "other"]
    return rows + participation_rows("participation", view.wave, groups)
