"""The fast attacks of the auditor agree with a slow attacker on random small trees."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.aggregate.cells import MeasureScale
from flows.audit.atoms import family_of, small_atoms
from flows.audit.attack_measure import Findings, attack_measure
from flows.audit.floors import Threshold
from flows.audit.group_tree import GroupTree, tree_from
from flows.audit.published_figures import Figures, Sums
from flows.audit.rank_attack import rank_findings
from tests.oracles.rational_attack import derivable_unions, possible_scores, smallest_support


def _tree(parents: list[int | None]) -> GroupTree:
    names = [f"g{i}" for i in range(len(parents))]
    groups = pl.DataFrame(
        {
            "group_id": names,
            "parent_group_id": [None if parent is None else names[parent] for parent in parents],
            "kind": "unit",
            "member_unit_ids": [[name] for name in names],
        }
    )
    tree, faults = tree_from(groups, None)
    if tree is None:
        raise AssertionError(faults)
    return tree


@st.composite
def _trees(draw: st.DrawFn, most_nodes: int, most_people: int) -> tuple[GroupTree, np.ndarray]:
    size = draw(st.integers(2, most_nodes))
    parents: list[int | None] = [None, *(draw(st.integers(0, i)) for i in range(size - 1))]
    tree = _tree(parents)
    people = np.array(draw(st.lists(st.integers(0, most_people), min_size=size, max_size=size)), dtype=np.int64)
    return tree, people


def _sets(tree: GroupTree, members: np.ndarray) -> list[frozenset[str]]:
    return [frozenset(tree.ids[node : tree.end[node]]) for node in np.flatnonzero(members)]


@given(data=st.data(), k=st.integers(2, 6))
@settings(max_examples=60, deadline=None)
def test_residual_atoms_find_exactly_the_releases_from_which_a_small_group_can_be_derived(
    data: st.DataObject, k: int
) -> None:
    tree, people = data.draw(_trees(7, 4))
    members = np.array(data.draw(st.lists(st.booleans(), min_size=tree.size, max_size=tree.size)))
    named = dict(zip(tree.ids, people.tolist(), strict=True))
    derived = derivable_unions(_sets(tree, members), named)
    is_unsafe = any(sum(named[unit] for unit in group) < k for group in derived)
    closed = small_atoms(family_of(tree, members), tree.totals(people), Threshold(k, k))
    assert bool(closed) == is_unsafe


@given(data=st.data(), k=st.integers(2, 6))
@settings(max_examples=60, deadline=None)
def test_the_rank_attack_agrees_with_the_closed_form(data: st.DataObject, k: int) -> None:
    tree, people = data.draw(_trees(12, 4))
    members = np.array(data.draw(st.lists(st.booleans(), min_size=tree.size, max_size=tree.size)))
    family, total = family_of(tree, members), tree.totals(people)
    finding = rank_findings(family, people, total, k)
    assert bool(finding.derived) == bool(small_atoms(family, total, Threshold(k, k)))


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_the_smallest_support_of_any_derivable_figure_is_the_smallest_atom(data: st.DataObject) -> None:
    tree, people = data.draw(_trees(6, 4))
    members = np.array(data.draw(st.lists(st.booleans(), min_size=tree.size, max_size=tree.size)))
    family = family_of(tree, members)
    atoms = family.residual(tree.totals(people))[members]
    smallest = min((int(n) for n in atoms if n), default=0)
    assert smallest_support(_sets(tree, members), dict(zip(tree.ids, people.tolist(), strict=True))) == smallest


@given(data=st.data(), k=st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_cutting_the_tree_into_components_finds_the_same(data: st.DataObject, k: int) -> None:
    tree, people = data.draw(_trees(12, 4))
    members = np.array(data.draw(st.lists(st.booleans(), min_size=tree.size, max_size=tree.size)))
    family, total = family_of(tree, members), tree.totals(people)
    whole = rank_findings(family, people, total, k).derived
    with patch("flows.audit.rank_attack.COMPONENT_COLUMNS", 1):
        parts = rank_findings(family, people, total, k).derived
    assert bool(whole) == bool(parts)


FOUND = "range of every person"


def _attacked(tree: GroupTree, scores: list[list[int]], scale: MeasureScale, marks: list[str]) -> tuple[Findings, Sums]:
    """What the auditor finds. marks: per node, mean and share each `-` hidden, `=` exact or `~` a bound."""
    cut = scale.at_risk_from_units or 0
    own = [
        np.array([len(part) for part in scores], dtype=np.int64),
        np.array([sum(part) for part in scores], dtype=np.int64),
        np.array([sum(score >= cut for score in part) for part in scores], dtype=np.int64),
    ]
    sums = Sums(scale, *own, *(tree.totals(values) for values in own))
    shown = np.array([mark[0] != "-" for mark in marks])
    shared = np.array([mark[1] != "-" for mark in marks])
    people = np.maximum(sums.n, 1)
    figures = Figures(
        measure_id="m",
        tier="work",
        is_shown=shown,
        n=sums.n,
        mean=np.where(shown, 100 * sums.score_sum / (people * scale.range_units), np.nan),
        share=np.where(shared, 100 * sums.at_risk / people, np.nan),
        is_mean_bound=np.array([mark[0] == "~" for mark in marks]),
        is_share_bound=np.array([mark[1] == "~" for mark in marks]),
        others=(),
    )
    found = Findings()
    attack_measure(figures, sums, tree, Threshold(1, 1), found)
    return found, sums


def _marks(data: st.DataObject, tree: GroupTree, scores: list[list[int]], scale: MeasureScale) -> list[str]:
    """A published pattern in which a bound stands only where it is true and on one side."""
    marks = []
    for node in range(tree.size):
        inside = [score for part in scores[node : tree.end[node]] for score in part]
        f = sum(score >= (scale.at_risk_from_units or 0) for score in inside)
        total, top = sum(inside), len(inside) * scale.range_units
        mean, share = "-=", "-="
        if 2 * total != top and min(total, top - total) <= scale.range_units:
            mean += "~"
        if 2 * f != len(inside) and min(f, len(inside) - f) <= 2:
            share += "~"
        chosen = data.draw(st.sampled_from(mean)) if inside else "-"
        marks.append(chosen + (data.draw(st.sampled_from(share)) if chosen != "-" else "-"))
    return marks


def _shown_intervals(tree: GroupTree, sums: Sums, marks: list[str], which: int) -> list[tuple[list[int], int, int]]:
    total = sums.at_risk if which else sums.score_sum
    unit, margin = (1, 2) if which else (sums.scale.range_units, sums.scale.range_units)
    shown = []
    for node, mark in enumerate(marks):
        inside, value, top = list(range(node, int(tree.end[node]))), int(total[node]), int(sums.n[node]) * unit
        if mark[which] == "=":
            shown.append((inside, value, value))
        if mark[which] == "~":
            shown.append((inside, 0, margin) if 2 * value < top else (inside, top - margin, top))
    return shown


@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_the_ranges_of_every_person_are_those_of_all_answer_patterns(data: st.DataObject) -> None:
    tree, _ = data.draw(_trees(4, 0))
    range_units = data.draw(st.integers(2, 3))
    most = 6 if range_units == 2 else 5
    sizes, left = [], most
    for _ in range(tree.size):
        sizes.append(data.draw(st.integers(0, min(3, left))))
        left -= sizes[-1]
    scores = [data.draw(st.lists(st.integers(0, range_units), min_size=n, max_size=n)) for n in sizes]
    scale = MeasureScale("m", "work", range_units, "m", at_risk_from_units=data.draw(st.integers(1, range_units)))
    marks = _marks(data, tree, scores, scale)
    found, sums = _attacked(tree, scores, scale, marks)
    means, shares = (_shown_intervals(tree, sums, marks, which) for which in (0, 1))
    cut = scale.at_risk_from_units or 0
    for intervals, counts, name in ((means, [], f"{FOUND}: means"), (means, shares, f"{FOUND}: mean and share")):
        possible = possible_scores(sizes, range_units, intervals, counts, cut)
        narrowed = any(n and not {0, range_units} <= scored for n, scored in zip(sizes, possible, strict=True))
        together = bool(found.faults.get(name)) or (counts == [] and name.endswith("share"))
        if name.endswith("means") or shares:
            assert together == narrowed, (name, marks, scores)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_share_alone_narrows_exactly_whom_all_patterns_say(data: st.DataObject) -> None:
    tree, _ = data.draw(_trees(4, 0))
    sizes, left = [], 8
    for _ in range(tree.size):
        sizes.append(data.draw(st.integers(0, min(4, left))))
        left -= sizes[-1]
    scores = [data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)) for n in sizes]
    scale = MeasureScale("m", "work", 1, "m", at_risk_from_units=1)
    marks = _marks(data, tree, scores, scale)
    found, sums = _attacked(tree, scores, scale, marks)
    possible = possible_scores(sizes, 1, [], _shown_intervals(tree, sums, marks, 1), 1)
    narrowed = any(n and len(scored) < 2 for n, scored in zip(sizes, possible, strict=True))
    assert bool(found.faults.get(f"{FOUND}: shares")) == narrowed, (marks, scores)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_short_search_of_large_components_accepts_nothing_that_all_patterns_exclude(data: st.DataObject) -> None:
    tree, _ = data.draw(_trees(4, 0))
    sizes = [data.draw(st.integers(0, 2)) for _ in range(tree.size)]
    scores = [data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)) for n in sizes]
    scale = MeasureScale("m", "work", 2, "m", at_risk_from_units=data.draw(st.integers(1, 2)))
    marks = _marks(data, tree, scores, scale)
    with patch("flows.audit.joint_ranges.LARGE_COMPONENT_N", 0):
        found, sums = _attacked(tree, scores, scale, marks)
    means, shares = (_shown_intervals(tree, sums, marks, which) for which in (0, 1))
    possible = possible_scores(sizes, 2, means, shares, scale.at_risk_from_units or 0)
    narrowed = any(n and not {0, 2} <= scored for n, scored in zip(sizes, possible, strict=True))
    assert not (shares and narrowed) or found.faults.get(f"{FOUND}: mean and share")
