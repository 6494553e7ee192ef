"""Random organisations by the thousand: what Quorum releases of them is attacked by the gate; a leak ends the run.

`python -m tests.red_team.many --organisations 10000 --seconds 3000`. Organisation N is the same in every run, so that
one that leaks is found again with `--first N --organisations 1`. Breakdowns, pools, blocks, bounds, shares, guarded
measures, silent units, people attached to inner units and people who skip items are all among them.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.audit.report import AuditReport
from flows.pools import plan_pools, pool_rule
from tests.builders import STANDARD, scale
from tests.red_team.organisation import Organisation, Person

VALUES = ("medical", "nursing", "therapy", "administration")
SCALES = (
    scale("a", at_risk_from_units=2),
    scale("b", tier="sensitive", range_units=6, at_risk_from_units=3),
    scale("c", tier="guarded", at_risk_from_units=2),
    scale("d", block="de", at_risk_to_units=0),
    scale("e", block="de", range_units=2),
    scale("f", range_units=4),
)
REPORT_EVERY = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """One organisation: the gate's report, and what its release held."""

    report: AuditReport
    held: Counter[str]


def organisation_of(number: int) -> Organisation:
    """The organisation of this number."""
    chance = random.Random(number)
    size = chance.choice((2, 5, 9, 14, 20))
    parents: dict[str, str | None] = {"u00": None}
    reach = chance.choice((3, 6, 20))
    for at in range(1, size):
        parents[f"u{at:02}"] = f"u{chance.randint(max(0, at - reach), at - 1):02}"
    leaves = set(parents) - {above for above in parents.values() if above is not None}
    spread = chance.choice((0, 0, 1, 2, 3, 4))
    largest = chance.choice((6, 14, 30))
    people = []
    for unit in parents:
        kind = chance.choice(("low", "high", "even", "even", "same"))
        here = chance.randint(0, largest) if unit in leaves else chance.choice((0, 0, 1, 3, 7))
        people += [_person(chance, unit, spread, kind) for _ in range(here)]
    eligible = {unit: sum(p.unit_id == unit for p in people) + chance.choice((0, 0, 4, 20)) for unit in parents}
    whole = Organisation(parents, people, SCALES, VALUES[:spread], eligible)
    if chance.random() < 0.5:
        return whole
    response = {unit: chance.choice((0.1, 0.2, 0.4, 0.9)) for unit in parents}
    pools = plan_pools(whole.tree(), response, pool_rule(STANDARD, chance.choice(("weekly", "monthly"))))
    return Organisation(parents, people, SCALES, VALUES[:spread], eligible, pools)


def _person(chance: random.Random, unit: str, spread: int, kind: str) -> Person:
    """Answers to most questions; those to a block all or none."""
    scores = {one.measure_id: _score(chance, one.range_units, kind) for one in SCALES}
    for skipped in (("a",), ("b",), ("c",), ("d", "e"), ("f",)):
        if chance.random() < 0.08:
            for measure_id in skipped:
                del scores[measure_id]
    value = chance.choice((*VALUES[:spread], VALUES[0], None)) if spread and chance.random() < 0.95 else None
    return Person(unit, value, scores)


def _score(chance: random.Random, top: int, kind: str) -> int:
    if kind == "same":
        return top // 2
    ends = {"low": (0, 0, 0, 0, 1), "high": (top, top, top, top, top - 1)}
    return chance.choice(ends[kind]) if kind in ends else chance.randint(0, top)


def attacked(number: int) -> Outcome:
    """Release the organisation of this number and attack it."""
    organisation = organisation_of(number)
    with tempfile.TemporaryDirectory() as folder:
        report = organisation.stage(Path(folder) / "w1")
        cells = pl.read_parquet(Path(folder) / "w1" / "cells.parquet")
        groups = pl.read_parquet(Path(folder) / "w1" / "groups.parquet")
    shown = cells.filter(pl.col("status") == "published")
    held: Counter[str] = Counter(organisations=1)
    held["figures"] = shown.height
    held["breakdown cells"] = shown.filter(pl.col("breakdown_id") != "all").height
    held["bounds"] = shown.filter(pl.col("is_mean_bounded") | pl.col("is_pct_bounded")).height
    held["shares"] = shown.filter(pl.col("at_risk_pct").is_not_null()).height
    held["pools"] = groups.filter(pl.col("kind") == "pooled").height
    held["other teams"] = shown.filter(pl.col("group_id").str.starts_with("other:")).height
    held["respondents shown"] = groups.filter(pl.col("respondents_n").is_not_null()).height
    return Outcome(report, held)


def main(arguments: Sequence[str] | None = None) -> int:
    """Attack organisation after organisation. Exit code 1 at a leak, naming the organisation and the attack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, default=10_000, help="how many (default 10000)")
    parser.add_argument("--seconds", type=float, default=3_000.0, help="stop after this long (default 3000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first organisation (default 0)")
    asked = parser.parse_args(arguments)
    end, held = time.monotonic() + asked.seconds, Counter[str]()
    for number in range(asked.first, asked.first + asked.organisations):
        if time.monotonic() > end:
            break
        outcome = attacked(number)
        held += outcome.held
        if not outcome.report.passed:
            print(f"organisation {number} leaks: {[(check.name, check.detail) for check in outcome.report.failed]}")
            return 1
        if (number + 1) % REPORT_EVERY == 0:
            print(f"{number + 1 - asked.first} of {asked.organisations}", file=sys.stderr, flush=True)
    print("no leak: " + ", ".join(f"{n:,} {what}" for what, n in held.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
