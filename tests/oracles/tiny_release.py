"""A release written by hand: units with answers, and exactly the figures that a test wants to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, floor
from pathlib import Path

import polars as pl

from flows.aggregate.cells import ConfidentialCells, MeasureScale
from flows.audit.audit_release import audit_folder
from flows.audit.report import AuditReport
from flows.publish.contract import CELLS, CELLS_KEY, GROUPS, MEASURES

WAVE = "2026-11"
K = {"work": 5, "sensitive": 10, "guarded": 20}
K_RES = {"work": 6, "sensitive": 14, "guarded": 29}


@dataclass
class TinyRelease:
    """`parents`: unit -> parent. `answers`: measure -> unit -> scores of its own people, in units.

    `means`, `shares`: measure -> groups shown exactly; `mean_bounds`, `share_bounds`: shown as bounds.
    `others`: measure -> parents with an `other:` row. `respondents`: groups whose participation is shown.
    `touched`: changes made to single cells of cells.parquet at the end, (group, measure) -> columns.
    """

    parents: Mapping[str, str | None]
    answers: Mapping[str, Mapping[str, list[int]]]
    scales: tuple[MeasureScale, ...]
    means: Mapping[str, Iterable[str]]
    shares: Mapping[str, Iterable[str]] = field(default_factory=dict)
    mean_bounds: Mapping[str, Iterable[str]] = field(default_factory=dict)
    share_bounds: Mapping[str, Iterable[str]] = field(default_factory=dict)
    others: Mapping[str, Iterable[str]] = field(default_factory=dict)
    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    respondents: Iterable[str] = ()
    eligible: Mapping[str, int] = field(default_factory=dict)
    touched: Mapping[tuple[str, str], Mapping[str, object]] = field(default_factory=dict)
    tiers_shown: Mapping[str, str] = field(default_factory=dict)

    def audited(self, folder: Path, k: Mapping[str, int] = K, k_res: Mapping[str, int] = K_RES) -> AuditReport:
        """Write the release and attack it with the confidential counts."""
        self.write(folder)
        return audit_folder(folder, self.confidential(), k, k_res)

    def audited_publicly(self, folder: Path) -> AuditReport:
        """Write the release and attack it as an outsider."""
        self.write(folder)
        return audit_folder(folder, None, K, K_RES)

    def confidential(self) -> ConfidentialCells:
        """The additive cells behind the release."""
        units = sorted(self.parents)
        cells = [self._true_cell(scale, unit) for scale in self.scales for unit in units if self._own(scale, unit)]
        schema = {
            "unit_id": pl.String(),
            "measure_id": pl.String(),
            "respondents_n": pl.Int64(),
            "score_sum": pl.Int64(),
            "score_sum_sq": pl.Float64(),
            "at_risk_n": pl.Int64(),
        }
        return ConfidentialCells(
            wave_id=WAVE,
            units=pl.DataFrame(
                {
                    "unit_id": units,
                    "parent_id": [self.parents[unit] for unit in units],
                    "unit_name": units,
                    "eligible_n": [self._eligible(unit) for unit in units],
                },
                schema={
                    "unit_id": pl.String(),
                    "parent_id": pl.String(),
                    "unit_name": pl.String(),
                    "eligible_n": pl.Int64(),
                },
            ),
            cells=pl.DataFrame(cells, schema=schema, orient="row"),
            participation=pl.DataFrame(
                {"unit_id": units, "respondents_n": [self._answered(unit) for unit in units]},
                schema={"unit_id": pl.String(), "respondents_n": pl.Int64()},
            ),
            measures=self.scales,
        )

    def write(self, folder: Path) -> None:
        """The three tables."""
        folder.mkdir(exist_ok=True)
        rows = [self._cell(scale, group) for scale in self.scales for group in self._groups()]
        rows += [
            self._other(scale, parent) for scale in self.scales for parent in self.others.get(scale.measure_id, ())
        ]
        for row in rows:
            row.update(self.touched.get((str(row["group_id"]), str(row["measure_id"])), {}))
        pl.DataFrame(rows, schema=CELLS, orient="row").sort(CELLS_KEY).write_parquet(folder / "cells.parquet")
        groups = [self._group(group) for group in self._groups()] + [
            self._other_group(p) for p in self._other_parents()
        ]
        pl.DataFrame(groups, schema=GROUPS, orient="row").sort("group_id").write_parquet(folder / "groups.parquet")
        measures = [
            {"measure_id": s.measure_id, "tier": self.tiers_shown.get(s.measure_id, s.tier)} for s in self.scales
        ]
        full = [{name: row.get(name) for name in MEASURES} for row in measures]
        pl.DataFrame(full, schema=MEASURES, orient="row").sort("measure_id").write_parquet(folder / "measures.parquet")

    def _groups(self) -> list[str]:
        pooled = {unit for inside in self.pools.values() for unit in inside}
        return [unit for unit in self.parents if unit not in pooled] + list(self.pools)

    def _other_parents(self) -> list[str]:
        return sorted({parent for parents in self.others.values() for parent in parents})

    def _parent_of(self, group: str) -> str | None:
        return self.parents[self.pools[group][0]] if group in self.pools else self.parents[group]

    def _units_in(self, group: str) -> set[str]:
        inside = set(self.pools.get(group, (group,)))
        while more := {unit for unit, parent in self.parents.items() if parent in inside} - inside:
            inside |= more
        return inside

    def _own(self, scale: MeasureScale, unit: str) -> list[int]:
        return list(self.answers[scale.measure_id].get(unit, []))

    def _answered(self, unit: str) -> int:
        return max((len(answers.get(unit, [])) for answers in self.answers.values()), default=0)

    def _eligible(self, unit: str) -> int:
        return self.eligible.get(unit, self._answered(unit))

    def _at_risk(self, scale: MeasureScale, scores: list[int]) -> int:
        if scale.at_risk_from_units is not None:
            return sum(score >= scale.at_risk_from_units for score in scores)
        return sum(score <= scale.at_risk_to_units for score in scores) if scale.at_risk_to_units is not None else 0

    def _true_cell(self, scale: MeasureScale, unit: str) -> tuple[object, ...]:
        own = self._own(scale, unit)
        squares = float(sum(score * score for score in own))
        return unit, scale.measure_id, len(own), sum(own), squares, self._at_risk(scale, own)

    def _scores(self, scale: MeasureScale, group: str) -> list[int]:
        return [score for unit in self._units_in(group) for score in self._own(scale, unit)]

    def _cell(self, scale: MeasureScale, group: str) -> dict[str, object]:
        measure = scale.measure_id
        row = _empty(group, measure)
        exact, bound = group in self.means.get(measure, ()), group in self.mean_bounds.get(measure, ())
        if not exact and not bound:
            return row
        scores = self._scores(scale, group)
        row.update(status="published", respondents_n=len(scores), is_mean_bounded=bound)
        if scale.tier != "guarded":
            row["score_mean"] = _bounded_mean(scores, scale) if bound else _mean(scores, scale)
        f, n = self._at_risk(scale, scores), len(scores)
        if group in self.shares.get(measure, ()):
            row["at_risk_pct"] = float(round(100 * f / n))
        if group in self.share_bounds.get(measure, ()):
            row.update(is_pct_bounded=True, at_risk_pct=float(ceil(200 / n) if 2 * f < n else floor(100 * (n - 2) / n)))
        return row

    def _other(self, scale: MeasureScale, parent: str) -> dict[str, object]:
        measure = scale.measure_id
        shown = [group for group in self.means.get(measure, ()) if group != parent]
        left = self._units_in(parent)
        for group in shown:
            if self._units_in(group) < self._units_in(parent):
                left = left - self._units_in(group)
        scores = [score for unit in left for score in self._own(scale, unit)]
        row = _empty(f"other:{parent}", measure)
        row.update(status="published", respondents_n=len(scores), score_mean=_mean(scores, scale))
        return row

    def _group(self, group: str) -> dict[str, object]:
        shown = group in self.respondents
        n = sum(self._answered(unit) for unit in self._units_in(group))
        eligible = sum(self._eligible(unit) for unit in self._units_in(group))
        return {
            "wave_id": WAVE,
            "group_id": group,
            "parent_group_id": self._parent_of(group),
            "group_name": group,
            "level": self._level(group),
            "kind": "pooled" if group in self.pools else "unit",
            "member_unit_ids": list(self.pools.get(group, (group,))),
            "respondents_n": n if shown else None,
            "response_band": _band(n, eligible) if shown else None,
        }

    def _other_group(self, parent: str) -> dict[str, object]:
        named = {"wave_id": WAVE, "group_id": f"other:{parent}", "parent_group_id": parent, "group_name": "other"}
        return {**named, "level": "team", "kind": "other", "member_unit_ids": [], "respondents_n": None}

    def _level(self, group: str) -> str:
        children = [unit for unit, parent in self.parents.items() if parent == group]
        if group not in self.pools and self.parents[group] is None:
            return "organisation"
        if not children or group in self.pools:
            return "team"
        has_leaf = any(child not in self.parents.values() for child in children)
        return "department" if has_leaf else "division"


def _empty(group: str, measure: str) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(CELLS)
    row.update(wave_id=WAVE, group_id=group, breakdown_id="all", breakdown_value="all", measure_id=measure)
    row.update(status="suppressed", is_mean_bounded=False, is_pct_bounded=False)
    return row


def _mean(scores: list[int], scale: MeasureScale) -> float:
    return round(100 * sum(scores) / (len(scores) * scale.range_units), 1)


def _bounded_mean(scores: list[int], scale: MeasureScale) -> float:
    n = len(scores)
    return floor(1000 * (n - 1) / n) / 10 if 2 * sum(scores) > n * scale.range_units else ceil(1000 / n) / 10


def _band(n: int, eligible: int) -> str:
    rate = n / eligible if eligible else 1.0
    return "<50" if rate < 0.5 else "50-69" if rate < 0.7 else "70-84" if rate < 0.85 else ">=85"


def work_scale(measure_id: str = "bo1", range_units: int = 4, **more: object) -> MeasureScale:
    """A measure of tier work on five steps."""
    fields: dict[str, object] = {"tier": "work", "block": measure_id, **more}
    return MeasureScale(measure_id=measure_id, range_units=range_units, **fields)  # type: ignore[arg-type]


def mixed(n: int, low: int = 0, high: int = 4) -> list[int]:
    """n scores, half at either end."""
    return [high] * (n - n // 2) + [low] * (n // 2)


def spread(n: int, total: int, range_units: int = 4) -> list[int]:
    """n scores that add up to `total`, as even as possible."""
    base, more = divmod(total, n) if n else (0, 0)
    scores = [base + 1] * more + [base] * (n - more)
    if any(not 0 <= score <= range_units for score in scores):
        raise ValueError("no such scores")
    return scores


def department(sizes: Mapping[str, int] | list[int], shown: Iterable[str], **more: object) -> TinyRelease:
    """Organisation D of teams T1, T2, ... (or as named), scores mixed, means of `shown` exact."""
    named = sizes if isinstance(sizes, Mapping) else {f"T{i + 1}": n for i, n in enumerate(sizes)}
    parents: dict[str, str | None] = {"D": None, **dict.fromkeys(named, "D")}
    answers = {"bo1": {team: mixed(n) for team, n in named.items()}}
    fields: dict[str, object] = {"scales": (work_scale(),), **more}
    return TinyRelease(parents=parents, answers=answers, means={"bo1": list(shown)}, **fields)  # type: ignore[arg-type]


def organisation(tree: Mapping[str, list[int]], shown: Iterable[str], **more: object) -> TinyRelease:
    """Organisation O over departments A, B, ... of teams A1, A2, ...; means of `shown` exact."""
    parents: dict[str, str | None] = {"O": None}
    scores = {}
    for name, sizes in tree.items():
        parents[name] = "O"
        for i, n in enumerate(sizes):
            parents[f"{name}{i + 1}"] = name
            scores[f"{name}{i + 1}"] = mixed(n)
    fields: dict[str, object] = {"scales": (work_scale(),), **more}
    return TinyRelease(parents=parents, answers={"bo1": scores}, means={"bo1": list(shown)}, **fields)  # type: ignore[arg-type]
