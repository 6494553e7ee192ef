"""The page and its writer: what each address answers, and that nothing acknowledged is lost (T6-T9, T20-T24)."""

from __future__ import annotations

import ast
import asyncio
import datetime
import logging
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from flows.ballots.close_and_mix import close_wave
from flows.ballots.make_ballots import make_ballots
from flows.errors import WorkspaceError
from surveys.ballot_code import ballot_hash, new_code, read_code
from surveys.ballot_record import open_inner, open_outer, pack, seal_inner, seal_outer, unpack
from surveys.page.headers import HEADERS
from surveys.page.inbox import (
    InboxError,
    Reply,
    Submission,
    only_server,
    open_inbox,
    refuse_copy,
    state_of,
    store_batch,
    used_records,
)
from surveys.page.serve import TimedProtocol
from surveys.page.writer import REPEATS_N, Writer, _Repeats
from tests.ballots.refusal_times import rank_test, times_of_refusals
from tests.ballots.served_page import Served, on_a_port
from tests.ballots.wave_maker import WAVE, BallotWave, ballot_wave

PAGE_FOLDER = Path(__file__).parents[2] / "surveys" / "page"
HARDENED = """
import ctypes, resource
from surveys.page.serve import harden_process
harden_process()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> BallotWave:
    return ballot_wave(tmp_path_factory.mktemp("opened"), {"fern": 60, "ivy": 60})


@pytest.fixture
def served(opened: BallotWave) -> Iterator[Served]:
    """A fresh inbox each time: the same ballots, nothing used."""
    kept = opened.inbox.with_suffix(".kept")
    if not kept.exists():
        shutil.copy2(opened.inbox, kept)
    opened.inbox.write_bytes(kept.read_bytes())
    with open_inbox(opened.inbox) as con:
        page = Served(opened, con)
        yield page
        page.writer.stop()


def test_a_form_is_stored_and_ends_on_thank_you(served: Served) -> None:
    reply = served.client.post("/a", data={"code": served.code(), "lang": "de", "bo1": "3"})
    assert (reply.status_code, served.counts) == (303, (1, 1))
    assert "code" not in reply.headers["location"]
    thanks = served.client.get(reply.headers["location"])
    assert "Danke" in thanks.text and "Ward Fern" in thanks.text


def test_looking_never_tells_whether_a_code_is_fresh_used_or_unknown(served: Served) -> None:
    fresh, used = served.code(), served.code()
    assert served.send(used, bo1="3") == 303
    pages = []
    unknown = iter(lambda: new_code(WAVE), None)
    for code in (fresh, used, *(next(unknown) for _ in range(30))):
        reply = served.client.get(f"/a/{code}")
        plain = reply.text.replace(code, "").replace(" ".join(code[i : i + 4] for i in range(0, 16, 4)), "")
        pages.append((reply.status_code, plain, tuple(reply.headers.multi_items())))
    # Whatever a code shows, some real ballot of a unit shows the same.
    real = set(pages[:2])
    code = served.code("ivy")
    ivy = served.client.get(f"/a/{code}").text.replace(code, "")
    ivy = ivy.replace(" ".join(code[i : i + 4] for i in range(0, 16, 4)), "")
    assert len(real) == 1
    assert {page[1] for page in pages} == {pages[0][1], ivy}


def test_a_used_and_an_unknown_ballot_get_the_same_bytes(served: Served) -> None:
    used = served.code()
    served.send(used, bo1="3")
    replies = [
        served.client.post("/a", data={"code": code, "lang": "en", "bo1": "4"}) for code in (used, new_code(WAVE))
    ]
    assert [reply.status_code for reply in replies] == [409, 409]
    assert replies[0].content == replies[1].content and replies[0].headers == replies[1].headers
    assert 'name="bo1" value="4"' in replies[0].text
    assert served.counts == (1, 1)


def test_double_click_and_lost_reply_end_on_thank_you_and_count_once(served: Served) -> None:
    code = served.code()
    assert [served.send(code, bo1="3", st1="2") for _ in range(3)] == [303, 303, 303]
    assert served.counts == (1, 1)


def test_one_ballot_sent_200_times_at_once_with_different_answers_is_stored_once(served: Served) -> None:
    code, m = served.code(), served.wave.manifest
    items = [item for item in m.items if item.id != "bo1"]
    forms = [
        {"bo1": str(n % 5 + 1), items[n // 5 % len(items)].id: items[n // 5 % len(items)].options[n // 65].code}
        for n in range(200)
    ]
    assert len({tuple(sorted(form.items())) for form in forms}) == 200

    async def send_all(address: str) -> list[int]:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False, limits=limits) as client:
            replies = await asyncio.gather(*(client.post("/a", data={"code": code, **form}) for form in forms))
        return [reply.status_code for reply in replies]

    with on_a_port(served.page) as address:
        statuses = asyncio.run(send_all(address))
    assert sorted(statuses) == [303] + 199 * [409] and served.counts == (1, 1)
    (record,) = used_records(served.con)
    handed = open_outer(record, served.wave.secret("mixer"))
    stored = unpack(m.packed_items, open_inner(handed[8:], served.wave.secret("steward"))).answers
    assert {name: answer for name, answer in stored.items() if answer is not None} == forms[statuses.index(303)]


def test_a_typing_mistake_keeps_the_answers(served: Served) -> None:
    code = served.code()
    wrong = ("A" if code[0] != "A" else "B") + code[1:]
    reply = served.client.post("/a", data={"code": wrong, "lang": "en", "bo1": "4"})
    if reply.status_code == 404:
        assert 'name="bo1" value="4"' in reply.text and "typing mistake" in reply.text
    assert served.client.get("/a/nonsense").status_code == 404
    assert served.counts == (0, 0)


def test_a_wholly_empty_form_is_asked_back_once_and_then_taken(served: Served) -> None:
    code = served.code()
    reply = served.client.post("/a", data={"code": code, "lang": "en"})
    assert reply.status_code == 422 and "<title>Error:" in reply.text and 'href="#bo1"' in reply.text
    assert served.send(code, blank="yes") == 303 and served.counts == (1, 1)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"lang=en&bo1=3", 400),
        (b"code=%s&bo1=3&bo1=4", 400),
        (b"code=%s&surprise=1", 400),
        (b"code=%s&bo1=9", 400),
        (b"code=%s&bo1=%%ff", 400),
        (b"code=%s&bo1=\xff", 400),
        (b"code=%s&bo1=" + b"x" * 9000, 413),
    ],
)
def test_a_form_that_is_not_of_this_page_is_refused_whole(served: Served, body: bytes, status: int) -> None:
    code = served.code().encode()
    content = body.replace(b"%s", code).replace(b"%%", b"%")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert served.client.post("/a", content=content, headers=headers).status_code == status
    assert served.counts == (0, 0)


def test_other_types_and_other_sites_are_refused(served: Served) -> None:
    code = served.code()
    assert served.client.post("/a", json={"code": code}).status_code == 415
    form, foreign = {"code": code, "bo1": "3"}, {"sec-fetch-site": "cross-site", "origin": "null"}
    assert served.client.post("/a", data=form, headers=foreign).status_code == 403
    assert (
        served.client.post("/a", data=form, headers={"sec-fetch-site": "same-origin", "origin": "null"}).status_code
        == 303
    )


def test_every_route_and_error_has_exactly_the_headers_and_no_cookie(served: Served) -> None:
    code = served.code()
    replies = [
        served.client.get(path)
        for path in (
            "/",
            f"/a/{code}",
            "/a/x",
            "/done?u=0",
            "/done?u=x",
            "/protection",
            "/healthz",
            "/style.css",
            "/no",
        )
    ]
    replies += [served.client.put("/a"), served.client.post("/a", data={"x": "y"}), served.client.post("/")]
    replies += [served.client.post("/a", data={"code": code, "bo1": "3"}) for _ in range(1)]
    own = {"content-type", "content-length", "location", "allow"}
    for reply in replies:
        assert {name: value for name, value in reply.headers.items() if name not in own} == HEADERS
        assert reply.headers.get_list("set-cookie") == [] and "etag" not in reply.headers


def test_a_wave_that_is_closed_or_not_open_takes_nothing(served: Served) -> None:
    code = served.code()
    served.today -= datetime.timedelta(days=1)
    assert served.send(code, bo1="3") == 403
    served.today += datetime.timedelta(days=2)
    assert served.send(code, bo1="3") == 410
    served.today -= datetime.timedelta(days=1)
    close_wave(served.wave.zones, served.wave.manifest)
    assert served.send(code, bo1="3") == 410 and served.counts == (0, 0)


def test_closing_during_load_each_reply_tells_the_truth(served: Served) -> None:
    codes = [served.code() for _ in range(40)]

    def send(number: int) -> int:
        if number == 12:
            close_wave(served.wave.zones, served.wave.manifest)
        return served.send(codes[number], bo1="3")

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(40)))
    assert set(statuses) == {303, 410} and statuses[12] == 410
    assert served.counts == (statuses.count(303), statuses.count(303))


def test_a_full_queue_keeps_the_answers_on_the_page(served: Served) -> None:
    served.page._gate.most_waiting_n = 0
    code = served.code()
    reply = served.client.post("/a", data={"code": code, "lang": "en", "bo1": "4"})
    assert reply.status_code == 503 and served.counts == (0, 0)
    assert 'name="bo1" value="4" checked' in reply.text or 'value="4" checked' in reply.text
    assert "Send again" in reply.text and code in reply.text


def test_a_disk_that_takes_no_more_acknowledges_nothing(served: Served) -> None:
    served.con.execute("pragma query_only = on")
    code = served.code()
    assert served.send(code, bo1="4") == 503
    served.con.execute("pragma query_only = off")
    assert served.counts == (0, 0) and served.send(code, bo1="4") == 303


def test_more_requests_than_the_bucket_holds_keep_the_answers_on_the_page(served: Served) -> None:
    gate, code = served.page._gate, served.code()
    gate.tokens, gate.filled_at = 0.5, time.monotonic() + 60
    reply = served.client.post("/a", data={"code": code, "lang": "en", "bo1": "4"})
    assert reply.status_code == 503 and 'value="4" checked' in reply.text and served.counts == (0, 0)
    gate.filled_at -= 120
    assert served.send(code, bo1="4") == 303 and gate.tokens <= 8_000


def test_a_repeat_is_known_for_ten_minutes_and_the_memory_of_repeats_is_bounded() -> None:
    repeats = _Repeats()
    repeats.add(b"first", 0.0)
    assert repeats.has(b"first", 599.0) and not repeats.has(b"first", 600.0) and not repeats.seen
    for number in range(REPEATS_N + 50):
        repeats.add(number.to_bytes(4, "big"), 1.0)
    assert repeats.has((REPEATS_N + 49).to_bytes(4, "big"), 2.0) and len(repeats.seen) <= REPEATS_N


def test_answers_of_one_commit_are_written_in_another_order_than_they_came(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    m, written = served.wave.manifest, list[bytes]()
    ballots_sent = [ballot_hash(served.wave.secret("pepper"), WAVE, served.code()) for _ in range(40)]

    def store(con: sqlite3.Connection, batch: list[Submission], free: list[int]) -> list[Reply]:
        written.extend(each.ballot for each in batch)
        return store_batch(con, batch, free)

    monkeypatch.setattr("surveys.page.writer.store_batch", store)
    writer = Writer(served.con)

    async def submit_all() -> list[Reply]:
        record = seal_outer(0, seal_inner(pack(m.packed_items, {"bo1": "3"}, m.tag), m.steward_key), m.mixer_key)
        waiting = [asyncio.create_task(writer.submit(Submission(each, record), each)) for each in ballots_sent]
        await asyncio.sleep(0)
        writer.start()
        return await asyncio.gather(*waiting)

    assert set(asyncio.run(submit_all())) == {Reply.STORED}
    writer.stop()
    assert written != ballots_sent and sorted(written) == sorted(ballots_sent)


def test_the_inbox_keeps_a_rollback_journal_syncs_each_commit_and_wipes_what_it_deletes(served: Served) -> None:
    names = ("journal_mode", "synchronous", "secure_delete", "temp_store", "page_size")
    found = {name: served.con.execute(f"pragma {name}").fetchone()[0] for name in names}
    assert found == {
        "journal_mode": "truncate",
        "synchronous": 2,
        "secure_delete": 1,
        "temp_store": 2,
        "page_size": 4096,
    }
    (slots_n,) = served.con.execute("select count(*) from slot").fetchone()
    assert slots_n == 2 * sum(unit.ballots_n for unit in served.wave.manifest.units) + 64
    assert {size for (size,) in served.con.execute("select distinct length(c) from slot")} == {360}


def test_print_files_keys_and_inbox_are_for_the_steward_alone(opened: BallotWave) -> None:
    zones = opened.zones
    files = [
        *zones.ballots_folder(WAVE).glob("fern.html"),
        *zones.ballot_key_file(WAVE, "x").parent.iterdir(),
        opened.inbox,
    ]
    assert len(files) == 5 and [path.name for path in files if path.stat().st_mode & 0o077] == []


def test_the_browser_may_keep_answers_but_not_the_code(served: Served) -> None:
    form = served.client.get(f"/a/{served.code()}").text
    assert "autocomplete" not in form
    assert served.client.get("/").text.count('autocomplete="off"') == 1


def test_no_field_of_a_request_reaches_a_log(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = served.code()
    canaries = {"user-agent": "canary-agent", "referer": "http://canary.example", "cookie": "canary=1"}
    served.client.get(f"/a/{code}?canary-query=1", headers=canaries)
    served.client.post("/a", data={"code": code, "bo1": "3"}, headers=canaries)
    served.client.post("/a", data={"code": code, "canary-field": "canary-value"}, headers=canaries)
    served.page._writer = None  # type: ignore[assignment]
    failed = served.client.post("/a", data={"code": code, "bo1": "3", "lang": "en"}, headers=canaries)
    assert failed.status_code == 500 and "Something failed on our side" in failed.text
    assert HEADERS.items() <= dict(failed.headers).items()
    own = [
        record.getMessage() for record in caplog.records if record.name.startswith(("quorum", "starlette", "uvicorn"))
    ]
    assert own == ["/a failed: AttributeError"]
    raw = served.wave.inbox.read_bytes()
    assert b"canary" not in raw and code.encode() not in raw


def test_two_servers_and_copied_inboxes_are_refused(served: Served, tmp_path: Path) -> None:
    with ExitStack() as stack:
        stack.enter_context(only_server(served.wave.inbox))
        with pytest.raises(InboxError, match="another page"), only_server(served.wave.inbox):
            pass
    copy = tmp_path / "copy.sqlite"
    shutil.copy2(served.wave.inbox, copy)
    with open_inbox(copy) as con:
        with pytest.raises(InboxError, match="accept-restored"):
            refuse_copy(con, copy, accept_restored=False)
        refuse_copy(con, copy, accept_restored=True)
        assert state_of(con).restored


def test_ballots_are_printed_anew_only_while_none_is_used(served: Served) -> None:
    zones, manifest = served.wave.zones, served.wave.manifest
    with pytest.raises(WorkspaceError, match="--replace"):
        make_ballots(zones, manifest, (), is_replaced=False)
    served.send(served.code("ivy"), bo1="3")
    with pytest.raises(WorkspaceError, match="has been used"):
        make_ballots(zones, manifest, ("ivy",), is_replaced=True)


def test_a_page_stays_under_60_kb_and_carries_no_script(served: Served) -> None:
    page = served.client.get(f"/a/{served.code()}").text
    assert len(page.encode()) + len(served.client.get("/style.css").content) < 60_000
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")


def test_in_kiosk_mode_no_code_stands_in_an_address_and_the_page_goes_back(opened: BallotWave, served: Served) -> None:
    kiosk = Served(opened, served.con, kiosk=True)
    code = kiosk.code()
    assert kiosk.client.get(f"/a/{code}").status_code == 404
    form = kiosk.client.post("/", data={"code": code, "lang": "en"})
    assert form.status_code == 200 and 'autocomplete="off"' in form.text
    done = kiosk.client.get("/done")
    assert done.headers["refresh"] == "15; url=/" and "cache" in done.headers["clear-site-data"]
    # The next person need not wait.
    assert 'href="/?lang=en"' in done.text
    kiosk.writer.stop()


def test_help_lines_can_be_dialled_wherever_they_stand_and_extensions_cannot(served: Served) -> None:
    for path in ("/", "/done?u=0", "/protection", "/no", "/a/nonsense"):
        text = served.client.get(path).text
        assert text.count('href="tel:08001110111"') == text.count('href="tel:112"') == 2, path
        assert 'href="tel:03000303300"' in text and "4471" in text and "tel:4471" not in text


def test_no_list_of_who_answered_can_be_made(served: Served) -> None:
    """All that a manager has: print files, what the page says, the files of the workspace outside keys."""
    used = [served.code() for _ in range(3)]
    for code in used:
        served.send(code, bo1="3")
    unused = served.code()
    texts = {code: served.client.get(f"/a/{code}").text.replace(code, "") for code in (*used, unused)}
    plain = {text.replace(" ".join(code[i : i + 4] for i in range(0, 16, 4)), "") for code, text in texts.items()}
    assert len(plain) == 1
    readable = [path for path in served.wave.root.rglob("*") if path.is_file() and "keys" not in path.parts]
    for path in readable:
        content = path.read_bytes()
        holds = [code for code in (*used, unused) if code.encode() in content]
        assert holds in ([], [*used, unused]) or path.suffix == ".html"
    reminders = served.wave.zones.ballots_folder(WAVE).glob("reminder-*")
    assert not any(code in path.read_text() for path in reminders for code in used)


def test_answers_can_be_checked_and_changed_before_they_are_sent(opened: BallotWave, served: Served) -> None:
    checking = Served(replace(opened, manifest=replace(opened.manifest, has_check_step=True)), served.con)
    code = checking.code()
    form = {"code": code, "lang": "en", "bo1": "3"}
    assert 'name="step" value="check"' in checking.client.get(f"/a/{code}").text
    check = checking.client.post("/a", data={**form, "step": "check"})
    assert check.status_code == 200 and "Nothing is sent yet" in check.text and checking.counts == (0, 0)
    assert 'name="bo1" value="3"' in check.text and "I am definitely burning out" in check.text
    change = checking.client.post("/a", data={**form, "step": "change"})
    assert 'value="3" checked' in change.text and checking.counts == (0, 0)
    assert checking.send(code, bo1="3", step="send") == 303 and checking.counts == (1, 1)
    assert checking.send(code, bo1="3", step="later") == 400
    checking.writer.stop()


def test_without_the_check_step_a_form_that_asks_for_it_is_refused(served: Served) -> None:
    assert served.send(served.code(), bo1="3", step="check") == 400 and served.counts == (0, 0)


def test_a_code_of_another_wave_is_a_typing_mistake(served: Served) -> None:
    others = [code for code in (new_code("2026-12") for _ in range(20)) if read_code(WAVE, code) is None]
    assert len(others) > 15
    assert {served.client.get(f"/a/{code}").status_code for code in others} == {404}
    assert {served.send(code, bo1="3") for code in others} == {404} and served.counts == (0, 0)


def test_times_of_used_and_unknown_ballots_are_not_told_apart_by_a_rank_test(served: Served) -> None:
    used = served.code()
    served.send(used, bo1="3")
    of_used, of_unknown = times_of_refusals(served.client, used, 120)
    p = rank_test(of_used, of_unknown)
    # The test sees: the same times, half as long again, are told apart.
    assert rank_test(of_used, [1.5 * seconds for seconds in of_used]) < 0.0001
    # One in ten thousand runs of an honest page would fail here; the long form tries 1,000 at 1 %.
    assert p > 0.0001


def test_a_connection_that_says_nothing_or_half_a_head_is_closed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveys.page.serve.HEADER_SECONDS", 0.05)
    with on_a_port(served.page) as address:
        place = urlsplit(address)
        for begun in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n"):
            with socket.create_connection((place.hostname, place.port), timeout=30) as client:
                client.sendall(begun)
                assert client.recv(1) == b""


def test_a_page_is_not_held_back_behind_its_head(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    undelayed: list[int] = []

    class Watched(TimedProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            taken = transport.get_extra_info("socket")
            undelayed.append(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr("surveys.page.serve.TimedProtocol", Watched)
    with on_a_port(served.page) as address:
        place = urlsplit(address)
        with socket.create_connection((place.hostname, place.port), timeout=30) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(1) == b"H"
    assert undelayed and all(undelayed)


def test_the_process_leaves_no_core_file_and_cannot_be_read_by_others_of_its_user() -> None:
    said = subprocess.run([sys.executable, "-c", HARDENED], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["(0,", "0)", "0"]


def test_no_module_of_the_page_logs_but_the_guard_and_it_names_route_and_kind_of_fault_only() -> None:
    calls = []
    for path in PAGE_FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("LOGGER.", "logging.", "print")):
                calls.append(f"{path.name}: {ast.unparse(node)}")
    assert calls == [
        "headers.py: logging.getLogger('quorum.page')",
        "headers.py: LOGGER.error('%s failed: %s', route_template(scope['path']), type(error).__name__)",
    ]
