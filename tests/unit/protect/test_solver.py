"""Acceptance cases E1 to E15b of the threshold programme."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.protect.solver import Nodes, Programme
from tests.oracles.brute_force import best_shown

Tree = dict[str, list[int]]


def shown(tree: Tree | list[int], k: int, k_res: int, strict: bool = False) -> set[str]:
    """Names of the published nodes of a department (list) or an organisation of departments (dict)."""
    names, parents, counts, weights = [], [], [], []
    departments: Tree = tree if isinstance(tree, dict) else {"": tree}
    if isinstance(tree, dict):
        names, parents, counts, weights = ["O"], [-1], [0], [10_000]
    for department, sizes in departments.items():
        top = len(names)
        names.append(department or "D")
        parents.append(0 if isinstance(tree, dict) else -1)
        counts.append(0)
        weights.append(1_000)
        for number, size in enumerate(sizes, 1):
            names.append(f"{department or 'T'}{number}")
            parents.append(top)
            counts.append(size)
            weights.append(100 + size)
    order = {name: index for index, name in enumerate(sorted(names))}
    silent = [count == 0 and name[-1].isdigit() for name, count in zip(names, counts, strict=True)] if strict else None
    nodes = Nodes(parents, counts, weights, [k] * len(names), [order[name] for name in names], k_res, silent)
    return {names[node] for node in Programme(nodes).solve()}


@pytest.mark.parametrize(
    ("case", "sizes", "k", "k_res", "expected"),
    [
        ("E1", [9, 3], 5, 5, "D"),
        ("E2", [9, 3, 7], 5, 5, "D T1"),
        ("E3", [9, 2, 2, 8], 5, 5, "D T1"),
        ("E4", [9, 2, 3, 8], 5, 5, "D T1 T4"),
        ("E4b", [9, 4, 1, 8], 5, 6, "D T1"),
        ("E5", [3, 3, 3], 5, 5, "D"),
        ("E6", [4], 5, 5, ""),
        ("E7", [5, 0, 6], 5, 5, "D T1 T3"),
        ("E8", [6, 5], 5, 5, "D T1 T2"),
        ("E9", [12, 9, 1], 10, 10, "D T1"),
        ("E10", [2, 2], 5, 5, ""),
    ],
)
def test_one_department_is_shown_as_specified(case: str, sizes: list[int], k: int, k_res: int, expected: str) -> None:
    assert shown(sizes, k, k_res) == set(expected.split()), case


@pytest.mark.parametrize(
    ("case", "tree", "k", "k_res", "expected"),
    [
        ("E11", {"A": [9, 3], "B": [2, 8]}, 5, 5, "O A B"),
        ("E12", {"A": [3], "B": [7, 6]}, 5, 5, "O B1"),
        ("E13", {"A": [3], "B": [2], "C": [7, 6]}, 5, 5, "O C C1 C2"),
        ("E14", {"A": [3, 1], "B": [5, 1], "C": [8, 7]}, 5, 5, "O C B1 C1 C2"),
        ("E15", {"A": [9, 3, 7], "B": [6, 2, 4], "C": [12, 8]}, 5, 5, "O A B C A1 B1 C1 C2"),
        ("E15 at 5/6", {"A": [9, 3, 7], "B": [6, 2, 4], "C": [12, 8]}, 5, 6, "O A B C A1 B1 C1 C2"),
        ("E15b", {"A": [9, 3, 7], "B": [6, 2, 4], "C": [12, 8]}, 10, 10, "O A B C"),
    ],
)
def test_one_organisation_is_shown_as_specified(case: str, tree: Tree, k: int, k_res: int, expected: str) -> None:
    assert shown(tree, k, k_res) == set(expected.split()), case


def test_strict_mode_does_not_prove_that_nobody_in_a_hidden_team_answered() -> None:
    assert shown([5, 0, 6], 5, 5, strict=True) == {"D", "T3"}


@st.composite
def forests(draw: st.DrawFn) -> tuple[list[int], list[int], list[int], list[int], int, int]:
    size = draw(st.integers(2, 8))
    parents = [-1] + [draw(st.integers(0, node - 1)) for node in range(1, size)]
    inner = set(parents)
    counts = [draw(st.integers(0, 2 if node in inner else 8)) for node in range(size)]
    weights = [draw(st.sampled_from([100, 101, 1_000])) for _ in range(size)]
    ranks = draw(st.permutations(range(size)))
    k = draw(st.integers(2, 5))
    return parents, counts, weights, list(ranks), k, draw(st.sampled_from([k, max(k, -(-3 * (k - 1) // 2))]))


@settings(max_examples=60, deadline=None)
@given(forests())
def test_the_programme_finds_the_same_set_as_trying_every_set(
    forest: tuple[list[int], list[int], list[int], list[int], int, int],
) -> None:
    parents, counts, weights, ranks, k, k_res = forest
    leaf_k = [k] * len(parents)
    found = Programme(Nodes(parents, counts, weights, leaf_k, ranks, k_res)).solve()
    assert found == best_shown(parents, counts, weights, leaf_k, k_res, ranks)


@settings(max_examples=60, deadline=None)
@given(forests(), st.data())
def test_solving_again_with_more_nodes_forbidden_equals_solving_afresh(
    forest: tuple[list[int], list[int], list[int], list[int], int, int], data: st.DataObject
) -> None:
    parents, counts, weights, ranks, k, k_res = forest
    nodes = Nodes(parents, counts, weights, [k] * len(parents), ranks, k_res)
    again = Programme(nodes)
    again.solve()
    forbidden = frozenset(data.draw(st.sets(st.integers(0, len(parents) - 1), max_size=3)))
    assert again.solve(forbidden) == Programme(nodes).solve(forbidden)


@st.composite
def organisations(draw: st.DrawFn) -> tuple[Nodes, frozenset[int]]:
    """Departments of up to eight teams, some with people of their own or silent teams; some groups forbidden."""
    departments_n = draw(st.integers(1, 5))
    parents = [-1] + [draw(st.sampled_from([0, 0, 1])) if node > 1 else 0 for node in range(1, departments_n + 1)]
    for department in range(1, departments_n + 1):
        parents += [department] * draw(st.integers(0, 8))
    size, inner, k = len(parents), set(parents), draw(st.integers(2, 8))
    counts = [
        draw(st.sampled_from([0, 0, 0, 1, 9]) if node in inner else st.integers(0, 3 * k)) for node in range(size)
    ]
    weights = [1000 * (1 + (node == 0)) if node in inner else 100 + min(n, 99) for node, n in enumerate(counts)]
    silent = [draw(st.booleans()) for _ in range(size)] if draw(st.booleans()) else None
    nodes = Nodes(parents, counts, weights, [k] * size, draw(st.permutations(range(size))), -(-3 * k // 2), silent)
    return nodes, draw(st.frozensets(st.integers(0, size - 1), max_size=4))


@settings(max_examples=150, deadline=None)
@given(organisations())
def test_settling_nodes_at_a_glance_changes_nothing(organisation: tuple[Nodes, frozenset[int]]) -> None:
    nodes, forbidden = organisation

    class WholeProgramme(Programme):
        """Every node goes through the programme."""

        def _settle(self, can_show: object) -> tuple[object, ...]:
            nobody = np.zeros(len(nodes.parents), dtype=bool)
            return nobody, np.empty(0, dtype=np.int64), []

    assert Programme(nodes).solve(forbidden) == WholeProgramme(nodes).solve(forbidden)
