"""One wave as the pages need it: groups in tree order, measures in reading order, the state of each figure.

Everything is looked up in a verified release; nothing is aggregated here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import polars as pl

from dashboards import words
from dashboards.measure_names import measure_name, release_note
from flows.publish.contract import ALL, LEVELS, STATUS_PUBLISHED
from flows.publish.read import Manifest, Release

_KIND_ORDER = {"unit": 0, "pooled": 1, "other": 2}


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


@dataclass(frozen=True, slots=True)
class Group:
    """One unit, pool or "other" row; `depth` 0 is the organisation."""

    group_id: str
    parent_id: str | None
    name: str
    level: str
    kind: str
    member_unit_ids: tuple[str, ...]
    respondents_n: int | None
    response_band: str | None
    depth: int

    @property
    def is_low_response(self) -> bool:
        """Fewer than half of those asked answered, as far as the release says."""
        return self.response_band == "<50"


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """A release ready for pages. `groups` are in tree order, `measures` strain first, then protection."""

    manifest: Manifest
    is_signature_trusted: bool
    groups: tuple[Group, ...]
    measures: tuple[Measure, ...]
    cells: pl.DataFrame
    shown_ids: frozenset[str]
    broken_down: pl.DataFrame | None = None

    @property
    def wave_id(self) -> str:
        """Id of the wave and of its release."""
        return self.manifest.wave_id

    @property
    def root(self) -> Group:
        """The organisation."""
        return self.groups[0]

    def group(self, group_id: str) -> Group | None:
        """The group of this id, None if the wave has none."""
        return next((group for group in self.groups if group.group_id == group_id), None)

    def measure(self, measure_id: str) -> Measure | None:
        """The measure of this id, None if it was not asked."""
        return next((measure for measure in self.measures if measure.measure_id == measure_id), None)

    def path(self, group: Group) -> tuple[Group, ...]:
        """The group's ancestors from the organisation down, without the group."""
        found: list[Group] = []
        by_id = {each.group_id: each for each in self.groups}
        parent = by_id.get(group.parent_id or "")
        while parent is not None and parent not in found:
            found.append(parent)
            parent = by_id.get(parent.parent_id or "")
        return tuple(reversed(found))

    def nearest_shown(self, group: Group) -> Group | None:
        """The nearest group above with a figure; None if nothing above is shown."""
        return next((each for each in reversed(self.path(group)) if each.group_id in self.shown_ids), None)

    def pool_of(self, unit_id: str) -> Group | None:
        """The pooled group that a unit is shown in, if any."""
        return next((each for each in self.groups if each.kind == "pooled" and unit_id in each.member_unit_ids), None)

    def figures(self, group_ids: Collection[str]) -> dict[tuple[str, str], Figure]:
        """Figures by group and measure; a pair that is missing was not asked."""
        shares = {measure.measure_id for measure in self.measures if measure.is_share}
        rows = self.cells.filter(pl.col("group_id").is_in(list(group_ids))).iter_rows(named=True)
        return {(row["group_id"], row["measure_id"]): read_figure(row, row["measure_id"] in shares) for row in rows}

    def figure(self, group_id: str, measure_id: str) -> Figure:
        """One figure."""
        return self.figures([group_id]).get((group_id, measure_id), NO_FIGURE)

    def breakdown_rows(self, measure_id: str) -> list[dict[str, Any]]:
        """Rows of one measure by the wave's breakdown, for the groups at hand in their order."""
        if self.broken_down is None:
            return []
        places = {group.group_id: place for place, group in enumerate(self.groups)}
        rows = self.broken_down.filter(pl.col("measure_id") == measure_id).iter_rows(named=True)
        found = [row for row in rows if row["group_id"] in places]
        return sorted(found, key=lambda row: (places[row["group_id"]], row["breakdown_value"]))


def build_wave(release: Release) -> Wave:
    """A release as pages need it; raises nothing for a release that `load_release` let through."""
    cells = release.cells.filter((pl.col("breakdown_id") == ALL) & (pl.col("breakdown_value") == ALL))
    shown = cells.filter(pl.col("status") == STATUS_PUBLISHED)["group_id"].unique()
    return Wave(
        manifest=release.manifest,
        is_signature_trusted=release.is_signature_trusted,
        groups=_in_tree_order(release.groups.iter_rows(named=True)),
        measures=_in_reading_order(release.measures.iter_rows(named=True)),
        cells=cells,
        shown_ids=frozenset(shown),
        broken_down=release.cells.filter(pl.col("breakdown_id") != ALL),
    )


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


def _in_tree_order(rows: Iterable[Mapping[str, Any]]) -> tuple[Group, ...]:
    """Parents before children; units before pools before other teams, each by name."""
    table = list(rows)
    known = {row["group_id"] for row in table}
    children: dict[str | None, list[Mapping[str, Any]]] = {}
    for row in table:
        parent_id = row["parent_group_id"] if row["parent_group_id"] in known else None
        children.setdefault(parent_id, []).append(row)
    ordered: list[Group] = []
    waiting = [(row, 0) for row in reversed(_sorted_siblings(children.get(None, [])))]
    while waiting:
        row, depth = waiting.pop()
        ordered.append(_group(row, depth))
        below = reversed(_sorted_siblings(children.get(row["group_id"], [])))
        waiting.extend((child, depth + 1) for child in below)
    return tuple(ordered)


def _sorted_siblings(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(
        rows, key=lambda row: (LEVELS.index(row["level"]), _KIND_ORDER[row["kind"]], row["group_name"].casefold())
    )


def _group(row: Mapping[str, Any], depth: int) -> Group:
    return Group(
        group_id=row["group_id"],
        parent_id=row["parent_group_id"],
        name=row["group_name"],
        level=row["level"],
        kind=row["kind"],
        member_unit_ids=tuple(sorted(row["member_unit_ids"] or ())),
        respondents_n=row["respondents_n"],
        response_band=row["response_band"],
        depth=depth,
    )
