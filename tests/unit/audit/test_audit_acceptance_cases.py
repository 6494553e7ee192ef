"""The acceptance cases of the privacy rules, with the published sets written by hand, must pass the gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracles.tiny_release import K, TinyRelease, department, organisation, spread, work_scale

DEPARTMENTS = [
    ("E1", [9, 3], "D"),
    ("E2", [9, 3, 7], "D T1"),
    ("E3", [9, 2, 2, 8], "D T1"),
    ("E4b", [9, 4, 1, 8], "D T1"),
    ("E5", [3, 3, 3], "D"),
    ("E6", [4], ""),
    ("E7", [5, 0, 6], "D T1 T3"),
    ("E8", [6, 5], "D T1 T2"),
    ("E10", [2, 2], ""),
]
ORGANISATIONS = [
    ("E11", {"A": [9, 3], "B": [2, 8]}, "O A B"),
    ("E12", {"A": [3], "B": [7, 6]}, "O B1"),
    ("E15", {"A": [9, 3, 7], "B": [6, 2, 4], "C": [12, 8]}, "O A B C A1 B1 C1 C2"),
]


@pytest.mark.parametrize(("case", "sizes", "shown"), DEPARTMENTS)
def test_the_published_set_of_a_department_case_passes(case: str, sizes: list[int], shown: str, tmp_path: Path) -> None:
    report = department(sizes, shown.split()).audited(tmp_path)
    assert report.passed, (case, report.failed)


@pytest.mark.parametrize(("case", "tree", "shown"), ORGANISATIONS)
def test_the_published_set_of_an_organisation_case_passes(
    case: str, tree: dict[str, list[int]], shown: str, tmp_path: Path
) -> None:
    report = organisation(tree, shown.split()).audited(tmp_path)
    assert report.passed, (case, report.failed)


@pytest.mark.parametrize(
    ("case", "tree", "shown"),
    [
        ("E13", {"A": [3], "B": [2], "C": [7, 6]}, "O C C1 C2"),
        ("E14", {"A": [3, 1], "B": [5, 1], "C": [8, 7]}, "O C B1 C1 C2"),
        ("E4", {"A": [9, 2, 3, 8]}, "O A A1 A4"),
    ],
)
def test_a_residual_of_five_is_refused_because_five_plus_one_insider_is_too_few(
    case: str, tree: dict[str, list[int]], shown: str, tmp_path: Path
) -> None:
    report = organisation(tree, shown.split()).audited(tmp_path)
    assert "means: residual atoms" in {check.name for check in report.failed}, case


@pytest.mark.parametrize(
    ("sizes", "shown", "passes"),
    [([12, 9, 1], "D", True), ([24, 9, 5], "D T1", True), ([12, 9, 1], "D T1", False), ([12, 8], "D T1", False)],
)
def test_a_sensitive_measure_needs_ten_and_fourteen(sizes: list[int], shown: str, passes: bool, tmp_path: Path) -> None:
    release = department(sizes, shown.split(), scales=(work_scale(tier="sensitive"),))
    assert release.audited(tmp_path).passed is passes


def _valued(sums: dict[str, tuple[int, int]], **more: object) -> TinyRelease:
    """Teams of a department with n and sum; scores 1..5 of the cases are units 0..4."""
    parents: dict[str, str | None] = {"D": None, **dict.fromkeys(sums, "D")}
    answers = {"bo1": {team: spread(n, total - n) for team, (n, total) in sums.items()}}
    return TinyRelease(parents=parents, answers=answers, scales=(work_scale(),), **more)  # type: ignore[arg-type]


H1 = {"T1": (5, 24), "T2": (7, 21)}
H3 = {"T1": (5, 25), "T2": (5, 15), "T3": (5, 16)}
H5 = {"T1": (5, 21), "T2": (2, 2), "T3": (5, 15)}


def test_h1_an_extreme_mean_as_a_bound_passes(tmp_path: Path) -> None:
    report = _valued(H1, means={"bo1": ["D"]}, mean_bounds={"bo1": ["T1"]}).audited(tmp_path)
    assert report.passed, report.failed


def test_h1_an_extreme_mean_shown_exactly_is_caught(tmp_path: Path) -> None:
    report = _valued(H1, means={"bo1": ["D", "T1"]}).audited(tmp_path)
    assert {"rule H", "range of every person: means"} <= {check.name for check in report.failed}


def test_h3_the_bound_with_its_complement_passes(tmp_path: Path) -> None:
    release = _valued(H3, means={"bo1": ["D", "T3"]}, mean_bounds={"bo1": ["T1"]}, others={"bo1": ["D"]})
    report = release.audited(tmp_path)
    assert report.passed, report.failed


def test_h3_a_bound_undone_by_subtraction_is_caught(tmp_path: Path) -> None:
    release = _valued(H3, means={"bo1": ["D", "T2", "T3"]}, mean_bounds={"bo1": ["T1"]})
    assert "rule H" in {check.name for check in release.audited(tmp_path).failed}


def test_h4_a_distance_of_exactly_one_range_may_not_be_shown(tmp_path: Path) -> None:
    release = _valued({"T1": (5, 21), "T2": (8, 24)}, means={"bo1": ["D", "T1", "T2"]})
    assert [check.name for check in release.audited(tmp_path).failed] == ["rule H"]


def test_h4_a_distance_above_one_range_may_be_shown(tmp_path: Path) -> None:
    assert _valued({"T1": (5, 20), "T2": (8, 24)}, means={"bo1": ["D", "T1", "T2"]}).audited(tmp_path).passed


def test_h5_a_band_that_pins_the_rest_of_its_atom_is_caught(tmp_path: Path) -> None:
    release = _valued(H5, means={"bo1": ["D", "T3"]}, mean_bounds={"bo1": ["T1"]})
    assert [check.name for check in release.audited(tmp_path).failed] == ["range of every person: means"]


def test_h5_with_all_other_teams_hidden_passes(tmp_path: Path) -> None:
    report = _valued(H5, means={"bo1": ["D"]}, mean_bounds={"bo1": ["T1"]}).audited(tmp_path)
    assert report.passed, report.failed


def test_a_policy_below_the_floor_is_caught(tmp_path: Path) -> None:
    report = department([9, 8], ["D"]).audited(tmp_path, k={**K, "work": 4})
    assert [check.name for check in report.failed] == ["policy floors"]
