"""Where actions began on the axis of a trend: those for the group, for a group above it, or for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.actions import Action
from dashboards.waves import Group, Measure, Wave


@dataclass(frozen=True, slots=True)
class Start:
    """`place` is halfway before the first wave that closed on or after the start."""

    place: float
    title: str


def action_starts(
    waves: Sequence[Wave], group: Group, measure: Measure, actions: Sequence[Action]
) -> tuple[Start, ...]:
    """Starts inside the waves; none where waves have no dates."""
    dates = [wave.manifest.closes_on for wave in waves]
    if any(each is None for each in dates):
        return ()
    above = {each.group_id for each in waves[-1].path(group)} | {group.group_id}
    found = []
    for action in actions:
        is_for_group = not action.group_ids or not above.isdisjoint(action.group_ids)
        is_about = not action.measure_ids or measure.measure_id in action.measure_ids
        after = [place for place, each in enumerate(dates) if each is not None and each >= action.starts_on]
        if is_for_group and is_about and action.status != "dropped" and after and after[0] > 0:
            found.append(Start(after[0] - 0.5, action.title))
    return tuple(found)
