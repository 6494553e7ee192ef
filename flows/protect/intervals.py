"""What a reader can narrow sums down to, in closed form: intervals of parts inside a part (PRIVACY 2.3-e, 5).

A *part* has an interval of possible sums from what is said about it (an exact figure, a band, or
nothing), and is made of pieces and of smaller parts. All sums are integers, so intervals stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Part:
    """A group of people about whose sum something is known: `low` to `high`.

    `pieces`: intervals of people about whom nothing more is said. `parts`: groups inside it.
    """

    low: int
    high: int
    pieces: list[Piece] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Piece:
    """People with nothing said about them alone: their sum lies in `low` to `high`."""

    low: int
    high: int


def narrow(part: Part) -> bool:
    """Shrink every interval below `part` to what is possible; False where the statements contradict each other."""
    return _upwards(part) and _downwards(part)


def _upwards(part: Part) -> bool:
    for inner in part.parts:
        if not _upwards(inner):
            return False
    members: list[Part | Piece] = [*part.pieces, *part.parts]
    part.low = max(part.low, sum(member.low for member in members))
    part.high = min(part.high, sum(member.high for member in members))
    return part.low <= part.high


def _downwards(part: Part) -> bool:
    members: list[Part | Piece] = [*part.pieces, *part.parts]
    lowest = sum(member.low for member in members)
    highest = sum(member.high for member in members)
    for member in members:
        low, high = member.low, member.high
        member.low = max(low, part.low - (highest - high))
        member.high = min(high, part.high - (lowest - low))
        if member.low > member.high:
            return False
    return all(_downwards(inner) for inner in part.parts)
