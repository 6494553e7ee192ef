"""Where an answer from one unit can appear, and what can never be shown: from a wave's plan alone (BALLOTS 6).

Made of the unit tree, the pools, the family and the policy that are fixed for a wave. No answer reaches this module,
so it can be read to people before they answer, and it holds for whatever they then say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from flows.errors import UsageError
from flows.plan import WavePlan
from flows.protect.policy import TIERS, DisclosurePolicy
from flows.protect.tree import ReportingTree, reporting_tree

NEVER: Mapping[str, str] = MappingProxyType(
    {
        "single_answer": "one person's answer, or a figure of fewer people than the least number of its topic",
        "small_rest": "a figure from which the answers of a few people could be worked out by subtraction",
        "team_by_value": "a team or pooled group split by the breakdown, or two breakdowns at once",
        "pool_members": "a team of a pooled group by itself",
        "guarded_team": "substance use of a team or pooled group, or its mean anywhere",
        "spread": "a distribution, the lowest or the highest answer, or how far answers lie apart",
        "comments": "comments: they are not collected",
        "before_close": "any result before the wave has closed, or a second version afterwards",
    }
)


@dataclass(frozen=True, slots=True)
class ReceiptGroup:
    """One row of a release in which an answer can count, and the least respondents of that row.

    kind: `unit`, `pooled`, or `other` (what the shown groups leave of a unit). breakdown_value: a value of the family,
    `other:` for what its shown values leave, or `all`. least_n: by tier; a tier that is missing never shows this row.
    share_least_n: least respondents of its share at risk, by tier.
    """

    group_id: str
    group_name: str
    level: str
    kind: str
    breakdown_value: str
    least_n: Mapping[str, int]
    share_least_n: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an answer from a unit can appear in one wave. groups: the nearest first, each followed by its values.

    pool_members: names of all teams that the answer is pooled with, its own included; empty for a team by itself.
    never: codes of what can never be shown, with their sentences.
    """

    wave_id: str
    unit_id: str
    unit_name: str
    is_fixed: bool
    policy: DisclosurePolicy
    groups: tuple[ReceiptGroup, ...]
    pool_members: tuple[str, ...]
    breakdown_id: str | None
    breakdown_values: tuple[str, ...]
    never: Mapping[str, str] = field(default_factory=lambda: NEVER)


def receipt_of(plan: WavePlan, unit_id: str) -> Receipt:
    """Every row of the wave's release in which an answer given in this unit can count, whatever people answer.

    Grain: one unit of one wave. Rows of the release are a subset of these: a row that is here is shown only where its
    least respondents are reached and no few people could be worked out. Raises UsageError for an unknown unit.
    Shown by tests/properties/test_receipts.py.
    """
    if unit_id not in plan.units.by_id:
        raise UsageError(f'wave {plan.wave_id} has no unit "{unit_id}". Its units are in units.csv, column unit_id.')
    return _receipt(plan, reporting_tree(plan.units, plan.pools), unit_id)


def all_receipts(plan: WavePlan) -> Iterator[Receipt]:
    """The receipts of all units with people, in the order of units.csv; the tree is laid out once."""
    tree = reporting_tree(plan.units, plan.pools)
    for unit in plan.units.units:
        if unit.eligible_n > 0:
            yield _receipt(plan, tree, unit.unit_id)


def _receipt(plan: WavePlan, tree: ReportingTree, unit_id: str) -> Receipt:
    node = tree.node_of[unit_id]
    groups: list[ReceiptGroup] = []
    for place in _upwards(tree, node):
        groups += _rows_of(plan, tree, place)
    return Receipt(
        wave_id=plan.wave_id,
        unit_id=unit_id,
        unit_name=plan.units.by_id[unit_id].unit_name,
        is_fixed=plan.is_fixed,
        policy=plan.policy,
        groups=tuple(groups),
        pool_members=tuple(plan.units.by_id[member].unit_name for member in tree.members[node])
        if tree.is_pool(node)
        else (),
        breakdown_id=None if plan.breakdown is None else plan.breakdown.id,
        breakdown_values=() if plan.breakdown is None else plan.breakdown.values,
    )


def _upwards(tree: ReportingTree, node: int) -> list[int]:
    path = []
    while node >= 0:
        path.append(node)
        node = tree.parents[node]
    return path


def _rows_of(plan: WavePlan, tree: ReportingTree, node: int) -> list[ReceiptGroup]:
    """The group itself, what shown groups leave of it, and its values of the family."""
    policy, is_inner, is_pool = plan.policy, tree.is_inner[node], tree.is_pool(node)
    is_team = tree.levels[node] == "team"
    own = {tier: policy.k_res(tier) if is_pool else policy.k(tier) for tier in TIERS if tier != "guarded"}
    if not is_team:
        own["guarded"] = policy.share_k("guarded")
    share = {tier: policy.share_k_res(tier) if is_pool else policy.share_k(tier) for tier in own}
    rows = [_row(tree, node, "pooled" if is_pool else "unit", "all", own, share)]
    if is_inner:
        # A guarded measure's mean is never shown, its remainder is that of the share.
        rest = {tier: policy.share_k_res(tier) if tier == "guarded" else policy.k_res(tier) for tier in TIERS}
        rows.append(_row(tree, node, "other", "all", rest, {"guarded": rest["guarded"]}))
    if plan.breakdown is not None and not is_team:
        least = {tier: policy.share_k(tier) if tier == "guarded" else policy.k(tier) for tier in TIERS}
        twice = {tier: 2 * k for tier, k in least.items()}
        for value in plan.breakdown.values:
            rows.append(_row(tree, node, "unit", value, twice, {"guarded": twice["guarded"]}))
        rows.append(_row(tree, node, "unit", "other:", least, {"guarded": least["guarded"]}))
    return rows


def _row(
    tree: ReportingTree, node: int, kind: str, value: str, least_n: Mapping[str, int], share: Mapping[str, int]
) -> ReceiptGroup:
    group_id, name = tree.group_ids[node], tree.names[node]
    if kind == "other":
        group_id, name = f"other:{group_id}", f"Other teams in {name}"
    return ReceiptGroup(group_id, name, tree.levels[node], kind, value, least_n, share)
