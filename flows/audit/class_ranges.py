"""Can everybody still have any score, given the tree and the breakdown together? (PRIVACY 3.4-e)

Everything one measure shows is held together: exact means and bands of the tree, its shares, and the breakdown cells.
Three steps for the top of the scale, and, with scores turned over, for its foot. First everybody at once, along classes
that can give and take a whole scale. Then many classes in one world, department by department and in wider regions,
with numbers at risk as they are or one of them handed on: exact where no share speaks of anybody. What shares leave
open is decided by an integer programme, on the people next to a class first with all others as they are, then on wider
groups. Only a world that agrees with every figure clears a person; what is too large to decide counts as narrowed.
"""

from __future__ import annotations

import numpy as np

from flows.audit.attack_measure import mean_interval, share_interval
from flows.audit.breakdown_figures import Breakdown, ValueSums
from flows.audit.common_worlds import reached_together
from flows.audit.group_tree import GroupTree
from flows.audit.laminar_ranges import forest_of
from flows.audit.overlap_graph import GROUND, Classes, classes_of
from flows.audit.published_figures import Figures, Sums, is_guarded
from flows.audit.range_programme import allows_top
from flows.audit.range_system import RangeSystem, TreeRows, limits_of
from flows.audit.wide_ways import joined_tops

SEARCHES = 2_000
"""Integer programmes a measure at most; a release that needs more fails, with the classes that were left."""


def narrowed_classes(
    breakdown: Breakdown, figures: Figures, sums: Sums, values: ValueSums, tree: GroupTree
) -> list[str]:
    """Classes of people among whom someone cannot have scored 0, or cannot have scored the whole range."""
    system = _system(breakdown, figures, sums, values, tree)
    weak = sorted({*_without_top(system), *_without_top(system.turned())})
    return [_name(system.classes, at, breakdown, tree) for at in weak]


def _without_top(system: RangeSystem) -> list[int]:
    """Classes of which nobody is shown to be able to have the top score."""
    classes, limits = system.classes, limits_of(system)
    held = (classes.left != GROUND) | (classes.right != GROUND)
    if not system.is_true():
        return np.flatnonzero(held).tolist()
    left = np.flatnonzero(held & ~joined_tops(system, limits)).tolist()
    if left:
        reached = reached_together(system, limits, left)
        left = [at for at in left if at not in reached]
    if system.counts is not None:
        left = [at for place, at in enumerate(left) if place >= SEARCHES or not allows_top(system, at)]
    return left


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


def _name(classes: Classes, at: int, breakdown: Breakdown, tree: GroupTree) -> str:
    left, right = int(classes.left[at]), int(classes.right[at])
    group = "no group" if left == GROUND else tree.ids[left]
    if right == GROUND:
        return f"{group} in no cell"
    value, node = divmod(right, tree.size)
    return f"{group} in {breakdown.name(tree, node, value)}"
