"""What a coming wave would show: expected respondents, the programme on them, chances of single teams.

Reads head-counts and response bands of a release; no answer reaches this module, and nothing in it is random between
two calls: draws come from a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.protect.solver import Nodes, Programme
from flows.protect.tree import Ints, Pool, ReportingTree, reporting_tree
from flows.units import UnitTree

# Lower edges of the response bands (PRIVACY 1c); below half, a quarter is expected.
EDGES: Mapping[str, float] = {"<50": 0.25, "50-69": 0.50, "70-84": 0.70, ">=85": 0.85}
SEED = 20261123
MOST_DRAWS = 400
LEAST_DRAWS = 10
NODE_BUDGET = 150_000

Chances = npt.NDArray[np.float64]


def expected_response(units: UnitTree, last: pl.DataFrame | None, assumed: float) -> dict[str, float]:
    """Share of people expected to answer, by unit: the band of the nearest shown group of the last release.

    `last`: its groups table. A unit that it does not know takes the nearest unit above that it knows; where no group
    on the way has a band, and without a release, the assumed share is taken.
    """
    if last is None:
        return {unit.unit_id: assumed for unit in units.units}
    rows = last.filter(pl.col("kind") != "other").select(
        "group_id", "parent_group_id", "response_band", "member_unit_ids"
    )
    above = dict(zip(rows["group_id"], rows["parent_group_id"], strict=True))
    bands = dict(zip(rows["group_id"], rows["response_band"], strict=True))
    group_of = {
        member: group
        for group, members in zip(rows["group_id"], rows["member_unit_ids"], strict=True)
        for member in members
    }

    def share(unit_id: str) -> float:
        known: str | None = unit_id
        while known is not None and known not in group_of:
            known = units.by_id[known].parent_id
        group = None if known is None else group_of[known]
        while group is not None and bands.get(group) is None:
            group = above.get(group)
        return assumed if group is None else EDGES[str(bands[group])]

    return {unit.unit_id: share(unit.unit_id) for unit in units.units}


@dataclass(frozen=True)
class Outlook:
    """A wave as it is expected: its tree with pools, and the share of each unit's people who will answer."""

    units: UnitTree
    response: Mapping[str, float]
    pools: tuple[Pool, ...] = ()

    @cached_property
    def tree(self) -> ReportingTree:
        """The groups of the wave."""
        return reporting_tree(self.units, self.pools)

    @cached_property
    def means(self) -> Chances:
        """Respondents expected of each group's own people."""
        mean = np.zeros(len(self.tree))
        for unit in self.units.units:
            mean[self.tree.node_of[unit.unit_id]] += unit.eligible_n * self.response[unit.unit_id]
        return mean

    @cached_property
    def expected(self) -> Ints:
        """The same as whole people, rounded down."""
        return np.floor(self.means + 1e-9).astype(np.int64)

    @cached_property
    def teams(self) -> tuple[int, ...]:
        """Nodes of teams and pools."""
        return tuple(node for node, level in enumerate(self.tree.levels) if level == "team")


@dataclass(frozen=True, slots=True)
class Seen:
    """Where teams are seen at one least group size: alone, in a pooled group, or counted higher up.

    pools_n: pooled groups with a row. inner_n: departments and divisions with a row. weight: of all rows (PRIVACY 1d).
    """

    own_row_n: int
    pooled_n: int
    pools_n: int
    higher_up_n: int
    inner_n: int
    weight: int


def seen(outlook: Outlook, k: int, k_res: int) -> Seen:
    """The programme on the respondents expected."""
    tree = outlook.tree
    shown = shown_nodes(outlook, outlook.expected, k, k_res)
    pools = [node for node in outlook.teams if node in shown and tree.is_pool(node)]
    own_row_n = sum(node in shown and not tree.is_pool(node) for node in outlook.teams)
    pooled_n = sum(len(tree.members[node]) for node in pools)
    weights = tree.weights(tree.totals(outlook.expected))
    return Seen(
        own_row_n=own_row_n,
        pooled_n=pooled_n,
        pools_n=len(pools),
        higher_up_n=sum(len(tree.members[node]) for node in outlook.teams) - own_row_n - pooled_n,
        inner_n=sum(tree.levels[node] in ("department", "division") for node in shown),
        weight=int(weights[list(shown)].sum()),
    )


def shown_nodes(outlook: Outlook, own: Ints, k: int, k_res: int) -> frozenset[int]:
    """Groups that the programme shows for these respondents of each group's own people."""
    tree = outlook.tree
    return Programme(
        Nodes(
            parents=tree.parent_array,
            counts=own,
            weights=tree.weights(tree.totals(own)),
            leaf_k=np.where(tree.is_pooled, k_res, k),
            ranks=tree.rank_array,
            k_res=k_res,
        )
    ).solve()


def chances(outlook: Outlook, k: int, k_res: int, on_draw: Callable[[int, int], None] | None = None) -> Chances:
    """Chance of each group to have a row, from 0 to 1; of use for teams and pools.

    Exact part: respondents are binomial, independent between people, and a row needs k of them (k_res in a pool).
    Drawn part: how often a group with enough respondents has to be hidden to protect another one, over draws with a
    fixed seed in which the exact programme runs. `on_draw` hears how many of all draws are done.
    """
    tree = outlook.tree
    enough, drawn = np.zeros(len(tree)), np.zeros(len(tree))
    heads = np.asarray([unit.eligible_n for unit in outlook.units.units])
    share = np.asarray([outlook.response[unit.unit_id] for unit in outlook.units.units])
    nodes = tree.nodes_of(pl.Series([unit.unit_id for unit in outlook.units.units]))
    least = np.where(tree.is_pooled, k_res, k)
    random = np.random.default_rng(SEED)
    draws_n = min(MOST_DRAWS, max(LEAST_DRAWS, NODE_BUDGET // len(tree)))
    for number in range(draws_n):
        own = np.zeros(len(tree), dtype=np.int64)
        np.add.at(own, nodes, random.binomial(heads, share))
        shown = np.zeros(len(tree), dtype=np.bool_)
        shown[list(shown_nodes(outlook, own, k, k_res))] = True
        enough += own >= least
        drawn += shown & (own >= least)
        if on_draw is not None:
            on_draw(number + 1, draws_n)
    kept = np.divide(drawn, enough, out=np.ones(len(tree)), where=enough > 0)
    return np.asarray(_tails(outlook, least) * kept)


def _tails(outlook: Outlook, least: Ints) -> Chances:
    """Chance that a leaf of the tree has its least respondents: binomials of its units, convolved."""
    tree = outlook.tree
    tails = np.zeros(len(tree))
    for node in outlook.teams:
        below = np.zeros(int(least[node]))
        below[0] = 1.0
        for member in tree.members[node]:
            heads = outlook.units.by_id[member].eligible_n
            below = np.convolve(below, _binomial(heads, outlook.response[member], len(below)))[: len(below)]
        tails[node] = max(0.0, 1.0 - float(below.sum()))
    return tails


def _binomial(heads: int, share: float, length: int) -> Chances:
    """The first chances of a binomial distribution: nobody, one, two …"""
    if share >= 1.0:
        return np.asarray([1.0 if n == heads else 0.0 for n in range(length)])
    found = [(1.0 - share) ** heads]
    for n in range(1, length):
        found.append(found[-1] * max(0, heads - n + 1) / n * share / (1.0 - share))
    return np.asarray(found)


@dataclass(frozen=True, slots=True)
class DirectCost:
    """Rows that are lost since so few people are attached directly to an inner unit."""

    unit_id: str
    eligible_n: int
    lost: tuple[str, ...]


def direct_costs(outlook: Outlook, k: int, k_res: int) -> list[DirectCost]:
    """Inner units whose few direct people hide a group: shown if nobody were attached there, not shown now.

    Of so few people at least one is taken to answer.
    """
    tree, own = outlook.tree, outlook.expected.copy()
    few = [node for node in range(len(tree)) if tree.is_inner[node] and tree.eligible[node] and own[node] < k_res]
    if not few:
        return []
    own[few] = np.maximum(own[few], 1)
    without = own.copy()
    without[few] = 0
    lost = shown_nodes(outlook, without, k, k_res) - shown_nodes(outlook, own, k, k_res)
    by_cause: dict[int, list[int]] = {}
    for node in sorted(lost):
        cause = next((at for at in _upwards(tree, node) if at in few), None)
        if cause is not None:
            by_cause.setdefault(cause, []).append(node)
    return [
        DirectCost(tree.group_ids[node], tree.eligible[node], tuple(tree.names[at] for at in by_cause[node]))
        for node in sorted(by_cause)
    ]


def _upwards(tree: ReportingTree, node: int) -> Sequence[int]:
    path = [node]
    while tree.parents[path[-1]] >= 0:
        path.append(tree.parents[path[-1]])
    return path
