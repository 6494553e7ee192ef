"""The year that runs itself: duties of a day, questions, approvals, and messages over a real SMTP server."""

from __future__ import annotations

import datetime
import json
import os
import random
import re
import socket
import threading
from collections.abc import Iterator
from email.message import Message as Mail
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import requests

from flows import clock, log
from flows.operate.day import look_directly
from flows.operate.duties import duties, kinds_of
from flows.operate.messages import Message, send
from flows.operate.operate_settings import OCCASIONS
from flows.settings import read_settings
from flows.units import read_units
from flows.zones import Zones
from tests.integration.release_without_prefect import ANSWERS, new_workspace, quorum, write_csv

WAVE = "2027-01"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"
TEAMS = "workflows://127.0.0.1:{port}/643a8d2dcf644abbb0bd4ba79c1d1b2c/7dS1bJ0LxwYk"
OPENS, CLOSES = datetime.date(2027, 1, 4), datetime.date(2027, 1, 15)
SETTINGS = f"""
[[waves]]
wave_id = "{WAVE}"
opens_on = {OPENS}
closes_on = {CLOSES}
items = ["bo1", "st1", "ee1"]
[[sources]]
wave_id = "{WAVE}"
path = "january.csv"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return new_workspace(tmp_path / "workspace", settings=SETTINGS)


def bring_export(root: Path, share: float = 1.0, unit: str = "") -> Path:
    rng = random.Random(3)
    teams = [team for team, n in ANSWERS.items() for _ in range(max(0, round(share * n)))]
    rows = [[unit or team, rng.randint(1, 5), rng.randint(1, 5), rng.choice((0, 25, 50, 75, 100))] for team in teams]
    return write_csv(root / "january.csv", ("unit_id", "bo1", "st1", "ee1"), rows)


def due(root: Path, on: datetime.date) -> list[tuple[str, str]]:
    zones = Zones(root)
    return kinds_of(duties(zones, read_settings(zones.settings_file), on))


def look(root: Path, on: datetime.date) -> list[str]:
    with clock.rehearsing(on):
        return look_directly(root)


def command(root: Path, on: datetime.date, *arguments: str) -> str:
    with clock.rehearsing(on):
        said = quorum(*arguments, "--workspace", root)
    assert said.code == 0, said.text
    return said.out


def events(root: Path) -> list[str]:
    return [entry["event"] for entry in log.entries(Zones(root))]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (OPENS - datetime.timedelta(days=10), []),
        (OPENS - datetime.timedelta(days=2), [("plan", WAVE)]),
        (OPENS, [("open", WAVE)]),
        (CLOSES - datetime.timedelta(days=3), [("open", WAVE), ("remind", WAVE)]),
        (CLOSES, [("open", WAVE), ("close", WAVE)]),
        (CLOSES + datetime.timedelta(days=7), [("open", WAVE), ("close", WAVE), ("late", WAVE)]),
    ],
)
def test_the_calendar_asks_for_what_is_due_on_a_day(
    root: Path, on: datetime.date, expected: list[tuple[str, str]]
) -> None:
    assert due(root, on) == expected


def test_what_was_done_is_not_done_again_and_missed_days_are_made_good(root: Path) -> None:
    bring_export(root)
    look(root, CLOSES)
    assert due(root, CLOSES) == []
    assert [event for event in events(root) if event in ("wave_opened", "wave_closed", "released")] == [
        "wave_opened",
        "wave_closed",
        "released",
    ]


def test_answers_are_destroyed_on_their_day_after_a_warning(root: Path) -> None:
    bring_export(root)
    look(root, CLOSES)
    last = CLOSES + datetime.timedelta(days=90)
    assert due(root, last - datetime.timedelta(days=3)) == [("warn_shred", WAVE)]
    look(root, last)
    assert not Zones(root).wave_store(WAVE).exists()
    assert due(root, last + datetime.timedelta(days=1)) == []


def test_few_answers_stop_with_a_question_and_an_approval_releases_them(root: Path) -> None:
    toml = root / "quorum.toml"
    toml.write_text(toml.read_text("utf-8") + "\n[schedule]\nlow_response_pct = 95\n", "utf-8")
    bring_export(root)
    look(root, CLOSES)
    assert not Zones(root).release(WAVE).exists()
    assert look(root, CLOSES + datetime.timedelta(days=1)) == []
    said = command(root, CLOSES, "approve", "--wave", WAVE, "--yes")
    assert "46 read, of these 46 accepted" in said
    assert "nothing below k derivable" in said
    look(root, CLOSES + datetime.timedelta(days=1))
    assert Zones(root).release(WAVE).exists()
    assert "release_approved" in events(root)


def test_an_approval_counts_for_the_input_that_was_shown_and_for_no_other(root: Path) -> None:
    toml = root / "quorum.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[schedule]\nrelease = "after_approval"\n', "utf-8")
    bring_export(root)
    look(root, CLOSES)
    command(root, CLOSES, "approve", "--wave", WAVE, "--yes")
    bring_export(root, share=0.9)
    look(root, CLOSES)
    assert not Zones(root).release(WAVE).exists()
    assert events(root).count("release_asked") == 2


def test_a_declined_wave_waits_for_another_export(root: Path) -> None:
    toml = root / "quorum.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[schedule]\nrelease = "after_approval"\n', "utf-8")
    bring_export(root)
    look(root, CLOSES)
    command(root, CLOSES, "approve", "--wave", WAVE, "--decline", "--yes")
    assert look(root, CLOSES + datetime.timedelta(days=1)) == []


def test_nothing_can_be_approved_that_nobody_asked(root: Path) -> None:
    assert quorum("approve", "--wave", WAVE, "--yes", "--workspace", root).code == 2


def test_an_empty_or_refused_export_stops_once_and_another_one_is_tried(root: Path) -> None:
    bring_export(root, unit="NOWHERE")
    assert "stopped" in " ".join(look(root, CLOSES))
    assert look(root, CLOSES + datetime.timedelta(days=1)) == []
    bring_export(root)
    assert "released" in " ".join(look(root, CLOSES + datetime.timedelta(days=2)))


def test_today_says_what_is_due_and_a_dry_run_does_nothing(root: Path) -> None:
    before = events(root)
    report = json.loads(command(root, OPENS, "today", "--dry-run", "--json"))
    assert report["due"] == [["open", WAVE]]
    assert [event for event in events(root) if event not in before] in ([], ["policy_set", "command"])


def test_a_date_can_be_played_in_a_rehearsal_only(root: Path) -> None:
    Zones(root).rehearsal_file.write_text('{"today": "2027-01-15"}', "utf-8")
    assert json.loads(quorum("today", "--dry-run", "--json", "--workspace", root).out)["on"] == str(
        datetime.date.today()
    )


# --- messages -----------------------------------------------------------------------------------------------------


@pytest.fixture
def mailbox() -> Iterator[tuple[str, list[Mail]]]:
    """A real SMTP server on a free port, and what it was given."""
    from aiosmtpd.controller import Controller

    received: list[Mail] = []

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            received.append(BytesParser().parsebytes(envelope.content))
            return "250 OK"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"mailto://127.0.0.1:{port}?from=quorum@example.org&to=steward@example.org&mode=insecure", received
    finally:
        controller.stop()


def _texts(received: list[Mail]) -> list[str]:
    parts = []
    for mail in received:
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                payload = part.get_payload(decode=True)
                assert isinstance(payload, bytes)
                parts.append(f"{mail['subject']}\n{payload.decode('utf-8')}")
    return parts


def test_stewards_get_mail_and_no_answer_name_or_figure_is_in_it(root: Path, mailbox: tuple[str, list[Mail]]) -> None:
    address, received = mailbox
    toml = root / "quorum.toml"
    toml.write_text(toml.read_text("utf-8") + "\n[schedule]\nlow_response_pct = 95\n", "utf-8")
    bring_export(root)
    with mock.patch.dict(os.environ, {"QUORUM_MESSAGE_URLS": address}):
        look(root, CLOSES)
        command(root, CLOSES, "approve", "--wave", WAVE, "--yes")
        look(root, CLOSES)
        look(root, CLOSES + datetime.timedelta(days=90))
    subjects = [str(mail["subject"]) for mail in received]
    assert len(received) == 4, subjects
    text = "\n".join(_texts(received))
    for word in ("few answers", "is released", "destroyed"):
        assert word in text
    for unit in ("ALDER", "Team Alder", "Northfield", "bo1", "46"):
        assert unit not in text
    assert events(root).count("message_sent") == 4


@pytest.fixture
def hook() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """A web server on a free port, and path and body of every call."""
    received: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], received
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("address", ["json://127.0.0.1:{port}/hook", "xml://127.0.0.1:{port}/hook", SLACK, TEAMS])
def test_web_hooks_slack_and_teams_get_every_occasion_and_nothing_of_anybody(
    root: Path, hook: tuple[int, list[tuple[str, str]]], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, received = hook
    honest = requests.post

    def here(url: str, **keywords: Any) -> Any:
        # Slack and Teams are reached by https alone; what is sent to them goes to the server of the test.
        return honest(re.sub(r"https?://[^/]+", f"http://127.0.0.1:{port}", url), **keywords)

    monkeypatch.setattr("requests.post", here)
    monkeypatch.setattr("apprise.plugins.slack.NotifySlack.webhook_url", f"http://127.0.0.1:{port}/services")
    zones, settings = Zones(root), read_settings(Zones(root).settings_file)
    monkeypatch.setenv("QUORUM_MESSAGE_URLS", address.format(port=port))
    for occasion in OCCASIONS:
        assert send(zones, settings, Message(occasion, WAVE, "closes on 15 January 2027"))
    assert len(received) == len(OCCASIONS)
    text = "\n".join(body for _, body in received)
    assert text.count(WAVE) >= len(OCCASIONS)
    known = {unit.unit_name for unit in read_units(zones.units_file).units} | {settings.organisation}
    assert [name for name in known if name in text] == []


def test_a_message_that_cannot_be_sent_stops_nothing_and_the_log_hides_the_address(root: Path) -> None:
    bring_export(root)
    with mock.patch.dict(os.environ, {"QUORUM_MESSAGE_URLS": "mailto://u:secret-word@127.0.0.1:1?to=a@example.org"}):
        look(root, CLOSES)
    assert Zones(root).release(WAVE).exists()
    assert "message_failed" in events(root)
    assert "secret-word" not in Zones(root).log_file.read_text("utf-8")
