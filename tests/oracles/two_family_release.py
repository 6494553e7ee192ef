"""A release of one measure with tree and breakdown, written by hand; the people behind it one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from flows.aggregate.cells import ConfidentialCells, MeasureScale
from flows.audit.attack_breakdown import attack_breakdown
from flows.audit.attack_measure import Findings
from flows.audit.audit_release import audit_folder
from flows.audit.breakdown_figures import breakdowns_of, people_by_value, value_sums, values_of
from flows.audit.floors import Threshold
from flows.audit.group_tree import tree_from
from flows.audit.published_figures import figures_of, sums_of
from flows.audit.read_folder import read_folder
from flows.audit.report import AuditReport
from flows.publish.contract import CELLS, CELLS_KEY
from tests.builders import with_breakdown
from tests.oracles.tiny_release import K_RES, WAVE, K, TinyRelease, work_scale
from tests.oracles.two_families import Statement

FAMILY = "role_group"
SCALE = work_scale()
Cell = tuple[str, str]
Overlaps = Mapping[tuple[str, str | None], list[int]] | Mapping[tuple[str, str], list[int]]


@dataclass(frozen=True)
class TwoFamilies:
    """`answers`: (unit, stated value or None) -> scores in units. `parents`: unit -> parent.

    groups, bounds, shares: nodes shown exactly, as a bound, with their share; cells: (node, value) shown exactly.
    """

    parents: Mapping[str, str | None]
    answers: Overlaps
    groups: Iterable[str]
    cells: Iterable[Cell]
    bounds: Iterable[str] = ()
    shares: Iterable[str] = ()
    scale: MeasureScale = SCALE

    @property
    def values(self) -> tuple[str, ...]:
        """Values that anybody stated."""
        return tuple(sorted({value for _, value in self.answers if value is not None}))

    def tiny(self) -> TinyRelease:
        """The tree part."""
        by_unit: dict[str, list[int]] = {}
        for (unit, _), scores in self.answers.items():
            by_unit.setdefault(unit, []).extend(scores)
        name = self.scale.measure_id
        return TinyRelease(
            parents=self.parents,
            answers={name: by_unit},
            scales=(self.scale,),
            means={name: list(self.groups)},
            mean_bounds={name: list(self.bounds)},
            shares={name: list(self.shares)},
        )

    def confidential(self) -> ConfidentialCells:
        """The additive cells, the breakdown among them."""
        stated: dict[str, list[tuple[str | None, int]]] = {}
        for (unit, value), scores in self.answers.items():
            stated.setdefault(unit, []).extend((value, score) for score in scores)
        whole = with_breakdown(self.tiny().confidential(), {self.scale.measure_id: stated}, self.values)
        return replace(whole, breakdown_id=FAMILY)

    def units_in(self, group: str) -> set[str]:
        """A group and all units below it."""
        inside = {group}
        while more := {unit for unit, above in self.parents.items() if above in inside} - inside:
            inside |= more
        return inside

    def write(self, folder: Path) -> None:
        """The three tables, a row for every unit with others below it and every value."""
        self.tiny().write(folder)
        above = [unit for unit in self.parents if unit in self.parents.values()]
        rows = [self._row(group, value) for group in above for value in self.values]
        whole = pl.read_parquet(folder / "cells.parquet")
        pl.concat([whole, pl.DataFrame(rows, schema=CELLS, orient="row")]).sort(CELLS_KEY).write_parquet(
            folder / "cells.parquet"
        )

    def audited(self, folder: Path) -> AuditReport:
        """The whole gate."""
        self.write(folder)
        return audit_folder(folder, self.confidential(), K, K_RES)

    def attacked(self, folder: Path, threshold: Threshold) -> Findings:
        """The attacks on tree and breakdown together alone, with any threshold."""
        self.write(folder)
        tables, _ = read_folder(folder)
        confidential, found = self.confidential(), Findings()
        if tables is None:
            raise ValueError("no readable release")
        tree, _ = tree_from(tables.groups, confidential.units)
        if tree is None:
            raise ValueError("no tree")
        figures, sums = next(figures_of(tables, tree)), sums_of(confidential, tree)[self.scale.measure_id]
        values = values_of(tables, confidential)
        rows = people_by_value(confidential, tree, values).get(self.scale.measure_id)
        for breakdown in breakdowns_of(tables, tree, values):
            inside = value_sums(rows, sums, tree, len(values))
            attack_breakdown(breakdown, figures, sums, inside, tree, threshold, found)
        return found

    def people(self) -> list[tuple[str, str | None, int]]:
        """Everybody: unit, value, score."""
        return [(unit, value, score) for (unit, value), scores in self.answers.items() for score in scores]

    def members(self, group: str, value: str | None = None) -> frozenset[int]:
        """Places of the people of a group, of a cell of it where a value is named."""
        inside = self.units_in(group)
        return frozenset(
            at for at, (unit, own, _) in enumerate(self.people()) if unit in inside and value in (None, own)
        )

    def statements(self) -> list[Statement]:
        """What is published of sums: exact groups and cells, and bounds as what rule H lets a reader know."""
        exact = [self.members(group) for group in self.groups] + [self.members(*cell) for cell in self.cells]
        found = [Statement(members, total, total) for members in exact for total in [self._sum(members)]]
        top = self.scale.range_units
        for group in self.bounds:
            members = self.members(group)
            whole = top * len(members)
            is_high = 2 * self._sum(members) > whole
            found.append(Statement(members, whole - top if is_high else 0, whole if is_high else top))
        return found

    def _sum(self, members: frozenset[int]) -> int:
        scores = [score for _, _, score in self.people()]
        return sum(scores[at] for at in members)

    def _row(self, group: str, value: str) -> dict[str, object]:
        row: dict[str, object] = dict.fromkeys(CELLS)
        row.update(wave_id=WAVE, group_id=group, breakdown_id=FAMILY, breakdown_value=value)
        row.update(measure_id=self.scale.measure_id, status="suppressed", is_mean_bounded=False, is_pct_bounded=False)
        if (group, value) in self.cells:
            members = self.members(group, value)
            mean = round(100 * self._sum(members) / (len(members) * self.scale.range_units), 1)
            row.update(status="published", respondents_n=len(members), score_mean=mean)
        return row
