"""The gate: every attack of the privacy rules on one release folder, by code that shares nothing with protection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from flows.aggregate.cells import ConfidentialCells
from flows.audit.atoms import family_of, silent_atoms
from flows.audit.attack_breakdown import CLOSE, CUT, RANGE, attack_breakdown
from flows.audit.attack_breakdown import RANK as BREAKDOWN_RANK
from flows.audit.attack_measure import Findings, attack_counts, attack_measure
from flows.audit.breakdown_figures import breakdowns_of, people_by_value, value_sums, values_of
from flows.audit.check_breakdown_rows import breakdown_faults, breakdown_interval_faults
from flows.audit.check_breakdown_truth import breakdown_block_faults, family_faults, stated_faults
from flows.audit.check_contract import cell_faults, coverage_faults, group_faults, interval_faults
from flows.audit.check_phi import phi_faults, spreads_of
from flows.audit.check_public import attack_public, attack_public_participation
from flows.audit.check_public_breakdown import attack_public_breakdown
from flows.audit.check_truth import (
    block_faults,
    figure_faults,
    measure_faults,
    other_faults,
    participation_faults,
    unit_faults,
)
from flows.audit.floors import PARTICIPATION_TIER, policy_faults, threshold_of
from flows.audit.group_tree import Flags, GroupTree, Ints, tree_from
from flows.audit.published_figures import Figures, Sums, along_tree, figures_of, is_guarded, sums_of
from flows.audit.rank_attack import RankFinding
from flows.audit.read_folder import ReleaseTables, read_folder
from flows.audit.report import AuditCheck, AuditReport, check_of
from flows.audit.reported import Narrowest, public_width_report, public_widths, silence_report, width_report
from flows.publish.contract import ALL, STATUS_PUBLISHED

ALWAYS = {
    "shown groups are large enough": "every published row, bounds included",
    "means: residual atoms": "closed form, every published mean",
    "means: differences": "every pair of nested published means",
    "shares: residual atoms": "closed form, every published share",
    "shares: differences": "every pair of nested published shares",
    "participation: residual atoms": "closed form, every published number of respondents",
    "other teams": "every row of other teams against the residual of its parent",
    "rule H": "distance of every mean atom to both ends of the scale",
    "rule F": "people at risk and not at risk of every share atom",
}
WITH_COUNTS = {
    "truth": "every published figure recomputed from the confidential cells in integers",
    "truth: blocks": "measures that share items: same people, same cells",
    "truth: phi": "pooled over published atoms only, or a default",
    "participation: silent teams": "strict mode: heads without respondents",
    "participation: differences": "every pair of nested published numbers of respondents",
    "range of every person: means": "closed form, bounds as inequalities",
    "range of every person: shares": "closed form, bounds as inequalities",
    "range of every person: mean and share": "ends of the scale, bounds as inequalities",
    "truth: breakdown": "every breakdown row recomputed from the confidential cells in integers",
    CUT: "no combination of tree and breakdown rests on 1 to k-1 people; exact, every measure with cells",
    CLOSE: "every published cell against the cell above it and against its group",
    RANGE: "means, cells, bounds and shares together; worlds near the true one, then integer programmes",
}
PUBLIC = {
    "range of every person: means": "closed form on intervals left by rounding, bounds as inequalities",
    CLOSE: "every published cell against the cell above it, against its group, and the other values of its group",
}
RANKS = ("means: rank", "shares: rank", "participation: rank", BREAKDOWN_RANK)


def _quietly(_done_n: int, _of_n: int) -> None:
    """Nobody waits."""


def audit_folder(
    folder: Path,
    confidential: ConfidentialCells | None,
    k: Mapping[str, int],
    k_res: Mapping[str, int],
    on_part: Callable[[int, int], None] = _quietly,
) -> AuditReport:
    """Attack the release in `folder`; the report names every attack, and the cells on which one succeeded.

    `k`, `k_res`: thresholds by tier name, checked against the auditor's own floors. Without `confidential` only
    what an outsider can derive is judged, and the report says so. `on_part` hears how many of how many measures were
    attacked, those with a breakdown twice. Raises nothing for a bad release: it fails.
    """
    checks = [check_of("policy floors", "k, k_res of every tier", policy_faults(k, k_res))]
    tables, faults = read_folder(folder)
    checks.append(check_of("contract: files", "columns, types, keys, order, metadata, foreign files", faults))
    wave_id = confidential.wave_id if confidential is not None else folder.name
    is_public = confidential is None
    if tables is None:
        return AuditReport(wave_id, is_public, tuple(checks))
    if is_public and tables.groups.height:
        wave_id = str(tables.groups["wave_id"][0])
    tree, tree_faults = tree_from(tables.groups, None if confidential is None else confidential.units)
    checks.append(check_of("contract: tree", "groups and pools form one tree", tree_faults))
    if tree is None:
        return AuditReport(wave_id, is_public, tuple(checks))
    checks += _contract_checks(tables, tree, k, k_res)
    if confidential is None:
        return AuditReport(wave_id, is_public, (*checks, *_public_checks(tables, tree, k, k_res)))
    return AuditReport(wave_id, is_public, (*checks, *_full_checks(tables, tree, confidential, k, k_res, on_part)))


def _contract_checks(
    tables: ReleaseTables, tree: GroupTree, k: Mapping[str, int], k_res: Mapping[str, int]
) -> list[AuditCheck]:
    intervals = [*interval_faults(tables), *breakdown_interval_faults(tables)]
    return [
        check_of("contract: cells", "forbidden fields and states of every row", cell_faults(tables, k, k_res)),
        check_of("contract: coverage", "every group and pool times every measure once", coverage_faults(tables)),
        check_of("contract: breakdown", "one family, whole, only beside exact figures", breakdown_faults(tables)),
        check_of("contract: groups", "states and levels of every group", group_faults(tables, tree)),
        check_of("contract: intervals", "a function of released columns only", intervals),
    ]


def _participation(tables: ReleaseTables, tree: GroupTree) -> tuple[Flags, Ints]:
    """Which nodes show a number of respondents, and the number."""
    rows = tables.groups.filter((tables.groups["kind"] != "other") & tables.groups["respondents_n"].is_not_null())
    at = [tree.index[group] for group in rows["group_id"].to_list()]
    shown, n = np.zeros(tree.size, dtype=np.bool_), np.zeros(tree.size, dtype=np.int64)
    shown[at] = True
    n[at] = rows["respondents_n"].to_numpy()
    return shown, n


def _public_checks(
    tables: ReleaseTables, tree: GroupTree, k: Mapping[str, int], k_res: Mapping[str, int]
) -> list[AuditCheck]:
    found = Findings()
    narrowest: dict[str, Narrowest] = {}
    for figures in figures_of(tables, tree):
        threshold = threshold_of(figures.tier, k, k_res)
        attack_public(figures, tree, threshold, found)
        public_widths(figures, tree, threshold, narrowest)
    _attack_public_breakdowns(tables, tree, k, k_res, found)
    shown, n = _participation(tables, tree)
    attack_public_participation(tree, n, shown, threshold_of(PARTICIPATION_TIER, k, k_res), found)
    note = "public only: from the release alone, rounding left open; hidden counts and truth were not checked"
    gates = {**ALWAYS, **PUBLIC}
    checks = [check_of(name, f"{covered}; {note}", found.faults.get(name, [])) for name, covered in gates.items()]
    return [*checks, public_width_report(narrowest)]


def _attack_public_breakdowns(
    tables: ReleaseTables, tree: GroupTree, k: Mapping[str, int], k_res: Mapping[str, int], found: Findings
) -> None:
    tiers = dict(zip(tables.measures["measure_id"].to_list(), tables.measures["tier"].to_list(), strict=True))
    by_measure = {figures.measure_id: figures for figures in figures_of(tables, tree)}
    for breakdown in breakdowns_of(tables, tree, values_of(tables, None)):
        threshold = threshold_of(tiers[breakdown.measure_id], k, k_res)
        attack_public_breakdown(breakdown, by_measure[breakdown.measure_id], tree, threshold, found)


def _full_checks(
    tables: ReleaseTables,
    tree: GroupTree,
    confidential: ConfidentialCells,
    k: Mapping[str, int],
    k_res: Mapping[str, int],
    on_part: Callable[[int, int], None],
) -> list[AuditCheck]:
    measures_n, crossed_n = _parts_n(tables)
    found, sums = Findings(), sums_of(confidential, tree)
    found.add("truth", measure_faults(tables, confidential))
    found.add("truth", unit_faults(confidential))
    all_figures: list[Figures] = []
    for figures in figures_of(tables, tree):
        on_part(len(all_figures), measures_n + crossed_n)
        all_figures.append(figures)
        if figures.measure_id not in sums:
            continue
        true = sums[figures.measure_id]
        found.add("truth", figure_faults(figures, true, tree))
        family = family_of(tree, figures.exact_share if is_guarded(figures) else figures.exact_mean)
        found.add("other teams", other_faults(figures, family, true))
        attack_measure(figures, true, tree, threshold_of(true.scale.tier, k, k_res), found)
    found.add("truth: blocks", block_faults(all_figures, sums, tree))
    found.add("truth: blocks", breakdown_block_faults(tables, sums))
    crossed_part = partial(_further, on_part, measures_n, measures_n + crossed_n)
    _attack_breakdowns(tables, tree, confidential, all_figures, sums, k, k_res, found, crossed_part)
    found.add("truth: phi", phi_faults(tables.measures, spreads_of(confidential, tree, all_figures, sums)))
    full, own_eligible = _attack_participation(tables, tree, confidential, k, k_res, found)
    gates = {**ALWAYS, **WITH_COUNTS, **{name: _rank_cover(found.ranks.get(name, [])) for name in RANKS}}
    checks = [check_of(name, covered, found.faults.get(name, [])) for name, covered in gates.items()]
    reported = [width_report(found.least_width_pct), silence_report(all_figures, sums, tree, own_eligible, full)]
    return [*checks, *reported]


def _parts_n(tables: ReleaseTables) -> tuple[int, int]:
    """How many measures there are, and how many of them show a cell of a breakdown."""
    is_shown = (tables.cells["breakdown_id"] != ALL) & (tables.cells["status"] == STATUS_PUBLISHED)
    return tables.measures.height, tables.cells.filter(is_shown)["measure_id"].n_unique()


def _further(on_part: Callable[[int, int], None], before_n: int, of_n: int, done_n: int) -> None:
    on_part(before_n + done_n, of_n)


def _attack_breakdowns(
    tables: ReleaseTables,
    tree: GroupTree,
    confidential: ConfidentialCells,
    figures: Sequence[Figures],
    sums: Mapping[str, Sums],
    k: Mapping[str, int],
    k_res: Mapping[str, int],
    found: Findings,
    on_part: Callable[[int], None],
) -> None:
    """Tree and breakdown together, measure by measure, where a measure shows a cell."""
    found.add("truth: breakdown", family_faults(tables, confidential))
    values = values_of(tables, confidential)
    people = people_by_value(confidential, tree, values)
    by_measure = {one.measure_id: one for one in figures if one.measure_id in sums}
    for place, breakdown in enumerate(breakdowns_of(tables, tree, values)):
        on_part(place)
        if breakdown.measure_id not in by_measure:
            continue
        true = sums[breakdown.measure_id]
        inside = value_sums(people.get(breakdown.measure_id), true, tree, len(values))
        stated = stated_faults(confidential, breakdown.measure_id, inside, tree)
        found.add("truth: breakdown", stated)
        if not stated:
            threshold = threshold_of(true.scale.tier, k, k_res)
            attack_breakdown(breakdown, by_measure[breakdown.measure_id], true, inside, tree, threshold, found)


def _attack_participation(
    tables: ReleaseTables,
    tree: GroupTree,
    confidential: ConfidentialCells,
    k: Mapping[str, int],
    k_res: Mapping[str, int],
    found: Findings,
) -> tuple[Flags, Ints]:
    """Attacks on the numbers of respondents. Returns which groups are shown complete, and the heads of every node."""
    own_n = along_tree(confidential.participation, "respondents_n", tree)
    own_eligible = along_tree(confidential.units, "eligible_n", tree)
    n, eligible = tree.totals(own_n), tree.totals(own_eligible)
    found.add("truth", participation_faults(tables.groups, tree, n, eligible))
    shown, _ = _participation(tables, tree)
    family = family_of(tree, shown)
    attack_counts("participation", family, own_n, threshold_of(PARTICIPATION_TIER, k, k_res), found, "participation")
    silent = silent_atoms(family, n, eligible)
    found.add("participation: silent teams", (f"{group} / participation" for group in silent))
    return shown & (eligible > 0) & (n >= eligible), own_eligible


def _rank_cover(findings: Sequence[RankFinding]) -> str:
    """What the elimination covered over all measures, in words."""
    rows = sum(finding.rows_n for finding in findings)
    of = sum(finding.rows_all_n for finding in findings)
    aliases = sum(finding.shown_alias_n for finding in findings)
    return (
        f"elimination modulo a prime on {rows} of {of} published figures, smallest components "
        f"first, the closed form on all; "
        f"{aliases} hidden groups of k or more people coincide with a shown figure (reported, not gating)"
    )
