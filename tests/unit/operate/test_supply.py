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
    main,
)

ROOT = Path(__file__).parents[3]
GOOD = Component("a", "1", "MIT")


@pytest.mark.parametrize("licence", ["MIT", "BSD License", "Apache-2.0 OR BSD-2-Clause", "MIT AND PSF-2.0"])
def test_permissive_licences_are_allowed(licence: str) -> None:
    assert is_allowed(licence)


@pytest.mark.parametrize(
    "licence",
    ["", "GPL-3.0", "MIT AND AGPL-3.0", "Proprietary", "Limited licence", "Not BSD", "MIT; Other/Proprietary License"],
)
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


def test_a_package_that_is_locked_and_refused_ends_the_audit_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = tmp_path / "refused.txt"
    refused.write_text("# data of the gate\nPrefect>=3,<99   told in an advisory\nhoncho<1   of long ago\n", "utf-8")
    lock = str(ROOT / "requirements.lock")
    assert main([lock, str(refused), str(tmp_path / "sbom.json")]) == 1
    faults = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAULT")]
    assert len(faults) == 1
    assert faults[0].startswith("FAULT prefect 3.")
    assert faults[0].endswith("is refused: told in an advisory")
    assert main([lock, str(ROOT / "setup" / "refused_packages.txt"), str(tmp_path / "sbom.json")]) == 0


def test_the_tools_of_development_have_hashes_and_none_is_refused() -> None:
    locked = locked_packages((ROOT / "requirements-dev.lock").read_text("utf-8"))
    as_locked = [Component(each.name, each.version, "MIT") for each in locked]
    assert len(locked) > 150
    assert faults_of(locked, as_locked, (ROOT / "setup" / "refused_packages.txt").read_text("utf-8")) == []


def test_the_bill_of_materials_names_each_locked_package_once_with_a_licence() -> None:
    locked = locked_packages((ROOT / "requirements.lock").read_text("utf-8"))
    bill = bill_of_materials(list(components([each.name for each in locked])))
    assert {part["purl"] for part in bill["components"]} == {f"pkg:pypi/{each.name}@{each.version}" for each in locked}
    assert len({part["bom-ref"] for part in bill["components"]}) == len(locked)
    for part in bill["components"]:
        kinds = {name for entry in part["licenses"] for name in entry}
        # CycloneDX: one expression, or a list of licences; never both.
        assert (kinds == {"license"}) or (kinds == {"expression"} and len(part["licenses"]) == 1), part


@pytest.mark.parametrize(
    ("licence", "written"),
    [
        ("Apache-2.0 OR BSD-2-Clause", [{"expression": "Apache-2.0 OR BSD-2-Clause"}]),
        ("BSD License", [{"license": {"name": "BSD License"}}]),
        ("MIT; BSD License", [{"license": {"id": "MIT"}}, {"license": {"name": "BSD License"}}]),
    ],
)
def test_a_licence_is_written_as_cyclonedx_wants_it(licence: str, written: list[object]) -> None:
    assert bill_of_materials([Component("a", "1", licence)])["components"][0]["licenses"] == written


def test_the_bill_of_materials_names_each_package_with_its_licence() -> None:
    bill = bill_of_materials([GOOD])
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["components"][0]["purl"] == "pkg:pypi/a@1"
