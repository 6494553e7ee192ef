"""Groups of one wave: looked up by id in compact columns; the whole tree only where a page walks through it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.publish.contract import LEVELS
from flows.trend.large_table import set_aside

Rows = npt.NDArray[np.int32]
NO_ROW = -1
LOW_RESPONSE = "<50"
_KIND_ORDER = {"unit": 0, "pooled": 1, "other": 2}


@dataclass(frozen=True, slots=True)
class Group:
    """One unit, pool or "other" row; `depth` 0 is the organisation."""

    group_id: str
    parent_id: str | None
    name: str
    level: str
    kind: str
    member_unit_ids: tuple[str, ...]
    respondents_n: int | None
    response_band: str | None
    depth: int

    @property
    def is_low_response(self) -> bool:
        """Fewer than half of those asked answered, as far as the release says."""
        return self.response_band == LOW_RESPONSE


class GroupBook:
    """The groups of a release by row, in the order of their ids. Rows that no path joins to the top do not count."""

    def __init__(self, groups: pl.DataFrame) -> None:
        """`groups`: the release's table."""
        self.table = set_aside(groups.drop("wave_id").sort("group_id"))
        self.ids = self.table["group_id"]
        self._keys = np.array([each.encode() for each in self.ids.to_list()])
        parents = self.table["parent_group_id"]
        found = np.searchsorted(self._keys, np.array([(each or "").encode() for each in parents.to_list()]))
        found = np.minimum(found, len(self._keys) - 1)
        is_known = (self.ids.gather(found) == parents).fill_null(False).to_numpy()
        self.parent: Rows = np.where(is_known, found, NO_ROW).astype(np.int32)
        self._pooled: Rows = np.flatnonzero((self.table["kind"] == "pooled").to_numpy()).astype(np.int32)

    def row(self, group_id: str) -> int:
        """The row of a group, NO_ROW if the wave has none of this id."""
        key = group_id.encode()
        place = int(np.searchsorted(self._keys, np.array(key)))
        return place if place < len(self.ids) and self.ids[place] == group_id else NO_ROW

    def above(self, row: int) -> list[int]:
        """Rows from the group above up to the top."""
        found: list[int] = []
        parent = int(self.parent[row])
        while parent != NO_ROW and parent not in found:
            found.append(parent)
            parent = int(self.parent[parent])
        return found

    def is_joined(self, row: int) -> bool:
        """Whether a path leads from the group to the top."""
        path = self.above(row)
        return int(self.parent[path[-1] if path else row]) == NO_ROW

    def group(self, row: int) -> Group:
        """The group of a row."""
        return _group(self.table.row(row, named=True), len(self.above(row)))

    def pools_of(self, unit_ids: Iterable[str]) -> list[int]:
        """Rows of the pooled groups that hold any of these units."""
        wanted = set(unit_ids)
        members = self.table["member_unit_ids"]
        return [int(row) for row in self._pooled if not wanted.isdisjoint(members[int(row)].to_list())]

    def visible(self, unit_ids: Iterable[str]) -> Rows:
        """Own units, all below them, pools that hold them, and all above them; the top alone where nothing is own."""
        own = {row for each in unit_ids if (row := self.row(each)) != NO_ROW} | set(self.pools_of(unit_ids))
        own = {row for row in own if self.is_joined(row)}
        if not own:
            return self.tops
        is_seen = np.zeros(len(self.ids), bool)
        is_seen[list(own)] = True
        seen_n = 0
        while seen_n < (seen_n := int(is_seen.sum())):
            is_seen |= is_seen[self.parent] & (self.parent != NO_ROW)
        for row in own:
            is_seen[self.above(row)] = True
        return np.flatnonzero(is_seen).astype(np.int32)

    def named(self, text: str, among: Rows | None) -> Rows:
        """Units and pools whose name, with that of the group above, holds every word of a text, in order of names."""
        found = pl.Series(np.ones(len(self.ids), bool)) if among is None else _flags(among, len(self.ids))
        found = found & (self.table["kind"] != "other")
        for word in text.casefold().split():
            found = found & self._search.str.contains(word, literal=True)
        rows = np.flatnonzero(found.to_numpy()).astype(np.int32)
        in_order: Rows = rows[self._search.gather(rows).arg_sort().to_numpy()]
        return in_order

    @cached_property
    def _search(self) -> pl.Series:
        """What a group is found by: its own name, then the name of the group above."""
        names = self.table["group_name"]
        above = names.gather(np.where(self.parent == NO_ROW, 0, self.parent))
        return pl.Series([f"{own} {up}".casefold() for own, up in zip(names, above, strict=True)])

    @property
    def tops(self) -> Rows:
        """The organisation."""
        return np.flatnonzero(self.table["parent_group_id"].is_null().to_numpy()).astype(np.int32)

    @cached_property
    def tree(self) -> tuple[Group, ...]:
        """All groups, parents before children; units before pools before other teams, each by name."""
        return _in_tree_order(self.table.iter_rows(named=True))

    def tree_of(self, rows: Rows) -> tuple[Group, ...]:
        """Some groups in the same order; all that is above each of them has to be among them."""
        return _in_tree_order(self.table[rows].iter_rows(named=True))


def _flags(rows: Rows, length: int) -> pl.Series:
    """True at these rows."""
    found = np.zeros(length, bool)
    found[rows] = True
    return pl.Series(found)


def _in_tree_order(rows: Iterable[Mapping[str, Any]]) -> tuple[Group, ...]:
    table = list(rows)
    known = {row["group_id"] for row in table}
    children: dict[str | None, list[Mapping[str, Any]]] = {}
    for row in table:
        parent_id = row["parent_group_id"] if row["parent_group_id"] in known else None
        children.setdefault(parent_id, []).append(row)
    ordered: list[Group] = []
    waiting = [(row, 0) for row in reversed(_sorted_siblings(children.get(None, [])))]
    while waiting:
        row, depth = waiting.pop()
        ordered.append(_group(row, depth))
        below = reversed(_sorted_siblings(children.get(row["group_id"], [])))
        waiting.extend((child, depth + 1) for child in below)
    return tuple(ordered)


def _sorted_siblings(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(
        rows, key=lambda row: (LEVELS.index(row["level"]), _KIND_ORDER[row["kind"]], row["group_name"].casefold())
    )


def _group(row: Mapping[str, Any], depth: int) -> Group:
    return Group(
        group_id=row["group_id"],
        parent_id=row["parent_group_id"],
        name=row["group_name"],
        level=row["level"],
        kind=row["kind"],
        member_unit_ids=tuple(sorted(row["member_unit_ids"] or ())),
        respondents_n=row["respondents_n"],
        response_band=row["response_band"],
        depth=depth,
    )
