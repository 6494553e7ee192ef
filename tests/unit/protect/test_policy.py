"""The policy can be raised, never lowered."""

from __future__ import annotations

import pytest

from flows.errors import PolicyTooWeak
from flows.protect.policy import DisclosurePolicy, policy_from, residual_threshold


@pytest.mark.parametrize(("k", "expected"), [(5, 6), (10, 14), (20, 29), (30, 44)])
def test_a_residual_needs_half_as_many_again(k: int, expected: int) -> None:
    assert residual_threshold(k) == expected


@pytest.mark.parametrize(("work", "sensitive", "guarded"), [(4, 10, 20), (5, 9, 20), (5, 10, 19)])
def test_no_way_of_building_a_policy_goes_below_a_floor(work: int, sensitive: int, guarded: int) -> None:
    with pytest.raises(PolicyTooWeak, match="below the floor"):
        DisclosurePolicy("standard", work, sensitive, guarded)


def test_a_setting_below_its_preset_is_refused() -> None:
    with pytest.raises(PolicyTooWeak, match="may only be raised"):
        policy_from("official", {"work": 7})


def test_a_single_value_can_be_raised() -> None:
    assert policy_from("standard", {"work": 8}).k("work") == 8


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PolicyTooWeak, match="standard, official"):
        policy_from("lenient", {})


def test_a_more_sensitive_tier_cannot_have_a_smaller_group_size() -> None:
    with pytest.raises(PolicyTooWeak, match="more sensitive"):
        policy_from("standard", {"work": 12})


def test_shares_need_ten_and_fourteen_at_least() -> None:
    policy = policy_from("standard", {})
    assert [(policy.share_k(t), policy.share_k_res(t)) for t in ("work", "sensitive", "guarded")] == [
        (10, 14),
        (10, 14),
        (20, 29),
    ]
