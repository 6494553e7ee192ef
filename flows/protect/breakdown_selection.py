"""The breakdown of a wave, block by block, on top of what the tree shows (PRIVACY 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from flows.aggregate.cells import ConfidentialCells
from flows.protect.breakdown import CellSizes
from flows.protect.breakdown_values import BreakdownFigures, MeasureEntries, select_breakdown
from flows.protect.category_counts import entries_of
from flows.protect.overlaps import ShownFigures
from flows.protect.policy import TIERS, DisclosurePolicy
from flows.protect.selection import GUARDED, Selection, turned
from flows.protect.tree import Ints, ReportingTree


def select_breakdowns(
    cells: ConfidentialCells, tree: ReportingTree, policy: DisclosurePolicy, selections: Sequence[Selection]
) -> Mapping[str, BreakdownFigures]:
    """What each measure shows by breakdown value; empty where the wave asked no family."""
    if cells.breakdown_cells.is_empty():
        return {}
    blocks: dict[str, list[Selection]] = {}
    for selection in selections:
        blocks.setdefault(selection.scale.block, []).append(selection)
    found: dict[str, BreakdownFigures] = {}
    for block in sorted(blocks):
        found.update(_select_block(cells, tree, policy, blocks[block]))
    return found


def _select_block(
    cells: ConfidentialCells, tree: ReportingTree, policy: DisclosurePolicy, block: Sequence[Selection]
) -> dict[str, BreakdownFigures]:
    tier = max((selection.scale.tier for selection in block), key=TIERS.index)
    k = policy.share_k(tier) if tier == GUARDED else policy.k(tier)
    measures = {
        selection.scale.measure_id: measure
        for selection in block
        if (measure := _measure(cells, tree, selection, is_guarded=tier == GUARDED)) is not None
    }
    if not measures:
        return {}
    return select_breakdown(tree, cells.breakdown_values, CellSizes(least_n=2 * k, k=k), measures)


def _measure(
    cells: ConfidentialCells, tree: ReportingTree, selection: Selection, *, is_guarded: bool
) -> MeasureEntries | None:
    """A measure with its people by value; None for one that shows nothing at all."""
    scale = selection.scale
    if is_guarded:
        if selection.shares is None:
            return None
        entries = entries_of(cells, tree, scale.measure_id, selection.shares, selection.shares.own_sum)
        shown = ShownFigures(selection.shares, selection.share_pattern, selection.share_pattern, None, None)
        return MeasureEntries(replace(entries, sums=entries.at_risk), shown, is_turned=False)
    means = selection.means
    if means is None:
        return None
    at_risk: Ints = (
        selection.shares.own_sum if selection.shares is not None else _at_risk(cells, tree, scale.measure_id)
    )
    entries = entries_of(cells, tree, scale.measure_id, means, at_risk)
    if selection.shares is None:
        shown = ShownFigures(means, selection.mean_pattern, selection.share_pattern, None, None)
        return MeasureEntries(entries, shown, is_turned=False)
    facing, cut = turned(scale, means)
    is_turned = facing is not means
    if is_turned:
        entries = replace(entries, sums=scale.range_units * entries.n - entries.sums)
    shown = ShownFigures(facing, selection.mean_pattern, selection.share_pattern, selection.shares, cut)
    return MeasureEntries(entries, shown, is_turned)


def _at_risk(cells: ConfidentialCells, tree: ReportingTree, measure_id: str) -> Ints:
    frame = cells.cells.filter(pl.col("measure_id") == measure_id)
    return tree.own(frame["unit_id"], frame["at_risk_n"].to_numpy())
