"""What an outsider derives from breakdown cells alone: differences of counts, and cells near an end of the scale.

Who of a group stated which value is in no release, so the overlaps of hidden groups and cells are not judged here.
"""

from __future__ import annotations

import numpy as np

from flows.audit.attack_breakdown import CLOSE
from flows.audit.attack_measure import Findings
from flows.audit.breakdown_figures import Breakdown, CellRows
from flows.audit.floors import SHARE_MARGIN, Threshold
from flows.audit.group_tree import Flags, GroupTree
from flows.audit.published_figures import Figures, is_guarded


def attack_public_breakdown(
    breakdown: Breakdown, figures: Figures, tree: GroupTree, threshold: Threshold, found: Findings
) -> None:
    """Add to `found` what the cells of one measure give away by their own numbers."""
    name = breakdown.measure_id
    used = threshold.for_share() if is_guarded(figures) else threshold
    found.add(CLOSE, (f"{cell} / {name}" for cell in _close(breakdown, figures, tree, used.k)))
    for rows in (breakdown.cells, breakdown.others):
        for rule, weak in (("rule H", _near_an_end(rows)), ("rule F", _few(rows))):
            places = np.flatnonzero(weak)
            named = (breakdown.name(tree, int(rows.node[at]), int(rows.value[at])) for at in places)
            found.add(rule, (f"{cell} / {name}" for cell in named))


def _close(breakdown: Breakdown, figures: Figures, tree: GroupTree, k: int) -> list[str]:
    """Cells that lack fewer than k people of the cell above or of their group, and `other:` rows that are no rest."""
    cells, others = breakdown.cells, breakdown.others
    n_of = {(v, at): n for v, at, n in zip(cells.value.tolist(), cells.node.tolist(), cells.n.tolist(), strict=True)}
    weak, rest = [], {node: int(figures.n[node]) for node in cells.node.tolist()}
    for (value, node), n in n_of.items():
        rest[node] -= n
        above = int(tree.parent[node])
        while above >= 0 and (value, above) not in n_of:
            above = int(tree.parent[above])
        lacks = [int(figures.n[node]) - n] + ([n_of[value, above] - n] if above >= 0 else [])
        if any(lack < 0 or 0 < lack < k for lack in lacks):
            weak.append(breakdown.name(tree, node, value))
    weak += [f"{tree.ids[node]}, all values not shown" for node, left in rest.items() if left < 0 or 0 < left < k]
    told = zip(others.node.tolist(), others.value.tolist(), others.n.tolist(), strict=True)
    return weak + [breakdown.name(tree, node, value) for node, value, n in told if n != rest.get(node)]


def _near_an_end(rows: CellRows) -> Flags:
    """Means that lie within one person's scale of an end whatever the rounding hid."""
    distance = rows.n * np.minimum(rows.mean, 100 - rows.mean)
    weak: Flags = ~np.isnan(rows.mean) & (distance + 0.05 * rows.n < 100 - 1e-6)
    return weak


def _few(rows: CellRows) -> Flags:
    """Shares of fewer than three people, or of all but fewer than three, whatever the rounding hid."""
    people = rows.n * np.minimum(rows.share, 100 - rows.share)
    weak: Flags = ~np.isnan(rows.share) & (people + 0.5 * rows.n < 100 * (SHARE_MARGIN - 1) - 1e-6)
    return weak
