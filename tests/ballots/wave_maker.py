"""A small wave of the staff page in a temporary workspace, and the codes of its ballots."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

from flows.ballots.make_ballots import make_ballots
from flows.ballots.manifest_file import load_signed
from flows.ballots.open_wave import Offices, open_wave
from flows.commands.init import init_workspace
from flows.workbench import open_workbench
from flows.zones import Zones
from surveys.wave_manifest import WaveManifest

WAVE = "2026-11"
CODE = re.compile(r'class="code">([0-9A-Z ]{19})<')
SIGNPOST = (
    'signpost = { emergency = "112", crisis = "0800 111 0 111", workplace = "Occupational health, extension 4471", '
    'professional = "Practitioner Health, 0300 030 3300", safeguarding = "the safeguarding team, extension 4000" }\n'
)


@dataclass(frozen=True)
class BallotWave:
    """A wave that is open, with printed ballots. codes: by unit."""

    root: Path
    zones: Zones
    manifest: WaveManifest
    codes: dict[str, list[str]]

    @property
    def inbox(self) -> Path:
        """The inbox file."""
        return self.zones.inbox_file(self.manifest.wave_id, "sqlite")

    def secret(self, kind: str) -> bytes:
        """steward, mixer or pepper."""
        return self.zones.ballot_key_file(self.manifest.wave_id, kind).read_bytes()


def make_workspace(root: Path, teams: dict[str, int], *, languages: str = '["en", "de", "es"]') -> None:
    """A workspace whose one wave is open today."""
    init_workspace(root)
    today = datetime.date.today()
    (root / "quorum.toml").write_text(
        f'[organisation]\nname = "Northfield"\n[survey]\nrhythm = "monthly"\nlanguages = {languages}\n{SIGNPOST}'
        '[survey.keys]\nsteward_office = "the research office"\nmixer_office = "the staff council"\n'
        '[survey.page]\naddress = "https://pulse.northfield.example"\n'
        f'[[waves]]\nwave_id = "{WAVE}"\nopens_on = {today}\ncloses_on = {today}\n',
        "utf-8",
    )
    rows = [f"{name},ORG,Ward {name.capitalize()},{n}" for name, n in teams.items()]
    (root / "units.csv").write_text(
        "\n".join(["unit_id,parent_id,unit_name,eligible_n", "ORG,,Northfield,0", *rows]) + "\n", "utf-8"
    )


def ballot_wave(root: Path, teams: dict[str, int] | None = None) -> BallotWave:
    """Open the wave and print its ballots."""
    make_workspace(root, teams or {"fern": 12, "ivy": 9})
    bench = open_workbench(root, WAVE)
    open_wave(bench, Offices("the research office", "the staff council", None))
    manifest = load_signed(bench.zones, WAVE)
    make_ballots(bench.zones, manifest, (), is_replaced=False)
    return printed_wave(root, WAVE)


def printed_wave(root: Path, wave_id: str) -> BallotWave:
    """An open wave and the codes that stand on its paper."""
    zones = Zones(root)
    manifest, folder = load_signed(zones, wave_id), zones.ballots_folder(wave_id)
    codes = {
        unit.unit_id: [code.replace(" ", "") for code in CODE.findall((folder / f"{unit.unit_id}.html").read_text())]
        for unit in manifest.units
    }
    return BallotWave(root, zones, manifest, codes)
