"""Who of a measure's people belongs to which value of the wave's breakdown, on the reporting tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.aggregate.cells import ConfidentialCells
from flows.protect.extremes import Sums
from flows.protect.tree import Ints, ReportingTree


@dataclass(frozen=True, slots=True)
class Entries:
    """One entry a node and value in which people have a score; sorted by value, then node. Parallel arrays.

    value: place in the family's values, one more for people who stated none.  sums: score sums in units.
    at_risk: people at risk. Together they are all people of the measure, once each.
    """

    node: Ints
    value: Ints
    n: Ints
    sums: Ints
    at_risk: Ints


def entries_of(cells: ConfidentialCells, tree: ReportingTree, measure_id: str, means: Sums, at_risk: Ints) -> Entries:
    """Entries of one measure. means, at_risk: the measure on the tree, of the nodes' own people."""
    frame = cells.breakdown_cells.filter(pl.col("measure_id") == measure_id)
    places = {value: place for place, value in enumerate(cells.breakdown_values)}
    size, values_n = len(tree), len(places)
    shape = (values_n + 1, size)
    counts, sums, risks = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    rows = np.array([places[value] for value in frame["breakdown_value"]], dtype=np.int64)
    nodes = tree.nodes_of(frame["unit_id"])
    for target, column in ((counts, "respondents_n"), (sums, "score_sum"), (risks, "at_risk_n")):
        np.add.at(target, (rows, nodes), frame[column].to_numpy())
    # The last row: those who stated nothing are what the others leave of each node.
    for target, own in ((counts, means.own_n), (sums, means.own_sum), (risks, at_risk)):
        target[values_n] = own - target[:values_n].sum(axis=0)
    value, node = np.nonzero(counts)
    return Entries(
        node=node.astype(np.int64),
        value=value.astype(np.int64),
        n=counts[value, node],
        sums=sums[value, node],
        at_risk=risks[value, node],
    )


def totals_by_value(tree: ReportingTree, entries: Entries, figures: Ints, values_n: int) -> npt.NDArray[np.int64]:
    """Sums of a figure over each node and everything below it, one row a value."""
    totals = np.zeros((values_n, len(tree)), dtype=np.int64)
    for value in range(values_n):
        own = np.zeros(len(tree), dtype=np.int64)
        of_value = entries.value == value
        np.add.at(own, entries.node[of_value], figures[of_value])
        totals[value] = tree.totals(own)
    return totals


def ends_of(tree: ReportingTree) -> Ints:
    """Where the subtree of each node ends: it is the slice [node, end)."""
    return np.arange(len(tree)) + tree.totals(np.ones(len(tree), dtype=np.int64))


def inner_levels(tree: ReportingTree) -> Sequence[bool]:
    """Whether a node is of department level or above."""
    return [level != "team" for level in tree.levels]
