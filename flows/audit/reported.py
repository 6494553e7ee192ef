"""What a release lets a reader know without exposing an answer: reported by the audit, never gating (PRIVACY 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from flows.audit.atoms import Family, family_of
from flows.audit.floors import Threshold
from flows.audit.group_tree import NO_PARENT, Flags, GroupTree, Ints
from flows.audit.published_figures import Figures, Sums, is_guarded
from flows.audit.report import AuditCheck

WIDTHS = "interval widths of hidden teams"
SILENCE = "reported: silence"
WHOLE = 2000
"""One person's whole scale in the steps that a mean released to 0.1 percent leaves open."""


@dataclass(frozen=True, slots=True)
class Narrowest:
    """The smallest interval of a hidden group, in percent of its scale, and where it lies."""

    width_pct: float
    where: str


def width_report(least: Mapping[str, float]) -> AuditCheck:
    """Smallest feasible interval of any hidden team per tier, in percent of its scale."""
    tiers = ", ".join(f"{tier} {pct:.0f} %" for tier, pct in sorted(least.items())) or "none hidden"
    return AuditCheck(WIDTHS, True, f"smallest, of the whole scale, not gating: {tiers}", is_reported=True)


def public_width_report(narrowest: Mapping[str, Narrowest]) -> AuditCheck:
    """The same for an outsider, who knows no hidden count: the smallest over every size below k."""
    tiers = ", ".join(f"{tier} {one.width_pct:.0f} % in {one.where}" for tier, one in sorted(narrowest.items()))
    note = "smallest for fewer than k hidden people, of the whole scale, not gating"
    return AuditCheck(WIDTHS, True, f"{note}: {tiers or 'none hidden'}", is_reported=True)


def public_widths(figures: Figures, tree: GroupTree, threshold: Threshold, narrowest: dict[str, Narrowest]) -> None:
    """Note into `narrowest` (by tier) how far an outsider bounds fewer than k hidden people of any residual."""
    if is_guarded(figures):
        return
    family = family_of(tree, figures.exact_mean)
    inside = np.zeros(tree.size, dtype=np.bool_)
    above = family.above[~figures.is_shown & (tree.is_team | tree.is_pool)]
    inside[above[above != NO_PARENT]] = True
    left_n = family.residual(figures.n)
    middle = 2 * figures.n * np.rint(np.nan_to_num(figures.mean) * 10).astype(np.int64)
    at = np.flatnonzero(family.members & inside & (left_n > 0))
    if not at.size:
        return
    n, left = left_n[at], family.residual(middle)[at]
    slack = (2 * figures.n - left_n)[at]
    low, high = np.maximum(left - slack, 0), np.minimum(left + slack, WHOLE * n)
    widths = [_width(size, n, low, high) for size in range(1, threshold.k)]
    width = np.min(widths, axis=0) if widths else np.full(at.size, 100.0)
    place = int(np.argmin(width))
    found = Narrowest(float(width[place]), f"{tree.ids[at[place]]} / {figures.measure_id}")
    if figures.tier not in narrowest or found.width_pct < narrowest[figures.tier].width_pct:
        narrowest[figures.tier] = found


def _width(size: int, n: Ints, low: Ints, high: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Percent of the scale left to `size` people of a residual of n whose sum lies in low to high."""
    most = np.minimum(WHOLE * size, high)
    least = np.maximum(0, low - WHOLE * (n - size))
    whole = np.where(size < n, 100.0 * (most - least) / (WHOLE * size), 100.0)
    return np.clip(whole, 0.0, 100.0)


def silence_report(
    figures: Sequence[Figures], sums: Mapping[str, Sums], tree: GroupTree, own_eligible: Ints, full: Flags
) -> AuditCheck:
    """Attack 5: groups of whom a reader learns that nobody, or that everybody, answered. `full`: shown and complete."""
    silent = np.zeros(tree.size, dtype=np.bool_)
    for one in figures:
        if one.measure_id in sums:
            family = family_of(tree, one.exact_share if is_guarded(one) else one.exact_mean)
            silent |= _silent(family, sums[one.measure_id].n, own_eligible)
    hidden = "hidden group" if silent.sum() == 1 else "hidden groups"
    shown = "shown group" if full.sum() == 1 else "shown groups"
    said = (
        f"{int(silent.sum())} {hidden} with heads and no answers to a question follow from the counts of shown groups; "
        f"{int(full.sum())} {shown} in which everybody answered, for readers who know the head-count; not gating"
    )
    return AuditCheck(SILENCE, True, said, is_reported=True)


def _silent(family: Family, n: Ints, own_eligible: Ints) -> Flags:
    """Nodes with heads and without answers in a residual of nobody."""
    empty = family.members & (family.residual(n) == 0)
    found: Flags = ~family.members & (own_eligible > 0) & (n == 0) & (family.above != NO_PARENT)
    found &= empty[family.above]
    return found
