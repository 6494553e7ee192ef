"""The most pools that small teams can make, by trying every way to split them: slow and obvious."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.pools import PoolRule, expected_of
from flows.units import Unit


def most_pools(small: Sequence[Unit], response: Mapping[str, float], rule: PoolRule) -> int:
    """Greatest number of groups of two or more teams that reach k_res with a margin. For at most ten teams."""
    enough = [
        len(chosen) > 1 and expected_of(chosen, response).reaches(rule.k_res, rule)
        for chosen in ([unit for at, unit in enumerate(small) if subset >> at & 1] for subset in range(1 << len(small)))
    ]
    most = [0] * len(enough)
    for subset in range(1, len(enough)):
        part = subset
        while part:
            if enough[part]:
                most[subset] = max(most[subset], 1 + most[subset ^ part])
            part = (part - 1) & subset
    return most[-1]
