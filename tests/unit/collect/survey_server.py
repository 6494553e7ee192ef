"""A small survey server on loopback that answers as LimeSurvey or REDCap do, and misbehaves on request."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

ROWS_N = 7
USER, PASSWORD, TOKEN = "steward", "pass-CANARY-4711", "TOKENCANARY99"
LOGIN_PAGE = "<!DOCTYPE html><html><body><form>Log in</form></body></html>"


def limesurvey_rows() -> list[dict[str, Any]]:
    """Seven responses with gaps in their ids."""
    ids = (1, 2, 3, 12, 13, 14, 40)
    return [
        {"id": n, "submitdate": "1980-01-01 00:00:00", "lastpage": 2, "startlanguage": "en", "seed": str(1000 + n),
         "team": "ALDER", "bo1": str(1 + n % 5)}
        for n in ids
    ]  # fmt: skip


def redcap_rows() -> list[dict[str, Any]]:
    """Seven records with an e-mail address in a flagged field."""
    return [
        {"pid": str(n), "team": "ALDER", "bo1": str(1 + n % 5), "mail": "canary@example.invalid", "pulse_complete": "2"}
        for n in range(1, ROWS_N + 1)
    ]


METADATA = [
    {"field_name": "pid", "field_type": "text", "identifier": ""},
    {"field_name": "team", "field_type": "radio", "identifier": ""},
    {"field_name": "bo1", "field_type": "radio", "identifier": ""},
    {"field_name": "mail", "field_type": "text", "identifier": "y"},
]


class SurveyServer(ThreadingHTTPServer):
    """faults: what goes wrong with the named call; asked: the calls so far.

    rows: what LimeSurvey holds.  records, fields: what REDCap holds, and its data dictionary.
    """

    def __init__(self, fault: str = "", rows: list[dict[str, Any]] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fault = fault
        self.rows = limesurvey_rows() if rows is None else rows
        self.records = redcap_rows()
        self.fields = METADATA
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/api"


@contextmanager
def serving(fault: str = "", rows: list[dict[str, Any]] | None = None) -> Iterator[SurveyServer]:
    """A server in a thread."""
    server = SurveyServer(fault, rows)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: SurveyServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer one call."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_lime = body.startswith("{")
        status, text = self._limesurvey(json.loads(body)) if is_lime else self._redcap(parse_qs(body))
        content = text.encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/login")
        self.send_header("Content-Length", str(len(content) + (50 if self.server.fault == "closed early" else 0)))
        self.end_headers()
        self.wfile.write(content)

    def _common(self) -> tuple[int, str] | None:
        fault = self.server.fault
        if fault == "login page":
            return 200, LOGIN_PAGE
        if fault == "nothing":
            return 200, ""
        if fault == "busy twice" and len(self.server.asked) <= 2:
            return 503, LOGIN_PAGE
        if fault in ("302", "401", "404", "429", "503"):
            return int(fault), LOGIN_PAGE
        return None

    def _limesurvey(self, call: dict[str, Any]) -> tuple[int, str]:
        method, rows_n = call["method"], len(self.server.rows)
        self.server.asked.append(method)
        if method == "get_session_key":
            said: Any = {"status": "Invalid user name or password"} if self.server.fault == "bad login" else "key"
        elif method == "get_summary":
            said = {"completed_responses": str(rows_n - 2), "incomplete_responses": "2", "full_responses": str(rows_n)}
            if self.server.fault == "no survey":
                said = {"status": "Error: Invalid survey ID"}
            if self.server.fault == "empty":
                said = {"completed_responses": "0", "incomplete_responses": "0"}
        elif method == "export_responses":
            common = self._common()
            if common:
                return common
            said = self._export(call["params"])
        else:
            said = "OK"
        number = call["id"] + (1 if self.server.fault == "other id" else 0)
        error = "exception" if self.server.fault == "exception" and method == "export_responses" else None
        text = json.dumps({"id": number, "result": said, "error": error})
        return 200, text[:-9] if self.server.fault == "cut json" and method == "export_responses" else text

    def _export(self, params: list[Any]) -> Any:
        first, last = params[7], params[8]
        rows = [row for row in self.server.rows if first <= row["id"] <= last]
        fault = self.server.fault
        if fault == "expired":
            return {"status": "Invalid session key"}
        if fault == "no permission":
            return {"status": "No permission"}
        if fault == "odd status":
            return {"status": "canary@example.invalid answered"}
        if not rows:
            return {"status": "No Data, could not get max id."}
        if fault == "missing row":
            rows = [row for row in rows if row["id"] != 13]
        if fault == "garbage":
            return "%%% not base64 %%%"
        text = json.dumps({"responses": rows})
        return base64.b64encode((text[:-20] if fault == "cut export" else text).encode()).decode()

    def _redcap(self, form: dict[str, list[str]]) -> tuple[int, str]:
        content = form["content"][0]
        self.server.asked.append(content)
        fault = self.server.fault
        if (common := self._common()) is not None:
            return common
        if fault == "expired":
            return 403, json.dumps({"error": "You do not have permissions to use the API"})
        if fault == "hidden error":
            return 200, json.dumps({"error": "You do not have permissions to use the API"})
        if content == "metadata":
            return 200, json.dumps(self.server.fields)
        fields = {value[0] for name, value in form.items() if name.startswith("fields[")}
        records = {value[0] for name, value in form.items() if name.startswith("records[")}
        rows = [] if fault == "empty" else self.server.records
        kept = fields | ({"pulse_complete"} if records else set())
        rows = [
            {name: row[name] for name in row if name in kept} for row in rows if not records or row["pid"] in records
        ]
        if fault == "missing row" and records:
            rows = rows[:-1]
        text = json.dumps(rows)
        return 200, text[:-9] if fault == "cut json" else text
