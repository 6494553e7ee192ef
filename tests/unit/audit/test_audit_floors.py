"""The auditor holds its own floors."""

from __future__ import annotations

import pytest

from flows.audit.floors import Threshold, least_residual, policy_faults, threshold_of
from tests.oracles.tiny_release import K_RES, K


@pytest.mark.parametrize(("k", "least"), [(5, 6), (10, 14), (20, 29), (30, 44)])
def test_the_residual_threshold_is_that_of_the_privacy_page(k: int, least: int) -> None:
    assert least_residual(k) == least


def test_the_standard_and_the_official_policy_are_strong_enough() -> None:
    official = {"work": 10, "sensitive": 20, "guarded": 30}
    assert policy_faults(K, K_RES) == []
    assert policy_faults(official, {"work": 14, "sensitive": 29, "guarded": 44}) == []


@pytest.mark.parametrize("tier", ["work", "sensitive", "guarded"])
def test_a_threshold_one_below_its_floor_is_named(tier: str) -> None:
    assert len(policy_faults({**K, tier: K[tier] - 1}, K_RES)) == 1
    assert len(policy_faults(K, {**K_RES, tier: K_RES[tier] - 1})) == 1


def test_a_raised_k_asks_for_a_raised_residual() -> None:
    assert policy_faults({**K, "work": 8}, K_RES) == ["tier work: k_res is 6, below 11"]


def test_a_missing_tier_is_named() -> None:
    assert policy_faults({"work": 5}, {"work": 6}) == [
        "tier sensitive: no threshold given",
        "tier guarded: no threshold given",
    ]


def test_a_policy_below_the_floor_is_not_used_for_the_attacks_either() -> None:
    assert threshold_of("work", {"work": 1}, {"work": 1}) == Threshold(5, 6)


def test_an_unknown_tier_is_judged_as_guarded() -> None:
    assert threshold_of("mystery", K, K_RES) == Threshold(20, 29)
