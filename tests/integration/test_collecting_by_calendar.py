"""The calendar runs a wave on the staff page and pulls another from a survey tool, on a clock that the test plays."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import clock, log
from flows.operate.day import look_directly
from flows.zones import Zones
from surveys.page.inbox import open_inbox
from tests.ballots.served_page import Served
from tests.ballots.wave_maker import SIGNPOST, WAVE, BallotWave, printed_wave
from tests.integration.release_without_prefect import ANSWERS, new_workspace, quorum
from tests.unit.collect.survey_server import PASSWORD, TOKEN, USER, SurveyServer, serving

OPENS, CLOSES = datetime.date(2026, 11, 2), datetime.date(2026, 11, 13)
DAY = datetime.timedelta(days=1)
DATES = f'[[waves]]\nwave_id = "{WAVE}"\nopens_on = {OPENS}\ncloses_on = {CLOSES}\nitems = ["bo1", "st1", "ee1"]\n'
OFFICES = '[survey.keys]\nsteward_office = "the research office"\nmixer_office = "the staff council"\n'
PAGE = f'[survey]\n{SIGNPOST}{OFFICES}%s[survey.page]\naddress = "https://pulse.example"\n{DATES}staff_page = true\n%s'
MAP = (
    "tool: limesurvey\nunit: { column: team }\nitems: { bo1: { column: bo1 }, "
    "st1: { column: st1 }, ee1: { column: ee1 } }\n"
    "drop: [id, submitdate, lastpage, startlanguage, seed]\n"
)


CAP_MAP = (
    "tool: redcap\nunit: { column: team }\nitems: { bo1: { column: bo1 }, st1: { column: st1 }, "
    "ee1: { column: ee1 } }\ndrop: [pid, pulse_complete]\n"
)


def workspace(root: Path, settings: str) -> Path:
    """A workspace whose settings are these alone."""
    new_workspace(root, maps={"lime": MAP, "cap": CAP_MAP})
    (root / "quorum.toml").write_text(f'[organisation]\nname = "Northfield"\n{settings}', "utf-8")
    return root


def look(root: Path, on: datetime.date) -> str:
    with clock.rehearsing(on):
        return "\n".join(look_directly(root))


def events(root: Path) -> list[str]:
    return [entry["event"] for entry in log.entries(Zones(root))]


def print_ballots(root: Path, on: datetime.date) -> BallotWave:
    """What stays with people; the codes that stand on paper."""
    with clock.rehearsing(on):
        said = quorum("survey", "ballots", "--wave", WAVE, "--workspace", root)
    assert said.code == 0, said.text
    return printed_wave(root, WAVE)


def answer_all(wave: BallotWave, on: datetime.date) -> int:
    """As many people answer as in the other tests; how many were thanked."""
    with open_inbox(wave.inbox) as con:
        page = Served(wave, con)
        page.today = on
        statuses = [
            page.send(page.code(unit), bo1=str(1 + at % 5), st1="3", ee1="25")
            for unit, n in ANSWERS.items()
            for at in range(n)
        ]
        page.writer.stop()
    return statuses.count(303)


def test_a_wave_on_the_staff_page_runs_by_the_calendar_from_its_opening_to_its_release(tmp_path: Path) -> None:
    root = workspace(tmp_path / "workspace", PAGE % ("manage_nobody_asked = true\n", ""))
    zones = Zones(root)
    assert "Print its ballots" in look(root, OPENS - 3 * DAY)
    wave = print_ballots(root, OPENS - 2 * DAY)
    look(root, OPENS)
    assert answer_all(wave, OPENS - DAY) == 0
    assert answer_all(wave, CLOSES) == sum(ANSWERS.values())
    # The last day that ballots print belongs to the people.
    assert look(root, CLOSES) == ""
    said = look(root, CLOSES + DAY)
    assert [word in said for word in ("closed, its staff page too", "mixed", "released")] == [True] * 3
    manifest = json.loads((zones.release(WAVE) / "manifest.json").read_bytes())
    assert manifest["counts"]["accepted"] == manifest["ballots"]["spent"] == sum(ANSWERS.values())
    assert manifest["source_grade"] == "anonymous_ballot"
    assert manifest["policy_fixed"] == "before_opening"
    assert (zones.derived / WAVE).exists()
    assert "ballots_destroyed" in events(root)
    assert not list((zones.keys / "ballots").glob("*"))
    assert look(root, CLOSES + 2 * DAY) == ""


def test_without_the_answer_about_offices_the_calendar_asks_for_the_opening_once(tmp_path: Path) -> None:
    root = workspace(tmp_path / "workspace", PAGE % ("", ""))
    assert "quorum survey open" in look(root, OPENS - 3 * DAY)
    assert "quorum survey open" not in look(root, OPENS - 2 * DAY)
    assert events(root).count("page_open_asked") == 1


def test_with_the_mixers_key_elsewhere_the_calendar_closes_asks_for_the_mixer_once_and_waits(tmp_path: Path) -> None:
    made = quorum("survey", "mix", "--make-key", tmp_path / "mixer.key")
    public = made.out.rpartition("public half:")[2].split()[0]
    root = workspace(tmp_path / "workspace", PAGE % ("manage_nobody_asked = true\n", f'mixer_public = "{public}"\n'))
    look(root, OPENS - 3 * DAY)
    answer_all(print_ballots(root, OPENS - 2 * DAY), OPENS)
    assert "waits for the mixer" in look(root, CLOSES + DAY)
    assert look(root, CLOSES + 2 * DAY) == ""
    with clock.rehearsing(CLOSES + 2 * DAY):
        quorum("survey", "mix", "--wave", WAVE, "--key", tmp_path / "mixer.key", "--workspace", root)
    assert "released" in look(root, CLOSES + 3 * DAY)


@pytest.fixture
def lime(monkeypatch: pytest.MonkeyPatch) -> Iterator[SurveyServer]:
    """A survey tool that holds the answers of the wave."""
    monkeypatch.setenv("LIME_LOGIN", f"{USER}:{PASSWORD}")
    teams = [team for team, n in ANSWERS.items() for _ in range(n)]
    rows = [
        {"id": at, "submitdate": "1980-01-01 00:00:00", "lastpage": 1, "startlanguage": "en", "seed": str(at),
         "team": team, "bo1": str(1 + at % 5), "st1": str(1 + at % 5), "ee1": str(25 * (at % 5))}
        for at, team in enumerate(teams, start=1)
    ]  # fmt: skip
    with serving(rows=rows) as server:
        yield server


def pulling(root: Path, server: SurveyServer, more: str = "") -> Path:
    source = f'kind = "limesurvey_api"\nurl = "{server.url}"\nsurvey_id = 4711\ncredentials = "LIME_LOGIN"\n'
    return workspace(root, f'{DATES}[[sources]]\nwave_id = "{WAVE}"\n{source}map = "maps/lime.yaml"\n{more}')


def test_a_survey_tool_that_is_busy_is_asked_again_at_the_next_look_and_then_released(
    tmp_path: Path, lime: SurveyServer
) -> None:
    root = pulling(tmp_path / "workspace", lime)
    lime.fault = "503"
    assert "stopped (PullMayPass)" in look(root, CLOSES)
    lime.fault = ""
    assert "released" in look(root, CLOSES + DAY)
    assert "pulled" in events(root)
    assert not list(Zones(root).pulled(WAVE, 1).parent.glob("*.pull-*"))


def test_what_was_pulled_and_approved_is_released_even_where_the_tool_holds_more_by_then(
    tmp_path: Path, lime: SurveyServer
) -> None:
    root = pulling(tmp_path / "workspace", lime, '[schedule]\nrelease = "after_approval"\n')
    look(root, CLOSES)
    assert look(root, CLOSES + DAY) == ""
    asked_n = len(lime.asked)
    with clock.rehearsing(CLOSES + DAY):
        assert quorum("approve", "--wave", WAVE, "--yes", "--workspace", root).code == 0
    lime.rows.append({**lime.rows[-1], "id": 999})
    assert "released" in look(root, CLOSES + 2 * DAY)
    assert len(lime.asked) == asked_n


def test_a_pull_that_is_refused_for_its_content_is_told_once(tmp_path: Path, lime: SurveyServer) -> None:
    root = pulling(tmp_path / "workspace", lime)
    for row in lime.rows:
        row["team"] = "NOWHERE"
    assert "stopped" in look(root, CLOSES)
    assert look(root, CLOSES + DAY) == ""
    assert events(root).count("wave_stopped") == 1


@pytest.fixture
def cap(monkeypatch: pytest.MonkeyPatch) -> Iterator[SurveyServer]:
    """A REDCap project that holds the answers of the wave, and an e-mail address that nobody may ask for."""
    monkeypatch.setenv("CAP_TOKEN", TOKEN)
    teams = [team for team, n in ANSWERS.items() for _ in range(n)]
    asked = ("team", "bo1", "st1", "ee1")
    with serving() as server:
        server.fields = [
            {"field_name": "pid", "field_type": "text", "identifier": ""},
            *({"field_name": name, "field_type": "radio", "identifier": ""} for name in asked),
            {"field_name": "mail", "field_type": "text", "identifier": "y"},
        ]
        server.records = [
            {"pid": str(at), "team": team, "bo1": str(1 + at % 5), "st1": str(1 + at % 5), "ee1": str(25 * (at % 5)),
             "mail": "canary@example.invalid", "pulse_complete": "2"}
            for at, team in enumerate(teams, start=1)
        ]  # fmt: skip
        yield server


def pulling_cap(root: Path, server: SurveyServer, more: str = "") -> Path:
    source = f'kind = "redcap_api"\nurl = "{server.url}"\ncredentials = "CAP_TOKEN"\nmap = "maps/cap.yaml"\n'
    return workspace(root, f'{DATES}[[sources]]\nwave_id = "{WAVE}"\n{source}{more}')


def test_a_redcap_project_that_is_out_of_reach_is_asked_again_at_the_next_look_and_then_released(
    tmp_path: Path, cap: SurveyServer
) -> None:
    root = pulling_cap(tmp_path / "workspace", cap)
    zones = Zones(root)
    cap.fault = "503"
    assert "stopped (PullMayPass)" in look(root, CLOSES)
    assert not zones.release(WAVE).exists()
    cap.fault = ""
    assert "released" in look(root, CLOSES + DAY)
    counts = json.loads((zones.release(WAVE) / "manifest.json").read_bytes())["counts"]
    assert (counts["read"], counts["accepted"]) == (sum(ANSWERS.values()),) * 2
    assert (events(root).count("pulled"), events(root).count("released")) == (1, 1)
    assert not list(zones.pulled(WAVE, 1).parent.glob("*.pull-*"))
    assert TOKEN not in zones.log_file.read_text("utf-8")
    assert look(root, CLOSES + 2 * DAY) == ""


def test_an_expired_token_of_redcap_stops_the_wave_and_the_command_that_is_named_says_where_the_token_lies(
    tmp_path: Path, cap: SurveyServer
) -> None:
    root = pulling_cap(tmp_path / "workspace", cap)
    cap.fault = "expired"
    assert f"stopped (PullFailed). Nothing was released. To see why:  quorum run --wave {WAVE}" in look(root, CLOSES)
    with clock.rehearsing(CLOSES):
        said = quorum("run", "--wave", WAVE, "--workspace", root)
    assert (said.code, "CAP_TOKEN" in said.err, TOKEN in said.text) == (11, True, False), said.text
    assert not Zones(root).release(WAVE).exists()
    cap.fault = ""
    assert "released" in look(root, CLOSES + DAY)


def test_what_redcap_gave_and_was_approved_is_released_even_where_it_holds_more_by_then(
    tmp_path: Path, cap: SurveyServer
) -> None:
    root = pulling_cap(tmp_path / "workspace", cap, '[schedule]\nrelease = "after_approval"\n')
    look(root, CLOSES)
    asked_n = len(cap.asked)
    with clock.rehearsing(CLOSES + DAY):
        assert quorum("approve", "--wave", WAVE, "--yes", "--workspace", root).code == 0
    cap.records.append({**cap.records[-1], "pid": "999"})
    assert "released" in look(root, CLOSES + 2 * DAY)
    assert len(cap.asked) == asked_n
