"""The spread of a measure: one number for the whole organisation, pooled over published atoms (TRENDS 1.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum

LEAST_PEOPLE = 100
LEAST_ATOMS = 10
CLIP = (0.05, 0.90)
DEFAULT_BY_ITEMS = {1: 0.40, 2: 0.30}
DEFAULT_MANY_ITEMS = 0.20
SHARE = 1.0


@dataclass(frozen=True, slots=True)
class AtomSpread:
    """n people of one atom: their mean on 0-100 and the sum of squared distances from it."""

    n: int
    mean: float
    sum_sq: float


def pooled_phi(atoms: Iterable[AtomSpread]) -> float | None:
    """Within-atom variance over m(100-m), unclipped and unrounded; None where it cannot be told."""
    counted = [atom for atom in atoms if atom.n >= 2]
    numerator = fsum(atom.sum_sq for atom in counted)
    between = fsum(atom.sum_sq / atom.n for atom in counted)
    scale = fsum((atom.n - 1) * atom.mean * (100 - atom.mean) for atom in counted)
    return numerator / (scale + between) if scale + between > 0 else None


def released_phi(atoms: Iterable[AtomSpread], items_n: int) -> tuple[float, str]:
    """phi as released, and its basis: `pooled` with 100 people in 10 atoms, else the `default` of the item count."""
    counted = [atom for atom in atoms if atom.n >= 2]
    if sum(atom.n for atom in counted) >= LEAST_PEOPLE and len(counted) >= LEAST_ATOMS:
        phi = pooled_phi(counted)
        if phi is not None:
            return round(min(max(phi, CLIP[0]), CLIP[1]), 2), "pooled"
    return DEFAULT_BY_ITEMS.get(items_n, DEFAULT_MANY_ITEMS), "default"
