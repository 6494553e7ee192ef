"""What protect shows of random organisations is attacked by the auditor, who knows nothing of how it was chosen."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.aggregate.cells import ConfidentialCells, MeasureScale
from flows.audit.audit_release import audit_folder
from flows.protect.policy import TIERS
from flows.protect.protect import protect
from flows.publish.write import stage_release
from flows.units import Unit, UnitTree
from tests.builders import STANDARD, catalogue, cells, scale

SCALES = (
    scale("a", at_risk_from_units=2),
    scale("b", tier="sensitive", range_units=6, at_risk_from_units=3),
    scale("c", tier="guarded", at_risk_from_units=2),
    scale("d", block="d", at_risk_to_units=0),
    scale("e", block="d", range_units=2),
)


@st.composite
def organisations(draw: st.DrawFn) -> tuple[UnitTree, ConfidentialCells]:
    size = draw(st.integers(2, 12))
    parents = [-1] + [draw(st.integers(max(0, node - 6), node - 1)) for node in range(1, size)]
    tree = UnitTree(
        tuple(
            Unit(f"u{node:02}", None if up < 0 else f"u{up:02}", f"Unit {node}", 40) for node, up in enumerate(parents)
        )
    )
    skew = draw(st.sampled_from(["even", "low", "high", "mixed"]))
    scores: dict[str, dict[str, list[int]]] = {measure.measure_id: {} for measure in SCALES}
    for node in range(size):
        people = draw(st.integers(0, 22)) if node not in parents else draw(st.integers(0, 3))
        for measure in SCALES[:4]:
            scores[measure.measure_id][f"u{node:02}"] = [_score(draw, measure, skew) for _ in range(people)]
        scores["e"][f"u{node:02}"] = [_score(draw, SCALES[4], skew) for _ in range(people)]
    return tree, cells(tree, scores, SCALES)


def _score(draw: st.DrawFn, measure: MeasureScale, skew: str) -> int:
    top = measure.range_units
    kind = draw(st.sampled_from(["low", "high", "even"])) if skew == "mixed" else skew
    if kind == "low":
        return draw(st.sampled_from([0, 0, 0, 0, 1]))
    if kind == "high":
        return draw(st.sampled_from([top, top, top, top, top - 1]))
    return draw(st.integers(0, top))


@settings(max_examples=60, deadline=None)
@given(organisations())
def test_no_attack_of_the_auditor_succeeds_on_what_protect_shows(
    organisation: tuple[UnitTree, ConfidentialCells],
) -> None:
    tree, confidential = organisation
    protected = protect(confidential, tree, (), STANDARD, catalogue(SCALES))
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / "w1"
        stage_release(protected.tables, staged)
        report = audit_folder(
            staged,
            confidential,
            k={tier: STANDARD.k(tier) for tier in TIERS},
            k_res={tier: STANDARD.k_res(tier) for tier in TIERS},
        )
    assert report.passed, [(check.name, check.detail) for check in report.checks if not check.passed]
