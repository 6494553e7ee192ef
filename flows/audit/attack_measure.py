"""All attacks on one measure of a release, with the confidential counts at hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from flows.audit.atoms import Family, family_of, small_atoms, small_groups
from flows.audit.floors import SHARE_MARGIN, Threshold
from flows.audit.group_tree import NO_PARENT, Flags, GroupTree, Ints
from flows.audit.joint_ranges import JointSystem, jointly_narrowed
from flows.audit.laminar_ranges import UNBOUNDED, Forest, Interval, forest_of, narrowed, solve, widths
from flows.audit.published_figures import Figures, Sums, is_guarded
from flows.audit.rank_attack import RankFinding, close_pairs, rank_findings


@dataclass(slots=True)
class Findings:
    """Faults by name of the attack, and what the rank test covered."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    ranks: dict[str, list[RankFinding]] = field(default_factory=dict)
    least_width_pct: dict[str, float] = field(default_factory=dict)

    def add(self, attack: str, cells: Iterable[str]) -> None:
        """Note the cells on which an attack succeeded."""
        self.faults.setdefault(attack, []).extend(cells)


def attack_counts(name: str, family: Family, own_n: Ints, threshold: Threshold, found: Findings, what: str) -> None:
    """Attacks on one linear system by counts alone: residual atoms, differences of nested cells, rank."""
    total = family.tree.totals(own_n)
    found.add(f"{what}: residual atoms", (f"{g} / {name}" for g in small_atoms(family, total, threshold)))
    found.add(f"{what}: differences", (f"{g} / {name}" for g in close_pairs(family, total, threshold.k)))
    finding = rank_findings(family, own_n, total, threshold.k)
    found.ranks.setdefault(f"{what}: rank", []).append(finding)
    found.add(f"{what}: rank", (f"{g} / {name}" for g in finding.derived))


def attack_measure(figures: Figures, sums: Sums, tree: GroupTree, threshold: Threshold, found: Findings) -> None:
    """Add to `found` whatever the published figures of one measure give away."""
    name = figures.measure_id
    small = small_groups(tree, figures.is_shown, figures.is_mean_bound, sums.n, threshold)
    found.add("shown groups are large enough", (f"{group} / {name}" for group in small))
    small = small_groups(tree, figures.bound_share, figures.bound_share, sums.n, threshold.for_share())
    found.add("shown groups are large enough", (f"{group} / {name}, share" for group in small))
    shares = family_of(tree, figures.exact_share)
    attack_counts(name, shares, sums.own_n, threshold.for_share(), found, "shares")
    _attack_share_values(figures, sums, shares, found)
    if is_guarded(figures):
        return
    means = family_of(tree, figures.exact_mean)
    attack_counts(name, means, sums.own_n, threshold, found, "means")
    _attack_mean_values(figures, sums, means, found)


def _attack_share_values(figures: Figures, sums: Sums, family: Family, found: Findings) -> None:
    """Rule F on every share atom, and each person's two possible answers."""
    name, tree = figures.measure_id, family.tree
    n, at_risk = family.residual(sums.n), family.residual(sums.at_risk)
    weak = family.members & (n > 0) & ((at_risk < SHARE_MARGIN) | (at_risk > n - SHARE_MARGIN))
    found.add("rule F", (f"{tree.ids[node]} / {name}" for node in np.flatnonzero(weak)))
    forest = forest_of(tree, figures.exact_share | figures.bound_share)
    own_n = forest.own(sums.n[forest.node])
    ranges = solve(forest, Interval(np.zeros_like(own_n), own_n), share_interval(forest, figures, sums))
    found.add("range of every person: shares", _names(forest, tree, narrowed(ranges, own_n, 1), name))


def _attack_mean_values(figures: Figures, sums: Sums, family: Family, found: Findings) -> None:
    """Rule H on every mean atom, each person's range from the means, and from means and shares together."""
    name, tree, units = figures.measure_id, family.tree, sums.scale.range_units
    n, score_sum = family.residual(sums.n), family.residual(sums.score_sum)
    distance = np.minimum(n * units - score_sum, score_sum)
    weak = family.members & (n > 0) & (distance <= units)
    found.add("rule H", (f"{tree.ids[node]} / {name}" for node in np.flatnonzero(weak)))
    forest = forest_of(tree, figures.is_shown)
    own_n = forest.own(sums.n[forest.node])
    ranges = solve(forest, Interval(np.zeros_like(own_n), own_n * units), mean_interval(forest, figures, sums))
    found.add("range of every person: means", _names(forest, tree, narrowed(ranges, own_n, units), name))
    hidden, at = _hidden_teams(tree, figures, sums, forest)
    if hidden.size:
        width = widths(ranges, own_n, at, sums.n[hidden], units) / (units * sums.n[hidden])
        tier = sums.scale.tier
        found.least_width_pct[tier] = min(found.least_width_pct.get(tier, 100.0), 100 * float(width.min()))
    if sums.scale.has_at_risk and (figures.exact_share | figures.bound_share).any():
        system = _joint_system(forest, figures, sums)
        together = np.zeros(forest.node.size, dtype=np.bool_)
        together[jointly_narrowed(system)] = True
        found.add("range of every person: mean and share", _names(forest, tree, together, name))


def _names(forest: Forest, tree: GroupTree, weak: Flags, measure_id: str) -> list[str]:
    return [f"{tree.ids[node]} / {measure_id}" for node in forest.node[weak]]


def mean_interval(forest: Forest, figures: Figures, sums: Sums) -> Interval:
    """What the figure of each shown node says of its sum; a bound says only that rule H coded it."""
    node, units = forest.node, sums.scale.range_units
    exact, high = figures.exact_mean[node], figures.mean[node] > 50
    total = sums.n[node] * units
    low = np.where(exact, sums.score_sum[node], np.where(high, total - units, 0))
    top = np.where(exact, sums.score_sum[node], np.where(high, total, units))
    return Interval(low, top)


def share_interval(forest: Forest, figures: Figures, sums: Sums) -> Interval:
    """What the figure of each shown node says of its number at risk; nothing where no share is shown."""
    node, margin = forest.node, SHARE_MARGIN - 1
    exact, bound, high = figures.exact_share[node], figures.bound_share[node], figures.share[node] > 50
    low = np.where(bound, np.where(high, sums.n[node] - margin, 0), -UNBOUNDED)
    top = np.where(bound, np.where(high, sums.n[node], margin), UNBOUNDED)
    return Interval(np.where(exact, sums.at_risk[node], low), np.where(exact, sums.at_risk[node], top))


def _hidden_teams(tree: GroupTree, figures: Figures, sums: Sums, forest: Forest) -> tuple[Ints, Ints]:
    """Hidden teams with people inside a shown node, and the place of that node in the forest."""
    place = np.full(tree.size + 1, NO_PARENT, dtype=np.int64)
    place[forest.node] = np.arange(forest.node.size)
    at = place[tree.nearest(figures.is_shown)]
    hidden = np.flatnonzero((tree.is_team | tree.is_pool) & ~figures.is_shown & (sums.n > 0) & (at != NO_PARENT))
    return hidden.astype(np.int64), at[hidden]


def _joint_system(forest: Forest, figures: Figures, sums: Sums) -> JointSystem:
    """Means and shares together, scores turned over where low scores are at risk."""
    scale, node = sums.scale, forest.node
    units, total_n, mean = scale.range_units, sums.n[node], mean_interval(forest, figures, sums)
    total_sum, cut = sums.score_sum[node], scale.at_risk_from_units
    if cut is None:
        cut = units - (scale.at_risk_to_units or 0)
        total_sum = total_n * units - total_sum
        mean = Interval(total_n * units - mean.high, total_n * units - mean.low)
    return JointSystem(
        forest=forest,
        cut=min(max(cut, 1), units),
        range_units=units,
        own_n=forest.own(total_n),
        own_sum=forest.own(total_sum),
        total_n=total_n,
        sums=mean,
        counts=share_interval(forest, figures, sums),
    )
