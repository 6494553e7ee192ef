"""Can every person still have given any score, whatever the tree and a breakdown say together? (PRIVACY 3.3, 5)

A world is an assignment of scores that fits every published figure. Starting from what is true, each person is put at
either end of the scale, and what that changes is made up for by other people, so that every published sum, band and
share stays as it is: by trades among overlaps nearby, for many people at once; else by a search of the neighbourhood;
else by an integer programme over it. A person for whom no such world is found counts as not free: a cell is then
refused. That may refuse a cell too much; it never lets one pass, since a world that was found is a real one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from flows.protect.category_counts import Entries
from flows.protect.overlap_network import NO_ARC, Wanted
from flows.protect.overlap_programme import OverlapProgramme
from flows.protect.overlap_regions import Figures, Neighbourhoods, far_rows, homes, regions
from flows.protect.overlap_trades import NOBODY, Besides, TradeTables
from flows.protect.overlaps import NO_SHARE, Flags, Overlaps, ShownFigures, overlaps_of, range_of
from flows.protect.share_moves import Partners, ShareBlocks
from flows.protect.tree import Ints, ReportingTree

PARTNERS_TRIED = 16
Change = tuple[int, int, int, int, int, int]
"""An arc with the bounds that its sum is to keep, and the same of the arc that makes up for it, or NO_ARC."""
STRANGERS_TO_SEARCH, STRANGERS_TO_SOLVE = (0, 30, 600), (0, 30)
"""Atoms of the tree from elsewhere that join a neighbourhood, since they share atoms of the family with it. Most people
are free without any."""


def unfree_entries(tree: ReportingTree, entries: Entries, right: Ints, asked: Flags, shown: ShownFigures) -> Flags:
    """Entries with a person who is not free, of those that are asked about.

    entries: with sums turned as in `shown`. right: the atom of the family of each entry, GROUND for none.
    """
    worlds = _Worlds.of(tree, entries, right, shown)
    judged = np.zeros(len(worlds.overlaps.n), dtype=bool)
    judged[worlds.overlaps.of_entry[asked]] = True
    unfree = np.zeros(len(judged), dtype=bool)
    for target in (0, shown.means.range_units):
        places = np.flatnonzero(judged & ~unfree)
        hard = places[~worlds.are_free(places, target)]
        unfree[hard] = ~worlds.are_free_nearby(hard, target)
    return np.asarray(asked & unfree[worlds.overlaps.of_entry])


@dataclass(slots=True)
class _Worlds:
    """Overlaps, what their sums may be, and the ways in which they can make up for each other."""

    shown: ShownFigures
    overlaps: Overlaps
    tables: tuple[TradeTables, TradeTables]
    partners: dict[int, Partners]
    figures: Figures
    programmes: dict[tuple[int, int], tuple[Ints, OverlapProgramme]] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: ReportingTree, entries: Entries, right: Ints, shown: ShownFigures) -> _Worlds:
        shares = None
        if shown.cut is not None and shown.share_sums is not None:
            shares = ShareBlocks.of(tree, shown.shares, shown.share_sums)
        overlaps = overlaps_of(tree, entries, right, shown, None if shares is None else shares.owner)
        has_share = overlaps.share != NO_SHARE
        low, high = range_of(overlaps.n, overlaps.at_risk, has_share, shown)
        room = overlaps.right, overlaps.sums - low, high - overlaps.sums
        near = TradeTables.of(homes(tree, overlaps.left), overlaps.left, *room)
        far = TradeTables.of(*far_rows(tree, overlaps.left), *room)
        partners = {}
        if shares is not None:
            partners = {change: Partners.of(overlaps, shares, -change, shown) for change in (-1, 1)}
        figures = Figures.of(tree, overlaps, shown, shares, regions(tree, overlaps.left, near.lot))
        return cls(shown, overlaps, (near, far), partners, figures)

    def _own(self, places: Ints, target: int, extra: int) -> tuple[Ints, Ints, Ints, Flags]:
        """With one person at the target: how the number at risk changes, what the sum may then be, and if it can be.

        extra: one more or less at risk among the others than has to be.
        """
        overlaps, shown = self.overlaps, self.shown
        n, at_risk, has_share = overlaps.n[places], overlaps.at_risk[places], overlaps.share[places] != NO_SHARE
        is_at_risk = int(shown.cut is not None and target >= shown.cut)
        rest = at_risk - is_at_risk
        wanted = np.clip(rest, 0, n - 1) + extra
        low, high = range_of(n - 1, wanted, has_share, shown)
        is_possible = (wanted >= 0) & (wanted < n) & (has_share | (extra == 0))
        return np.where(has_share, wanted - rest, 0), target + low, target + high, is_possible

    def are_free(self, places: Ints, target: int) -> Flags:
        """Overlaps in which somebody is seen to be free at once, by trades among overlaps nearby or farther away."""
        found = np.zeros(len(places), dtype=bool)
        for tables in self.tables:
            for extra in (0, -1 if target else 1) if self.partners else (0,):
                asked = np.flatnonzero(~found)
                found[asked] = self._are_free(tables, places[asked], target, extra)
        return found

    def _are_free(self, tables: TradeTables, places: Ints, target: int, extra: int) -> Flags:
        change, low, high, is_possible = self._own(places, target, extra)
        sums = self.overlaps.sums[places]
        moved = np.clip(sums, low, high) - sums
        besides, has_partner = np.full(len(places), NOBODY), change == 0
        for step, partners in self.partners.items():
            some = np.flatnonzero(change == step)
            besides[some], has_partner[some] = partners.at_rest(places[some])
        found = np.zeros(len(places), dtype=bool)
        down, up = np.zeros_like(sums), np.zeros_like(sums)
        for step, partners in self.partners.items():
            some = np.flatnonzero((change == step) & (besides != NOBODY))
            down[some], up[some] = partners.room(besides[some])
        asked = np.flatnonzero(has_partner & is_possible)
        found[asked] = tables.can_move(places[asked], moved[asked], Besides(besides, down, up).of(asked))
        return found

    def are_free_nearby(self, places: Ints, target: int) -> Flags:
        """The same by a search of the neighbourhood of each, and else by an integer programme."""
        found = np.zeros(len(places), dtype=bool)
        for strangers in STRANGERS_TO_SEARCH:
            asked = np.flatnonzero(~found)
            found[asked] = self._are_found(places[asked], target, strangers)
        for at in np.flatnonzero(~found).tolist():
            found[at] = any(self._is_free(int(places[at]), target, strangers) for strangers in STRANGERS_TO_SOLVE)
        return found

    def _is_free(self, place: int, target: int, strangers: int) -> bool:
        """Whether the programme knows a world in which somebody of the overlap scores the target."""
        key = int(self.figures.region[place]), strangers
        if key not in self.programmes:
            members = self.figures.neighbourhoods(np.asarray(key[:1]), strangers).members
            self.programmes[key] = members, self.figures.programme(members)
        members, programme = self.programmes[key]
        return programme.is_free(int(np.searchsorted(members, place)), target)

    def _are_found(self, places: Ints, target: int, strangers: int) -> Flags:
        found = np.zeros(len(places), dtype=bool)
        regions, number = np.unique(self.figures.region[places], return_inverse=True)
        near = self.figures.neighbourhoods(regions, strangers)
        networks = self.figures.networks(near)
        waiting = dict(enumerate(self._changes(places, number, near, target)))
        while asked := {at: change for at, changes in waiting.items() if (change := next(changes, None)) is not None}:
            at, parts = np.asarray(list(asked)), np.asarray(list(asked.values()))
            found[at] = networks.can_hold(number[at], [Wanted(*parts[:, :3].T), Wanted(*parts[:, 3:].T)])
            waiting = {at: waiting[at] for at in asked if not found[at]}
        return found

    def _changes(self, places: Ints, number: Ints, near: Neighbourhoods, target: int) -> Iterator[Iterator[Change]]:
        """For each overlap what is to be tried, one after the other."""
        extras = (0, -1 if target else 1) if self.partners else (0,)
        own = [zip(*(column.tolist() for column in self._own(places, target, extra)), strict=True) for extra in extras]
        first = near.first
        arcs = near.at(number, places) - first[number]
        rows = zip(places.tolist(), arcs.tolist(), number.tolist(), zip(*own, strict=True), strict=True)
        for place, arc, at, ways in rows:
            yield self._changes_of(place, arc, near.members[first[at] : first[at + 1]], ways)

    def _changes_of(
        self, place: int, arc: int, members: Ints, ways: Iterable[tuple[int, int, int, bool]]
    ) -> Iterator[Change]:
        for change, low, high, is_possible in ways:
            if not is_possible:
                continue
            partners = self.partners[change] if change else None
            if partners is None or partners.needs_nobody(place):
                yield arc, low, high, NO_ARC, 0, 0
            if partners is not None:
                for other in partners.among(place, members, PARTNERS_TRIED):
                    yield arc, low, high, int(np.searchsorted(members, other)), *partners.bounds(other)
