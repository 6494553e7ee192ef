"""All attacks on one measure that shows breakdown cells: the tree and the family taken together (PRIVACY 3)."""

from __future__ import annotations

import numpy as np

from flows.audit.attack_measure import Findings
from flows.audit.breakdown_figures import Breakdown, ValueSums
from flows.audit.check_breakdown_truth import breakdown_figure_faults, breakdown_value_faults
from flows.audit.class_ranges import narrowed_classes
from flows.audit.floors import Threshold
from flows.audit.group_tree import Flags, GroupTree, Ints
from flows.audit.overlap_graph import GROUND, Classes, classes_of
from flows.audit.published_figures import Figures, Sums, is_guarded
from flows.audit.smallest_cut import Edges, small_side
from flows.audit.two_family_rank import two_family_findings

NAMED_CELLS = 4
CUT = "breakdown: smallest cut"
CLOSE = "breakdown: differences"
RANK = "breakdown: rank"
RANGE = "range of every person: breakdown"


def attack_breakdown(
    breakdown: Breakdown,
    figures: Figures,
    sums: Sums,
    values: ValueSums,
    tree: GroupTree,
    threshold: Threshold,
    found: Findings,
) -> None:
    """Add to `found` whatever the tree and the breakdown of one measure give away together."""
    name = figures.measure_id
    used = threshold.for_share() if is_guarded(figures) else threshold
    exact = figures.exact_share if is_guarded(figures) else figures.exact_mean
    found.add("truth: breakdown", breakdown_figure_faults(breakdown, values, sums.scale.range_units, tree))
    for rule, cells in breakdown_value_faults(breakdown, values, sums.scale.range_units, tree).items():
        found.add(rule, cells)
    classes, pieces = classes_of(tree, exact, breakdown, values)
    found.add(CUT, (f"{fault} / {name}" for fault in cut_faults(classes, breakdown, tree, used.k)))
    found.add(CLOSE, (f"{cell} / {name}" for cell in close_cells(breakdown, values, sums.n, tree, used.k)))
    finding = two_family_findings(classes, pieces, exact, breakdown, tree, used.k)
    found.ranks.setdefault(RANK, []).append(finding)
    found.add(RANK, (f"{fault} / {name}" for fault in finding.derived))
    weak = narrowed_classes(breakdown, figures, sums, values, tree)
    found.add(RANGE, (f"{fault} / {name}" for fault in weak))


def cut_faults(classes: Classes, breakdown: Breakdown, tree: GroupTree, k: int) -> list[str]:
    """The cells of a combination that rests on fewer than k people, and who those are; empty when there is none."""
    vertices_n = tree.size * (1 + len(breakdown.values)) + 1
    ground = vertices_n - 1
    one = np.where(classes.left == GROUND, ground, classes.left)
    two = np.where(classes.right == GROUND, ground, tree.size + classes.right)
    used, ends = np.unique(np.concatenate((one, two)), return_inverse=True)
    edges = Edges(ends[: one.size], ends[one.size :], classes.n)
    side = small_side(edges, used.size, k)
    if side is None:
        return []
    inside = np.zeros(used.size, dtype=np.bool_)
    inside[side] = True
    cut = np.flatnonzero(inside[edges.one] != inside[edges.two])
    cells = _vertices(used[side], breakdown, tree)
    people = "; ".join(_class_name(classes, at, breakdown, tree) for at in cut[:NAMED_CELLS].tolist())
    return [f"the combination of {cells} rests on fewer than {k} people, those of {people}"]


def _vertices(vertices: Ints, breakdown: Breakdown, tree: GroupTree) -> str:
    named = []
    for vertex in vertices.tolist():
        value, node = divmod(vertex - tree.size, tree.size)
        if vertex < tree.size:
            named.append(tree.ids[vertex])
        elif value < len(breakdown.values):
            named.append(breakdown.name(tree, node, value))
    more = f" and {len(named) - NAMED_CELLS} more" if len(named) > NAMED_CELLS else ""
    return ", ".join(named[:NAMED_CELLS]) + more


def _class_name(classes: Classes, at: int, breakdown: Breakdown, tree: GroupTree) -> str:
    left, right = int(classes.left[at]), int(classes.right[at])
    group = "no group" if left == GROUND else tree.ids[left]
    if right == GROUND:
        return f"{group} in no cell"
    value, node = divmod(right, tree.size)
    return f"{group} in {breakdown.name(tree, node, value)}"


def close_cells(breakdown: Breakdown, values: ValueSums, whole_n: Ints, tree: GroupTree, k: int) -> list[str]:
    """Published cells that lack fewer than k people of the published cell above them, or of their own group."""
    shown: Flags = breakdown.shown(tree)
    close = []
    for value, node in zip(breakdown.cells.value.tolist(), breakdown.cells.node.tolist(), strict=True):
        n, above = values.n[value, node], int(tree.parent[node])
        while above >= 0 and not shown[value, above]:
            above = int(tree.parent[above])
        lacks = [whole_n[node] - n] + ([values.n[value, above] - n] if above >= 0 else [])
        if any(0 < lack < k for lack in lacks):
            close.append(breakdown.name(tree, node, value))
    return close
