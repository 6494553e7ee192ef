"""Possible worlds inside one mean atom: sums that a reader cannot rule out (PRIVACY 1f, 2.3-e).

An atom with a known sum may hold groups of which only a bound is known. Its people, and those of each
bound, are *pieces*; their true sums are one possible world. To see whether somebody in a piece may have
the lowest or the highest score, the piece's sum is moved as little as that needs, and the others make up
for it within what is said about them. Who is free in one possible world is free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Group:
    """A mean atom, or a bound inside it: its own people with their sum, and the bounds inside.

    `low` to `high` is what is said about its whole sum; equal for an exact atom.
    """

    n: int
    own_sum: int
    range_units: int
    low: int
    high: int
    inner: list[Group] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Sum over its people and those of the bounds inside."""
        return self.own_sum + sum(group.total for group in self.inner)

    def pieces(self) -> Iterator[Group]:
        """Itself and every bound inside it."""
        yield self
        for group in self.inner:
            yield from group.pieces()

    def copied(self) -> Group:
        """A world of its own, to be changed."""
        return Group(
            self.n, self.own_sum, self.range_units, self.low, self.high, [group.copied() for group in self.inner]
        )

    def absorb(self, amount: int, skip: Group | None = None) -> int:
        """Add up to `amount` to its people but those of `skip`; returns what was added."""
        added = _clamp(amount, -self.own_sum, self.range_units * self.n - self.own_sum)
        self.own_sum += added
        return added + self.absorb_inside(amount - added, skip)

    def absorb_inside(self, amount: int, skip: Group | None = None) -> int:
        """Add up to `amount` to the bounds inside, each within what is said about it."""
        left = amount
        for group in self.inner:
            if group is not skip and left:
                whole = group.total
                left -= group.absorb(_clamp(left, group.low - whole, group.high - whole))
        return amount - left


def moved_world(atom: Group, place: int, end: int) -> list[Group] | None:
    """The pieces of a world in which somebody in piece number `place` may have the score `end`: 0 or the whole range.

    None where no such world was found.
    """
    world = atom.copied()
    path = _path_to(world, place)
    piece = path[-1]
    full = piece.range_units
    wanted = max(piece.own_sum, full) if end else min(piece.own_sum, full * (piece.n - 1))
    if piece.n == 0 or not 0 <= wanted <= full * piece.n:
        return None
    owed = piece.own_sum - wanted
    piece.own_sum = wanted
    owed -= piece.absorb_inside(owed)
    for below, above in zip(reversed(path[1:]), reversed(path[:-1]), strict=True):
        owed -= above.absorb(owed, skip=below)
    if owed or any(not group.low <= group.total <= group.high for group in path):
        return None
    return list(world.pieces())


def _path_to(world: Group, place: int) -> list[Group]:
    """From the atom down to its piece number `place`, in the order of `pieces()`."""
    wanted = next(piece for number, piece in enumerate(world.pieces()) if number == place)

    def search(group: Group) -> list[Group] | None:
        if group is wanted:
            return [group]
        for inner in group.inner:
            found = search(inner)
            if found is not None:
                return [group, *found]
        return None

    return search(world) or [world]


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))
