"""The one released spread per measure (TRENDS 1.1): pooled over published atoms, never over true teams.

Pooled over true teams it would be one more equation on the hidden ones, and could give their means away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.aggregate.cells import ConfidentialCells
from flows.audit.atoms import family_of
from flows.audit.group_tree import GroupTree
from flows.audit.published_figures import Figures, Floats, Sums, is_guarded

DEFAULTS = (0.4, 0.3, 0.2, 1.0)
LEAST, MOST, GRAIN = 0.05, 0.90, 0.01
LEAST_ATOMS, LEAST_N = 10, 100


@dataclass(frozen=True, slots=True)
class MeasureSpread:
    """What phi of one measure is recomputed from; `squares`: sums of squared scores of each node's own people."""

    tree: GroupTree
    figures: Figures
    sums: Sums
    squares: Floats


def spreads_of(
    confidential: ConfidentialCells, tree: GroupTree, figures: Sequence[Figures], sums: Mapping[str, Sums]
) -> dict[str, MeasureSpread]:
    """What phi is recomputed from, by measure id; only measures with answers."""
    squares = _squares_of(confidential, tree)
    known = [one for one in figures if one.measure_id in sums and one.measure_id in squares]
    return {m.measure_id: MeasureSpread(tree, m, sums[m.measure_id], squares[m.measure_id]) for m in known}


def _squares_of(confidential: ConfidentialCells, tree: GroupTree) -> dict[str, Floats]:
    """Sums of squared scores of each node's own people, by measure id."""
    nodes = pl.DataFrame({"unit_id": list(tree.ids), "node": np.arange(tree.size)})
    cells = confidential.cells.select("unit_id", "measure_id", "score_sum_sq").join(nodes, on="unit_id", how="inner")
    found = {}
    for key, rows in cells.partition_by("measure_id", as_dict=True).items():
        own = np.zeros(tree.size, dtype=np.float64)
        np.add.at(own, rows["node"].to_numpy(), rows["score_sum_sq"].to_numpy())
        found[str(key[0])] = own
    return found


def phi_faults(measures: pl.DataFrame, spread: Mapping[str, MeasureSpread]) -> list[str]:
    """Measures whose released phi is no default and not the one pooled over their published atoms."""
    named = [(str(row["measure_id"]), row) for row in measures.iter_rows(named=True) if row["phi"] is not None]
    found = [(measure_id, _fault(row, spread.get(measure_id))) for measure_id, row in named]
    return [f"{measure_id}: {fault}" for measure_id, fault in found if fault]


def _fault(row: Mapping[str, object], spread: MeasureSpread | None) -> str:
    phi = row["phi"]
    if not isinstance(phi, float) or row["phi_basis"] not in ("pooled", "default"):
        return "phi has an unknown basis"
    if row["phi_basis"] == "default":
        return "" if min(abs(phi - default) for default in DEFAULTS) < 1e-9 else "phi is not a default"
    pooled = None if spread is None or is_guarded(spread.figures) else _pooled(spread)
    if pooled is None:
        return "phi is pooled over too few atoms or people"
    return "" if abs(phi - pooled) <= GRAIN / 2 + 1e-9 else "phi is not the one pooled over published atoms"


def _pooled(measure: MeasureSpread) -> float | None:
    """Within-atom variance over m (100 - m), clipped; none below the least number of atoms or people."""
    sums, squares = measure.sums, measure.squares
    family = family_of(measure.tree, measure.figures.exact_mean)
    node = np.flatnonzero(family.members & (family.residual(sums.n) >= 2))
    if node.size < LEAST_ATOMS or sums.own_n.sum() < LEAST_N:
        return None
    running = np.concatenate(([0.0], np.cumsum(squares)))
    whole = running[family.tree.end] - running[np.arange(family.tree.size)]
    n = family.residual(sums.n)[node].astype(np.float64)
    total = family.residual(sums.score_sum)[node].astype(np.float64)
    left = np.where(family.members, whole, 0.0)
    below = np.flatnonzero(family.members & (family.above >= 0))
    np.subtract.at(left, family.above[below], whole[below])
    within = np.maximum(left[node] - total * total / n, 0.0)
    mean, units = total / n, sums.scale.range_units
    spread = float(((n - 1) * mean * (units - mean)).sum() + (within / n).sum())
    return min(max(float(within.sum()) / spread, LEAST), MOST) if spread > 0 else LEAST
