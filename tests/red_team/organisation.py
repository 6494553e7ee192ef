"""Organisations under attack: the people one by one, and the release that Quorum makes of them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import polars as pl

from flows.aggregate.cells import ConfidentialCells, MeasureScale
from flows.audit.audit_release import audit_folder
from flows.audit.report import AuditReport
from flows.protect.policy import TIERS
from flows.protect.protect import protect
from flows.protect.tree import Pool
from flows.publish.write import stage_release
from flows.units import Unit, UnitTree
from tests.builders import STANDARD, catalogue, cells, scale, with_breakdown

M = "m"
K = {tier: STANDARD.k(tier) for tier in TIERS}
K_RES = {tier: STANDARD.k_res(tier) for tier in TIERS}


@dataclass(frozen=True)
class Person:
    """Unit, stated value (None: stated none), score in units by measure (none where the item was skipped)."""

    unit_id: str
    value: str | None
    scores: Mapping[str, int]


@dataclass(frozen=True)
class Release:
    """The two tables an attacker needs."""

    cells: pl.DataFrame
    groups: pl.DataFrame


@dataclass(frozen=True)
class Organisation:
    """`parents`: unit -> parent. `eligible`: heads of a unit, the people who answered where it is silent."""

    parents: Mapping[str, str | None]
    people: Sequence[Person]
    scales: tuple[MeasureScale, ...] = (scale(M),)
    values: tuple[str, ...] = ()
    eligible: Mapping[str, int] | None = None
    pools: tuple[Pool, ...] = ()

    def members(self, group: str, value: str = "all") -> frozenset[int]:
        """Places of the people of a group (a pool's id too), of one value where it is named."""
        pooled = [pool.member_unit_ids for pool in self.pools if pool.group_id == group]
        inside = set(pooled[0]) if pooled else {group}
        while more := {unit for unit, above in self.parents.items() if above in inside} - inside:
            inside |= more
        return frozenset(
            at for at, one in enumerate(self.people) if one.unit_id in inside and value in ("all", one.value)
        )

    def answered(self, members: frozenset[int], measure_id: str) -> frozenset[int]:
        """Those of them who have a score."""
        return frozenset(at for at in members if measure_id in self.people[at].scores)

    def total(self, members: frozenset[int], measure_id: str = M) -> int:
        """Sum of their scores."""
        return sum(self.people[at].scores[measure_id] for at in self.answered(members, measure_id))

    def tree(self) -> UnitTree:
        """The units, with heads."""
        heads = self.eligible or {}
        answered = {unit: sum(one.unit_id == unit for one in self.people) for unit in self.parents}
        units = [Unit(unit, above, unit, heads.get(unit, answered[unit])) for unit, above in self.parents.items()]
        return UnitTree(tuple(sorted(units, key=lambda unit: unit.unit_id)))

    def confidential(self) -> ConfidentialCells:
        """The additive cells of everybody."""
        scores: dict[str, dict[str, list[int]]] = {one.measure_id: {} for one in self.scales}
        stated: dict[str, dict[str, list[tuple[str | None, int]]]] = {one.measure_id: {} for one in self.scales}
        for one in self.people:
            for measure_id, score in one.scores.items():
                scores[measure_id].setdefault(one.unit_id, []).append(score)
                stated[measure_id].setdefault(one.unit_id, []).append((one.value, score))
        whole = cells(self.tree(), scores, self.scales)
        return with_breakdown(whole, stated, self.values) if self.values else whole

    def released(self) -> Release:
        """What Quorum shows; it has to pass the gate."""
        with tempfile.TemporaryDirectory() as folder:
            report = self.stage(Path(folder) / "w1")
            failed = [(check.name, check.detail) for check in report.failed]
            if failed:
                raise AssertionError(failed)
            tables = {name: pl.read_parquet(Path(folder) / "w1" / f"{name}.parquet") for name in ("cells", "groups")}
        return Release(tables["cells"], tables["groups"])

    def stage(self, folder: Path) -> AuditReport:
        """Protect, write the tables as the flow does, and let the gate attack them."""
        confidential, tree = self.confidential(), self.tree()
        stage_release(protect(confidential, tree, self.pools, STANDARD, catalogue(self.scales)).tables, folder)
        return audit_folder(folder, confidential, K, K_RES)


Who = TypeVar("Who", str, tuple[str, str], tuple[str, str | None])


def everybody(overlaps: Mapping[Who, Sequence[int]], measure_id: str = M) -> list[Person]:
    """People from unit, or (unit, value), -> scores."""
    found = []
    for key, scores in overlaps.items():
        unit, value = (key, None) if isinstance(key, str) else key
        found += [Person(unit, value, {measure_id: score}) for score in scores]
    return found


def middle(n: int) -> list[int]:
    """n scores around the middle of 0 to 4, so that no rule on values acts."""
    return [1 + at % 3 for at in range(n)]


def department(sizes: Mapping[str, int], root: str = "D") -> Organisation:
    """One root over teams with middling scores."""
    return Organisation({root: None, **dict.fromkeys(sizes, root)}, everybody({t: middle(n) for t, n in sizes.items()}))
