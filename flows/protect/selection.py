"""Which groups show what: the programme of PRIVACY 2.2 with rules H, F and C, for blocks, shares and participation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flows.aggregate.cells import ConfidentialCells, MeasureScale
from flows.protect.blocks import Flags
from flows.protect.extremes import Pattern, Sums, failing_atoms, make_consistent
from flows.protect.policy import TIERS, DisclosurePolicy
from flows.protect.shares import CutOff, MeanAtoms, failing_share_atoms
from flows.protect.solver import Nodes, Programme
from flows.protect.tree import Ints, ReportingTree

SHARE_MARGIN = 2
GUARDED = "guarded"


@dataclass(frozen=True, slots=True)
class Selection:
    """What one measure shows. `means` is None for a guarded measure, `shares` None for one without a cut-off."""

    scale: MeasureScale
    means: Sums | None
    shares: Sums | None
    mean_pattern: Pattern
    share_pattern: Pattern


def select_all(cells: ConfidentialCells, tree: ReportingTree, policy: DisclosurePolicy) -> list[Selection]:
    """One selection a measure, sorted by measure id."""
    blocks: dict[str, list[MeasureScale]] = {}
    for scale in cells.measures:
        blocks.setdefault(scale.block, []).append(scale)
    selections = [
        selection for block in sorted(blocks) for selection in _select_block(cells, tree, policy, blocks[block])
    ]
    return sorted(selections, key=lambda selection: selection.scale.measure_id)


def select_participation(
    cells: ConfidentialCells, tree: ReportingTree, policy: DisclosurePolicy
) -> tuple[Ints, frozenset[int]]:
    """Respondents per group, and the groups that may show them; strict where nobody answered (PRIVACY 2.3-c)."""
    frame = cells.participation
    own = tree.own(frame["unit_id"], frame["respondents_n"].to_numpy())
    totals = tree.totals(own)
    silent = (np.asarray(tree.eligible) > 0) & (own == 0)
    nodes = _nodes(tree, own, totals, policy.k("work"), policy.k_res("work"), silent)
    return totals, Programme(nodes).solve()


def _select_block(
    cells: ConfidentialCells, tree: ReportingTree, policy: DisclosurePolicy, scales: Sequence[MeasureScale]
) -> list[Selection]:
    tier = max((scale.tier for scale in scales), key=TIERS.index)
    means = {scale.measure_id: mean_sums(cells, tree, scale) for scale in scales}
    mean_pattern = Pattern.nothing(len(tree))
    if tier != GUARDED:
        first = means[scales[0].measure_id]
        programme = Programme(_nodes(tree, first.own_n, first.total_n, policy.k(tier), policy.k_res(tier)))
        mean_pattern = make_consistent(
            tree,
            programme.solve_flags,
            lambda pattern: np.logical_or.reduce([failing_atoms(tree, pattern, sums) for sums in means.values()]),
            means,
        )
    return [_with_share(cells, tree, policy, scale, tier, means[scale.measure_id], mean_pattern) for scale in scales]


def _with_share(
    cells: ConfidentialCells,
    tree: ReportingTree,
    policy: DisclosurePolicy,
    scale: MeasureScale,
    tier: str,
    means: Sums,
    mean_pattern: Pattern,
) -> Selection:
    known_means = None if tier == GUARDED else means
    if not scale.has_at_risk:
        return Selection(scale, known_means, None, mean_pattern, Pattern.nothing(len(tree)))
    shares = _share_sums(cells, tree, scale, means)
    nodes = _nodes(tree, means.own_n, means.total_n, policy.share_k(tier), policy.share_k_res(tier))
    closed = _closed_to_shares(tree, tier, mean_pattern)
    programme = Programme(nodes)
    atoms = None
    if known_means is not None:
        facing, cut = turned(scale, known_means)
        atoms = MeanAtoms.of(tree, facing, mean_pattern, CutOff(scale.range_units, cut))
    pattern = make_consistent(
        tree,
        lambda is_forbidden: programme.solve_flags(is_forbidden | closed),
        lambda pattern: failing_share_atoms(tree, pattern, shares, atoms),
        {scale.measure_id: shares},
    )
    return Selection(scale, known_means, shares, mean_pattern, pattern)


def _closed_to_shares(tree: ReportingTree, tier: str, mean_pattern: Pattern) -> Flags:
    """Groups that cannot show a share: no exact mean, or for guarded measures below department (PRIVACY 1a, 1f)."""
    if tier == GUARDED:
        return tree.is_team
    return ~mean_pattern.is_exact


def mean_sums(cells: ConfidentialCells, tree: ReportingTree, scale: MeasureScale) -> Sums:
    """Counts and score sums of a measure on the tree; the margin is that of rule H."""
    frame = cells.cells.filter(cells.cells["measure_id"] == scale.measure_id)
    unit_ids = frame["unit_id"]
    own_n = tree.own(unit_ids, frame["respondents_n"].to_numpy())
    own_sum = tree.own(unit_ids, frame["score_sum"].to_numpy())
    return Sums(own_n, own_sum, tree.totals(own_n), tree.totals(own_sum), scale.range_units, scale.range_units)


def _share_sums(cells: ConfidentialCells, tree: ReportingTree, scale: MeasureScale, means: Sums) -> Sums:
    frame = cells.cells.filter(cells.cells["measure_id"] == scale.measure_id)
    own = tree.own(frame["unit_id"], frame["at_risk_n"].to_numpy())
    return Sums(means.own_n, own, means.total_n, tree.totals(own), 1, SHARE_MARGIN)


def turned(scale: MeasureScale, means: Sums) -> tuple[Sums, int]:
    """The means turned so that being at risk is a high score, and the least score at risk."""
    if scale.at_risk_from_units is not None:
        return means, scale.at_risk_from_units
    top = scale.range_units
    facing = Sums(
        means.own_n,
        np.asarray(top * means.own_n - means.own_sum),
        means.total_n,
        np.asarray(top * means.total_n - means.total_sum),
        means.range_units,
        means.margin,
    )
    return facing, top - (scale.at_risk_to_units or 0)


def _nodes(tree: ReportingTree, own: Ints, totals: Ints, k: int, k_res: int, silent: Flags | None = None) -> Nodes:
    return Nodes(
        parents=tree.parent_array,
        counts=own,
        weights=tree.weights(totals),
        leaf_k=np.where(tree.is_pooled, k_res, k),
        ranks=tree.rank_array,
        k_res=k_res,
        has_silent_heads=silent,
    )
