"""The reporting tree: units, pools in place of their members, people attached to inner units (PRIVACY 1c-1d)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.errors import UnitsError
from flows.units import UnitTree

Ints = npt.NDArray[np.int64]

WEIGHTS: Mapping[str, int] = {"organisation": 10**8, "division": 10_000, "department": 1_000}
TEAM_WEIGHT = 100
TEAM_COUNT_CAP = 99
PLACES = {"unit_id": pl.String(), "node": pl.Int64()}


@dataclass(frozen=True, slots=True)
class Pool:
    """Small sibling teams that are published together, decided before the wave (PRIVACY 1c)."""

    slug: str
    name: str
    member_unit_ids: tuple[str, ...]

    @property
    def group_id(self) -> str:
        """Id of the pooled group."""
        return f"pool:{self.slug}"


@dataclass(frozen=True)
class ReportingTree:
    """Groups laid out with every parent before its children; index 0 is the organisation.

    eligible: people attached directly to the group. node_of: the node in which a unit's own people count.
    """

    group_ids: tuple[str, ...]
    parents: tuple[int, ...]
    names: tuple[str, ...]
    levels: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    eligible: tuple[int, ...]
    node_of: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.group_ids)

    def is_pool(self, node: int) -> bool:
        """Whether the node is a pooled group."""
        return self.group_ids[node].startswith("pool:")

    @cached_property
    def is_inner(self) -> tuple[bool, ...]:
        """Whether a node has groups below it."""
        inner = set(self.parents)
        return tuple(node in inner for node in range(len(self)))

    @cached_property
    def is_team(self) -> npt.NDArray[np.bool_]:
        """Teams and pools."""
        return np.asarray([level == "team" for level in self.levels])

    @cached_property
    def is_pooled(self) -> npt.NDArray[np.bool_]:
        """Pools."""
        return np.asarray([self.is_pool(node) for node in range(len(self))])

    @cached_property
    def _level_weights(self) -> Ints:
        return np.asarray([WEIGHTS.get(level, 0) for level in self.levels], dtype=np.int64)

    @cached_property
    def ranks(self) -> tuple[int, ...]:
        """Order of the group ids: of equal optima, the one that shows the first id wins."""
        order = {group_id: rank for rank, group_id in enumerate(sorted(self.group_ids))}
        return tuple(order[group_id] for group_id in self.group_ids)

    @cached_property
    def by_depth(self) -> tuple[Ints, ...]:
        """Nodes of each depth, the root's first."""
        depth = [0] * len(self)
        for node in range(1, len(self)):
            depth[node] = depth[self.parents[node]] + 1
        depths = np.asarray(depth)
        order = np.argsort(depths, kind="stable").astype(np.int64)
        return tuple(np.split(order, np.cumsum(np.bincount(depths))[:-1]))

    @cached_property
    def parent_array(self) -> Ints:
        """Parents as an array, -1 for the root."""
        return np.asarray(self.parents, dtype=np.int64)

    @cached_property
    def rank_array(self) -> Ints:
        """Ranks as an array."""
        return np.asarray(self.ranks, dtype=np.int64)

    def totals(self, own: Ints) -> Ints:
        """Sums over each node and everything below it."""
        total = own.astype(np.int64).copy()
        for nodes in reversed(self.by_depth[1:]):
            np.add.at(total, self.parent_array[nodes], total[nodes])
        return total

    def own(self, unit_ids: pl.Series, values: Ints) -> Ints:
        """Values of units, put on the nodes in which their people count."""
        own = np.zeros(len(self), dtype=np.int64)
        np.add.at(own, self.nodes_of(unit_ids), values)
        return own

    def nodes_of(self, unit_ids: pl.Series) -> Ints:
        """The nodes in which units' people count. Raises KeyError for a unit that is not in the tree."""
        asked = unit_ids.alias("unit_id").to_frame()
        found = asked.join(self._places, on="unit_id", how="left", maintain_order="left")["node"]
        if found.null_count():
            raise KeyError(unit_ids.filter(found.is_null())[0])
        return found.to_numpy()

    @cached_property
    def _places(self) -> pl.DataFrame:
        return pl.DataFrame({"unit_id": list(self.node_of), "node": list(self.node_of.values())}, schema=PLACES)

    def nearest_above(self, is_marked: npt.NDArray[np.bool_]) -> Ints:
        """For each node the nearest marked node at or above it, -1 where there is none."""
        owner = np.full(len(self), -1, dtype=np.int64)
        for depth, nodes in enumerate(self.by_depth):
            above = owner[self.parent_array[nodes]] if depth else np.full(len(nodes), -1, dtype=np.int64)
            owner[nodes] = np.where(is_marked[nodes], nodes, above)
        return owner

    def weights(self, totals: Ints) -> Ints:
        """What publishing each node is worth, from its level and count alone (PRIVACY 1d)."""
        return np.where(self.is_team, TEAM_WEIGHT + np.minimum(totals, TEAM_COUNT_CAP), self._level_weights)


def reporting_tree(units: UnitTree, pools: Sequence[Pool] = ()) -> ReportingTree:
    """Lay out the groups of a wave. Raises UnitsError where a pool's members are no sibling teams."""
    pool_of = _check_pools(units, pools)
    group_ids: list[str] = []
    parents: list[int] = []
    node_of: dict[str, int] = {}
    placed: dict[str, int] = {}
    stack: list[tuple[str, int]] = [(units.root.unit_id, -1)]
    while stack:
        unit_id, parent = stack.pop()
        group_id = pool_of[unit_id].group_id if unit_id in pool_of else unit_id
        if group_id not in placed:
            placed[group_id] = len(group_ids)
            group_ids.append(group_id)
            parents.append(parent)
        node_of[unit_id] = placed[group_id]
        stack.extend((child, placed[group_id]) for child in reversed(units.children.get(unit_id, ())))
    by_pool = {pool.group_id: pool for pool in pools}
    eligible = [0] * len(group_ids)
    for unit in units.units:
        eligible[node_of[unit.unit_id]] += unit.eligible_n
    return ReportingTree(
        group_ids=tuple(group_ids),
        parents=tuple(parents),
        names=tuple(by_pool[g].name if g in by_pool else units.by_id[g].unit_name for g in group_ids),
        levels=tuple("team" if g in by_pool else units.level[g] for g in group_ids),
        members=tuple(by_pool[g].member_unit_ids if g in by_pool else (g,) for g in group_ids),
        eligible=tuple(eligible),
        node_of=node_of,
    )


def _check_pools(units: UnitTree, pools: Sequence[Pool]) -> dict[str, Pool]:
    pool_of: dict[str, Pool] = {}
    for pool in pools:
        homes = {units.by_id[member].parent_id if member in units.by_id else None for member in pool.member_unit_ids}
        if len(pool.member_unit_ids) < 2 or len(homes) != 1 or None in homes:
            raise UnitsError(f'pool "{pool.name}": its members must be two or more teams of one unit.')
        for member in pool.member_unit_ids:
            if member in pool_of or member in units.children:
                raise UnitsError(f'pool "{pool.name}": "{member}" is in another pool, or is no team.')
            pool_of[member] = pool
    return pool_of
