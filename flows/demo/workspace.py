"""The demo workspace: settings, units, maps and exports of eight monthly waves. No answer of a real person."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import dataclass
from pathlib import Path

from flows import clock
from flows.commands.init import init_workspace
from flows.demo.answers import demo_rows, items_asked
from flows.demo.exports import limesurvey_csv, limesurvey_map, tidy_csv
from flows.demo.organisation import FAMILY, ORGANISATION, ROLES, demo_teams, units_csv
from flows.errors import WorkspaceError
from flows.plan_waves import Planner, plan_coming, save_plans
from flows.settings import read_settings
from flows.workbench import policy_of
from flows.zones import Zones
from surveys.instrument import Catalogue
from surveys.load import load_catalogue

WAVES = tuple(f"2026-{month:02}" for month in range(4, 12))
PLANNED_ON = datetime.date(2026, 3, 20)
MARK = "demo-workspace"
STAFF_WAVE = "2026-12"


@dataclass(frozen=True, slots=True)
class DemoWorkspace:
    """Where the demo lies, and the export file of each wave."""

    root: Path
    exports: dict[str, Path]
    teams_n: int


def make_demo_workspace(root: Path) -> DemoWorkspace:
    """Make it afresh. Raises WorkspaceError where the folder holds something else."""
    if root.exists():
        if not (root / MARK).exists() and any(root.iterdir()):
            raise WorkspaceError(f"{root} is no demo workspace and not empty. Name another folder with --dir.")
        shutil.rmtree(root)
    init_workspace(root)
    (root / MARK).write_text("Invented data. Made anew at every `quorum demo`.\n", "utf-8")
    teams = demo_teams(len(WAVES))
    (root / "units.csv").write_text(units_csv(teams), "utf-8")
    (root / "quorum.toml").write_text(_settings(), "utf-8")
    (root / "exports").mkdir()
    catalogue = load_catalogue()
    exports = {}
    for number, wave_id in enumerate(WAVES):
        rows, asked = demo_rows(catalogue, teams, number), items_asked(number)
        is_limesurvey = number % 2 == 1
        path = root / "exports" / f"{wave_id}{'-limesurvey' if is_limesurvey else ''}.csv"
        text = limesurvey_csv(rows, asked, number) if is_limesurvey else tidy_csv(rows, asked)
        path.write_text(text, "utf-8", newline="")
        if is_limesurvey:
            (root / "maps" / f"limesurvey-{number % 3}.yaml").write_text(
                limesurvey_map(catalogue, teams, asked), "utf-8"
            )
        exports[wave_id] = path
    _plan_waves(root, catalogue)
    return DemoWorkspace(root, exports, len(teams))


def _plan_waves(root: Path, catalogue: Catalogue) -> None:
    """Plans of all waves with their pooled groups, as a steward would have saved them before the first wave opened."""
    zones = Zones(root.resolve())
    settings = read_settings(zones.settings_file)
    planner = Planner(
        zones=zones,
        settings=settings,
        policy=policy_of(settings),
        catalogue=catalogue,
        last_groups=None,
        battery_of=lambda _: (),
        today=PLANNED_ON,
    )
    save_plans(zones, plan_coming(planner))


def _settings() -> str:
    lines = ["[organisation]", f'name = "{ORGANISATION}"', "[survey]", 'rhythm = "monthly"', 'languages = ["en"]']
    lines += [
        'signpost = { emergency = "112", crisis = "116 123", workplace = "Occupational health, extension 100", '
        'professional = "the invented health programme", safeguarding = "the safeguarding team, extension 200" }',
        'keys = { steward_office = "the research office", mixer_office = "the staff council" }',
        'page = { address = "http://127.0.0.1:8600" }',
    ]
    roles = ", ".join(f'"{role}"' for role in ROLES)
    lines += ["[breakdown]", f'id = "{FAMILY}"', f"values = [{roles}]"]
    for wave_id in WAVES:
        year, month = map(int, wave_id.split("-"))
        opens_on, closes_on = datetime.date(year, month, 2), datetime.date(year, month, 13)
        lines += ["[[waves]]", f'wave_id = "{wave_id}"', f"opens_on = {opens_on}", f"closes_on = {closes_on}"]
    return "\n".join([*lines, *_staff_wave_lines()]) + "\n"


def _staff_wave_lines() -> list[str]:
    """The wave of `quorum demo --survey`: open on the day of the demo, whenever that is."""
    opens_on = min(clock.today(), datetime.date(2026, 12, 2))
    closes_on = max(clock.today(), datetime.date(2026, 12, 11))
    items = ", ".join(f'"{item_id}"' for item_id in items_asked(len(WAVES)))
    dates = [f"opens_on = {opens_on}", f"closes_on = {closes_on}"]
    return ["[[waves]]", f'wave_id = "{STAFF_WAVE}"', *dates, f"items = [{items}]"]
