"""What an outsider can bound, breakdown cells without counts, and what is reported without stopping a release."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows.audit.attack_breakdown import CLOSE
from flows.audit.audit_release import audit_folder
from flows.audit.report import AuditReport
from tests.oracles.tiny_release import K_RES, K, department, mixed, spread, work_scale
from tests.oracles.two_family_release import TwoFamilies

ROLES = {"D": None, "T1": "D", "T2": "D"}


def _details(report: AuditReport) -> dict[str, str]:
    return {check.name: check.detail for check in report.checks}


def _public(release: TwoFamilies, folder: Path) -> dict[str, str]:
    release.write(folder)
    return {check.name: check.detail for check in audit_folder(folder, None, K, K_RES).failed}


@pytest.mark.parametrize(("hidden", "width"), [([4, 3], 76), ([6, 6], 100)])
def test_an_outsider_is_told_how_far_fewer_than_five_hidden_people_are_bounded(
    hidden: list[int], width: int, tmp_path: Path
) -> None:
    """4 of 7 around the middle: 14 of 28 points, of which the other three hold at most 12; rounding widens it a bit."""
    release = department([9, *hidden], ["D", "T1"])
    release = type(release)(
        **{
            **release.__dict__,
            "answers": {"bo1": {t: spread(len(s), 2 * len(s)) for t, s in release.answers["bo1"].items()}},
        }
    )
    detail = _details(release.audited_publicly(tmp_path))["interval widths of hidden teams"]
    assert f"work {width} % in D / bo1" in detail


def test_an_outsider_finds_a_person_narrowed_through_a_bound(tmp_path: Path) -> None:
    """H5: T1 of 5 is at 4.2 or more, T3 is exact, so both people of T2 said 1."""
    answers = {"bo1": {"T1": spread(5, 16), "T2": [0, 0], "T3": spread(5, 10)}}
    release = department({"T1": 5, "T2": 2, "T3": 5}, ["D", "T3"], mean_bounds={"bo1": ["T1"]})
    release = type(release)(**{**release.__dict__, "answers": answers})
    failed = {check.name: check.detail for check in release.audited_publicly(tmp_path).failed}
    assert failed["range of every person: means"].startswith("D / bo1")


def test_an_outsider_subtracts_a_cell_from_its_group(tmp_path: Path) -> None:
    release = TwoFamilies(ROLES, {("T1", "a"): mixed(14), ("T2", "b"): mixed(2)}, ("D",), [("D", "a")])
    assert _public(release, tmp_path)[CLOSE].startswith("D x a / bo1")


def test_an_outsider_subtracts_all_shown_values_from_their_group(tmp_path: Path) -> None:
    answers = {("T1", "a"): mixed(14), ("T2", "b"): mixed(12), ("T2", None): mixed(2)}
    release = TwoFamilies(ROLES, answers, ("D",), [("D", "a"), ("D", "b")])
    assert "D, all values not shown / bo1" in _public(release, tmp_path)[CLOSE]


def test_an_outsider_sees_an_extreme_cell(tmp_path: Path) -> None:
    answers = {("T1", "a"): [0] * 13 + [1], ("T2", "b"): mixed(14)}
    assert _public(TwoFamilies(ROLES, answers, ("D",), [("D", "a")]), tmp_path)["rule H"].startswith("D x a / bo1")


def test_a_safe_breakdown_passes_from_the_release_alone(tmp_path: Path) -> None:
    answers = {("T1", "a"): mixed(14), ("T2", "b"): mixed(15)}
    assert _public(TwoFamilies(ROLES, answers, ("D",), [("D", "a"), ("D", "b")]), tmp_path) == {}


def test_a_share_bound_of_a_department_below_the_residual_threshold_is_caught(tmp_path: Path) -> None:
    release = department(
        [6, 6],
        ["D"],
        scales=(work_scale(at_risk_from_units=3),),
        share_bounds={"bo1": ["D"]},
    )
    release = type(release)(**{**release.__dict__, "answers": {"bo1": {"T1": [2] * 6, "T2": [2] * 6}}})
    failed = {check.name: check.detail for check in release.audited(tmp_path).failed}
    assert failed["shown groups are large enough"].startswith("D / bo1, share")


def test_a_wave_whose_family_nobody_stated_needs_no_rows_of_it(tmp_path: Path) -> None:
    release = department([9, 9], ["D"])
    release.write(tmp_path)
    asked = replace(release.confidential(), breakdown_id="role_group", breakdown_values=("a", "b"))
    assert audit_folder(tmp_path, asked, K, K_RES).passed
