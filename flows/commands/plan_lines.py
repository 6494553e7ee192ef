"""The sentences of `quorum plan`, and its report as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.clock import day
from flows.forecast import Seen
from flows.plan_report import PlanReport, TeamChance
from flows.plan_waves import PlannedWave
from flows.say import people

TOPICS = {"work": "work topics", "sensitive": "health topics", "guarded": "substance use"}
# TRENDS 3.1: smallest difference of two waves that is found with power 80 %, by answers.
SMALLEST_CHANGE = ((5, 44), (8, 35), (10, 31), (15, 26), (20, 22), (30, 18), (50, 14), (100, 10), (200, 7))
LISTED = 12
NOTICES = 5
COLUMN = 28
LIKELY, UNLIKELY = 0.9, 0.5


def report_lines(report: PlanReport, *, has_teams: bool) -> list[str]:
    """Everything but the calendar and what was saved."""
    return [
        *_head(report),
        *_pool_lines(report),
        *_k_lines(report),
        *_cost_lines(report),
        *_family_lines(report.planned),
        *(_team_lines(report.teams) if has_teams else [_chance_line(report.teams)]),
        *_notice_lines(report),
    ]


def _head(report: PlanReport) -> list[str]:
    units = report.outlook.units
    levels = list(units.level.values())
    parts = [people(levels.count(name), name) for name in ("team", "department", "division") if levels.count(name)]
    seen = [forecast.seen for forecast in report.tiers]
    return [
        f"{people(units.eligible_n, 'person', 'people')} in "
        f"{', '.join(parts) or 'one unit, the organisation itself, without teams'}. {_response(report)}",
        _row("", [f"{TOPICS[forecast.tier]} (k {forecast.k})" for forecast in report.tiers]),
        _row("own row", [people(each.own_row_n, "team") for each in seen]),
        _row("in a pooled group", [people(each.pooled_n, "team") + _in_groups(each) for each in seen]),
        _row("counted higher up", [people(each.higher_up_n, "team") for each in seen]),
        "Every answer counts in the nearest group that is shown; no team is lost.",
        *_change_lines(report.teams),
    ]


def _change_lines(teams: Sequence[TeamChance]) -> list[str]:
    """What two waves can tell of teams of the sizes that this organisation has (TRENDS 3.3), nearest size tabled."""
    sizes = [min(SMALLEST_CHANGE, key=lambda entry: abs(entry[0] - each.expected_n)) for each in teams]
    own = sorted(set(sizes))
    if not own:
        return []
    return [
        f"{'expected answers about':24}" + "".join(f"{answers_n:>5}" for answers_n, _ in own),
        f"{'teams of that size':24}" + "".join(f"{sizes.count(each):>5}" for each in own),
        f"{'clear change, points':24}" + "".join(f"{points:>5}" for _, points in own),
        f"With about {own[0][0]} answers a wave, two waves tell only about changes of {own[0][1]} points or more; "
        "many waves tell much more.",
    ]


def _row(head: str, cells: Sequence[str]) -> str:
    return (f"{head:22}" + "".join(f"{cell:{COLUMN}}" for cell in cells)).rstrip()


def _in_groups(seen: Seen) -> str:
    return f", {people(seen.pools_n, 'group')}" if seen.pools_n else ""


def _response(report: PlanReport) -> str:
    if report.last_wave is None:
        return f"{100 * report.assumed_response:.0f} % response assumed (quorum.toml, [policy])."
    return f"Response expected as in {report.last_wave}: the lower edge of the band of the nearest group shown there."


def _pool_lines(report: PlanReport) -> list[str]:
    if not report.planned:
        with_pools = report.seen_pooled
        return [
            "Pooled groups: none, since quorum.toml declares no wave that is still to open. Add it under [[waves]] "
            "with wave_id and opens_on, then run  quorum plan  again. With pooled groups: "
            f"{people(with_pools.own_row_n, 'team')} with an own row, {with_pools.pooled_n:,} in "
            f"{people(with_pools.pools_n, 'pooled group')}, {with_pools.higher_up_n:,} counted higher up."
        ]
    plan = report.planned[0].plan
    until = f"fixed until {day(plan.pools_until)}" if plan.pools_until else ""
    lines = [f"Pooled groups ({len(plan.pools)}): none is needed or possible."]
    if plan.pools:
        lines = [
            f"Pooled groups ({len(plan.pools)}): {_listed([pool.name for pool in plan.pools], '; ')}; {until}. "
            f"Rename them in plans/{plan.wave_id}.json before the wave opens."
        ]
    if report.alone:
        lines.append(
            f"{people(len(report.alone), 'small team has', 'small teams have')} no pool, since too few small teams "
            f"stand beside them: {_listed([unit.unit_name for unit in report.alone])}. Where too few answer, they "
            "count higher up."
        )
    return lines


def _listed(names: Sequence[str], comma: str = ", ") -> str:
    more = len(names) - LISTED
    return comma.join([*names[:LISTED], *([f"{more:,} more"] if more > 0 else [])])


def _k_lines(report: PlanReport) -> list[str]:
    rows = (
        ("least group size k", [str(entry.k) for entry in report.by_k]),
        ("own row", [f"{entry.seen.own_row_n:,}" for entry in report.by_k]),
        ("in a pooled group", [f"{entry.seen.pooled_n:,}" for entry in report.by_k]),
        ("counted higher up", [f"{entry.seen.higher_up_n:,}" for entry in report.by_k]),
    )
    width = 1 + max(4, *(len(cell) for _, cells in rows for cell in cells))
    return [
        "Teams at other least group sizes ([policy.k] work), each with pooled groups made for it:",
        *(f"{name:18}" + "".join(f"{cell:>{width}}" for cell in cells) for name, cells in rows),
    ]


def _cost_lines(report: PlanReport) -> list[str]:
    """What the plan costs against the best choice without pools, on the same expectation."""
    plan, best = report.seen_pooled, report.seen_unpooled
    if plan == best:
        return []
    seen_n = plan.own_row_n + plan.pooled_n
    return [
        f"Without pooled groups the best choice shows {people(best.own_row_n, 'team')} with an own row (with them "
        f"{plan.own_row_n:,}), {best.own_row_n:,} seen alone or pooled ({seen_n:,}) and {best.inner_n:,} departments "
        f"and divisions ({plan.inner_n:,}); weight of all rows {best.weight:,} ({plan.weight:,})."
    ]


def _family_lines(planned: Sequence[PlannedWave]) -> list[str]:
    """Which breakdown each coming wave asks; nothing where none does."""
    asked = [f"{wave.plan.wave_id} {wave.plan.breakdown.id}" for wave in planned if wave.plan.breakdown is not None]
    return [f"Breakdown, one a wave: {_listed(asked)}. Shown from department up."] if asked else []


def _chance_line(teams: Sequence[TeamChance]) -> str:
    alone = [team.chance["work"] for team in teams if team.pool is None]
    likely = sum(chance >= LIKELY for chance in alone)
    unlikely = sum(chance < UNLIKELY for chance in alone)
    return (
        f"Chance of an own row on work topics: 90 % or more for {people(likely, 'team')}, 50 to 90 % for "
        f"{len(alone) - likely - unlikely:,}, less for {unlikely:,}. Each team:  quorum plan --teams"
    )


def _team_lines(teams: Sequence[TeamChance]) -> list[str]:
    width = max(4, *(len(team.unit.unit_name) for team in teams)) if teams else 4
    lines = [f"{'team':{width}}  people  expected  row: work  row: health"]
    for team in teams:
        work, health = (f"{100 * team.chance[tier]:.0f} %" for tier in ("work", "sensitive"))
        pool = f"   in {team.pool}" if team.pool else ""
        lines.append(
            f"{team.unit.unit_name:{width}}  {team.unit.eligible_n:>6,}  {team.expected_n:>8,}  {work:>9}  "
            f"{health:>11}{pool}"
        )
    return lines


def _notice_lines(report: PlanReport) -> list[str]:
    names = {unit.unit_id: unit.unit_name for unit in report.outlook.units.units}
    lines = [
        f"notice  only {people(cost.eligible_n, 'person is', 'people are')} attached directly to "
        f"{names[cost.unit_id]}; protecting them may hide {_listed(cost.lost)}. Attach them to one of its teams, or "
        "to a unit above with more people of its own."
        for cost in report.direct_costs[:NOTICES]
    ]
    if more := report.direct_costs[NOTICES:]:
        lost_n = sum(len(cost.lost) for cost in more)
        lines.append(f"notice  the same holds for {len(more):,} units more, which may hide {people(lost_n, 'group')}.")
    if report.namesakes:
        lines.append(
            f"notice  more than one unit is called {_listed(report.namesakes)}: nobody can tell them apart on pages. "
            "Give each a name of its own in units.csv."
        )
    if report.fixed:
        lines.append(f"notice  {_listed(report.fixed)}: fixed since the opening day; the plan stays as it is.")
    if report.unplanned:
        lines.append(
            f"notice  {_listed(report.unplanned)}: opened without a plan, so the rules are fixed at the first run, "
            "without pooled groups."
        )
    if report.undated:
        lines.append(
            f"notice  {_listed(report.undated)}: no opens_on in quorum.toml, so the rules are fixed at the first run, "
            "without pooled groups."
        )
    return lines


def saved_lines(planned: Sequence[PlannedWave]) -> list[str]:
    """What was written, and what comes next."""
    new = [wave.plan.wave_id for wave in planned if wave.is_new]
    same = [wave.plan.wave_id for wave in planned if not wave.is_new]
    lines = []
    if new:
        lines.append(
            f"Planned: {_listed(new)}. Until a wave opens,  quorum plan  plans it anew; from its opening day on its "
            "units, policy and pooled groups stay."
        )
    if same:
        lines.append(f"Planned before, unchanged: {_listed(same)}.")
    if not new:
        lines.append("Nothing was changed.")
    return [*lines[:-1], f"{lines[-1]} Next: quorum map FILE"]


def report_json(report: PlanReport) -> dict[str, Any]:
    """The report as JSON; chances in whole percent."""
    levels = list(report.outlook.units.level.values())
    return {
        "people_n": report.outlook.units.eligible_n,
        "units": {name: levels.count(name) for name in ("team", "department", "division")},
        "assumed_response": report.assumed_response,
        "response_from": report.last_wave,
        "tiers": [{"tier": f.tier, "k": f.k, **_seen_json(f.seen)} for f in report.tiers],
        "by_k": [{"k": entry.k, **_seen_json(entry.seen)} for entry in report.by_k],
        "with_pools": _seen_json(report.seen_pooled),
        "without_pools": _seen_json(report.seen_unpooled),
        "waves": [_wave_json(wave) for wave in report.planned],
        "alone": [unit.unit_id for unit in report.alone],
        "teams": [_team_json(team) for team in report.teams],
        "notices": [line.removeprefix("notice  ") for line in _notice_lines(report)],
        "next": "quorum map FILE",
    }


def _seen_json(seen: Seen) -> dict[str, int]:
    return {
        "own_row_n": seen.own_row_n,
        "pooled_n": seen.pooled_n,
        "pools_n": seen.pools_n,
        "higher_up_n": seen.higher_up_n,
        "departments_and_divisions_n": seen.inner_n,
        "weight": seen.weight,
    }


def _wave_json(wave: PlannedWave) -> dict[str, Any]:
    plan = wave.plan
    return {
        "wave_id": plan.wave_id,
        "opens_on": None if plan.opens_on is None else plan.opens_on.isoformat(),
        "is_new": wave.is_new,
        "pools_until": None if plan.pools_until is None else plan.pools_until.isoformat(),
        "pools": [
            {"group_id": pool.group_id, "name": pool.name, "members": list(pool.member_unit_ids)} for pool in plan.pools
        ],
        "battery": list(plan.battery),
        "breakdown": None if plan.breakdown is None else plan.breakdown.id,
    }


def _team_json(team: TeamChance) -> dict[str, Any]:
    return {
        "unit_id": team.unit.unit_id,
        "unit_name": team.unit.unit_name,
        "eligible_n": team.unit.eligible_n,
        "expected_n": team.expected_n,
        "pool": team.pool,
        "row_pct": {tier: round(100 * chance) for tier, chance in team.chance.items()},
    }
