"""The tree that an attacker sees: units and pools as nodes, in an order in which every subtree is one slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NO_PARENT = -1


@dataclass(frozen=True, slots=True)
class GroupTree:
    """One entry per node, parents before children; the subtree of node i is the slice [i, end[i]).

    is_team: a single leaf unit, threshold k when published; everything else needs k_res.
    level_names: level by the tree's shape, parallel to ids.
    """

    ids: tuple[str, ...]
    index: Mapping[str, int]
    parent: Ints
    end: Ints
    is_pool: Flags
    is_team: Flags
    level_names: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.ids)

    def totals(self, own: Ints) -> Ints:
        """Subtree sums of what is attached to the nodes themselves."""
        running = np.concatenate(([0], np.cumsum(own)))
        sums: Ints = running[self.end] - running[np.arange(self.size)]
        return sums

    def nearest(self, chosen: Flags) -> Ints:
        """Nearest chosen strict ancestor of every node, or NO_PARENT."""
        found = np.full(self.size, NO_PARENT, dtype=np.int64)
        pointer = self.parent.copy()
        open_nodes = np.flatnonzero(pointer != NO_PARENT)
        while open_nodes.size:
            above = pointer[open_nodes]
            hit = chosen[above]
            found[open_nodes[hit]] = above[hit]
            open_nodes = open_nodes[~hit]
            pointer[open_nodes] = self.parent[pointer[open_nodes]]
            open_nodes = open_nodes[pointer[open_nodes] != NO_PARENT]
        return found


def tree_from(groups: pl.DataFrame, units: pl.DataFrame | None) -> tuple[GroupTree | None, list[str]]:
    """Tree of the groups file, over the confidential units where they are known.

    Returns no tree when the groups are not laminar (a unit in two pools, a pool across parents, a cycle).
    """
    named = groups.filter(pl.col("kind") != "other")
    parents: dict[str, str | None] = dict(
        zip(named["group_id"].to_list(), named["parent_group_id"].to_list(), strict=True)
    )
    pools = named.filter(pl.col("kind") == "pooled")
    members = dict(zip(pools["group_id"].to_list(), pools["member_unit_ids"].to_list(), strict=True))
    faults: list[str] = []
    if units is not None:
        parents, faults = _with_units(parents, members, units)
    if faults:
        return None, faults
    order, end = _preorder(parents)
    if len(order) != len(parents):
        return None, ["groups: not one tree (several roots, an unknown parent or a cycle)"]
    return _finished(order, end, parents, frozenset(members)), []


def _with_units(
    parents: dict[str, str | None], members: Mapping[str, Sequence[str] | None], units: pl.DataFrame
) -> tuple[dict[str, str | None], list[str]]:
    """Parents of all units and pools, pool members below their pool; and every contradiction."""
    truth: dict[str, str | None] = dict(zip(units["unit_id"].to_list(), units["parent_id"].to_list(), strict=True))
    faults = [f"group {g}: no such unit" for g in parents if g not in members and g not in truth]
    pooled: dict[str, str] = {}
    for pool, inside in members.items():
        above = {truth.get(unit) for unit in inside or ()}
        if not inside or above != {parents[pool]}:
            faults.append(f"pool {pool}: members are not siblings below {parents[pool]}")
        for unit in inside or ():
            if unit in pooled or unit not in truth:
                faults.append(f"pool {pool}: member {unit} is unknown or in two pools")
            pooled[unit] = pool
    for unit, above_unit in truth.items():
        if unit not in parents and not _is_inside_pool(unit, truth, pooled):
            faults.append(f"unit {unit}: neither a group nor in a pool")
        elif unit in parents and parents[unit] != above_unit:
            faults.append(f"group {unit}: parent differs from the unit tree")
        elif unit in parents and _is_inside_pool(unit, truth, pooled):
            faults.append(f"group {unit}: a member of a pool is a group of its own")
    merged: dict[str, str | None] = {unit: pooled.get(unit, above_unit) for unit, above_unit in truth.items()}
    merged.update({pool: parents[pool] for pool in members})
    return merged, faults


def _is_inside_pool(unit: str, truth: Mapping[str, str | None], pooled: Mapping[str, str]) -> bool:
    """Whether a unit or one of its ancestors is a pool's member."""
    seen: set[str] = set()
    at: str | None = unit
    while at is not None and at not in seen:
        if at in pooled:
            return True
        seen.add(at)
        at = truth.get(at)
    return False


def _preorder(parents: Mapping[str, str | None]) -> tuple[list[str], list[int]]:
    """Nodes reachable from the only root, parents first, and where each subtree ends."""
    children: dict[str | None, list[str]] = {}
    for node, above in parents.items():
        children.setdefault(above, []).append(node)
    if len(children.get(None, [])) != 1:
        return [], []
    order: list[str] = []
    end: list[int] = []
    stack: list[tuple[str, int]] = [(children[None][0], -1)]
    while stack:
        node, position = stack.pop()
        if position >= 0:
            end[position] = len(order)
            continue
        stack.append((node, len(order)))
        order.append(node)
        end.append(0)
        stack.extend((child, -1) for child in sorted(children.get(node, []), reverse=True))
    return order, end


def _finished(order: list[str], end: list[int], parents: Mapping[str, str | None], pools: frozenset[str]) -> GroupTree:
    index = {node: position for position, node in enumerate(order)}
    parent = np.array([NO_PARENT if (p := parents[node]) is None else index[p] for node in order], dtype=np.int64)
    ends = np.array(end, dtype=np.int64)
    is_pool = np.array([node in pools for node in order], dtype=np.bool_)
    inside_pool = np.zeros(len(order), dtype=np.bool_)
    for position in np.flatnonzero(is_pool):
        inside_pool[position + 1 : ends[position]] = True
    is_leaf = (ends == np.arange(len(order)) + 1) | is_pool
    has_leaf_child = np.zeros(len(order), dtype=np.bool_)
    has_leaf_child[parent[is_leaf & ~inside_pool & (parent != NO_PARENT)]] = True
    is_lowest = is_leaf | inside_pool
    level = ["team" if is_lowest[i] else "department" if has_leaf_child[i] else "division" for i in range(len(order))]
    level[0] = "organisation"
    return GroupTree(
        ids=tuple(order),
        index=index,
        parent=parent,
        end=ends,
        is_pool=is_pool,
        is_team=is_leaf & ~is_pool,
        level_names=tuple(level),
    )
