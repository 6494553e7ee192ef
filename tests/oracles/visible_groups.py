"""Slow and obvious: which groups a scope sees, by walking up from every single group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dashboards.access import Scope
from dashboards.waves import Group


def visible_groups(groups: Iterable[Group], scope: Scope) -> frozenset[str]:
    """Ids of the groups that a scope sees: own units, all below them, pools that hold them, and all above them."""
    by_id = {group.group_id: group for group in groups}
    if scope.sees_all:
        return frozenset(by_id)
    own = {
        group.group_id
        for group in by_id.values()
        if group.group_id in scope.unit_ids
        or (group.kind == "pooled" and not scope.unit_ids.isdisjoint(group.member_unit_ids))
    }
    seen = {group.group_id for group in by_id.values() if own.intersection(_upwards(group, by_id))}
    for group_id in own:
        seen.update(_upwards(by_id[group_id], by_id))
    if own:
        return frozenset(seen)
    return frozenset(group.group_id for group in by_id.values() if group.parent_id is None)


def _upwards(group: Group, by_id: Mapping[str, Group]) -> list[str]:
    path = [group.group_id]
    parent = by_id.get(group.parent_id or "")
    while parent is not None and parent.group_id not in path:
        path.append(parent.group_id)
        parent = by_id.get(parent.parent_id or "")
    return path
