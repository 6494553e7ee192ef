"""What an outsider derives from the release alone: no confidential counts, no hidden units, rounded means.

Used for waves whose answers have been shredded. It finds residuals that are too small and figures that break
rules H and F beyond rounding; it cannot see hidden head-counts or who stands in an unpublished group.
"""

from __future__ import annotations

import numpy as np

from flows.audit.atoms import Family, family_of, small_atoms, small_groups
from flows.audit.attack_measure import Findings
from flows.audit.floors import SHARE_MARGIN, Threshold
from flows.audit.group_tree import Flags, GroupTree, Ints
from flows.audit.laminar_ranges import Interval, forest_of, narrowed, solve
from flows.audit.published_figures import Figures, is_guarded
from flows.audit.rank_attack import close_pairs

MEAN_GRAIN = 10
SHARE_GRAIN = 1


def attack_public(figures: Figures, tree: GroupTree, threshold: Threshold, found: Findings) -> None:
    """Add to `found` what the shown figures of one measure give away by themselves."""
    name = figures.measure_id
    small = small_groups(tree, figures.is_shown, figures.is_mean_bound, figures.n, threshold)
    found.add("shown groups are large enough", (f"{group} / {name}" for group in small))
    shares = family_of(tree, figures.exact_share)
    _public_counts("shares", figures, shares, threshold.for_share(), found)
    weak = _surely_near_an_end(shares, figures.n, figures.share, SHARE_GRAIN, SHARE_MARGIN - 1)
    found.add("rule F", (f"{tree.ids[node]} / {name}" for node in np.flatnonzero(weak)))
    if is_guarded(figures):
        _other_counts(figures, shares, found)
        return
    means = family_of(tree, figures.exact_mean)
    _public_counts("means", figures, means, threshold, found)
    _other_counts(figures, means, found)
    weak = _surely_near_an_end(means, figures.n, figures.mean, MEAN_GRAIN, 1)
    found.add("rule H", (f"{tree.ids[node]} / {name}" for node in np.flatnonzero(weak)))
    _public_ranges(figures, tree, found)


def _public_ranges(figures: Figures, tree: GroupTree, found: Findings) -> None:
    """People who surely cannot have one end of the scale: every mean an interval as wide as its rounding, bands too."""
    forest = forest_of(tree, figures.is_shown)
    node, n = forest.node, figures.n[forest.node]
    tenths = 2 * n * np.rint(np.nan_to_num(figures.mean[node]) * MEAN_GRAIN).astype(np.int64)
    exact, high = figures.exact_mean[node], figures.mean[node] > 50
    whole = 200 * MEAN_GRAIN
    low = np.where(exact, np.maximum(tenths - n, 0), np.where(high, whole * (n - 1), 0))
    top = np.where(exact, np.minimum(tenths + n, whole * n), np.where(high, whole * n, whole))
    own_n = forest.own(n)
    ranges = solve(forest, Interval(np.zeros_like(own_n), own_n * whole), Interval(low, top))
    weak = node[narrowed(ranges, own_n, whole)]
    found.add("range of every person: means", (f"{tree.ids[at]} / {figures.measure_id}" for at in weak))


def attack_public_participation(tree: GroupTree, n: Ints, shown: Flags, threshold: Threshold, found: Findings) -> None:
    """Residuals of the respondents in groups.parquet."""
    family = family_of(tree, shown)
    weak = small_atoms(family, n, threshold)
    found.add("participation: residual atoms", (f"{group} / participation" for group in weak))


def _public_counts(what: str, figures: Figures, family: Family, threshold: Threshold, found: Findings) -> None:
    weak = small_atoms(family, figures.n, threshold)
    close = close_pairs(family, figures.n, threshold.k)
    found.add(f"{what}: residual atoms", (f"{group} / {figures.measure_id}" for group in weak))
    found.add(f"{what}: differences", (f"{group} / {figures.measure_id}" for group in close))


def _other_counts(figures: Figures, family: Family, found: Findings) -> None:
    """n of `other:` rows is what the shown groups leave."""
    left = family.residual(figures.n)
    for row in figures.others:
        if row.node < 0 or not family.members[row.node] or left[row.node] != row.respondents_n:
            found.add("other teams", [f"{row.group_id} / {figures.measure_id}: not the residual of its parent"])


def _surely_near_an_end(
    family: Family, n: Ints, percent: np.ndarray[tuple[int, ...], np.dtype[np.float64]], grain: int, people: int
) -> Flags:
    """Atoms whose figure is at most `people` whole scales away from an end whatever the rounding hid.

    Sums are kept in 1 / (200 grain) of one person's whole scale; rounding hides n units on either side.
    """
    whole = 200 * grain
    middle = 2 * n * np.rint(np.nan_to_num(percent) * grain).astype(np.int64)
    left_n, left = family.residual(n), family.residual(middle)
    hidden_by_rounding = 2 * n - left_n
    low = left + hidden_by_rounding < people * whole
    high = left - hidden_by_rounding > (left_n - people) * whole
    sure: Flags = family.members & (left_n > 0) & (low | high)
    return sure
