"""The audit alone, on a made-up release of 25 measures with or without a breakdown; seconds, and times a bare read.

`python -m tests.benchmarks.measure_audit --teams 20000 --breakdown`. Protection makes the release first, with all its
rules; that is not counted in the audit. The bare read is Polars reading the same three tables and adding up every
figure by measure, three times, the median taken: the ratio to it says more than seconds where machines differ or are
shared.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from flows.aggregate.cells import ConfidentialCells, MeasureScale
from flows.audit.audit_release import audit_folder
from flows.protect.policy import TIERS as ALL_TIERS
from flows.protect.policy import policy_from
from flows.protect.protect import protect
from flows.publish.write import stage_release
from flows.units import Unit, UnitTree
from tests.benchmarks.meter import Meter
from tests.benchmarks.wave_maker import NATIONAL, SEED, WaveSize, team_frame
from tests.builders import catalogue

MEASURES_N = 25
TIERS = ("work", "work", "sensitive", "sensitive", "guarded")
ROLES = ("administration", "medical", "nursing", "therapy")
ROLE_SHARES = (0.14, 0.09, 0.46, 0.27, 0.04)
"""The last is the share of people who state no role."""
TOP, CUT, SKIPPED = 4, 3, 0.03
REFERENCE, REFERENCE_RUNS = "bare read", 3


def size_of(teams_n: int) -> WaveSize:
    """An organisation of that many teams, a hundred to a department, fifty departments to a division."""
    departments_n = max(2, teams_n // 100)
    return replace(NATIONAL, teams_n=teams_n, departments_n=departments_n, divisions_n=max(1, departments_n // 50))


def made_up_cells(size: WaveSize, measures_n: int, *, has_breakdown: bool) -> tuple[UnitTree, ConfidentialCells]:
    """Answers of everybody, as counts and sums by team, and by team and role where a breakdown is asked for."""
    rng = np.random.default_rng(SEED)
    asked = rng.poisson(size.people_per_team, size.teams_n)
    team = np.repeat(np.arange(size.teams_n), asked)
    role = rng.choice(len(ROLE_SHARES), team.size, p=ROLE_SHARES)
    frame = team_frame(size, asked)
    names = frame.tail(size.teams_n)["unit_id"]
    scales, whole, by_role = [], [], []
    for number in range(measures_n):
        tier = TIERS[number % len(TIERS)]
        # Guarded measures are released as a share only; of the others every second one has a cut-off.
        cut = CUT if tier == "guarded" or number % 2 == 0 else None
        one = MeasureScale(f"m{number:02d}", tier, TOP, f"m{number:02d}", at_risk_from_units=cut)
        burden = np.clip(rng.normal(0.35, 0.08, size.teams_n), 0.02, 0.98)
        score = np.where(rng.random(team.size) < SKIPPED, -1, rng.binomial(TOP, burden[team]))
        people = pl.DataFrame({"team": team, "role": role, "score": score}).filter(pl.col("score") >= 0)
        scales.append(one)
        whole.append(_summed(people, ["team"], one, names))
        by_role.append(_summed(people.filter(pl.col("role") < len(ROLES)), ["team", "role"], one, names))
    units = UnitTree(tuple(sorted((Unit(*row) for row in frame.iter_rows()), key=lambda unit: unit.unit_id)))
    answered = pl.DataFrame({"unit_id": names, "respondents_n": asked}).filter(pl.col("respondents_n") > 0)
    cells = ConfidentialCells("bench", frame.sort("unit_id"), pl.concat(whole), answered, tuple(scales))
    if not has_breakdown:
        return units, cells
    parts = pl.concat(by_role).drop("score_sum_sq")
    return units, replace(cells, breakdown_id="role_group", breakdown_values=ROLES, breakdown_cells=parts)


def _summed(people: pl.DataFrame, keys: Sequence[str], scale: MeasureScale, names: pl.Series) -> pl.DataFrame:
    has_cut, score = scale.at_risk_from_units is not None, pl.col("score")
    sums = people.group_by(keys).agg(
        pl.len().cast(pl.Int64).alias("respondents_n"),
        score.sum().alias("score_sum"),
        (score**2).sum().cast(pl.Float64).alias("score_sum_sq"),
        ((score >= CUT) & has_cut).sum().cast(pl.Int64).alias("at_risk_n"),
    )
    roles = [pl.Series(ROLES).gather(sums["role"]).alias("breakdown_value")] if "role" in keys else []
    named = sums.select(names.gather(sums["team"]).alias("unit_id"), *roles, pl.lit(scale.measure_id), pl.all())
    renamed = named.rename({"literal": "measure_id"}).drop("team", *(["role"] if roles else []))
    return renamed.sort("unit_id", *(["breakdown_value"] if roles else []))


def bare_read(folder: Path) -> None:
    """What the audit is compared with."""
    for path in sorted(folder.glob("*.parquet")):
        frame = pl.read_parquet(path)
        if "score_mean" in frame.columns:
            frame.group_by("measure_id").agg(pl.col("respondents_n", "score_mean", "at_risk_pct").sum())


def measure(size: WaveSize, measures_n: int, meter: Meter, *, has_breakdown: bool) -> bool:
    """Make a release, read it bare, attack it. Whether it passed; costs and counts go to the meter."""
    policy = policy_from("standard", {})
    units, cells = made_up_cells(size, measures_n, has_breakdown=has_breakdown)
    with tempfile.TemporaryDirectory(prefix="quorum-bench-") as name:
        folder = Path(name) / "bench"
        with meter.step("protect"):
            tables = protect(cells, units, (), policy, catalogue(cells.measures)).tables
            stage_release(tables, folder)
        for _ in range(REFERENCE_RUNS):
            with meter.step(REFERENCE):
                bare_read(folder)
        shown = pl.read_parquet(folder / "cells.parquet").filter(pl.col("status") == "published")
        crossed_n = shown.filter(pl.col("breakdown_id") != "all").height
        meter.count(teams_n=size.teams_n, measures_n=measures_n, figures_n=shown.height, breakdown_cells_n=crossed_n)
        k, k_res = ({tier: rule(tier) for tier in ALL_TIERS} for rule in (policy.k, policy.k_res))
        with meter.step("audit"):
            report = audit_folder(folder, cells, k, k_res)
    for check in report.failed:
        print(f"FAILED {check.name}: {check.detail[:300]}")
    return report.passed


def lines(meter: Meter) -> list[str]:
    """What was measured, in words."""
    reads = [cost for cost in meter.costs if cost.step == REFERENCE]
    wall, cpu = (statistics.median(getattr(cost, key) for cost in reads) for key in ("wall_s", "cpu_s"))
    audit = next(cost for cost in meter.costs if cost.step == "audit")
    counted = ", ".join(f"{n:,} {name.removesuffix('_n').replace('_', ' ')}" for name, n in meter.counts.items())
    return [
        counted,
        *(f"{cost.step:<10} {cost.wall_s:8.2f} s wall {cost.cpu_s:8.2f} s CPU" for cost in meter.costs),
        f"audit: {audit.wall_s / wall:.0f} x the bare read by wall time, {audit.cpu_s / max(cpu, 0.001):.0f} x by CPU, "
        f"at most {audit.peak_mib:.0f} MiB",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Exit code 1 where the release does not pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teams", type=int, default=NATIONAL.teams_n, help="how many teams (default 100000)")
    parser.add_argument("--measures", type=int, default=MEASURES_N, help="how many measures (default 25)")
    parser.add_argument("--breakdown", action="store_true", help="ask for the role as well: four values")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="quorum-bench-") as folder:
        meter = Meter(Path(folder) / "costs.json")
        passed = measure(size_of(asked.teams), asked.measures, meter, has_breakdown=asked.breakdown)
    print("\n".join(lines(meter)))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
