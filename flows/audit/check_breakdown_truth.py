"""Is every published breakdown figure what the confidential cells say? All comparisons in integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from flows.aggregate.cells import ConfidentialCells
from flows.audit.breakdown_figures import Breakdown, CellRows, ValueSums
from flows.audit.check_breakdown_rows import IS_BROKEN_DOWN, IS_OTHER_VALUE
from flows.audit.check_truth import is_rounded_mean, is_rounded_share
from flows.audit.floors import SHARE_MARGIN
from flows.audit.group_tree import Flags, GroupTree, Ints
from flows.audit.published_figures import Sums
from flows.audit.read_folder import ReleaseTables


def family_faults(tables: ReleaseTables, confidential: ConfidentialCells) -> list[str]:
    """The family and the values shown are those that this wave asked; without rows where nobody stated a value."""
    rows = tables.cells.filter(IS_BROKEN_DOWN)
    ids, asked = set(rows["breakdown_id"].to_list()), confidential.breakdown_id
    faults = [f"family {name}: not the one that this wave asked" for name in sorted(ids - {asked})]
    values = set(rows.filter(~IS_OTHER_VALUE)["breakdown_value"].to_list())
    faults += [f"value {value}: not asked" for value in sorted(values - set(confidential.breakdown_values))]
    missing = sorted(set(confidential.breakdown_values) - values) if not confidential.breakdown_cells.is_empty() else []
    return faults + [f"value {value}: asked, but without rows" for value in missing]


def stated_faults(confidential: ConfidentialCells, measure_id: str, sums: ValueSums, tree: GroupTree) -> list[str]:
    """Units whose confidential breakdown cells hold more people, points or cases than the units themselves."""
    rest = np.stack((sums.own_n[-1], sums.own_sum[-1], sums.own_at_risk[-1]))
    wrong = (rest < 0).any(axis=0) | ((rest[0] == 0) & (rest != 0).any(axis=0))
    family = confidential.breakdown_id
    return [
        f"{tree.ids[node]} / {measure_id}: {family} holds people whom it does not" for node in np.flatnonzero(wrong)
    ]


def breakdown_figure_faults(breakdown: Breakdown, sums: ValueSums, scale_units: int, tree: GroupTree) -> list[str]:
    """Published cells that are not the true ones, and `other:` rows that are not the rest of their group."""
    cells, others = breakdown.cells, breakdown.others
    true = [table[cells.value, cells.node] for table in (sums.n, sums.score_sum, sums.at_risk)]
    rest = [rest_of(table, breakdown, tree)[others.node] for table in (sums.n, sums.score_sum, sums.at_risk)]
    faults = _wrong(breakdown, cells, true, scale_units, tree)
    return faults + _wrong(breakdown, others, rest, scale_units, tree)


def rest_of(table: Ints, breakdown: Breakdown, tree: GroupTree) -> Ints:
    """What every group holds beyond its own published cells; `table`: whole subtrees, by value and node."""
    rest: Ints = np.where(breakdown.shown(tree), 0, table[:-1]).sum(axis=0) + table[-1]
    return rest


def _wrong(breakdown: Breakdown, rows: CellRows, true: Sequence[Ints], units: int, tree: GroupTree) -> list[str]:
    n, score_sum, at_risk = true
    has_mean, has_share = ~np.isnan(rows.mean), ~np.isnan(rows.share)
    wrong = {
        "n is not the number of people with this score": rows.n != n,
        "mean is not the true one": has_mean & ~is_rounded_mean(rows.mean, n, score_sum, units),
        "share is not the true one": has_share & ~is_rounded_share(rows.share, n, at_risk),
    }
    return _named(breakdown, rows, wrong, tree)


def breakdown_value_faults(breakdown: Breakdown, sums: ValueSums, units: int, tree: GroupTree) -> dict[str, list[str]]:
    """Rule H on every published mean, rule F on every published share, of cells and of `other:` rows."""
    found: dict[str, list[str]] = {"rule H": [], "rule F": []}
    for rows, tables in (
        (
            breakdown.cells,
            [t[breakdown.cells.value, breakdown.cells.node] for t in (sums.n, sums.score_sum, sums.at_risk)],
        ),
        (
            breakdown.others,
            [rest_of(t, breakdown, tree)[breakdown.others.node] for t in (sums.n, sums.score_sum, sums.at_risk)],
        ),
    ):
        n, score_sum, at_risk = tables
        near = ~np.isnan(rows.mean) & (np.minimum(n * units - score_sum, score_sum) <= units)
        few = ~np.isnan(rows.share) & (np.minimum(n - at_risk, at_risk) < SHARE_MARGIN)
        found["rule H"] += _named(breakdown, rows, {"": near}, tree)
        found["rule F"] += _named(breakdown, rows, {"": few}, tree)
    return found


def _named(breakdown: Breakdown, rows: CellRows, wrong: Mapping[str, Flags], tree: GroupTree) -> list[str]:
    return [
        f"{breakdown.name(tree, int(rows.node[row]), int(rows.value[row]))} / {breakdown.measure_id}{suffix}"
        for suffix, flags in (((name and ": " + name), flags) for name, flags in wrong.items())
        for row in np.flatnonzero(flags)
    ]


def breakdown_block_faults(tables: ReleaseTables, blocks: Mapping[str, Sums]) -> list[str]:
    """Measures that share an item must show the same breakdown cells; `other:` rows follow from them and are free."""
    shown = tables.cells.filter(IS_BROKEN_DOWN & ~IS_OTHER_VALUE & (pl.col("status") == "published"))
    by_block: dict[str, list[str]] = {}
    for measure_id, sums in blocks.items():
        by_block.setdefault(sums.scale.block, []).append(measure_id)
    faults = []
    for block, members in by_block.items():
        rows = [
            set(shown.filter(pl.col("measure_id") == m).select("group_id", "breakdown_value").iter_rows())
            for m in members
        ]
        differs = sorted(rows[0].union(*rows) - rows[0].intersection(*rows)) if rows else []
        faults += [f"{group} x {value} / block {block}: not shown for all its measures" for group, value in differs]
    return faults
