"""A breakdown beside the tree: 2,000 departments x 8 values, no files. `python -m tests.benchmarks.measure_breakdown`.

Prints seconds of processor time for each measure: the cells that counts allow (Theorem 4), and those with what values
tell. Then the same with every measure of a wave, as `protect` takes them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import polars as pl

from flows.aggregate.cells import ConfidentialCells, MeasureScale
from flows.protect.breakdown import CellSizes, accept, candidates
from flows.protect.breakdown_selection import select_breakdowns
from flows.protect.category_counts import entries_of
from flows.protect.policy import DisclosurePolicy, policy_from
from flows.protect.selection import Selection, select_all
from flows.protect.tree import ReportingTree, reporting_tree
from flows.units import Unit, UnitTree

TEAMS_A_DEPARTMENT, DEPARTMENTS_A_DIVISION = 10, 100
PEOPLE_A_TEAM, TOP, CUT, SEED = 12.0, 4, 3, 20_261_126
# A trade of its own in most teams, the rest spread unevenly: as role groups are in a hospital.
SHARES = (0.34, 0.2, 0.14, 0.1, 0.08, 0.07, 0.05, 0.02)
STATED = 0.95
Found = TypeVar("Found")
TIERS = ("work", "work", "sensitive", "sensitive", "guarded")


def made_up_wave(departments_n: int, values_n: int, measures_n: int) -> tuple[UnitTree, ConfidentialCells]:
    """Counts and sums of each team and value; every second measure has a cut-off, and so has every guarded one."""
    rng = np.random.default_rng(SEED)
    teams_n, divisions_n = departments_n * TEAMS_A_DEPARTMENT, max(1, departments_n // DEPARTMENTS_A_DIVISION)
    asked = rng.poisson(PEOPLE_A_TEAM, teams_n)
    units = [Unit("O", None, "Organisation", 0)]
    units += [Unit(f"D{number:04}", "O", f"Division {number}", 0) for number in range(divisions_n)]
    units += [
        Unit(f"P{number:05}", f"D{number % divisions_n:04}", f"Department {number}", 0)
        for number in range(departments_n)
    ]
    team_ids = [f"T{number:06}" for number in range(teams_n)]
    units += [
        Unit(team_id, f"P{number // TEAMS_A_DEPARTMENT:05}", f"Team {number}", int(n))
        for number, (team_id, n) in enumerate(zip(team_ids, asked.tolist(), strict=True))
    ]
    team = np.repeat(np.arange(teams_n), asked)
    mix = rng.dirichlet(3 * np.asarray(SHARES[:values_n]), teams_n)
    value = (rng.random(len(team))[:, None] > mix[team].cumsum(axis=1)[:, :-1]).sum(axis=1)
    value[rng.random(len(team)) >= STATED] = values_n
    scales, whole, by_value = [], [], []
    for number in range(measures_n):
        name, tier = f"m{number:02}", TIERS[number % len(TIERS)]
        cut = CUT if tier == "guarded" or number % 2 == 0 else None
        scales.append(MeasureScale(name, tier, TOP, name, at_risk_from_units=cut))
        burden = np.clip(rng.normal(0.4, 0.1, teams_n), 0.02, 0.98)
        people = pl.DataFrame({"team": team, "value": value, "score": rng.binomial(TOP, burden[team])})
        people = people.filter(pl.Series(rng.random(len(team)) < 0.97))
        whole.append(_gathered(people, ["team"], name, cut))
        by_value.append(_gathered(people.filter(pl.col("value") < values_n), ["team", "value"], name, cut))
    tree = UnitTree(tuple(sorted(units, key=lambda unit: unit.unit_id)))
    ids, names = pl.Series(team_ids), pl.Series([f"v{number}" for number in range(values_n)])
    cells = ConfidentialCells(
        wave_id="bench",
        units=pl.DataFrame(),
        cells=pl.concat(whole).select(ids.gather(pl.concat(whole)["team"]).alias("unit_id"), pl.exclude("team")),
        participation=pl.DataFrame({"unit_id": team_ids, "respondents_n": asked}).filter(pl.col("respondents_n") > 0),
        measures=tuple(scales),
        breakdown_id="role_group",
        breakdown_values=tuple(names.to_list()),
    )
    found = pl.concat(by_value)
    cells = replace(
        cells,
        breakdown_cells=found.select(
            ids.gather(found["team"]).alias("unit_id"),
            names.gather(found["value"]).alias("breakdown_value"),
            pl.exclude("team", "value"),
        ),
    )
    return tree, cells


def _gathered(people: pl.DataFrame, keys: Sequence[str], measure_id: str, cut: int | None) -> pl.DataFrame:
    at_risk = pl.lit(0) if cut is None else (pl.col("score") >= cut).sum()
    return (
        people.group_by(keys)
        .agg(
            pl.lit(measure_id).first().alias("measure_id"),
            pl.len().cast(pl.Int64).alias("respondents_n"),
            pl.col("score").sum().cast(pl.Int64).alias("score_sum"),
            (pl.col("score") ** 2).sum().cast(pl.Float64).alias("score_sum_sq"),
            at_risk.cast(pl.Int64).alias("at_risk_n"),
        )
        .sort(keys)
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--departments", type=int, default=2_000)
    parser.add_argument("--values", type=int, default=len(SHARES))
    parser.add_argument("--measures", type=int, default=15)
    asked = parser.parse_args()
    units, cells = made_up_wave(asked.departments, asked.values, asked.measures)
    tree, policy = reporting_tree(units), policy_from("standard", {})
    print(f"{asked.departments:,} departments x {asked.values} values, {len(tree):,} groups, {asked.measures} measures")
    selections = _timed("the tree alone, all measures", lambda: select_all(cells, tree, policy))
    for selection in selections[:3]:
        print(f"{selection.scale.measure_id}, {selection.scale.tier}, share {selection.shares is not None}")
        _one_measure(cells, tree, policy, selection)
    found = _timed("all measures", lambda: select_breakdowns(cells, tree, policy, selections))
    print(f"    {sum(len(figures.cells) for figures in found.values()):,} cells shown")


def _one_measure(cells: ConfidentialCells, tree: ReportingTree, policy: DisclosurePolicy, selection: Selection) -> None:
    scale, means = selection.scale, selection.means
    if means is None:
        return
    sizes, exact = CellSizes(2 * policy.k(scale.tier), policy.k(scale.tier)), selection.mean_pattern.exact
    entries = entries_of(cells, tree, scale.measure_id, means, means.own_sum)
    tried = candidates(tree, exact, entries, cells.breakdown_values, sizes.least_n)
    name = f"    {len(tried):,} candidates by counts"
    shown = _timed(name, lambda: accept(tree, exact, entries, cells.breakdown_values, sizes))
    found = _timed("    counts and values", lambda: select_breakdowns(cells, tree, policy, [selection]))
    print(f"    {len(shown):,} accepted by counts, {len(found[scale.measure_id].cells):,} shown")


def _timed(name: str, work: Callable[[], Found]) -> Found:
    started = time.process_time()
    found = work()
    print(f"{name}: {time.process_time() - started:.2f} s", flush=True)
    return found


if __name__ == "__main__":
    main()
