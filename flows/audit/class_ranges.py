"""Can everybody still have any score, given the tree and the breakdown together? (PRIVACY 3.4-e)

Everything one measure shows is held together: exact means and bands of the tree, its shares, and the breakdown cells.
Two steps. First worlds close to the true one: a person takes an end of the scale, people of the same group and another
value make up for it, and other groups make up for those. Whoever is left is decided by an integer programme, on the
people of a group first with all others as they are, then on wider groups. Only a world that agrees with every figure
clears a person; what is too large to decide counts as narrowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flows.audit.attack_measure import mean_interval, share_interval
from flows.audit.breakdown_figures import Breakdown, ValueSums
from flows.audit.group_tree import GroupTree
from flows.audit.laminar_ranges import forest_of
from flows.audit.near_worlds import Slack, reaches_top
from flows.audit.overlap_graph import GROUND, Classes, classes_of
from flows.audit.published_figures import Figures, Sums, is_guarded
from flows.audit.range_programme import RangeSystem, TreeRows, allows

SEARCHES = 2_000
"""Integer programmes a measure at most; a release that needs more fails, with the classes that were left."""


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """Scores 0 to `units`; `cut` or more is at risk. `is_turned`: scores were turned over to make it so."""

    units: int
    cut: int
    is_turned: bool


def narrowed_classes(
    breakdown: Breakdown, figures: Figures, sums: Sums, values: ValueSums, tree: GroupTree
) -> list[str]:
    """Classes of people among whom someone cannot have scored 0, or cannot have scored the whole range."""
    system = _system(breakdown, figures, sums, values, tree)
    open_cases = [(int(at), False) for at in np.flatnonzero(~reaches_top(_slack(system, is_turned=False)))]
    open_cases += [(int(at), True) for at in np.flatnonzero(~reaches_top(_slack(system, is_turned=True)))]
    weak: dict[int, None] = {}
    for searched, (at, is_zero) in enumerate(sorted(open_cases)):
        if at not in weak and (searched >= SEARCHES or not allows(system, at, 0 if is_zero else system.units)):
            weak[at] = None
    return [_name(system.classes, at, breakdown, tree) for at in weak]


def _system(breakdown: Breakdown, figures: Figures, sums: Sums, values: ValueSums, tree: GroupTree) -> RangeSystem:
    """Everything shown of one measure, scores turned where low scores are at risk."""
    if is_guarded(figures):
        shown = figures.exact_share | figures.bound_share
        forest = forest_of(tree, shown)
        classes, _ = classes_of(tree, shown, breakdown, values)
        one = Classes(classes.left, classes.right, classes.n, classes.at_risk, classes.at_risk)
        return RangeSystem(tree, one, 1, 1, TreeRows(forest.node, share_interval(forest, figures, sums)), None)
    forest = forest_of(tree, figures.is_shown)
    classes, _ = classes_of(tree, figures.is_shown, breakdown, values)
    scale = sums.scale
    units, mean = scale.range_units, mean_interval(forest, figures, sums)
    rows = TreeRows(forest.node, mean)
    has_share = (figures.exact_share | figures.bound_share)[forest.node]
    if not scale.has_at_risk or not has_share.any():
        return RangeSystem(tree, classes, units, 1, rows, None)
    cut = scale.at_risk_from_units
    if cut is None:
        cut = units - (scale.at_risk_to_units or 0)
        turned = classes.n * units - classes.score_sum
        classes = Classes(classes.left, classes.right, classes.n, turned, classes.at_risk)
        rows = rows.turned(sums.n[forest.node] * units)
    counts = TreeRows(forest.node, share_interval(forest, figures, sums)).of(has_share)
    return RangeSystem(tree, classes, units, min(max(cut, 1), units), rows, counts)


def _slack(system: RangeSystem, *, is_turned: bool) -> Slack:
    """What each class can give and take while its number at risk stays; turned over for the other end of the scale."""
    classes, units, cut = system.classes, system.units, system.cut
    n, score_sum, at_risk = classes.n, classes.score_sum, classes.at_risk
    if is_turned:
        score_sum, at_risk, cut = n * units - score_sum, n - at_risk, units - cut + 1
    return Slack(classes.left, classes.right, system.tree.size, n, score_sum, at_risk, system.counted(), units, cut)


def _name(classes: Classes, at: int, breakdown: Breakdown, tree: GroupTree) -> str:
    left, right = int(classes.left[at]), int(classes.right[at])
    group = "no group" if left == GROUND else tree.ids[left]
    if right == GROUND:
        return f"{group} in no cell"
    value, node = divmod(right, tree.size)
    return f"{group} in {breakdown.name(tree, node, value)}"
