"""Releases with planned pools are attacked by the auditor, who knows nothing of how pools were made."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flows.aggregate.cells import ConfidentialCells
from flows.audit.audit_release import audit_folder
from flows.pools import plan_pools, pool_rule
from flows.protect.policy import TIERS
from flows.protect.protect import protect
from flows.publish.write import stage_release
from flows.units import UnitTree
from tests.builders import STANDARD, catalogue
from tests.properties.test_releases_pass_the_audit import SCALES, organisations


@settings(max_examples=20, deadline=None)
@given(organisations(), st.data())
def test_no_attack_succeeds_on_a_release_with_pools_and_no_member_is_shown_apart(
    organisation: tuple[UnitTree, ConfidentialCells], data: st.DataObject
) -> None:
    units, confidential = organisation
    # 40 people each: one in ten leaves a team small, so that pools are made whatever then answers.
    response = {unit.unit_id: data.draw(st.sampled_from([0.1, 0.1, 0.1, 0.85])) for unit in units.units}
    pools = plan_pools(units, response, pool_rule(STANDARD, "monthly"))
    assume(pools)
    protected = protect(confidential, units, pools, STANDARD, catalogue(SCALES))
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / "w1"
        stage_release(protected.tables, staged)
        report = audit_folder(
            staged,
            confidential,
            k={tier: STANDARD.k(tier) for tier in TIERS},
            k_res={tier: STANDARD.k_res(tier) for tier in TIERS},
        )
        rows = pl.read_parquet(staged / "groups.parquet")["group_id"].to_list()
    assert report.passed, [(check.name, check.detail) for check in report.checks if not check.passed]
    assert not {member for pool in pools for member in pool.member_unit_ids} & set(rows)
