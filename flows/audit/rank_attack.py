"""The attack by linear algebra: is the sum of a hidden or small group a combination of published figures?

Exact: elimination over the integers modulo a large prime, on sparse rows. It knows nothing of trees; only the
cutting into components does. Cut at an exactly published node, everything outside it is constant on its people
and that constant is its own row, so what is derivable inside it is derivable from the rows inside it. Outside,
it stands as one column with one row.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from flows.audit.atoms import Family
from flows.audit.group_tree import NO_PARENT, Flags, Ints

PRIME = (1 << 61) - 1
COMPONENT_COLUMNS = 400
ENTRY_BUDGET = 120_000
"""Most entries of the incidence matrix eliminated for one measure and statistic; the rest has the closed form."""


class RowSpace:
    """Span of sparse rows modulo PRIME, grown one row at a time."""

    def __init__(self) -> None:
        self._order: dict[int, int] = {}
        self._rows: list[dict[int, int]] = []
        self._pivots: list[int] = []

    @property
    def rank(self) -> int:
        """Dimension of the span."""
        return len(self._rows)

    def add(self, row: Mapping[int, int]) -> bool:
        """Add a row; whether it was new."""
        left = self._reduced(row)
        if not left:
            return False
        pivot = next(iter(left))
        inverse = pow(left[pivot], -1, PRIME)
        self._order[pivot] = len(self._rows)
        self._pivots.append(pivot)
        self._rows.append({column: value * inverse % PRIME for column, value in left.items()})
        return True

    def holds(self, row: Mapping[int, int]) -> bool:
        """Whether a row is a combination of the rows added."""
        return not self._reduced(row)

    def _reduced(self, row: Mapping[int, int]) -> dict[int, int]:
        left = {column: value % PRIME for column, value in row.items() if value % PRIME}
        waiting = [self._order[column] for column in left if column in self._order]
        heapq.heapify(waiting)
        while waiting:
            step = heapq.heappop(waiting)
            factor = left.get(self._pivots[step], 0)
            if not factor:
                continue
            for column, value in self._rows[step].items():
                rest = (left.get(column, 0) - factor * value) % PRIME
                if not rest:
                    left.pop(column, None)
                    continue
                if column not in left and column in self._order:
                    heapq.heappush(waiting, self._order[column])
                left[column] = rest
        return left


@dataclass(slots=True)
class Component:
    """One exactly published node with all that lies in it down to the next cuts.

    Columns are tree nodes with people of their own, or ~node for everything inside a node that was cut off.
    rows: published node -> its columns; a node that was cut off has itself as its only column.
    """

    root: int
    columns: list[int] = field(default_factory=list)
    rows: dict[int, list[int]] = field(default_factory=dict)

    @property
    def entries(self) -> int:
        """Entries of the incidence matrix."""
        return sum(len(columns) for columns in self.rows.values())


@dataclass(frozen=True, slots=True)
class RankFinding:
    """derived: ids of groups of fewer than k people that were derived; shown_alias_n: hidden groups of k or more
    that equal a union of shown figures; rows_n of rows_all_n published figures were eliminated."""

    derived: tuple[str, ...]
    shown_alias_n: int
    rows_n: int
    rows_all_n: int


def components_of(family: Family, own_n: Ints) -> list[Component]:
    """Cut the published family into components, from the leaves up."""
    grown: dict[int, Component] = {}
    finished: list[Component] = []
    holder = family.tree.nearest(family.members)
    loose: dict[int, list[int]] = {}
    for node in np.flatnonzero(own_n > 0).tolist():
        home = node if family.members[node] else int(holder[node])
        loose.setdefault(home, []).append(node)
    for node in np.flatnonzero(family.members)[::-1].tolist():
        part = grown.setdefault(node, Component(root=node))
        part.columns += loose.get(node, [])
        part.rows[node] = list(part.columns)
        above = int(family.above[node])
        if above == NO_PARENT or len(part.columns) > COMPONENT_COLUMNS:
            finished.append(part)
            if above != NO_PARENT:
                whole = grown.setdefault(above, Component(root=above))
                whole.columns.append(~node)
                whole.rows[node] = [~node]
        else:
            whole = grown.setdefault(above, Component(root=above))
            whole.columns += part.columns
            whole.rows.update(part.rows)
        del grown[node]
    return finished


def rank_findings(family: Family, own_n: Ints, total_n: Ints, k: int) -> RankFinding:
    """Attack every component within the budget, the smallest components first."""
    derived: set[str] = set()
    alias_n = rows_n = spent = 0
    rows_all_n = int(family.members.sum())
    for part in sorted(components_of(family, own_n), key=lambda item: (item.entries, item.root)):
        spent += part.entries
        if spent > ENTRY_BUDGET:
            break
        rows_n += sum(columns != [~node] for node, columns in part.rows.items())
        small, aliases = _attack(part, family, own_n, total_n, k)
        derived.update(small)
        alias_n += aliases
    return RankFinding(tuple(sorted(derived)), alias_n, rows_n, rows_all_n)


def _attack(part: Component, family: Family, own_n: Ints, total_n: Ints, k: int) -> tuple[set[str], int]:
    """Ids of derived groups below k, and the number of hidden groups of k or more that were derived."""
    sets = sorted(part.rows.values(), key=len)
    space = RowSpace()
    for chosen in sets:
        space.add(dict.fromkeys(chosen, 1))
    ids = family.tree.ids
    people = {c: int(own_n[c]) if c >= 0 else int(total_n[~c]) for c in part.columns}
    small: set[str] = set()
    for merged in _classes(part.columns, sets):
        if 0 < sum(people[c] for c in merged) < k and space.holds(dict.fromkeys(merged, 1)):
            small.add(ids[merged[0]])
    aliases = 0
    for node, inside in _hidden_groups(part, family).items():
        if space.holds(dict.fromkeys(inside, 1)):
            aliases += int(total_n[node] >= k)
            small.update([ids[node]] if total_n[node] < k else [])
    return small, aliases


def _classes(columns: Sequence[int], sets: Sequence[Sequence[int]]) -> list[list[int]]:
    """Columns of identical membership together."""
    member_of: dict[int, list[int]] = {column: [] for column in columns}
    for number, chosen in enumerate(sets):
        for column in chosen:
            member_of[column].append(number)
    classes: dict[tuple[int, ...], list[int]] = {}
    for column, numbers in member_of.items():
        classes.setdefault(tuple(numbers), []).append(column)
    return list(classes.values())


def _hidden_groups(part: Component, family: Family) -> dict[int, list[int]]:
    """Unpublished nodes inside the component and the columns that make them up."""
    tree = family.tree
    hidden: dict[int, list[int]] = {}
    for column in part.columns:
        node = column if column >= 0 else int(tree.parent[~column])
        while node not in (NO_PARENT, part.root):
            if not family.members[node]:
                hidden.setdefault(node, []).append(column)
            node = int(tree.parent[node])
    return hidden


def close_pairs(family: Family, total_n: Ints, k: int) -> list[str]:
    """Published nodes that lack fewer than k people of the next published node above them."""
    below = np.flatnonzero(family.members & (family.above != NO_PARENT))
    lack = total_n[family.above[below]] - total_n[below]
    close: Flags = (lack > 0) & (lack < k)
    return [family.tree.ids[node] for node in below[close]]
