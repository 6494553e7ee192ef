"""The attack by linear algebra on two families: elimination modulo a prime over classes of people.

Rows are published figures, each lessened by the published figures directly inside it (which spans the same), columns
are classes of identical membership. Rows that share no column are attacked apart, the smallest parts first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from flows.audit.breakdown_figures import Breakdown
from flows.audit.group_tree import NO_PARENT, Flags, GroupTree, Ints
from flows.audit.overlap_graph import GROUND, Classes, Pieces
from flows.audit.rank_attack import RankFinding, RowSpace

ENTRY_BUDGET = 20_000
"""Most entries eliminated for one measure; beyond it the cut, which is exact, stands alone."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Classes and pieces that belong together."""

    classes: Ints
    pieces: Ints


def two_family_findings(
    classes: Classes, pieces: Pieces, exact: Flags, breakdown: Breakdown, tree: GroupTree, k: int
) -> RankFinding:
    """Classes, hidden groups and intersections of two figures of fewer than k people that can be derived."""
    derived: set[str] = set()
    alias_n = rows_n = spent = 0
    shown = breakdown.shown(tree)
    rows_all_n = int(exact.sum()) + breakdown.cells.node.size
    for part in _parts(classes, pieces):
        spent += 2 * part.classes.size
        if spent > ENTRY_BUDGET:
            break
        attack = _Attack(part, classes, pieces, exact, shown, breakdown, tree)
        rows_n += attack.rows_n
        for name, n in attack.derived(k):
            alias_n += n >= k
            derived.update([name] if n < k else [])
    return RankFinding(tuple(sorted(derived)), alias_n, rows_n, rows_all_n)


def _parts(classes: Classes, pieces: Pieces) -> Iterator[_Part]:
    """Connected parts of the incidence, smallest first; people in no figure at all belong to none."""
    _, left = np.unique(classes.left, return_inverse=True)
    _, right = np.unique(classes.right, return_inverse=True)
    size = classes.n.size
    has_left, has_right = classes.left != GROUND, classes.right != GROUND
    place = np.arange(size)
    one = np.concatenate((place[has_left], place[has_right]))
    two = np.concatenate((size + left[has_left], size + left.max(initial=0) + 1 + right[has_right]))
    total = 2 * size + left.max(initial=0) + 2
    _, component = connected_components(
        coo_array((np.ones(one.size, dtype=np.int8), (one, two)), shape=(total, total)), directed=False
    )
    of_class = np.where(has_left | has_right, component[:size], -1)
    of_piece = of_class[pieces.at]
    by_class, by_piece = np.argsort(of_class, kind="stable"), np.argsort(of_piece, kind="stable")
    names, counts = np.unique(of_class[of_class >= 0], return_counts=True)
    for name in names[np.argsort(counts, kind="stable")].tolist():
        chosen = [
            order[np.searchsorted(of[order], name) : np.searchsorted(of[order], name, side="right")]
            for order, of in ((by_class, of_class), (by_piece, of_piece))
        ]
        yield _Part(*chosen)


class _Attack:
    """Row space of one part and the groups aimed at in it."""

    def __init__(
        self,
        part: _Part,
        classes: Classes,
        pieces: Pieces,
        exact: Flags,
        shown: Flags,
        breakdown: Breakdown,
        tree: GroupTree,
    ) -> None:
        self._part, self._classes, self._pieces = part, classes, pieces
        self._exact, self._shown, self._breakdown, self._tree = exact, shown, breakdown, tree
        rows: dict[tuple[str, int], list[int]] = {}
        for at in part.classes.tolist():
            for side, vertex in (("left", int(classes.left[at])), ("right", int(classes.right[at]))):
                if vertex != GROUND:
                    rows.setdefault((side, vertex), []).append(at)
        self._space = RowSpace()
        for columns in sorted(rows.values(), key=len):
            self._space.add(dict.fromkeys(columns, 1))
        self.rows_n = len(rows)

    def derived(self, k: int) -> Iterator[tuple[str, int]]:
        """Names of the groups aimed at whose sum is a combination of the rows, with their people."""
        for name, columns in self._targets(k):
            if self._space.holds(dict.fromkeys(columns, 1)):
                yield name, int(self._classes.n[list(columns)].sum())

    def _targets(self, k: int) -> Iterator[tuple[str, frozenset[int]]]:
        n = self._classes.n
        for at in self._part.classes.tolist():
            if n[at] < k:
                yield self._class_name(at), frozenset([at])
        yield from self._whole(self._hidden_groups())
        for name, columns in self._intersections():
            if 0 < n[list(columns)].sum() < k:
                yield name, columns

    def _whole(self, groups: Iterable[tuple[str, dict[int, int]]]) -> Iterator[tuple[str, frozenset[int]]]:
        """Groups that fill every class they reach into: a sum of anything else is in no row space."""
        for name, inside in groups:
            if all(people == self._classes.n[at] for at, people in inside.items()):
                yield name, frozenset(inside)

    def _hidden_groups(self) -> Iterator[tuple[str, dict[int, int]]]:
        """Unpublished groups below the published ones of this part, with their people by class."""
        found: dict[int, dict[int, int]] = {}
        for piece in self._part.pieces.tolist():
            node, at = int(self._pieces.node[piece]), int(self._pieces.at[piece])
            while node != NO_PARENT and not self._exact[node]:
                inside = found.setdefault(node, {})
                inside[at] = inside.get(at, 0) + int(self._pieces.n[piece])
                node = int(self._tree.parent[node])
        for node, inside in found.items():
            yield self._tree.ids[node], inside

    def _intersections(self) -> Iterator[tuple[str, frozenset[int]]]:
        """A published group and a published cell above or beside it: the people in both."""
        found: dict[tuple[int, int, int], set[int]] = {}
        for at in self._part.classes.tolist():
            left, right = int(self._classes.left[at]), int(self._classes.right[at])
            if left != GROUND and right != GROUND:
                value, node = divmod(right, self._tree.size)
                for cell in self._above(node, self._shown[value]):
                    for group in self._above(left, self._exact):
                        found.setdefault((group, cell, value), set()).add(at)
        for (group, node, value), columns in found.items():
            yield f"{self._tree.ids[group]} in {self._breakdown.name(self._tree, node, value)}", frozenset(columns)

    def _above(self, node: int, members: Flags) -> Iterator[int]:
        while node != NO_PARENT:
            if members[node]:
                yield node
            node = int(self._tree.parent[node])

    def _class_name(self, at: int) -> str:
        left, right = int(self._classes.left[at]), int(self._classes.right[at])
        group = "no group" if left == GROUND else self._tree.ids[left]
        if right == GROUND:
            return f"{group} in no cell"
        value, node = divmod(right, self._tree.size)
        return f"{group} in {self._breakdown.name(self._tree, node, value)}"
