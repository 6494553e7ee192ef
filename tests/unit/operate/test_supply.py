"""The audit of what this program is made of finds what it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.operate.supply import (
    Component,
    Locked,
    bill_of_materials,
    components,
    faults_of,
    is_allowed,
    locked_packages,
)

ROOT = Path(__file__).parents[3]
GOOD = Component("a", "1", "MIT")


@pytest.mark.parametrize("licence", ["MIT", "BSD License", "Apache-2.0 OR BSD-2-Clause", "MIT AND PSF-2.0"])
def test_permissive_licences_are_allowed(licence: str) -> None:
    assert is_allowed(licence)


@pytest.mark.parametrize("licence", ["", "GPL-3.0", "MIT AND AGPL-3.0", "Proprietary"])
def test_other_licences_are_not(licence: str) -> None:
    assert not is_allowed(licence)


@pytest.mark.parametrize(
    ("locked", "refused", "says"),
    [
        (Locked("a", "1", 0), "", "no hash"),
        (Locked("a", "2", 1), "", "is locked"),
        (Locked("b", "1", 1), "", "not installed"),
        (Locked("a", "1", 1), "a<2  a known fault", "a known fault"),
    ],
)
def test_a_fault_of_the_supply_is_found(locked: Locked, refused: str, says: str) -> None:
    assert any(says in fault for fault in faults_of([locked], [GOOD], refused))


def test_this_program_has_no_fault_of_supply() -> None:
    locked = locked_packages((ROOT / "requirements.lock").read_text("utf-8"))
    installed = list(components([each.name for each in locked]))
    refused = (ROOT / "setup" / "refused_packages.txt").read_text("utf-8")
    assert len(installed) > 100
    assert faults_of(locked, installed, refused) == []


def test_the_bill_of_materials_names_each_package_with_its_licence() -> None:
    bill = bill_of_materials([GOOD])
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["components"][0]["purl"] == "pkg:pypi/a@1"
