"""Quorum's choice beside others: `python -m tests.benchmarks.compare_selectors`.

On made-up organisations of 100 to 100,000 teams: seconds, teams shown, and how many releases leak. Beside it stand
the exact optimum of a general solver (HiGHS, five organisations a line) and the usual rule of thumb, "hide the next
smallest".
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.protect.policy import residual_threshold
from flows.protect.solver import Nodes, Programme

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
SIZES = ((100, 40), (1_000, 20), (10_000, 8), (100_000, 3))
LEAST = (5, 10)
TEAMS_A_DEPARTMENT, DEPARTMENTS_A_DIVISION = 9, 12
MEAN_ANSWERS, SEED = 9, 20261126
GENERAL_RUNS_N = 5
ROW = "| {:>7} | {:>3} | {:>4} | {:>9} | {:>9} | {:>9} | {:>9} | {:>10} | {:>10} |"


@dataclass(frozen=True)
class Organisation:
    """A tree of divisions, departments and teams: parents, answers and weights of each node, and who is a team."""

    parents: Ints
    counts: Ints
    weights: Ints
    is_team: Flags

    @property
    def totals(self) -> Ints:
        """Answers in each node and below it."""
        total = self.counts.copy()
        for node in range(len(total) - 1, 0, -1):
            total[self.parents[node]] += total[node]
        return total

    def residuals(self, shown: Flags) -> Ints:
        """What is left of each shown node when its shown parts are taken away; 0 for all others."""
        left, owner = np.zeros(len(shown), dtype=np.int64), np.full(len(shown), -1)
        for node, parent in enumerate(self.parents.tolist()):
            owner[node] = node if shown[node] else owner[parent] if parent >= 0 else -1
        np.add.at(left, owner[owner >= 0], self.counts[owner >= 0])
        return left


def organisation(teams_n: int, random: np.random.Generator) -> Organisation:
    """Teams of very different size in departments of about nine; some departments have a few people of their own."""
    departments_n = max(2, teams_n // TEAMS_A_DEPARTMENT)
    divisions_n = max(1, departments_n // DEPARTMENTS_A_DIVISION)
    division = 1 + np.sort(random.integers(0, divisions_n, departments_n))
    team = 1 + divisions_n + np.sort(random.integers(0, departments_n, teams_n))
    parents = np.concatenate([[-1], np.zeros(divisions_n, dtype=np.int64), division, team])
    own = np.where(random.random(departments_n) < 0.2, random.integers(1, 4, departments_n), 0)
    answers = random.negative_binomial(2, 2 / (2 + MEAN_ANSWERS), teams_n)
    counts = np.concatenate([[0], np.zeros(divisions_n, dtype=np.int64), own, answers])
    levels = np.repeat([100_000, 10_000, 1_000, 100], [1, divisions_n, departments_n, teams_n])
    weights = np.where(levels == 100, 100 + np.minimum(counts, 99), levels)
    return Organisation(parents, counts, weights, levels == 100)


def optimum(org: Organisation, k: int) -> Flags:
    """What Quorum shows."""
    size = len(org.parents)
    nodes = Nodes(org.parents, org.counts, org.weights, [k] * size, range(size), residual_threshold(k))
    return Programme(nodes).solve_flags(np.zeros(size, dtype=bool))


def next_smallest(org: Organisation, k: int) -> Flags:
    """The rule of thumb: hide what is too small; where one part of a group is hidden alone, hide the next smallest."""
    totals = org.totals.tolist()
    shown = org.totals >= k
    below: dict[int, list[int]] = {}
    for node, parent in enumerate(org.parents.tolist()):
        below.setdefault(parent, []).append(node)
    for parent, parts in below.items():
        hidden = [part for part in parts if not shown[part]]
        if parent >= 0 and len(hidden) == 1 and len(parts) > 1:
            shown[min((part for part in parts if shown[part]), key=totals.__getitem__)] = False
    return shown


def general_optimum(org: Organisation, k: int) -> int:
    """Greatest weight that a general solver finds for the same rules, written as a mixed-integer programme."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import lil_matrix

    size, k_res, totals = len(org.parents), residual_threshold(k), org.totals
    is_inner = np.zeros(size, dtype=bool)
    is_inner[org.parents[1:]] = True
    # Columns: x shown, z residual not empty, p pending above the node.
    rows, low, high = [], [], []

    def add(terms: Sequence[tuple[int, float]], least: float, most: float) -> None:
        rows.append(terms)
        low.append(least)
        high.append(most)

    below: dict[int, list[int]] = {}
    for node, parent in enumerate(org.parents.tolist()):
        below.setdefault(parent, []).append(node)
    for node in range(size):
        x, z, p, most, own = node, size + node, 2 * size + node, float(totals[node]), float(org.counts[node])
        if not is_inner[node]:
            add([(p, 1), (x, own)], own, own)
            continue
        pending = [(2 * size + child, 1.0) for child in below.get(node, ())]
        add([*pending, (z, -k_res), (x, -k_res)], -own - k_res, np.inf)
        add([*pending, (z, -most), (x, most)], -np.inf, most - own)
        add([(p, -1), *pending, (x, -most)], -np.inf, -own)
        add([(p, -1), *pending], -own, np.inf)
        add([(p, 1), (x, most)], -np.inf, most)
    matrix = lil_matrix((len(rows), 3 * size))
    for row, terms in enumerate(rows):
        for column, value in terms:
            matrix[row, column] = value
    may_show = np.where(is_inner, totals > 0, org.counts >= k).astype(float)
    upper = np.concatenate([may_show, np.ones(size), totals.astype(float)])
    found = milp(
        -np.concatenate([org.weights, np.zeros(2 * size)]).astype(float),
        constraints=LinearConstraint(matrix.tocsr(), low, high),
        bounds=Bounds(np.zeros(3 * size), upper),
        integrality=np.concatenate([np.ones(2 * size), np.zeros(size)]),
        options={"mip_rel_gap": 0, "time_limit": 60},
    )
    return round(-found.fun) if found.success else -1


def compare(teams_n: int, runs_n: int, k: int) -> str:
    """One line of the table."""
    random = np.random.default_rng([SEED, teams_n, k])
    seconds, shown_n, possible_n, thumb_n, leaks, thumb_leaks, same, tried = 0.0, 0, 0, 0, 0, 0, 0, 0
    for _ in range(runs_n):
        org = organisation(teams_n, random)
        started = time.process_time()
        shown = optimum(org, k)
        seconds += time.process_time() - started
        thumb = next_smallest(org, k)
        shown_n += int((shown & org.is_team).sum())
        thumb_n += int((thumb & org.is_team).sum())
        possible_n += int((org.is_team & (org.counts >= k)).sum())
        leaks, thumb_leaks = leaks + _leaks(org, shown, k), thumb_leaks + _leaks(org, thumb, k)
        if tried < GENERAL_RUNS_N:
            tried += 1
            same += general_optimum(org, k) == int(org.weights[shown].sum())
    shares = [f"{100 * n / possible_n:.1f} %" for n in (shown_n, thumb_n)]
    agreed, leaked = f"{same} of {tried}", (f"{leaks} of {runs_n}", f"{thumb_leaks} of {runs_n}")
    cells = (f"{seconds / runs_n:.3f} s", *shares, agreed, *leaked)
    return ROW.format(f"{teams_n:,}", k, runs_n, cells[0], cells[1], cells[3], cells[2], cells[4], cells[5])


def _leaks(org: Organisation, shown: Flags, k: int) -> bool:
    """Whether fewer than k people can be worked out by subtraction."""
    left = org.residuals(shown)
    return bool(((left > 0) & (left < k)).any())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=SIZES[-1][0], help="leave out sizes above this")
    asked = parser.parse_args()
    print(ROW.format("teams", "k", "runs", "CPU", "shown", "optimum", "thumb", "leaks", "thumb's"))
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for teams_n, runs_n in SIZES:
        if teams_n <= asked.most:
            for k in LEAST:
                print(compare(teams_n, runs_n, k), flush=True)


if __name__ == "__main__":
    main()
