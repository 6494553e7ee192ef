"""One wave as the pages need it: groups in tree order, measures in reading order, the state of each figure.

Everything is looked up in a verified release; nothing is aggregated here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from dashboards import words
from dashboards.figure_book import FigureBook, build_figures
from dashboards.group_book import NO_ROW, Group, GroupBook, Rows
from dashboards.measure_names import measure_name, release_note
from flows.publish.contract import ALL, STATUS_PUBLISHED
from flows.publish.read import Manifest, Release
from flows.trend.large_table import set_aside

__all__ = [
    "HIDDEN_FIGURE",
    "NO_FIGURE",
    "Figure",
    "Group",
    "Measure",
    "State",
    "Wave",
    "build_wave",
    "read_figure",
    "whole",
]


class State(StrEnum):
    """What can be said about one figure (LOOK section 4)."""

    SHOWN = "shown"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    HIDDEN = "hidden"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell in whole points (percent for a share); `value` is None unless shown or a bound."""

    state: State
    value: int | None = None
    low: int | None = None
    high: int | None = None
    respondents_n: int | None = None
    at_risk_pct: int | None = None
    at_risk_state: State = State.NO_DATA

    @property
    def is_bound(self) -> bool:
        """Whether the value is one side of the figure instead of the figure."""
        return self.state in (State.AT_LEAST, State.AT_MOST)


NO_FIGURE = Figure(State.NO_DATA)
HIDDEN_FIGURE = Figure(State.HIDDEN)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of a wave. `is_share`: a guarded measure without a mean. `released_note`: the remark of the release."""

    measure_id: str
    released_name: str
    is_high_worse: bool
    is_share: bool
    released_note: str = ""
    phi: float | None = None
    construct: str = ""

    @property
    def name(self) -> str:
        """The name in the language of the page, as released where it has none."""
        return measure_name(self.measure_id, self.released_name)

    @property
    def note(self) -> str:
        """The release's remark in the language of the page."""
        return release_note(self.released_note)


@dataclass(frozen=True, eq=False)
class Wave:
    """A release ready for pages. `groups` are in tree order, `measures` strain first, then protection.

    Groups and figures are looked up; `visible` holds the rows of the groups that a scope sees, None for all.
    """

    manifest: Manifest
    is_signature_trusted: bool
    book: GroupBook
    measures: tuple[Measure, ...]
    numbers: FigureBook
    broken_down: pl.DataFrame | None = None
    visible: Rows | None = None

    @property
    def wave_id(self) -> str:
        """Id of the wave and of its release."""
        return self.manifest.wave_id

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every group that can be seen; costly on old waves of a national release, look groups up there."""
        if self.visible is None:
            return self.book.tree
        return self.book.tree_of(self.visible)

    def lay_out(self) -> None:
        """Work out once what every page of the wave walks through."""
        for made in (self.groups, self.units, self.shown_units, self.hidden_units, self.below, self.level_counts):
            len(made)

    @cached_property
    def visible_ids(self) -> frozenset[str] | None:
        """Ids of the groups that a scope sees, None for all."""
        return None if self.visible is None else frozenset(self.book.ids.gather(self.visible).to_list())

    @cached_property
    def shown_ids(self) -> frozenset[str]:
        """Ids of the groups with a figure."""
        rows = np.flatnonzero(self.numbers.is_shown)
        shown = rows if self.visible is None else np.intersect1d(rows, self.visible)
        return frozenset(self.book.ids.gather(shown).to_list())

    @cached_property
    def units(self) -> tuple[Group, ...]:
        """Units and pools that can be seen, without what is left over."""
        return tuple(group for group in self.groups if group.kind != "other")

    @cached_property
    def hidden_units(self) -> tuple[Group, ...]:
        """Units and pools without any figure."""
        return tuple(group for group in self.units if group.group_id not in self.shown_ids)

    @cached_property
    def shown_units(self) -> tuple[Group, ...]:
        """Units and pools with a figure."""
        return tuple(group for group in self.units if group.group_id in self.shown_ids)

    @cached_property
    def pools_shown_n(self) -> int:
        """How many pooled groups have a figure."""
        return sum(group.kind == "pooled" for group in self.shown_units)

    @cached_property
    def below(self) -> Mapping[str | None, tuple[Group, ...]]:
        """Groups below each group, in tree order; those that nothing visible is above stand below None."""
        found: dict[str | None, list[Group]] = {}
        known = {group.group_id for group in self.groups}
        for group in self.groups:
            found.setdefault(group.parent_id if group.parent_id in known else None, []).append(group)
        return {parent_id: tuple(groups) for parent_id, groups in found.items()}

    @cached_property
    def level_counts(self) -> Mapping[str, int]:
        """How many groups each level has; other teams count with the teams."""
        return Counter("team" if group.kind == "other" else group.level for group in self.groups)

    def rows_at(self, level: str) -> Rows:
        """Rows of the units and pools of a level that can be seen."""
        is_here = (self.book.table["level"] == level) & (self.book.table["kind"] != "other")
        rows = np.flatnonzero(is_here.to_numpy()).astype(np.int32)
        return rows if self.visible is None else np.intersect1d(rows, self.visible, assume_unique=True)

    def rows_named(self, text: str) -> Rows:
        """Rows of the units and pools whose name, with that of the group above, holds every word of a text."""
        return self.book.named(text, self.visible)

    @cached_property
    def root(self) -> Group:
        """The organisation."""
        return self.book.group(int(self.book.tops[0]))

    def group(self, group_id: str) -> Group | None:
        """The group of this id, None if the wave has none."""
        row = self._row(group_id)
        return None if row == NO_ROW else self.book.group(row)

    def _row(self, group_id: str) -> int:
        row = self.book.row(group_id)
        if row == NO_ROW or not self.book.is_joined(row):
            return NO_ROW
        return row if self.visible is None or _holds(self.visible, row) else NO_ROW

    def measure(self, measure_id: str) -> Measure | None:
        """The measure of this id, None if it was not asked."""
        return next((measure for measure in self.measures if measure.measure_id == measure_id), None)

    def path(self, group: Group) -> tuple[Group, ...]:
        """The group's ancestors from the organisation down, without the group."""
        return tuple(self.book.group(row) for row in reversed(self._above(group)))

    def _above(self, group: Group) -> list[int]:
        row = self.book.row(group.group_id)
        above = [] if row == NO_ROW else self.book.above(row)
        return above if self.visible is None else [each for each in above if _holds(self.visible, each)]

    def nearest_shown(self, group: Group) -> Group | None:
        """The nearest group above with a figure; None if nothing above is shown."""
        found = next((row for row in self._above(group) if self.numbers.is_shown[row]), None)
        return None if found is None else self.book.group(found)

    def pool_of(self, unit_id: str) -> Group | None:
        """The pooled group that a unit is shown in, if any."""
        pools = (self.book.group(row) for row in self.book.pools_of([unit_id]) if self._sees(row))
        return next(pools, None)

    def _sees(self, row: int) -> bool:
        return self.visible is None or _holds(self.visible, row)

    def figures(self, group_ids: Collection[str]) -> dict[tuple[str, str], Figure]:
        """Figures by group and measure; a pair that is missing was not asked."""
        shares = {measure.measure_id for measure in self.measures if measure.is_share}
        rows = {group_id: row for group_id in group_ids if (row := self._row(group_id)) != NO_ROW}
        return {
            (group_id, measure_id): read_figure(cell, measure_id in shares)
            for group_id, row in rows.items()
            for measure_id, cell in self.numbers.cells(row)
        }

    def figure(self, group_id: str, measure_id: str) -> Figure:
        """One figure."""
        row, measure = self._row(group_id), self.measure(measure_id)
        cell = None if row == NO_ROW or measure is None else self.numbers.cell(row, measure_id)
        return NO_FIGURE if cell is None or measure is None else read_figure(cell, measure.is_share)

    def figures_of(self, group_ids: Collection[str], measure_id: str) -> dict[tuple[str, str], Figure]:
        """Figures of one measure."""
        found = {(group_id, measure_id): self.figure(group_id, measure_id) for group_id in group_ids}
        return {key: figure for key, figure in found.items() if figure is not NO_FIGURE}

    def breakdown_rows(self, measure_id: str) -> list[dict[str, Any]]:
        """Rows of one measure by the wave's breakdown, for the groups at hand in their order."""
        if self.broken_down is None:
            return []
        rows = self.broken_down.filter(pl.col("measure_id") == measure_id).to_dicts()
        if not rows:
            return []
        named = {row["group_id"] for row in rows}
        places = {group.group_id: place for place, group in enumerate(self.groups) if group.group_id in named}
        found = [row for row in rows if row["group_id"] in places]
        return sorted(found, key=lambda row: (places[row["group_id"]], row["breakdown_value"]))


def build_wave(release: Release) -> Wave:
    """A release as pages need it; raises nothing for a release that `load_release` let through."""
    is_whole = (pl.col("breakdown_id") == ALL) & (pl.col("breakdown_value") == ALL)
    book, measures = GroupBook(release.groups), _in_reading_order(release.measures.iter_rows(named=True))
    asked = [measure.measure_id for measure in measures]
    return Wave(
        manifest=release.manifest,
        is_signature_trusted=release.is_signature_trusted,
        book=book,
        measures=measures,
        numbers=build_figures(release.cells.filter(is_whole), book.ids, asked),
        broken_down=set_aside(release.cells.filter(pl.col("breakdown_id") != ALL)),
    )


def _holds(rows: Rows, row: int) -> bool:
    """Whether a sorted list of rows holds one."""
    place = int(np.searchsorted(rows, row))
    return place < len(rows) and int(rows[place]) == row


def read_figure(row: Mapping[str, Any], is_share: bool) -> Figure:
    """State and whole points of one row of `cells`; bounds are rounded outward, all else to the nearest point."""
    if row["status"] != STATUS_PUBLISHED:
        return HIDDEN_FIGURE
    share_state, share = _state_and_value(row["at_risk_pct"], row["is_pct_bounded"])
    if is_share:
        return Figure(share_state, share, respondents_n=row["respondents_n"])
    state, value = _state_and_value(row["score_mean"], row["is_mean_bounded"])
    return Figure(
        state=state,
        value=value,
        low=whole(row["mean_low"]),
        high=whole(row["mean_high"]),
        respondents_n=row["respondents_n"],
        at_risk_pct=share,
        at_risk_state=State.NO_DATA if share is None else share_state,
    )


def whole(points: float | None) -> int | None:
    """The nearest whole point, halves up."""
    return None if points is None else math.floor(points + 0.5)


def _state_and_value(value: float | None, is_bounded: bool | None) -> tuple[State, int | None]:
    if value is None:
        return State.HIDDEN, None
    if not is_bounded:
        return State.SHOWN, whole(value)
    return (State.AT_LEAST, math.floor(value)) if value > 50 else (State.AT_MOST, math.ceil(value))


def _in_reading_order(rows: Iterable[Mapping[str, Any]]) -> tuple[Measure, ...]:
    """Strain before protection, and inside both the order of words.MEASURE_ORDER."""
    order = {measure_id: place for place, measure_id in enumerate(words.MEASURE_ORDER)}
    measures = [
        Measure(
            measure_id=row["measure_id"],
            released_name=row["name"],
            is_high_worse=row["direction"] == "higher_is_worse",
            is_share=row["tier"] == "guarded",
            released_note=row["note"] or "",
            phi=row["phi"],
            construct=row["construct"],
        )
        for row in rows
    ]
    return tuple(
        sorted(
            measures,
            key=lambda each: (not each.is_high_worse, order.get(each.measure_id, len(order)), each.released_name),
        )
    )
