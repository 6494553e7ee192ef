"""How the columns of a file are called and what they tell, once its tool is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flows.collect.tells import NOTHING_TOLD, Tells

__all__ = ["Head", "Layout", "unique_names"]


@dataclass(frozen=True, slots=True)
class Head:
    """The first records of a file, headings and what may be further heading rows; missing ones are empty."""

    rows: tuple[tuple[str, ...], ...]

    def row(self, place: int) -> tuple[str, ...]:
        """A record from the top, 0 the first; as wide as the first."""
        width = len(self.rows[0]) if self.rows else 0
        found = self.rows[place] if place < len(self.rows) else ()
        return (*found, *("" for _ in range(width - len(found))))[:width]

    @property
    def names(self) -> tuple[str, ...]:
        """The first record."""
        return self.row(0)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a tool's file looks like. `heading_n` records stand above the answers; `titles` are question texts."""

    tool: str
    variant: str
    heading_n: int
    names: tuple[str, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    tells: Tells = NOTHING_TOLD
    free_text: frozenset[str] = frozenset()


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """The same names, a repeated one with its count: tools repeat column names, and a map must mean one column."""
    repeated = {name for name, n in Counter(names).items() if n > 1}
    seen: Counter[str] = Counter()
    taken, result = set(names), []
    for name in names:
        seen[name] += 1
        unique = name
        if name in repeated and seen[name] > 1:
            unique = f"{name} ({seen[name]})"
            while unique in taken:
                seen[name] += 1
                unique = f"{name} ({seen[name]})"
            taken.add(unique)
        result.append(unique)
    return tuple(result)
