"""`quorum init`: a new workspace, no questions, nothing overwritten."""

from __future__ import annotations

import json
from pathlib import Path

from flows.errors import WorkspaceError
from flows.keys import make_signing_key
from flows.zones import WORKSPACE_VERSION, Zones, write_atomically

SETTINGS = """\
# Settings of this workspace. Every key is explained in docs/reference/settings.md.
[organisation]
name = "Our organisation"

[survey]
rhythm = "monthly"                 # weekly | fortnightly | monthly | quarterly
languages = ["en"]
signpost = { }

[policy]
preset = "standard"                # standard: least group sizes 5 / 10 / 20 · official: 10 / 20 / 30
assumed_response = 0.60            # for plans without an earlier wave

[retention]
days = 90                          # answers are to be destroyed this long after their release

[keys]
store = "file"                     # file | environment | prefect
"""
UNITS = """\
unit_id,parent_id,unit_name,eligible_n
ORG,,Our organisation,0
ADULT,ORG,Adult services,2
ALDER,ADULT,Team Alder,14
BIRCH,ADULT,Team Birch,11
CEDAR,ADULT,Team Cedar,9
"""
FOLDERS = ("instruments", "maps", "units", "plans")


def init_workspace(folder: Path) -> list[str]:
    """Make what is missing; what is there stays. Raises WorkspaceError for a workspace of another version."""
    zones = Zones(folder.resolve())
    existed = zones.settings_file.exists()
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file. Name a folder.")
    zones.check_version()
    for name in FOLDERS:
        (zones.root / name).mkdir(parents=True, exist_ok=True)
    for path in (zones.keys, zones.restricted):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    for path in (zones.released, zones.reports):
        path.mkdir(parents=True, exist_ok=True)
    made = [
        _write_once(zones.settings_file, SETTINGS),
        _write_once(zones.units_file, UNITS),
        _write_once(zones.version_file, json.dumps({"workspace_version": WORKSPACE_VERSION}) + "\n"),
    ]
    make_signing_key(zones)
    if existed and not any(made):
        return [f"{zones.root} is a workspace already. Nothing was changed.", "Next: quorum plan"]
    return [
        "Workspace ready: quorum.toml, units.csv (an example: replace it), "
        "keys/ (yours alone: copy it to a second safe place), data/",
        f"Next: put your units into {zones.units_file}, then  quorum plan",
    ]


def _write_once(path: Path, text: str) -> bool:
    if path.exists():
        return False
    write_atomically(path, text.encode())
    return True
