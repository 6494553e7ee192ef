"""The spread of a measure: one number for the whole organisation, pooled over published atoms (TRENDS 1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

import numpy as np
import numpy.typing as npt

LEAST_PEOPLE = 100
LEAST_ATOMS = 10
CLIP = (0.05, 0.90)
DEFAULT_BY_ITEMS = {1: 0.40, 2: 0.30}
DEFAULT_MANY_ITEMS = 0.20
SHARE = 1.0
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AtomSpreads:
    """People of each atom, their mean on 0-100, and the sum of squared distances from it. Parallel arrays."""

    n: Floats
    mean: Floats
    sum_sq: Floats

    def counted(self) -> AtomSpreads:
        """Atoms of two people or more: one person has no spread."""
        some = self.n >= 2
        return AtomSpreads(self.n[some], self.mean[some], self.sum_sq[some])


def pooled_phi(atoms: AtomSpreads) -> float | None:
    """Within-atom variance over m(100-m), unclipped and unrounded; None where it cannot be told."""
    counted = atoms.counted()
    # Summed without rounding on the way, so that the order of groups plays no part.
    numerator = fsum(counted.sum_sq.tolist())
    between = fsum((counted.sum_sq / counted.n).tolist())
    scale = fsum(((counted.n - 1) * counted.mean * (100 - counted.mean)).tolist())
    return numerator / (scale + between) if scale + between > 0 else None


def released_phi(atoms: AtomSpreads, items_n: int) -> tuple[float, str]:
    """phi as released, and its basis: `pooled` with 100 people in 10 atoms, else the `default` of the item count."""
    counted = atoms.counted()
    if counted.n.sum() >= LEAST_PEOPLE and len(counted.n) >= LEAST_ATOMS:
        phi = pooled_phi(counted)
        if phi is not None:
            return round(min(max(phi, CLIP[0]), CLIP[1]), 2), "pooled"
    return DEFAULT_BY_ITEMS.get(items_n, DEFAULT_MANY_ITEMS), "default"
