"""Can every person still have given any score, whatever the tree and a breakdown say together? (PRIVACY 3.3, 5)

A world is an assignment of scores that fits every published figure. Starting from what is true, each person is put at
either end of the scale, and what that changes is made up for by other people, so that every published sum, band and
share stays as it is: by trades among overlaps nearby, for many people at once; else by a search of the neighbourhood;
else by an integer programme over it. A person for whom no such world is found counts as not free: a cell is then
refused. That may refuse a cell too much; it never lets one pass, since a world that was found is a real one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from flows.protect.category_counts import Entries
from flows.protect.overlap_network import Network
from flows.protect.overlap_programme import OverlapProgramme
from flows.protect.overlap_regions import Figures, far_rows, homes, regions
from flows.protect.overlap_trades import NOBODY, Besides, TradeTables
from flows.protect.overlaps import NO_SHARE, Flags, Overlaps, ShownFigures, overlaps_of, range_of
from flows.protect.share_moves import Partners, ShareBlocks
from flows.protect.tree import Ints, ReportingTree

PARTNERS_TRIED = 4
STRANGERS_TO_SEARCH, STRANGERS_TO_SOLVE = 600, 30
"""Atoms of the tree from elsewhere that join a neighbourhood, since they share atoms of the family with it."""


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
        unfree[hard] = [not worlds.is_free(place, target) for place in hard.tolist()]
    return np.asarray(asked & unfree[worlds.overlaps.of_entry])


@dataclass(slots=True)
class _Worlds:
    """Overlaps, what their sums may be, and the ways in which they can make up for each other."""

    shown: ShownFigures
    overlaps: Overlaps
    tables: tuple[TradeTables, TradeTables]
    partners: dict[int, Partners]
    figures: Figures
    known: dict[int, _Neighbourhood] = field(default_factory=dict)

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

    def is_free(self, place: int, target: int) -> bool:
        """The same for one overlap, by a search of its neighbourhood, and else by an integer programme."""
        region = int(self.figures.region[place])
        if region not in self.known:
            self.known[region] = _Neighbourhood.of(self.figures, region)
        near = self.known[region]
        extras = (0, -1 if target else 1) if self.partners else (0,)
        return any(self._is_found(near, place, target, extra) for extra in extras) or near.is_free(place, target)

    def _is_found(self, near: _Neighbourhood, place: int, target: int, extra: int) -> bool:
        change, low, high, is_possible = (int(column[0]) for column in self._own(np.asarray([place]), target, extra))
        if not is_possible:
            return False
        wanted = {near.at(place): (low, high)}
        if change == 0:
            return near.network.can_hold(wanted)
        partners = self.partners[change]
        if partners.needs_nobody(place) and near.network.can_hold(wanted):
            return True
        return any(
            near.network.can_hold({**wanted, near.at(other): partners.bounds(other)})
            for other in partners.among(place, near.members, PARTNERS_TRIED)
        )


@dataclass(slots=True)
class _Neighbourhood:
    """Overlaps in which somebody is looked for, with their network; the programme is made of fewer, when needed.

    members: of the network, ascending.
    """

    figures: Figures
    region: int
    members: Ints
    network: Network
    programme: tuple[Ints, OverlapProgramme] | None = None

    @classmethod
    def of(cls, figures: Figures, region: int) -> _Neighbourhood:
        members = figures.members(region, STRANGERS_TO_SEARCH)
        return cls(figures, region, members, figures.network(members))

    def at(self, place: int) -> int:
        """The number of an overlap in the network."""
        return int(np.searchsorted(self.members, place))

    def is_free(self, place: int, target: int) -> bool:
        """Whether the programme knows a world in which somebody of the overlap scores the target."""
        if self.programme is None:
            members = self.figures.members(self.region, STRANGERS_TO_SOLVE)
            self.programme = members, self.figures.programme(members)
        members, programme = self.programme
        return programme.is_free(int(np.searchsorted(members, place)), target)
