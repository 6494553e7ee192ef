"""The attacks of the red team on releases of weak selectors: each must be caught, under its own name."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from flows.audit.audit_release import audit_folder
from flows.audit.report import AuditReport
from tests.oracles.tiny_release import (
    K_RES,
    K,
    TinyRelease,
    department,
    mixed,
    organisation,
    spread,
    work_scale,
)


def _failed(report: AuditReport) -> set[str]:
    return {check.name for check in report.failed}


def _hide_small_only(sizes: list[int], k: int = 5) -> list[str]:
    """Weak selector: every team of k or more, and the department."""
    return ["D", *(f"T{i + 1}" for i, n in enumerate(sizes) if n >= k)]


def _hide_next_smallest(sizes: list[int], k: int = 5) -> list[str]:
    """Weak selector of many packages: hide the small teams and the next smallest one."""
    shown = sorted((i for i, n in enumerate(sizes) if n >= k), key=lambda i: sizes[i])
    return ["D", *(f"T{i + 1}" for i in shown[1:])]


@pytest.mark.parametrize("sizes", [[9, 3], [9, 3, 7], [12, 4, 8, 6]])
def test_attack_1_parent_minus_shown_children_is_caught_by_atoms_and_by_rank(sizes: list[int], tmp_path: Path) -> None:
    assert {"means: residual atoms", "means: rank"} <= _failed(
        department(sizes, _hide_small_only(sizes)).audited(tmp_path)
    )


def test_attack_1_grandparent_minus_grandchildren_is_caught(tmp_path: Path) -> None:
    report = organisation({"A": [9, 3], "B": [8, 7]}, ["O", "A1", "B1", "B2"]).audited(tmp_path)
    assert {"means: residual atoms", "means: rank"} <= _failed(report)


def test_attack_1_names_the_cell_and_no_figure_of_the_hidden_group(tmp_path: Path) -> None:
    report = department([9, 3], ["D", "T1"]).audited(tmp_path)
    details = [check.detail for check in report.failed if check.name == "means: residual atoms"]
    assert details == ["D / bo1. closed form, every published mean"]


def test_attack_2_union_of_hidden_siblings_is_caught(tmp_path: Path) -> None:
    sizes = [9, 2, 2, 8]
    assert {"means: residual atoms", "means: rank"} <= _failed(
        department(sizes, _hide_small_only(sizes)).audited(tmp_path)
    )


@pytest.mark.parametrize(("sizes", "is_safe"), [([20, 11, 3], True), ([20, 10, 3], False), ([20, 12, 1], False)])
def test_hiding_the_next_smallest_team_is_caught_when_too_few_are_left(
    sizes: list[int], is_safe: bool, tmp_path: Path
) -> None:
    release = department(sizes, _hide_next_smallest(sizes, 10), scales=(work_scale(tier="sensitive"),))
    assert ("means: residual atoms" not in _failed(release.audited(tmp_path))) is is_safe


def test_hiding_the_next_smallest_team_in_every_department_is_caught_one_level_up(tmp_path: Path) -> None:
    report = organisation({"A": [2, 2], "B": [9, 8]}, ["O", "B", "B1", "B2"]).audited(tmp_path)
    assert {"means: residual atoms", "means: rank"} <= _failed(report)


def test_attack_3_counts_of_respondents_are_attacked_like_sums(tmp_path: Path) -> None:
    report = department([9, 3], ["D"], respondents=["D", "T1"]).audited(tmp_path)
    assert {"participation: residual atoms", "participation: rank"} <= _failed(report)


def test_attack_3_the_share_of_a_small_residual_is_caught(tmp_path: Path) -> None:
    scale = work_scale(at_risk_from_units=2)
    release = department([20, 12], ["D", "T1", "T2"], scales=(scale,), shares={"bo1": ["D", "T1"]})
    assert "shares: residual atoms" in _failed(release.audited(tmp_path))


def test_attack_4_a_chain_of_one_child_is_caught_when_the_child_is_small(tmp_path: Path) -> None:
    report = organisation({"A": [4], "B": [9]}, ["O", "A", "B"]).audited(tmp_path)
    assert {"means: residual atoms", "shown groups are large enough", "means: rank"} <= _failed(report)


def test_attack_4_a_hidden_team_that_is_its_department_is_reported_and_not_gated(tmp_path: Path) -> None:
    report = organisation({"A": [8], "B": [9]}, ["O", "A", "B", "B1"]).audited(tmp_path)
    details = [check.detail for check in report.checks if check.name == "means: rank"]
    assert report.passed and "1 hidden groups of k or more" in details[0]


def test_a_chain_of_one_large_enough_team_may_show_team_and_department(tmp_path: Path) -> None:
    assert organisation({"A": [5], "B": [9]}, ["O", "A", "A1", "B", "B1"]).audited(tmp_path).passed


def test_a_bound_of_a_department_needs_the_threshold_of_a_residual(tmp_path: Path) -> None:
    release = organisation({"A": [3, 2], "B": [9]}, ["O"], mean_bounds={"bo1": ["A"]})
    release.answers = {"bo1": {"A1": [4, 4, 4], "A2": [4, 3], "B1": mixed(9)}}
    assert "shown groups are large enough" in _failed(release.audited(tmp_path))


def test_attack_5_a_silent_team_is_seen_in_participation(tmp_path: Path) -> None:
    report = department([5, 0, 6], ["D"], respondents=["D", "T1", "T3"], eligible={"T2": 4}).audited(tmp_path)
    assert _failed(report) == {"participation: silent teams"}


def test_attack_15_an_extreme_exact_mean_is_caught(tmp_path: Path) -> None:
    release = department([5, 8], ["D", "T1", "T2"])
    release.answers = {"bo1": {"T1": [4, 4, 4, 4, 3], "T2": mixed(8)}}
    assert "rule H" in _failed(release.audited(tmp_path))


def test_attack_16_a_coded_cell_undone_through_parent_and_siblings_is_caught(tmp_path: Path) -> None:
    release = department([5, 8], ["D", "T2"], mean_bounds={"bo1": ["T1"]})
    release.answers = {"bo1": {"T1": [4, 4, 4, 4, 3], "T2": mixed(8)}}
    assert {"rule H", "range of every person: means"} & _failed(release.audited(tmp_path))


def test_attack_18_the_least_interval_of_a_hidden_team_is_reported_and_not_gated(tmp_path: Path) -> None:
    report = department([9, 4, 2], ["D", "T1"]).audited(tmp_path)
    details = {check.name: check.detail for check in report.checks}
    assert report.passed
    assert details["interval widths of hidden teams"].startswith("smallest, of the whole scale, not gating: work ")


def test_a_share_of_two_people_at_risk_is_caught_by_rule_f(tmp_path: Path) -> None:
    release = department([12], ["D"], scales=(work_scale(at_risk_from_units=3),), shares={"bo1": ["D"]})
    release.answers = {"bo1": {"T1": [4, 4, *[1] * 10]}}
    assert "rule F" in _failed(release.audited(tmp_path))


def test_the_same_share_as_a_bound_passes(tmp_path: Path) -> None:
    release = department({"T1": 14}, ["D"], scales=(work_scale(at_risk_from_units=3),), share_bounds={"bo1": ["D"]})
    release.answers = {"bo1": {"T1": [4, 4, *[1, 2] * 6]}}
    assert release.audited(tmp_path).passed


def test_mean_and_share_that_pin_people_together_are_caught(tmp_path: Path) -> None:
    scale = work_scale(range_units=6, at_risk_from_units=3, tier="sensitive")
    release = department([14], ["D"], scales=(scale,), shares={"bo1": ["D"]})
    release.answers = {"bo1": {"T1": [3, 3, 3, *[0] * 11]}}
    assert _failed(release.audited(tmp_path)) == {"range of every person: mean and share"}


def test_mean_and_share_with_room_pass(tmp_path: Path) -> None:
    scale = work_scale(range_units=6, at_risk_from_units=3, tier="sensitive")
    release = department([14], ["D"], scales=(scale,), shares={"bo1": ["D"]})
    release.answers = {"bo1": {"T1": [6, 5, 5, 4, *[1, 2] * 5]}}
    report = release.audited(tmp_path)
    assert report.passed, report.failed


def test_low_scores_at_risk_are_judged_like_high_ones(tmp_path: Path) -> None:
    scale = work_scale(range_units=6, at_risk_to_units=3, tier="sensitive")
    release = department([14], ["D"], scales=(scale,), shares={"bo1": ["D"]})
    release.answers = {"bo1": {"T1": [3, 3, 3, *[6] * 11]}}
    assert _failed(release.audited(tmp_path)) == {"range of every person: mean and share"}


def test_a_pool_needs_the_threshold_of_a_residual(tmp_path: Path) -> None:
    pools = {"pool:small": ("T2", "T3")}
    five = department([9, 3, 2], ["D", "T1", "pool:small"], pools=pools)
    six = department([9, 3, 3], ["D", "T1", "pool:small"], pools=pools)
    assert "shown groups are large enough" in _failed(five.audited(tmp_path / "five"))
    assert six.audited(tmp_path / "six").passed


def test_other_teams_that_are_the_residual_pass(tmp_path: Path) -> None:
    assert department([9, 3, 7], ["D", "T1"], others={"bo1": ["D"]}).audited(tmp_path).passed


def test_other_teams_of_a_hidden_parent_are_caught(tmp_path: Path) -> None:
    release = organisation({"A": [9, 3, 7], "B": [9]}, ["O", "A1", "B", "B1"], others={"bo1": ["A"]})
    assert "other teams" in _failed(release.audited(tmp_path))


def test_other_teams_with_another_n_than_the_residual_are_caught(tmp_path: Path) -> None:
    touched = {("other:D", "bo1"): {"respondents_n": 9}}
    release = department([9, 3, 7], ["D", "T1"], others={"bo1": ["D"]}, touched=touched)
    assert "other teams" in _failed(release.audited(tmp_path))


@pytest.mark.parametrize(
    ("columns", "check"),
    [
        ({"respondents_n": 20}, "truth"),
        ({"score_mean": 51.0}, "truth"),
        ({"score_mean": 47.4321}, "contract: cells"),
        ({"at_risk_pct": 50.0}, "truth"),
        ({"mean_low": 10.0}, "contract: cells"),
        ({"mean_low": 60.0, "mean_high": 70.0}, "contract: cells"),
        ({"status": "hidden"}, "contract: cells"),
        ({"respondents_n": None}, "contract: cells"),
        ({"is_pct_bounded": True}, "contract: cells"),
        ({"is_mean_bounded": None}, "contract: cells"),
        ({"breakdown_id": "role_group"}, "contract: cells"),
    ],
)
def test_a_shown_cell_with_a_false_or_forbidden_figure_is_caught(
    columns: dict[str, object], check: str, tmp_path: Path
) -> None:
    release = department([9, 3, 7], ["D", "T1"], touched={("D", "bo1"): columns})
    assert check in _failed(release.audited(tmp_path))


@pytest.mark.parametrize("column", ["respondents_n", "score_mean", "at_risk_pct", "mean_low"])
def test_a_figure_left_in_a_suppressed_cell_is_caught(column: str, tmp_path: Path) -> None:
    release = department([9, 3, 7], ["D", "T1"], touched={("T2", "bo1"): {column: 3}})
    assert "contract: cells" in _failed(release.audited(tmp_path))


def test_a_bound_tighter_than_the_rule_is_caught(tmp_path: Path) -> None:
    release = department([5, 8], ["D"], mean_bounds={"bo1": ["T1"]}, touched={("T1", "bo1"): {"score_mean": 90.0}})
    release.answers = {"bo1": {"T1": [4, 4, 4, 4, 3], "T2": mixed(8)}}
    assert _failed(release.audited(tmp_path)) == {"truth"}


def test_a_bound_on_a_mean_that_rule_h_allows_is_caught(tmp_path: Path) -> None:
    release = department([5, 8], ["D"], mean_bounds={"bo1": ["T1"]})
    release.answers = {"bo1": {"T1": spread(5, 12), "T2": mixed(8)}}
    assert "truth" in _failed(release.audited(tmp_path))


def test_a_guarded_mean_and_a_guarded_team_are_caught(tmp_path: Path) -> None:
    scale = work_scale("sub1", tier="guarded", at_risk_from_units=2)
    release = organisation({"A": [30, 30]}, ["A1"], scales=(scale,), touched={("A1", "sub1"): {"score_mean": 50.0}})
    release.answers = {"sub1": release.answers["bo1"]}
    release.means, release.shares = {"sub1": ["A1"]}, {"sub1": ["A1"]}
    details = [check.detail for check in release.audited(tmp_path).failed if check.name == "contract: cells"]
    assert "A1 / sub1: a guarded mean" in details[0] and "A1 / sub1: a guarded group below department" in details[0]


def test_a_guarded_share_of_the_department_passes(tmp_path: Path) -> None:
    scale = work_scale("sub1", tier="guarded", at_risk_from_units=2)
    release = organisation({"A": [30, 30]}, [], scales=(scale,))
    release.answers = {"sub1": release.answers["bo1"]}
    release.means, release.shares = {"sub1": ["O", "A"]}, {"sub1": ["O", "A"]}
    report = release.audited(tmp_path)
    assert report.passed, report.failed


def test_a_tier_lowered_in_the_release_is_caught(tmp_path: Path) -> None:
    release = department([9, 8], ["D"], scales=(work_scale(tier="sensitive"),), tiers_shown={"bo1": "work"})
    assert _failed(release.audited(tmp_path)) == {"truth"}


def _block(shown: dict[str, list[str]], skipped: int) -> TinyRelease:
    scales = (work_scale("cbi_work", block="cbi"), work_scale("ee1", block="cbi"))
    parents: dict[str, str | None] = {"D": None, "T1": "D", "T2": "D"}
    answers = {
        "cbi_work": {"T1": mixed(9), "T2": mixed(8)},
        "ee1": {"T1": mixed(9 - skipped), "T2": mixed(8)},
    }
    return TinyRelease(parents=parents, answers=answers, scales=scales, means=shown)


def test_attack_6_measures_of_a_block_with_different_people_are_caught(tmp_path: Path) -> None:
    both = ["D", "T1", "T2"]
    release = _block({"cbi_work": both, "ee1": both}, skipped=1)
    assert _failed(release.audited(tmp_path)) == {"truth: blocks"}


def test_attack_6_measures_of_a_block_with_different_cells_are_caught(tmp_path: Path) -> None:
    release = _block({"cbi_work": ["D", "T1", "T2"], "ee1": ["D"]}, skipped=0)
    assert _failed(release.audited(tmp_path)) == {"truth: blocks"}


def test_a_missing_row_is_caught(tmp_path: Path) -> None:
    release = department([9, 8], ["D"])
    release.write(tmp_path)
    path = tmp_path / "cells.parquet"
    pl.read_parquet(path).filter(pl.col("group_id") != "T2").write_parquet(path)
    assert "contract: coverage" in _failed(audit_folder(tmp_path, release.confidential(), K, K_RES))


@pytest.mark.parametrize("column", ["score_sd", "submitted_at"])
def test_a_forbidden_column_is_caught(column: str, tmp_path: Path) -> None:
    release = department([9, 8], ["D"])
    release.write(tmp_path)
    path = tmp_path / "cells.parquet"
    pl.read_parquet(path).with_columns(pl.lit(1.0).alias(column)).write_parquet(path)
    assert _failed(audit_folder(tmp_path, release.confidential(), K, K_RES)) == {"contract: files"}


def test_attack_21_rows_sorted_by_score_are_caught(tmp_path: Path) -> None:
    release = department([9, 8], ["D", "T1", "T2"])
    release.write(tmp_path)
    path = tmp_path / "cells.parquet"
    pl.read_parquet(path).reverse().write_parquet(path)
    assert _failed(audit_folder(tmp_path, release.confidential(), K, K_RES)) == {"contract: files"}


def test_a_foreign_file_is_caught_and_a_manifest_is_not(tmp_path: Path) -> None:
    release = department([9, 8], ["D"])
    release.write(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({}))
    assert audit_folder(tmp_path, release.confidential(), K, K_RES).passed
    (tmp_path / "scores.csv").write_text("a")
    assert _failed(audit_folder(tmp_path, release.confidential(), K, K_RES)) == {"contract: files"}


def test_an_empty_folder_fails_instead_of_raising(tmp_path: Path) -> None:
    assert not audit_folder(tmp_path, None, K, K_RES).passed


def test_intervals_that_betray_the_head_count_are_caught(tmp_path: Path) -> None:
    touched = {
        ("T1", "bo1"): {"mean_low": 20.0, "mean_high": 80.0},
        ("T2", "bo1"): {"mean_low": 30.0, "mean_high": 70.0},
    }
    release = department([8, 8], ["D", "T1", "T2"], touched=touched)
    assert _failed(release.audited(tmp_path)) == {"contract: intervals"}


def test_without_counts_a_small_residual_is_still_caught_and_the_report_says_what_it_saw(tmp_path: Path) -> None:
    report = department([9, 3], ["D", "T1"]).audited_publicly(tmp_path)
    details = [check.detail for check in report.failed if check.name == "means: residual atoms"]
    assert report.is_public_only and "public only" in details[0]


def test_without_counts_a_safe_release_passes(tmp_path: Path) -> None:
    assert department([9, 3, 7], ["D", "T1"], others={"bo1": ["D"]}).audited_publicly(tmp_path).passed


def test_without_counts_an_extreme_residual_is_caught_from_rounded_means(tmp_path: Path) -> None:
    release = department([9, 6], ["D", "T1"])
    release.answers = {"bo1": {"T1": mixed(9), "T2": [0, 0, 0, 0, 0, 1]}}
    assert "rule H" in _failed(release.audited_publicly(tmp_path))
