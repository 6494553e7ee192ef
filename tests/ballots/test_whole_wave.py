"""A whole wave in real processes, Prefect included: page, close, mix, run; then all that was written is looked at.

T1 (canaries and the clock in no byte), T4 (no order), T30 (groups told before are a superset of those of the release).
"""

from __future__ import annotations

import datetime
import http.client
import json
import os
import socket
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np
import polars as pl
import pytest

from flows.keys import wave_key
from flows.zones import open_store
from surveys.ballot_code import ballot_hash, grouped
from surveys.page.render import Pages
from tests.ballots.wave_maker import WAVE, BallotWave, ballot_wave

TEXTS = (
    *("Ottilie-Nebelhorn", "o.nebelhorn@quasten.example", "203.0.113.77", "Canary-Browser/9.9", "canary-referrer"),
    *("canary-cookie", "canary-query", "canary-path", "canary-body", "canary-malformed", "canary-host.example"),
)
SENDER = {
    "User-Agent": "Canary-Browser/9.9",
    "Referer": "https://canary-referrer/o.nebelhorn@quasten.example",
    "Cookie": "session=canary-cookie",
    "X-Forwarded-For": "203.0.113.77",
    "Forwarded": "for=203.0.113.77;host=canary-host.example",
    "From": "Ottilie-Nebelhorn",
    "Accept-Language": "Ottilie-Nebelhorn",
}
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Whole:
    """What is left of a wave. used: codes that were sent; seconds: whole seconds in which answers came."""

    wave: BallotWave
    folder: Path
    used: tuple[str, ...]
    hashes: tuple[bytes, ...]
    seconds: tuple[int, int]
    before_close: dict[str, bytes]

    def written(self) -> dict[str, bytes]:
        """Every file of workspace, home and temporary folder, and what the processes printed."""
        return bytes_below(self.folder)


def bytes_below(folder: Path) -> dict[str, bytes]:
    """Content of every file by its place."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def quorum(folder: Path, *arguments: str) -> None:
    """A command in a process of its own, whose words are kept."""
    command = [sys.executable, "-m", "flows.cli", *arguments, "--workspace", str(folder / "w")]
    with (folder / "printed").open("ab") as printed:
        subprocess.run(command, check=True, stdout=printed, stderr=printed, env=environment(folder))


def environment(folder: Path) -> dict[str, str]:
    """Home and temporary files below the folder, so that they are looked at, too."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    return {**os.environ, "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"}


def send(address: str, method: str, path: str, body: str = "", kind: str = FORM) -> int:
    """Status of a request that carries a canary wherever one can stand."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    connection.request(method, path, body or None, {**SENDER, "Content-Type": kind})
    status = connection.getresponse().status
    connection.close()
    return status


def malformed(address: str) -> None:
    """Requests that are none."""
    place = urlsplit(address)
    for raw in (
        b"canary-malformed\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: canary-host.example\r\nContent-Length: canary-malformed\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\ncode=canary-body",
        b"GET /\xff canary-malformed HTTP/9.9\r\n\r\n",
    ):
        with socket.create_connection((place.hostname, place.port), timeout=30) as client:
            client.sendall(raw)


def answer_over_http(wave: BallotWave, address: str) -> tuple[list[str], tuple[int, int]]:
    """Three in four people answer, and strange requests come in between; codes used, and whole seconds of it."""
    used = []
    begun = int(time.time()) + 1
    for unit in wave.manifest.units:
        for number, code in enumerate(wave.codes[unit.unit_id][: unit.eligible_n * 3 // 4]):
            assert send(address, "GET", f"/a/{code}?canary-query=1") == 200
            form = {"code": code, "lang": "en", "bo1": str(number % 5 + 1), "st1": "2"}
            assert send(address, "POST", "/a", urlencode(form)) == 303
            used.append(code)
    assert send(address, "POST", "/a", urlencode({"code": used[0], "bo1": "1", "st1": "5"})) == 409
    assert send(address, "POST", "/a", urlencode({"code": used[0], "canary-body": "canary-body"})) == 400
    assert send(address, "POST", "/a", "canary-body", "text/plain") == 415
    assert send(address, "GET", "/canary-path?canary-query=1") == 404
    malformed(address)
    ended = max(begun + 1, int(time.time()) - 1)
    while time.time() < ended + 2:
        assert send(address, "GET", "/healthz") == 200
    return used, (begun, ended)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    wave = ballot_wave(folder / "w", {"fern": 16, "ivy": 12, "oak": 20, "elm": 4})
    hashes = {code: ballot_hash(wave.secret("pepper"), WAVE, code) for codes in wave.codes.values() for code in codes}
    command = [sys.executable, "-m", "flows.cli", "survey", "serve", "--wave", WAVE, "--port", "0"]
    with (folder / "printed").open("ab") as printed:
        server = subprocess.Popen(
            [*command, "--workspace", str(wave.root)],
            stdout=subprocess.PIPE,
            stderr=printed,
            env=environment(folder),
        )
        assert server.stdout is not None
        said = server.stdout.readline().decode()
        used, seconds = answer_over_http(wave, said.split(": ")[1].split()[0])
        server.terminate()
        printed.write(said.encode() + server.stdout.read())
        server.wait()
    before_close = bytes_below(folder)
    quorum(folder, "survey", "close", "--wave", WAVE, "--yes")
    quorum(folder, "survey", "mix", "--wave", WAVE)
    quorum(folder, "backup", str(folder / "backup.tar"))
    quorum(folder, "run", "--wave", WAVE)
    return Whole(wave, folder, tuple(used), tuple(hashes[code] for code in used), seconds, before_close)


def found(needles: dict[str, bytes], written: dict[str, bytes]) -> list[str]:
    """Which needle stands in which file."""
    return [
        f"{name} in {place}" for place, content in written.items() for name, raw in needles.items() if raw in content
    ]


def code_needles(codes: tuple[str, ...]) -> dict[str, bytes]:
    """Codes as they are, as they are printed, and in small letters."""
    found_as: dict[str, bytes] = {}
    for code in codes:
        for name, text in (("", code), (" as printed", grouped(code)), (" small", code.lower())):
            found_as[f"code {code[:4]}…{name}"] = text.encode()
    return found_as


def test_no_canary_of_any_request_is_in_any_byte_that_was_written(whole: Whole) -> None:
    needles = {text: text.encode() for text in TEXTS}
    needles |= {f"{text} in UTF-16": text.encode("utf-16-le") for text in TEXTS}
    assert found(needles, whole.before_close) == []
    assert found(needles, whole.written()) == []
    assert len(whole.written()) > 20 and any("prefect" in place for place in whole.written())


def test_no_code_stands_anywhere_but_on_the_paper_and_nothing_of_it_is_left_after_the_run(whole: Whole) -> None:
    paper = {place: raw for place, raw in whole.before_close.items() if not place.startswith("w/ballots/")}
    assert len(paper) < len(whole.before_close)
    assert found(code_needles(whole.used), paper) == []
    hashes = {f"hash {h.hex()[:4]}…": h for h in whole.hashes}
    hashes |= {f"hash {h.hex()[:4]}… in hex": h.hex().encode() for h in whole.hashes}
    assert found(code_needles(whole.used) | hashes, whole.written()) == []
    # The harness sees: hashes did lie in the open inbox, codes on paper.
    assert found(hashes, whole.before_close) != [] and found(code_needles(whole.used), whole.before_close) != []


def test_no_second_in_which_an_answer_came_is_in_any_byte_as_text_or_number(whole: Whole) -> None:
    first, last = whole.seconds
    stamps = [
        datetime.datetime.fromtimestamp(each, zone) for each in range(first, last + 1) for zone in (None, datetime.UTC)
    ]
    texts = {stamp.strftime(shape) for stamp in stamps for shape in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")}
    texts |= {str(second) for second in range(first, last + 1)}
    for written in (whole.before_close, whole.written()):
        assert found({text: text.encode() for text in texts}, written) == []
        assert [place for place, raw in written.items() if holds_number(raw, first, last)] == []
    assert holds_number(b"xyz" + np.int64(first * 1_000_000 + 5).tobytes(), first, last)
    assert holds_number(b"x" + np.float64(first + 0.5).tobytes(), first, last)


def holds_number(raw: bytes, first: int, last: int) -> bool:
    """Whether eight bytes anywhere are a moment between two seconds: s, ms, us or ns, whole or floating."""
    for shift in range(8):
        body = raw[shift : shift + (len(raw) - shift) // 8 * 8]
        for shape in ("<i8", ">i8", "<f8", ">f8"):
            numbers = np.frombuffer(body, dtype=shape)
            for unit in (1, 10**3, 10**6, 10**9) if shape.endswith("i8") else (1, 10**3):
                if bool(((numbers >= first * unit) & (numbers < (last + 1) * unit)).any()):
                    return True
    return False


def test_the_store_when_it_is_opened_holds_answers_and_nothing_about_ballots_or_senders(whole: Whole) -> None:
    zones = whole.wave.zones
    with open_store(zones.wave_store(WAVE), wave_key(zones, "file", WAVE, may_make=False), zones.spill) as con:
        tables = [name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()]
        dumped = {table: repr(con.execute(f'from "{table}"').fetchall()).encode() for table in tables}
    assert any(b"fern" in content for content in dumped.values())
    needles = {text: text.encode() for text in TEXTS} | code_needles(whole.used)
    assert found(needles | {h.hex(): h.hex().encode() for h in whole.hashes}, dumped) == []


def test_groups_told_before_answering_are_a_superset_of_those_of_the_release(whole: Whole) -> None:
    release = whole.wave.zones.release(WAVE)
    groups = pl.read_parquet(release / "groups.parquet")
    shown = pl.read_parquet(release / "cells.parquet").filter(pl.col("status") == "published")
    published = groups.filter(pl.col("group_id").is_in(shown["group_id"].unique().implode()))
    assert published.height > 1
    manifest, pages = whole.wave.manifest, Pages(whole.wave.manifest)
    for unit_no, unit in enumerate(manifest.units):
        told = {manifest.groups[number].group_id for number in unit.groups}
        text = pages.form(unit_no, whole.used[0], "en", has_languages=True)
        for group in published.iter_rows(named=True):
            counts = unit.unit_id in group["member_unit_ids"] or group["group_id"] in (unit.unit_id, "ORG")
            if counts or group["kind"] == "other":
                assert group["group_id"] in told, (unit.unit_id, group["group_id"])
                assert group["group_name"].removeprefix("Other teams in ") in text


def test_the_release_accounts_for_the_ballots_of_the_whole_organisation(whole: Whole) -> None:
    manifest = json.loads((whole.wave.zones.release(WAVE) / "manifest.json").read_text("utf-8"))
    issued_n = sum(unit.ballots_n for unit in whole.wave.manifest.units)
    spent_n = len(whole.used)
    assert manifest["ballots"] == {"issued": issued_n, "spent": spent_n, "restored_inbox_accepted": False}
    assert manifest["counts"]["read"] == spent_n


def test_a_backup_holds_neither_the_inbox_nor_a_ballot(whole: Whole) -> None:
    with tarfile.open(whole.folder / "backup.tar") as tar:
        names = tar.getnames()
    assert names and not [name for name in names if "inbox" in name or name.startswith(("ballots/", "keys/ballots"))]
