"""Is every published figure what the confidential cells say? All comparisons in integers (PRIVACY 5, CONTRACTS 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from flows.aggregate.cells import ConfidentialCells
from flows.audit.atoms import Family
from flows.audit.floors import SHARE_MARGIN
from flows.audit.group_tree import Flags, GroupTree, Ints
from flows.audit.published_figures import Figures, Floats, OtherRow, Sums, is_guarded
from flows.audit.read_folder import ReleaseTables

BAND_EDGES = ((85, ">=85"), (70, "70-84"), (50, "50-69"), (0, "<50"))


def is_rounded_mean(mean: Floats, n: Ints, score_sum: Ints, range_units: int) -> Flags:
    """Whether 100 sum / (n range), rounded to 0.1, is the mean shown; a tie may go either way."""
    tenths = np.rint(np.nan_to_num(mean) * 10).astype(np.int64)
    right: Flags = 2 * np.abs(tenths * n * range_units - 1000 * score_sum) <= n * range_units
    return right


def is_rounded_share(share: Floats, n: Ints, at_risk: Ints) -> Flags:
    """Whether 100 f / n, rounded to whole percent, is the share shown; a tie may go either way."""
    percent = np.rint(np.nan_to_num(share)).astype(np.int64)
    right: Flags = 2 * np.abs(percent * n - 100 * at_risk) <= n
    return right


def is_true_mean_bound(mean: Floats, n: Ints, score_sum: Ints, range_units: int) -> Flags:
    """Whether a bound holds, is coded by rule H and carries no value of its own: it follows from n alone."""
    tenths = np.rint(np.nan_to_num(mean) * 10).astype(np.int64)
    people = np.maximum(n, 1)
    at_most = (tenths < 500) & (score_sum <= range_units) & (tenths == -(-1000 // people))
    at_least = (tenths > 500) & (n * range_units - score_sum <= range_units) & (tenths == 1000 * (people - 1) // people)
    true: Flags = at_most | at_least
    return true


def is_true_share_bound(share: Floats, n: Ints, at_risk: Ints) -> Flags:
    """The same for shares: at most, or all but, two people."""
    percent, people, margin = np.rint(np.nan_to_num(share)).astype(np.int64), np.maximum(n, 1), SHARE_MARGIN - 1
    at_most = (percent < 50) & (at_risk <= margin) & (percent == -(-100 * margin // people))
    at_least = (percent > 50) & (n - at_risk <= margin) & (percent == 100 * (people - margin) // people)
    true: Flags = at_most | at_least
    return true


def figure_faults(figures: Figures, sums: Sums, tree: GroupTree) -> list[str]:
    """Shown figures that are not the true ones, by group and measure."""
    units = sums.scale.range_units
    has_mean, has_share = ~np.isnan(figures.mean), ~np.isnan(figures.share)
    wrong = {
        "n is not the number of people with this score": figures.is_shown & (figures.n != sums.n),
        "mean is not the true one": figures.exact_mean & ~is_rounded_mean(figures.mean, sums.n, sums.score_sum, units),
        "bound of the mean is not true or not the rule's": figures.is_shown
        & figures.is_mean_bound
        & has_mean
        & ~is_true_mean_bound(figures.mean, sums.n, sums.score_sum, units),
        "share is not the true one": figures.exact_share & ~is_rounded_share(figures.share, sums.n, sums.at_risk),
        "bound of the share is not true or not the rule's": figures.bound_share
        & ~is_true_share_bound(figures.share, sums.n, sums.at_risk),
        "a share of a measure without a cut-off": has_share & figures.is_shown & (not sums.scale.has_at_risk),
    }
    return [
        f"{tree.ids[node]} / {figures.measure_id}: {name}"
        for name, rows in wrong.items()
        for node in np.flatnonzero(rows)
    ]


def other_faults(figures: Figures, family: Family, sums: Sums) -> list[str]:
    """`other:` rows that are not exactly the atom of an exactly published parent (then they would be new figures)."""
    n, score_sum, at_risk = (family.residual(values) for values in (sums.n, sums.score_sum, sums.at_risk))
    faults = []
    for row in figures.others:
        name = f"{row.group_id} / {figures.measure_id}"
        if row.node < 0 or not family.members[row.node]:
            faults.append(f"{name}: its parent shows no exact figure")
        elif row.respondents_n != n[row.node]:
            faults.append(f"{name}: n is not that of the residual")
        elif not _other_is_right(row, n, score_sum, at_risk, figures, sums):
            faults.append(f"{name}: its figure is not that of the residual")
    return faults


def _other_is_right(row: OtherRow, n: Ints, score_sum: Ints, at_risk: Ints, figures: Figures, sums: Sums) -> bool:
    at = slice(row.node, row.node + 1)
    if is_guarded(figures):
        share = np.array([row.at_risk_pct])
        return bool(np.isnan(share[0]) or is_rounded_share(share, n[at], at_risk[at])[0])
    return bool(is_rounded_mean(np.array([row.score_mean]), n[at], score_sum[at], sums.scale.range_units)[0])


def participation_faults(groups: pl.DataFrame, tree: GroupTree, n: Ints, eligible: Ints) -> list[str]:
    """Respondents and band of groups.parquet against the confidential counts."""
    faults = []
    shown = groups.filter((pl.col("kind") != "other") & pl.col("respondents_n").is_not_null())
    columns = (shown[name].to_list() for name in ("group_id", "respondents_n", "response_band"))
    for group, shown_n, band in zip(*columns, strict=True):
        node = tree.index[group]
        if shown_n != n[node]:
            faults.append(f"{group} / participation: n is not the number of respondents")
        elif eligible[node] > 0 and band != band_of(int(n[node]), int(eligible[node])):
            faults.append(f"{group} / participation: response band is not the true one")
    return faults


def band_of(respondents_n: int, eligible_n: int) -> str:
    """Response band by exact comparison."""
    return next(name for edge, name in BAND_EDGES if 100 * respondents_n >= edge * eligible_n)


def measure_faults(tables: ReleaseTables, confidential: ConfidentialCells) -> list[str]:
    """Measures that are missing, unknown or of another tier than they were scored with."""
    shown = dict(zip(tables.measures["measure_id"].to_list(), tables.measures["tier"].to_list(), strict=True))
    true = {scale.measure_id: scale.tier for scale in confidential.measures}
    faults = [f"{m}: not among the measures of this wave" for m in shown if m not in true]
    faults += [f"{m}: asked, but not in the release" for m in true if m not in shown]
    faults += [f"{m}: tier is not {true[m]}" for m in shown if m in true and shown[m] != true[m]]
    if set(tables.cells["wave_id"].to_list()) != {confidential.wave_id}:
        faults.append(f"the release is not of wave {confidential.wave_id}")
    return faults


def unit_faults(confidential: ConfidentialCells) -> list[str]:
    """Units with answers that the unit tree lacks: the tree attack would not see their people."""
    known = set(confidential.units["unit_id"].to_list())
    answered = {*confidential.cells["unit_id"].to_list(), *confidential.participation["unit_id"].to_list()}
    return [f"unit {unit}: has answers, but is not in the unit tree" for unit in sorted(answered - known)]


def block_faults(figures: Sequence[Figures], sums: Mapping[str, Sums], tree: GroupTree) -> list[str]:
    """Measures that share an item must show the same people in the same cells (PRIVACY 1b)."""
    blocks: dict[str, list[Figures]] = {}
    for one in figures:
        if one.measure_id in sums:
            blocks.setdefault(sums[one.measure_id].scale.block, []).append(one)
    faults = []
    for block, members in blocks.items():
        first = members[0]
        for other in members[1:]:
            differs = first.exact_mean != other.exact_mean
            differs |= sums[first.measure_id].own_n != sums[other.measure_id].own_n
            faults += [
                f"{tree.ids[node]} / block {block}: {first.measure_id} and {other.measure_id} differ in people or cells"
                for node in np.flatnonzero(differs)
            ]
    return faults
