"""Plans of coming waves: saved before they open, replaced until then, fixed from then on. The clock stands still."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest

from flows import log
from flows.cli import main
from flows.commands.init import init_workspace
from flows.errors import WorkspaceError
from flows.plan import freeze, frozen_plan
from flows.workbench import open_workbench
from flows.zones import Zones

UNITS = """\
unit_id,parent_id,unit_name,eligible_n
ORG,,Our organisation,0
ADULT,ORG,Adult services,0
ALDER,ADULT,Team Alder,24
BIRCH,ADULT,Team Birch,7
CEDAR,ADULT,Team Cedar,8
DOGWOOD,ADULT,Team Dogwood,21
"""
WAVES = """
[[waves]]
wave_id = "2026-11"
opens_on = 2026-11-02
closes_on = 2026-11-13
[[waves]]
wave_id = "2026-12"
opens_on = 2026-12-02
closes_on = 2026-12-13
[[waves]]
wave_id = "2027-02"
opens_on = 2027-02-02
closes_on = 2027-02-13
"""


class Service:
    """A workspace, its clock, and what its commands print."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        init_workspace(root)
        self.root, self.zones = root, Zones(root)
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.write("units.csv", UNITS)
        self.settings = self.zones.settings_file.read_text("utf-8")
        self.write("quorum.toml", self.settings + WAVES)

    def write(self, name: str, text: str) -> None:
        """A file of the workspace."""
        (self.root / name).write_text(text, "utf-8")

    def at(self, month: int, day: int, year: int = 2026) -> None:
        """Set the clock."""
        self._monkeypatch.setattr("flows.clock.today", lambda: datetime.date(year, month, day))

    def quorum(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; it has to end with this code."""
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--workspace", str(self.root)])
        said = self._capsys.readouterr()
        assert ended.value.code == code, said
        return said.out + said.err

    def plan(self, wave_id: str) -> dict[str, Any]:
        """The plan file of a wave."""
        found: dict[str, Any] = json.loads(self.zones.plan_file(wave_id).read_text("utf-8"))
        return found

    def events(self) -> list[tuple[str, str]]:
        """Events about waves in the log, without the commands themselves."""
        entries = [entry for entry in log.entries(self.zones) if "wave_id" in entry and entry["event"] != "command"]
        return [(entry["event"], entry["wave_id"]) for entry in entries]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Service:
    found = Service(tmp_path / "service", monkeypatch, capsys)
    found.at(10, 20)
    return found


def test_planning_saves_a_plan_for_each_declared_wave_that_has_not_opened(service: Service) -> None:
    service.quorum("plan")
    assert sorted(path.name for path in (service.root / "plans").iterdir()) == [
        "2026-11.json",
        "2026-12.json",
        "2027-02.json",
    ]
    assert service.events() == [("plan_saved", wave) for wave in ("2026-11", "2026-12", "2027-02")]
    assert [pool["members"] for pool in service.plan("2026-11")["pools"]] == [["BIRCH", "CEDAR"]]


def test_planning_twice_changes_and_logs_nothing(service: Service) -> None:
    service.quorum("plan")
    before = {path.name: path.read_bytes() for path in (service.root / "plans").iterdir()}
    service.at(10, 25)
    assert "Nothing was changed." in service.quorum("plan")
    assert {path.name: path.read_bytes() for path in (service.root / "plans").iterdir()} == before
    assert len(service.events()) == 3


def test_a_wave_that_is_not_declared_is_never_planned(service: Service) -> None:
    service.write("quorum.toml", service.settings)
    said = service.quorum("plan")
    assert "Pooled groups: none, since quorum.toml declares no wave that is still to open." in said
    assert said.rstrip().endswith("Nothing was changed. Next: quorum map FILE")
    assert list((service.root / "plans").iterdir()) == []
    assert open_workbench(service.root, "2026-11").plan.pools == ()


def test_until_a_wave_opens_it_is_planned_anew(service: Service) -> None:
    service.quorum("plan")
    service.write("units.csv", UNITS.replace("Team Birch,7", "Team Birch,25"))
    service.at(11, 1)
    service.quorum("plan")
    assert service.plan("2026-11")["pools"] == []


def test_from_its_opening_day_on_a_plan_stays_whatever_units_and_settings_say(service: Service) -> None:
    service.quorum("plan")
    before = service.zones.plan_file("2026-11").read_bytes()
    service.write("units.csv", UNITS.replace("Team Birch,7", "Team Birch,25"))
    settings = (service.settings + WAVES).replace('preset = "standard"', 'preset = "official"')
    service.write("quorum.toml", settings)
    service.at(11, 2)
    service.quorum("plan")
    assert service.zones.plan_file("2026-11").read_bytes() == before
    plan = open_workbench(service.root, "2026-11").plan
    assert (plan.policy.work, plan.policy_fixed, len(plan.pools)) == (5, "before_opening", 1)
    assert service.plan("2026-12")["policy"]["preset"] == "official"


def test_moving_the_opening_day_of_an_open_wave_does_not_reopen_its_plan(service: Service) -> None:
    service.quorum("plan")
    before = service.zones.plan_file("2026-11").read_bytes()
    service.at(11, 5)
    service.write("units.csv", UNITS.replace("Team Birch,7", "Team Birch,25"))
    service.write("quorum.toml", service.settings + WAVES.replace("2026-11-02", "2026-11-09"))
    service.quorum("plan")
    assert service.zones.plan_file("2026-11").read_bytes() == before


def test_a_plan_that_was_saved_after_the_wave_opened_is_not_called_before_opening(service: Service) -> None:
    service.quorum("plan")
    service.write("quorum.toml", service.settings + WAVES.replace("2026-11-02", "2026-10-15"))
    assert open_workbench(service.root, "2026-11").plan.policy_fixed == "at_import"


def test_a_wave_that_opened_without_a_plan_is_fixed_at_its_first_run_without_pools(service: Service) -> None:
    service.at(11, 10)
    service.quorum("plan")
    bench = open_workbench(service.root, "2026-11")
    assert (bench.plan.pools, bench.plan.policy_fixed, bench.is_frozen) == ((), "at_import", False)


def test_a_run_that_takes_a_plan_up_marks_it_as_fixed(service: Service) -> None:
    service.quorum("plan")
    service.at(11, 14)
    bench = open_workbench(service.root, "2026-11")
    freeze(bench.zones, bench.plan)
    again = open_workbench(service.root, "2026-11")
    assert (again.is_frozen, again.plan.is_fixed, again.plan.policy_fixed) == (True, True, "before_opening")
    assert again.plan.pools == bench.plan.pools


def test_waves_of_the_same_three_months_keep_their_pools_and_the_next_quarter_plans_anew(service: Service) -> None:
    service.quorum("plan")
    assert service.plan("2026-12")["pools"] == service.plan("2026-11")["pools"]
    ends = [service.plan(wave)["pools_until"] for wave in ("2026-11", "2026-12", "2027-02")]
    assert ends == ["2027-01-31", "2027-01-31", "2027-04-30"]
    service.at(11, 20)
    service.write("units.csv", UNITS.replace("Team Birch,7", "Team Birch,25"))
    service.quorum("plan")
    assert [len(service.plan(wave)["pools"]) for wave in ("2026-11", "2026-12", "2027-02")] == [1, 1, 0]


def test_a_pool_can_be_renamed_until_the_wave_opens_and_keeps_its_name_for_the_quarter(service: Service) -> None:
    service.quorum("plan")
    plan = service.plan("2026-11")
    plan["pools"][0]["name"] = "The two gardens"
    service.write("plans/2026-11.json", json.dumps(plan))
    assert "The two gardens" in service.quorum("plan")
    assert service.plan("2026-12")["pools"][0]["name"] == "The two gardens"
    service.at(11, 14)
    assert open_workbench(service.root, "2026-11").plan.pools[0].name == "The two gardens"


@pytest.mark.parametrize("key", ["pools", "policy", "units", "saved_on", "pools_until"])
def test_a_plan_that_was_changed_beyond_names_is_not_taken_up(service: Service, key: str) -> None:
    service.quorum("plan")
    plan = service.plan("2026-11")
    plan[key] = {
        "pools": [],
        "policy": {**plan["policy"], "work": 6},
        "units": plan["units"][:-1],
        "saved_on": "2026-10-01",
        "pools_until": "2027-12-31",
    }[key]
    service.write("plans/2026-11.json", json.dumps(plan))
    service.at(11, 14)
    with pytest.raises(WorkspaceError, match="only the names of pools"):
        open_workbench(service.root, "2026-11")


def test_a_deleted_plan_is_made_again_before_the_wave_opens_and_not_missed_after(service: Service) -> None:
    service.quorum("plan")
    service.zones.plan_file("2026-11").unlink()
    service.quorum("plan")
    assert service.plan("2026-11")["pools"]
    service.zones.plan_file("2026-11").unlink()
    service.at(11, 14)
    assert open_workbench(service.root, "2026-11").plan.policy_fixed == "at_import"


def test_each_wave_is_planned_on_its_own_units(service: Service) -> None:
    service.write("units/2026-12.csv", UNITS.replace("CEDAR,ADULT,Team Cedar,8\n", ""))
    service.quorum("plan")
    assert len(service.plan("2026-11")["pools"]) == 1
    assert service.plan("2026-12")["pools"] == []


def test_instruments_are_those_of_the_first_run_not_of_the_day_of_planning(service: Service) -> None:
    service.quorum("plan")
    plan = frozen_plan(service.zones, "2026-11")
    assert plan is not None
    service.write(
        "instruments/own.yaml",
        "id: own\nversion: 1\nname: own\nlicence_tier: A\nwording_shipped: false\nvalidated: false\nverified: false\n"
        "items:\n  - { id: own1, answer: { kind: numeric, min: 1, max: 5 } }\nmeasures:\n"
        "  - { id: own1_m, name: { en: own }, items: [own1], score: { method: mean, min_answered: 1 }, "
        "construct: own, tier: work, direction: higher_is_better, display: { min: 1, max: 5 } }\n",
    )
    service.at(11, 14)
    assert set(open_workbench(service.root, "2026-11").plan.instruments) - set(plan.instruments) == {"own"}


def test_a_plan_of_an_earlier_version_counts_as_fixed(service: Service) -> None:
    service.quorum("plan")
    plan = service.plan("2026-11")
    for key in ("is_fixed", "opens_on", "saved_on", "pools_until"):
        del plan[key]
    service.write("plans/2026-11.json", json.dumps(plan))
    assert open_workbench(service.root, "2026-11").is_frozen


def test_families_of_a_breakdown_take_turns_and_each_wave_is_fixed_with_its_own(service: Service) -> None:
    families = '[[breakdowns]]\nid = "role"\nvalues = ["a", "b"]\n[[breakdowns]]\nid = "tenure"\nvalues = ["c", "d"]\n'
    service.write("quorum.toml", service.settings + WAVES + families)
    said = service.quorum("plan")
    assert [service.plan(wave)["breakdown"][0] for wave in ("2026-11", "2026-12", "2027-02")] == [
        "role",
        "tenure",
        "role",
    ]
    assert "Breakdown, one a wave: 2026-11 role, 2026-12 tenure, 2027-02 role." in said
    service.at(11, 3)
    service.write("quorum.toml", service.settings + WAVES + families.replace("role", "site"))
    service.quorum("plan")
    assert [service.plan(wave)["breakdown"][0] for wave in ("2026-11", "2026-12", "2027-02")] == [
        "role",
        "tenure",
        "site",
    ]


def test_the_forecast_names_tables_pools_chances_and_costs(service: Service) -> None:
    said = service.quorum("plan")
    assert "60 people in 4 teams, 1 department. 60 % response assumed (quorum.toml, [policy])." in said
    assert "in a pooled group     2 teams, 1 group  " in said
    assert (
        "Pooled groups (1): Team Birch and Cedar; fixed until 31 January 2027. Rename them in plans/2026-11.json"
        in said
    )
    assert "Teams at other least group sizes ([policy.k] work)" in said
    assert "Without pooled groups the best choice shows 2 teams with an own row (with them 2)" in said
    assert "Chance of an own row on work topics" in said
    assert re.search(r"expected answers about +(\d+ *)+\nteams of that size", said)
    counted = re.search(r"teams of that size +([\d ]+)\n", said)
    assert counted
    assert sum(map(int, counted[1].split())) == 4
    assert re.search(r"With about (5 answers .* 44|8 answers .* 35|10 answers .* 31) points or more", said)
    assert "Planned: 2026-11, 2026-12, 2027-02." in said


def test_the_battery_of_a_planned_wave_is_fixed_with_its_plan_and_stands_in_the_calendar(service: Service) -> None:
    said = service.quorum("plan")
    battery = service.plan("2026-11")["battery"]
    assert {"bo1", "st1", "ee1"} <= set(battery)
    line = next(line for line in said.splitlines() if line.startswith("2026-11 "))
    assert line.split()[2] == str(len(battery))
    service.at(11, 14)
    assert open_workbench(service.root, "2026-11").plan.battery == tuple(battery)


def test_a_battery_that_breaks_a_rule_stops_planning_before_anything_is_saved(service: Service) -> None:
    service.write("quorum.toml", service.settings + WAVES + 'items = ["st1", "ee1"]\n')
    assert "bo1" in service.quorum("plan", code=10)
    assert list((service.root / "plans").iterdir()) == []


def test_each_team_has_its_chance_on_request(service: Service) -> None:
    said = service.quorum("plan", "--teams")
    lines = {line.split("  ")[0]: line for line in said.splitlines() if line.startswith("Team ")}
    assert set(lines) == {"Team Alder", "Team Birch", "Team Cedar", "Team Dogwood"}
    assert "in Team Birch and Cedar" in lines["Team Birch"]


def test_the_report_as_json_holds_the_same(service: Service) -> None:
    report = json.loads(service.quorum("plan", "--json"))
    assert report["tiers"][0]["pooled_n"] == 2
    assert [entry["k"] for entry in report["by_k"]] == list(range(5, 21))
    assert report["waves"][0]["pools"][0]["members"] == ["BIRCH", "CEDAR"]
    assert {team["unit_id"] for team in report["teams"]} == {"ALDER", "BIRCH", "CEDAR", "DOGWOOD"}
    assert all(0 <= pct <= 100 for team in report["teams"] for pct in team["row_pct"].values())


def test_an_organisation_without_teams_is_said_so(service: Service) -> None:
    service.write("units.csv", "unit_id,parent_id,unit_name,eligible_n\nORG,,Our organisation,12\n")
    said = service.quorum("plan")
    assert "12 people in one unit, the organisation itself, without teams. 60 % response assumed" in said


def test_two_units_of_one_name_get_a_notice(service: Service) -> None:
    service.write("units.csv", UNITS.replace("Team Dogwood", "Team Alder"))
    assert "more than one unit is called Team Alder" in service.quorum("plan")


def test_few_people_attached_to_a_department_get_a_notice(service: Service) -> None:
    service.write("units.csv", UNITS.replace("Adult services,0", "Adult services,2"))
    assert "only 2 people are attached directly to Adult services" in service.quorum("plan")


def test_a_declared_wave_without_an_opening_day_gets_a_notice(service: Service) -> None:
    service.write("quorum.toml", service.settings + WAVES + '[[waves]]\nwave_id = "extra"\n')
    assert "notice  extra: no opens_on in quorum.toml" in service.quorum("plan")


def test_waves_that_have_opened_are_named_with_what_rules_them(service: Service) -> None:
    service.quorum("plan")
    service.zones.plan_file("2026-12").unlink()
    service.at(12, 3)
    said = service.quorum("plan")
    assert "notice  2026-11: fixed since the opening day; the plan stays as it is." in said
    assert "notice  2026-12: opened without a plan, so the rules are fixed at the first run" in said


def test_a_run_before_the_wave_opens_is_refused(service: Service) -> None:
    service.write("answers.csv", "unit_id,bo1\nALDER,2\n")
    said = service.quorum("run", "--wave", "2026-11", str(service.root / "answers.csv"), code=2)
    assert "opens on 2 November 2026: there can be no answers of it yet" in said


def test_a_run_before_the_wave_closes_is_refused(service: Service) -> None:
    service.write("answers.csv", "unit_id,bo1\nALDER,2\n")
    service.at(11, 12)
    said = service.quorum("run", "--wave", "2026-11", str(service.root / "answers.csv"), code=2)
    assert "open until 13 November 2026: no results before it closes" in said
    assert "correct closes_on in quorum.toml" in said
