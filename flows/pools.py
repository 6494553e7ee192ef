"""Which small sibling teams are published together (PRIVACY 1c).

Decided before a wave from head-counts and the expected response alone: no answer reaches this module. Why these
rules: docs/adr/0010-pools-before-a-wave.md.
"""

from __future__ import annotations

import hashlib
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.protect.policy import DisclosurePolicy, residual_threshold
from flows.protect.tree import Pool
from flows.units import Unit, UnitTree

MIN_HEADS: Mapping[str, int] = {"weekly": 10, "fortnightly": 10}
NAMED_MEMBERS = 3
LONGEST_NAME = 80
LONGEST_SLUG = 40


@dataclass(frozen=True, slots=True)
class PoolRule:
    """Least respondents of a team and of a pool, and least people of both in this rhythm."""

    k: int
    k_res: int
    min_heads: int = 0


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of a team or pool: its people, mean and variance of how many of them answer (binomial)."""

    heads_n: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def __add__(self, other: Expected) -> Expected:
        return Expected(self.heads_n + other.heads_n, self.mean + other.mean, self.variance + other.variance)

    def reaches(self, least: int, rule: PoolRule) -> bool:
        """With a margin of one standard deviation: in about five of six waves. Whole people, hence the half."""
        return self.heads_n >= rule.min_heads and self.mean + 0.5 - math.sqrt(self.variance) >= least

    def just_reaches(self, least: int, rule: PoolRule) -> bool:
        """On average, without a margin."""
        return self.heads_n >= rule.min_heads and self.mean + 1e-9 >= least


@dataclass(frozen=True, slots=True)
class _Candidate:
    unit: Unit
    expected: Expected


def rule_of(k: int, rhythm: str) -> PoolRule:
    """The rule at one least group size; in a weekly or fortnightly rhythm with its least people."""
    return PoolRule(k, residual_threshold(k), MIN_HEADS.get(rhythm, 0))


def pool_rule(policy: DisclosurePolicy, rhythm: str) -> PoolRule:
    """The rule of a policy: one set of pools, made for tier work, serves all measures."""
    return rule_of(policy.k("work"), rhythm)


def expected_of(units: Iterable[Unit], response: Mapping[str, float]) -> Expected:
    """People, mean and variance of respondents over some units. `response`: share of people, by unit id."""
    total = Expected()
    for unit in units:
        share = response[unit.unit_id]
        total += Expected(unit.eligible_n, unit.eligible_n * share, unit.eligible_n * share * (1 - share))
    return total


def stands_alone(unit: Unit, response: Mapping[str, float], rule: PoolRule) -> bool:
    """Whether a team is expected to have a row of its own; such a team is never pooled."""
    return expected_of([unit], response).reaches(rule.k, rule)


def plan_pools(
    units: UnitTree, response: Mapping[str, float], rule: PoolRule, kept: Sequence[Pool] = ()
) -> tuple[Pool, ...]:
    """Pools of small sibling teams, sorted by slug.

    `kept`: pools that are fixed for the quarter. They stay as they are where all members are still teams of one
    unit; else they are dissolved and their teams planned anew. Teams that cannot make a pool stay alone.
    """
    staying = [pool for pool in kept if _still_fits(units, pool)]
    taken = {member for pool in staying for member in pool.member_unit_ids}
    made = list(staying)
    for below in units.children.values():
        small = [
            _Candidate(units.by_id[team], expected_of([units.by_id[team]], response))
            for team in below
            if team not in units.children and team not in taken and units.by_id[team].eligible_n > 0
        ]
        small = [team for team in small if not team.expected.reaches(rule.k, rule)]
        made += [_pool([team.unit for team in group]) for group in _group(small, rule)]
    return tuple(sorted(made, key=lambda pool: pool.slug))


def left_alone(
    units: UnitTree, response: Mapping[str, float], rule: PoolRule, pools: Sequence[Pool]
) -> tuple[Unit, ...]:
    """Small teams in no pool, which count in a group above; teams without people are left out."""
    pooled = {member for pool in pools for member in pool.member_unit_ids}
    return tuple(
        unit
        for unit in units.units
        if unit.unit_id not in units.children
        and unit.unit_id not in pooled
        and unit.parent_id is not None
        and unit.eligible_n > 0
        and not stands_alone(unit, response, rule)
    )


def _still_fits(units: UnitTree, pool: Pool) -> bool:
    members = [units.by_id.get(member) for member in pool.member_unit_ids]
    teams = [unit for unit in members if unit is not None and unit.unit_id not in units.children]
    return len(teams) == len(members) and len({unit.parent_id for unit in teams}) == 1


def _group(small: Sequence[_Candidate], rule: PoolRule) -> list[list[_Candidate]]:
    """Sibling teams into as many groups as reach k_res with a margin, or else without; left-overs join the smallest."""
    groups, left = _fill(small, lambda expected: expected.reaches(rule.k_res, rule))
    if not groups:
        groups, left = _fill(small, lambda expected: expected.just_reaches(rule.k_res, rule))
    for team in left if groups else []:
        min(groups, key=lambda group: (_sum(group).mean, group[0].unit.unit_id)).append(team)
    return groups


def _fill(
    small: Sequence[_Candidate], is_enough: Callable[[Expected], bool]
) -> tuple[list[list[_Candidate]], list[_Candidate]]:
    """Take the largest team, then the smallest that suffices, or else the largest again, until the group is enough."""
    rest = sorted(small, key=lambda team: (team.expected.mean, team.expected.heads_n, team.unit.unit_id))
    groups: list[list[_Candidate]] = []
    while rest:
        group = [rest.pop()]
        total = group[0].expected
        while rest and (len(group) < 2 or not is_enough(total)):
            group.append(rest.pop(_smallest_that_suffices(rest, total, is_enough)))
            total += group[-1].expected
        if len(group) < 2 or not is_enough(total):
            return groups, group
        groups.append(group)
    return groups, []


def _smallest_that_suffices(rest: Sequence[_Candidate], total: Expected, is_enough: Callable[[Expected], bool]) -> int:
    place = bisect_left(rest, True, key=lambda team: is_enough(total + team.expected))
    return min(place, len(rest) - 1)


def _sum(group: Sequence[_Candidate]) -> Expected:
    return sum((team.expected for team in group), Expected())


def _pool(members: Sequence[Unit]) -> Pool:
    """A pool whose id follows from its members alone, so that its series goes on wherever they stay together."""
    by_name = sorted(members, key=lambda unit: (unit.unit_name.casefold(), unit.unit_id))
    ids = tuple(sorted(unit.unit_id for unit in members))
    readable = re.sub(r"[^a-z0-9]+", "-", "-".join(ids).lower()).strip("-")[:LONGEST_SLUG].strip("-")
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:8]
    return Pool(f"{readable}-{digest}".lstrip("-"), pool_name([unit.unit_name for unit in by_name]), ids)


def pool_name(names: Sequence[str]) -> str:
    """`Team Larch and Linden`: a leading word that all share is said once; long lists end with how many more."""
    short = [names[0], *_without_shared_words(names)[1:]]
    for listed in range(min(len(short), NAMED_MEMBERS), 1, -1):
        more = len(short) - listed
        parts = [*short[:listed], f"{more} more"] if more else short[:listed]
        name = f"{', '.join(parts[:-1])} and {parts[-1]}"
        if len(name) <= LONGEST_NAME:
            return name
    return f"{short[0]} and {len(short) - 1} more"


def _without_shared_words(names: Sequence[str]) -> list[str]:
    words = [name.split() for name in names]
    shared = 0
    while all(len(each) > shared + 1 for each in words) and len({each[shared] for each in words}) == 1:
        shared += 1
    return [" ".join(each[shared:]) for each in words]
