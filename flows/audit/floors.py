"""The auditor's own copy of the floors, and the thresholds that follow from a policy (PRIVACY 1a, 1f)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FLOOR_K: Mapping[str, int] = {"work": 5, "sensitive": 10, "guarded": 20}
GUARDED = "guarded"
PARTICIPATION_TIER = "work"
SHARE_K = 10
SHARE_K_RES = 14
SHARE_MARGIN = 3
"""Rule F: at least this many people at risk, and as many not at risk, in every share atom."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Least people in the atom of a named team (`k`) and in any merged residual or pool (`k_res`)."""

    k: int
    k_res: int

    def for_share(self) -> Threshold:
        """The threshold of the share programme of the same tier."""
        return Threshold(k=max(SHARE_K, self.k), k_res=max(SHARE_K_RES, self.k_res))


def least_residual(k: int) -> int:
    """max(k, ceil(1.5 (k - 1))): an outsider never narrows a hidden team to less than half the scale at mid-scale."""
    return max(k, (3 * (k - 1) + 1) // 2)


def policy_faults(k: Mapping[str, int], k_res: Mapping[str, int]) -> list[str]:
    """What of a policy lies below the floors, in words; empty when nothing does."""
    faults = []
    for tier, floor in FLOOR_K.items():
        if tier not in k or tier not in k_res:
            faults.append(f"tier {tier}: no threshold given")
            continue
        if k[tier] < floor:
            faults.append(f"tier {tier}: k is {k[tier]}, below the floor {floor}")
        if k_res[tier] < least_residual(max(k[tier], floor)):
            faults.append(f"tier {tier}: k_res is {k_res[tier]}, below {least_residual(max(k[tier], floor))}")
    return faults


def threshold_of(tier: str, k: Mapping[str, int], k_res: Mapping[str, int]) -> Threshold:
    """Threshold of a tier; never below the floor, and an unknown tier counts as guarded."""
    known = tier if tier in FLOOR_K else GUARDED
    least = max(k.get(known, 0), FLOOR_K[known])
    return Threshold(k=least, k_res=max(k_res.get(known, 0), least_residual(least)))
