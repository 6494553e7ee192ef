"""Pulls from survey tools: whole by pages, every hidden error found, no secret and no answer in a message."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from flows.collect.pull_limesurvey import pull_limesurvey
from flows.collect.pull_redcap import pull_redcap
from flows.collect.pulls import Credentials, PullFailed, PullMayPass, credentials_of
from flows.collect.recognise import open_export
from flows.collect.sealed import remove_pulled, seal, unsealed
from flows.errors import KeyMissing, SettingsError
from flows.settings import ApiSource, read_settings
from flows.zones import Zones
from tests.unit.collect.survey_server import (
    PASSWORD,
    ROWS_N,
    TOKEN,
    USER,
    SurveyServer,
    limesurvey_rows,
    redcap_rows,
    serving,
)


def _pull(server: SurveyServer, kind: str, page_n: int = 2) -> bytes:
    source = ApiSource("w1", kind, server.url, "NAME", 4711)
    if kind == "limesurvey_api":
        return pull_limesurvey(source, Credentials(f"{USER}:{PASSWORD}", "the environment variable NAME"), page_n)
    return pull_redcap(source, Credentials(TOKEN, "the environment variable NAME"), page_n)


def test_limesurvey_comes_whole_by_pages_over_gaps_in_its_ids() -> None:
    with serving() as server:
        pulled = json.loads(_pull(server, "limesurvey_api", 5))
    assert pulled == {"responses": limesurvey_rows()}
    assert server.asked.count("export_responses") == 8


def test_the_session_of_limesurvey_is_given_back() -> None:
    with serving() as server:
        _pull(server, "limesurvey_api", 50)
    assert server.asked[-1] == "release_session_key"


def test_redcap_comes_whole_by_pages_and_flagged_fields_are_never_asked_for() -> None:
    with serving() as server:
        pulled = _pull(server, "redcap_api").decode()
    assert len(pulled.splitlines()) == ROWS_N + 1
    assert server.asked == ["metadata", "record", *["record"] * 4]
    assert redcap_rows()[0]["mail"] not in pulled


@pytest.mark.parametrize(
    ("kind", "fault", "says"),
    [
        ("limesurvey_api", "bad login", "Renew the user and password in the environment variable NAME"),
        ("limesurvey_api", "expired", "Invalid session key"),
        ("limesurvey_api", "no permission", "No permission"),
        ("limesurvey_api", "no survey", "Correct survey_id"),
        ("limesurvey_api", "odd status", "a reason that Quorum does not know"),
        ("limesurvey_api", "login page", "a web page, such as a login"),
        ("limesurvey_api", "nothing", "RemoteControl is switched off"),
        ("limesurvey_api", "302", "sends to another page"),
        ("limesurvey_api", "401", "credentials do not fit"),
        ("limesurvey_api", "404", "Correct url"),
        ("limesurvey_api", "exception", "LimeSurveyApiError"),
        ("limesurvey_api", "other id", "ResponseMismatchError"),
        ("limesurvey_api", "cut json", "cut off or garbled"),
        ("limesurvey_api", "cut export", "cut off or garbled"),
        ("limesurvey_api", "garbage", "Nothing was stored"),
        ("limesurvey_api", "missing row", "counts 7 responses and gave 6"),
        ("limesurvey_api", "empty", "holds no responses"),
        ("redcap_api", "expired", "credentials do not fit"),
        ("redcap_api", "hidden error", "token is not valid"),
        ("redcap_api", "login page", "a web page, such as a login"),
        ("redcap_api", "nothing", "cut off or garbled"),
        ("redcap_api", "302", "sends to another page"),
        ("redcap_api", "cut json", "cut off or garbled"),
        ("redcap_api", "missing row", "other records than were asked for"),
        ("redcap_api", "empty", "holds no records"),
    ],
)
def test_what_a_tool_hides_is_found_and_said_without_a_secret_or_an_answer(kind: str, fault: str, says: str) -> None:
    with serving(fault) as server, pytest.raises(PullFailed, match=says) as refusal:
        _pull(server, kind)
    chain = f"{refusal.value!r} {refusal.value.__cause__!r}"
    assert [text for text in (PASSWORD, TOKEN, "canary@example.invalid") if text in chain] == []


@pytest.mark.parametrize("kind", ["limesurvey_api", "redcap_api"])
@pytest.mark.parametrize("fault", ["429", "503", "closed early"])
def test_a_busy_server_is_tried_again_later(kind: str, fault: str) -> None:
    with serving(fault) as server, pytest.raises(PullMayPass):
        _pull(server, kind)


@pytest.mark.parametrize("kind", ["limesurvey_api", "redcap_api"])
def test_a_server_that_is_not_there_is_tried_again_later(kind: str) -> None:
    with serving() as server:
        pass
    with pytest.raises(PullMayPass, match="cannot be reached"):
        _pull(server, kind)


def test_credentials_have_no_repr() -> None:
    assert PASSWORD not in repr(Credentials(PASSWORD, "x"))


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_LOGIN", " secret ")
    assert credentials_of("PULSE_LOGIN").secret == "secret"


def test_a_pull_lies_on_disk_encrypted_and_is_read_from_memory(tmp_path: Path) -> None:
    zones, key = Zones(tmp_path), "ab" * 32
    with serving() as server:
        content = _pull(server, "limesurvey_api", 50)
    seal(zones, "w1", 1, content, key)
    with unsealed(zones, "w1", 1, "limesurvey_api", key) as path, duckdb.connect() as con:
        raw = open_export(con, path)
        assert (raw.tool, raw.read_n) == ("limesurvey", ROWS_N)
        plain = [file for file in tmp_path.rglob("*") if file.is_file() and not file.is_symlink()]
        assert [file.name for file in plain if b"ALDER" in file.read_bytes()] == []
    remove_pulled(zones, "w1")
    assert [file for file in tmp_path.rglob("*") if not file.is_dir()] == []


def test_a_pull_opens_with_its_own_key_alone(tmp_path: Path) -> None:
    zones = Zones(tmp_path)
    seal(zones, "w1", 1, b"x", "ab" * 32)
    with pytest.raises(KeyMissing), unsealed(zones, "w1", 1, "redcap_api", "cd" * 32):
        pass


SOURCE = '[[sources]]\nwave_id = "w1"\nkind = "{kind}"\nurl = "{url}"\n{more}'


@pytest.mark.parametrize(
    ("kind", "url", "more", "says"),
    [
        ("limesurvey", "https://x.example", "", "choose one of"),
        ("redcap_api", "http://x.example/api/", 'credentials = "X"', "https"),
        ("redcap_api", "https://a:b@x.example/api/", 'credentials = "X"', "no password"),
        ("redcap_api", "https://x.example/api/", 'credentials = "6f1ab2c3"', "name of an environment variable"),
        ("limesurvey_api", "https://x.example/api/", 'credentials = "X"', "survey_id"),
    ],
)
def test_a_source_that_could_give_a_secret_away_is_refused(
    tmp_path: Path, kind: str, url: str, more: str, says: str
) -> None:
    path = tmp_path / "quorum.toml"
    path.write_text(SOURCE.format(kind=kind, url=url, more=more))
    with pytest.raises(SettingsError, match=says):
        read_settings(path)
