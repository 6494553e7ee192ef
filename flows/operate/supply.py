"""What this program is made of, from what is installed: licences, a bill of materials, an audit of the lock.

`python -m flows.operate.supply LOCK REFUSED SBOM`: writes the bill (CycloneDX); exit 1 where a package is not the
locked one, has no hash, has a licence that is not allowed, or is refused. No network.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement

PACKAGE = "quorum-pulse"
_LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<marker>\s*;[^\\]*)?")
ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "Artistic License",
        "BSD License",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "CNRI-Python",
        "HPND",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "PSF-2.0",
        "Unlicense",
        "Zlib",
    }
)
"""Licences by their whole name: identifiers of SPDX, and two old names that have none."""
NAMED = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Older names of the same licences, as packages write them."""
_PARTS = re.compile(r"\s+AND\s+|\s+OR\s+|[()]")
CHOSEN = {"text-unidecode": "Artistic License"}
"""Where a package offers several licences, the one that we take."""


@dataclass(frozen=True, slots=True)
class Component:
    """One installed package: its version and licence in its own words."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class Locked:
    """One line of the lock file. `hashes_n`: how many files of it are named by their SHA-256."""

    name: str
    version: str
    hashes_n: int


def locked_packages(text: str) -> list[Locked]:
    """The packages that a lock file names for this machine."""
    found: list[Locked] = []
    for block in re.split(r"\n(?=\S)", text):
        line = _LOCKED.match(block)
        if line is not None and _is_for_here(line["name"], (line["marker"] or "").lstrip("; ")):
            found.append(Locked(_normal(line["name"]), line["version"], block.count("--hash=sha256:")))
    return found


def _is_for_here(name: str, marker: str) -> bool:
    if not marker.strip():
        return True
    wanted = Requirement(f"{name}; {marker.strip()}").marker
    return wanted is None or wanted.evaluate()


def components(names: Sequence[str]) -> Iterator[Component]:
    """What is installed of these packages."""
    for name in names:
        try:
            meta = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        yield Component(name, meta["Version"], _licence(name, meta))


def _licence(name: str, meta: Any) -> str:
    """Its licence expression, else the names of its classifiers, else what it says; several with "; " between."""
    classifiers = [text.split(" :: ")[-1] for text in meta.get_all("Classifier") or () if text.startswith("License ::")]
    free_text = (meta.get("License") or "").strip().splitlines()[:1]
    stated = [meta["License-Expression"]] if meta.get("License-Expression") else classifiers or free_text
    return CHOSEN.get(name) or "; ".join(NAMED.get(each.strip(), each.strip()) for each in stated)


def is_allowed(licence: str) -> bool:
    """Whether every part of a licence is on the list, by its whole name."""
    parts = [part.strip() for each in licence.split(";") for part in _PARTS.split(each) if part.strip()]
    return bool(parts) and all(NAMED.get(part, part) in ALLOWED for part in parts)


def faults_of(locked: Sequence[Locked], installed: Sequence[Component], refused: str) -> list[str]:
    """What is wrong with the supply of this program, a sentence each."""
    by_name = {component.name: component for component in installed}
    faults = [f"{each.name}: no hash in the lock file" for each in locked if not each.hashes_n]
    for each in locked:
        found = by_name.get(each.name)
        if found is None:
            faults.append(f"{each.name}: locked and not installed")
        elif found.version != each.version:
            faults.append(f"{each.name}: {found.version} is installed, {each.version} is locked")
        elif not is_allowed(found.licence):
            faults.append(f'{each.name}: licence "{found.licence}" is not on the list')
    return [*faults, *_refused(locked, refused)]


def _refused(locked: Sequence[Locked], refused: str) -> Iterator[str]:
    for line in refused.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        requirement, _, why = line.partition(" ")
        wanted = Requirement(requirement)
        for each in locked:
            if each.name == _normal(wanted.name) and wanted.specifier.contains(each.version, prereleases=True):
                yield f"{each.name} {each.version} is refused: {why.strip()}"


def bill_of_materials(installed: Sequence[Component]) -> dict[str, Any]:
    """CycloneDX 1.5; the same packages give the same bytes."""
    version = importlib.metadata.version(PACKAGE)
    own = {"type": "application", **_identity(PACKAGE, version), "licenses": _licences("Apache-2.0")}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": own},
        "components": [
            {"type": "library", **_identity(each.name, each.version), "licenses": _licences(each.licence)}
            for each in sorted(installed, key=lambda each: each.name)
        ],
    }


def _identity(name: str, version: str) -> dict[str, str]:
    purl = f"pkg:pypi/{name}@{version}"
    return {"bom-ref": purl, "name": name, "version": version, "purl": purl}


def _licences(licence: str) -> list[dict[str, Any]]:
    """An expression of SPDX where it is one; else each licence by its identifier, or by its name where it has none."""
    try:
        return [{"expression": canonicalize_license_expression(licence)}]
    except InvalidLicenseExpression:
        pass
    found = []
    for each in licence.split("; "):
        try:
            found.append({"license": {"id": str(canonicalize_license_expression(each))}})
        except InvalidLicenseExpression:
            found.append({"license": {"name": each}})
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(arguments: Sequence[str]) -> int:
    """Write the bill of materials, print licences and faults."""
    lock, refused, target = (Path(name) for name in arguments)
    locked = locked_packages(lock.read_text("utf-8"))
    installed = list(components([each.name for each in locked]))
    target.write_text(json.dumps(bill_of_materials(installed), indent=1) + "\n", "utf-8")
    faults = faults_of(locked, installed, refused.read_text("utf-8"))
    licences = sorted({each.licence for each in installed})
    print(f"{len(installed)} packages, {len(licences)} licences: {'; '.join(licences)}")
    for says in faults:
        print(f"FAULT {says}")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
