"""Exact suppression alone: 100,000 teams x 25 measures, no files; costs and counts go out as JSON."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from flows.aggregate.cells import ConfidentialCells, MeasureScale
from flows.protect.policy import policy_from
from flows.protect.selection import select_all, select_participation
from flows.protect.solver import Nodes, Programme
from flows.protect.tree import ReportingTree, reporting_tree
from flows.units import Unit, UnitTree
from tests.benchmarks.meter import Meter
from tests.benchmarks.wave_maker import NATIONAL, SEED, team_frame

MEASURES_N = 25
TIERS = ("work", "work", "sensitive", "sensitive", "guarded")
TOP = 4
CUT = 3
TEAM_SPREAD = 0.08
WHOLE_STEP = "optimum and value rules, means and shares"


def made_up_cells() -> tuple[UnitTree, ConfidentialCells]:
    """Counts and score sums of 25 measures of five answers, each skipped by three people in a hundred."""
    rng = np.random.default_rng(SEED)
    asked = rng.poisson(NATIONAL.people_per_team, NATIONAL.teams_n)
    frame = team_frame(NATIONAL, asked)
    teams = frame.tail(NATIONAL.teams_n)["unit_id"]
    scales, cells = [], []
    for number in range(MEASURES_N):
        name, tier = f"m{number:02d}", TIERS[number % len(TIERS)]
        # Guarded measures are released as a share only; of the others every second one has a cut-off.
        has_cut = tier == "guarded" or number % 2 == 0
        scales.append(MeasureScale(name, tier, TOP, name, at_risk_from_units=CUT if has_cut else None))
        cells.append(_cells_of(name, teams, asked, has_cut, rng))
    units = UnitTree(tuple(sorted((Unit(*row) for row in frame.iter_rows()), key=lambda unit: unit.unit_id)))
    participation = pl.DataFrame({"unit_id": teams, "respondents_n": asked}).filter(pl.col("respondents_n") > 0)
    return units, ConfidentialCells("bench", frame.sort("unit_id"), pl.concat(cells), participation, tuple(scales))


def _cells_of(name: str, teams: pl.Series, asked: np.ndarray, has_cut: bool, rng: np.random.Generator) -> pl.DataFrame:
    answered = rng.binomial(asked, 0.97)
    burden = np.clip(rng.normal(0.35, TEAM_SPREAD, len(asked)), 0.02, 0.98)
    people = np.repeat(np.arange(len(asked)), answered)
    scores = rng.binomial(TOP, burden[people])
    by_team = {
        "respondents_n": answered,
        "score_sum": np.bincount(people, scores, len(asked)).astype(np.int64),
        "score_sum_sq": np.bincount(people, scores**2, len(asked)),
        "at_risk_n": np.bincount(people, (scores >= CUT) & has_cut, len(asked)).astype(np.int64),
    }
    frame = pl.DataFrame({"unit_id": teams, **by_team}).filter(pl.col("respondents_n") > 0)
    return frame.select("unit_id", pl.lit(name).alias("measure_id"), *by_team)


def solve_once(tree: ReportingTree, counts: np.ndarray, k: int, k_res: int) -> int:
    """The bare programme on one measure's counts. Returns how many groups may show their mean."""
    nodes = Nodes(
        parents=tree.parents,
        counts=counts.tolist(),
        weights=tree.weights(tree.totals(counts)),
        leaf_k=[k] * len(tree),
        ranks=tree.ranks,
        k_res=k_res,
    )
    return len(Programme(nodes).solve())


def main() -> None:
    """Measure, and write costs and counts into the file named by the first argument."""
    meter, policy = Meter(Path(sys.argv[1])), policy_from("standard", {})
    units, cells = made_up_cells()
    meter.count(teams_n=NATIONAL.teams_n, measures_n=MEASURES_N)
    with meter.step("lay out the tree"):
        tree = reporting_tree(units)
    with meter.step(f"optimum alone, {MEASURES_N} measures"):
        for scale in cells.measures:
            frame = cells.cells.filter(pl.col("measure_id") == scale.measure_id)
            own = tree.own(frame["unit_id"], frame["respondents_n"].to_numpy())
            solve_once(tree, own, policy.k(scale.tier), policy.k_res(scale.tier))
    means_only = tuple(
        scale if scale.tier == "guarded" else replace(scale, at_risk_from_units=None) for scale in cells.measures
    )
    with meter.step("participation"):
        select_participation(cells, tree, policy)
    with meter.step("optimum and value rules, means"):
        select_all(replace(cells, measures=means_only), tree, policy)
    with meter.step(WHOLE_STEP):
        selections = select_all(cells, tree, policy)
    teams = {node for node, level in enumerate(tree.levels) if level == "team"}
    shown_n = sum(len(teams & chosen.mean_pattern.exact) for chosen in selections)
    meter.count(team_means_shown_n=shown_n)


if __name__ == "__main__":
    main()
