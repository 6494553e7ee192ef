"""Posts real forms to a survey page on this machine: submissions a second, 99th percentile (BALLOTS T25)."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from tests.ballots.serving import serving
from tests.ballots.wave_maker import ballot_wave

HELP = """
python -m tests.ballots.load --own 2000
    Quorum's page with so many ballots, started here.

python -m tests.ballots.load --url http://127.0.0.1:8080/index.php/282267?lang=en --forms 500
    Any other form, such as LimeSurvey's. Every person is a browser of their own: loads the page, keeps its cookies,
    sends its hidden fields back as they are (YII_CSRF_TOKEN, LEMpostKey, thisstep, sid ...), chooses the first answer
    of each question and of each list, and presses Next and Submit from page to page to the end.
    --tokens FILE         a survey for invited people: one token a line, each is used once (?token=... is added)
    --field NAME=VALUE    an answer of your own, for a text or a number that must be filled in; again for more
    --done TEXT           a form counts only where the last page has this text, such as the survey's end message
    A page that comes back with the same step is not counted: a mandatory question was left, or an answer was refused.

Loopback only; --forms and --seconds bound it. Only the time from post to reply counts. Of Quorum's page the processor
time a form is told, too: on a machine that does other work it is the figure to read. For a fair comparison measure both
one after the other, with the same --at-once.
"""
NEXT, SUBMIT = "movenext", "movesubmit"
LIMESURVEY = "limesurvey"
MOST_PAGES = 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class Form:
    """A form of a page. fields: hidden ones as they are, the first answer of each question; move: Next or Submit."""

    id: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    move: tuple[str, str] | None = None

    def with_own(self, own: Mapping[str, str]) -> dict[str, str]:
        """What is posted. Own answers are given only where the page asks for them."""
        move = () if self.move is None else (self.move,)
        return {**self.fields, **{name: own[name] for name in self.fields if name in own}, **dict(move)}


class Forms(HTMLParser):
    """All forms of a page, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._is_inside = False
        self._list = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field of the form that is open."""
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(at.get("id", ""), at.get("action", "")))
            self._is_inside = True
        elif self._is_inside and tag in ("input", "button", "select", "textarea", "option"):
            self._note(tag, at, self.found[-1])

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a form or a list."""
        if tag == "form":
            self._is_inside = False
        elif tag == "select":
            self._list = ""

    def _note(self, tag: str, at: dict[str, str], form: Form) -> None:
        name, value, kind = at.get("name", ""), at.get("value", ""), at.get("type", "text").lower()
        if tag == "option":
            if self._list and value and not form.fields[self._list]:
                form.fields[self._list] = value
        elif not name:
            return
        elif tag == "select":
            self._list = name
            form.fields.setdefault(name, "")
        elif tag == "button":
            if value in (NEXT, SUBMIT) and form.move is None:
                form.move = (name, value)
        elif tag == "textarea" or kind in ("text", "number", "hidden"):
            form.fields[name] = value
        elif kind == "radio" and value and not form.fields.get(name):
            # LimeSurvey's "no answer" has an empty value.
            form.fields[name] = value


def form_of(page: str) -> Form | None:
    """The form that holds the questions: LimeSurvey has others, to change the language; None where there is none."""
    reader = Forms()
    reader.feed(page)
    return next(iter(sorted(reader.found, key=lambda form: form.id != LIMESURVEY)), None)


@dataclass(frozen=True)
class Target:
    """A form of another tool. own: answers of one's own; done: text that the last page must have."""

    url: str
    own: Mapping[str, str] = field(default_factory=dict)
    done: str = ""


async def _refuse_outside(request: httpx.Request) -> None:
    if request.url.host not in LOOPBACK:
        raise SystemExit(
            f"The form leads to {request.url.host}: loopback only. Let the tool's own address be 127.0.0.1."
        )


def browser(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client with cookies of its own that asks nobody but this machine, wherever a page leads."""
    hooks = {"request": [_refuse_outside]}
    return httpx.AsyncClient(transport=transport, timeout=60, trust_env=False, event_hooks=hooks)


async def walk(client: httpx.AsyncClient, target: Target, url: str) -> float | None:
    """Answer one survey to its end; seconds from post to reply over all its pages, None where it was not accepted."""
    page = await client.get(url, follow_redirects=True)
    took = 0.0
    for _ in range(MOST_PAGES):
        form = form_of(page.text)
        if page.status_code >= 400 or form is None:
            return None
        started = time.monotonic()
        posted = form.with_own(target.own)
        page = await client.post(urljoin(str(page.url), form.action), data=posted, follow_redirects=True)
        took += time.monotonic() - started
        if form.move is None or form.move[1] == SUBMIT:
            break
        after = form_of(page.text)
        if after is None or after.fields.get("thisstep") == form.fields.get("thisstep"):
            return None
    last = form_of(page.text)
    is_asked_again = last is not None and last.move is not None
    return took if page.status_code < 400 and not is_asked_again and target.done in page.text else None


async def post_other(
    target: Target, tokens: Sequence[str], forms_n: int, at_once: int, until: float
) -> tuple[list[float], int]:
    """Seconds of each accepted form, and how many were begun. With tokens every person has one of them."""
    places, seconds, begun_n = asyncio.Semaphore(at_once), [], 0

    async def one(token: str | None) -> None:
        nonlocal begun_n
        async with places, browser() as client:
            if time.monotonic() > until:
                return
            begun_n += 1
            url = target.url if token is None else str(httpx.URL(target.url).copy_merge_params({"token": token}))
            took = await walk(client, target, url)
            if took is not None:
                seconds.append(took)

    await asyncio.gather(*(one(token) for token in (tokens[:forms_n] or [None] * forms_n)))
    return seconds, begun_n


async def post_own(address: str, codes: list[str], form: dict[str, str], at_once: int, until: float) -> list[float]:
    """The same for Quorum's page, over connections that stay open; one form a ballot."""
    seconds: list[float] = []
    host, port = urlsplit(address).hostname, urlsplit(address).port

    async def worker() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while codes and time.monotonic() < until:
            body = str(httpx.QueryParams({**form, "code": codes.pop()})).encode()
            head = (
                f"POST /a HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            started = time.monotonic()
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            if answer.startswith(b"HTTP/1.1 303"):
                seconds.append(time.monotonic() - started)
            else:
                return
        writer.close()

    await asyncio.gather(*(worker() for _ in range(at_once)))
    return seconds


def processor_seconds(pid: int) -> float:
    """Processor time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(name: str, seconds: list[float], took: float) -> str:
    """One line."""
    ordered = sorted(seconds)
    if not ordered:
        return f"{name}: nothing was accepted"
    p50, p99 = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
    return (
        f"{name}: {len(ordered):,} accepted, {len(ordered) / took:,.0f} a second, median {p50:.0f} ms, p99 {p99:.0f} ms"
    )


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError("NAME=VALUE")
    return name, value


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--own", type=int, default=2_000, metavar="BALLOTS", help="ballots of Quorum's page (2000)")
    parser.add_argument("--url", default="", help="the first page of another form")
    parser.add_argument("--tokens", type=Path, metavar="FILE", help="tokens of invited people, one a line")
    parser.add_argument("--field", type=_pair, action="append", default=[], metavar="NAME=VALUE", help="own answer")
    parser.add_argument("--done", default="", metavar="TEXT", help="text of the last page")
    parser.add_argument("--forms", type=int, default=500, help="most forms of another page (500)")
    parser.add_argument("--seconds", type=float, default=30, help="no form is begun after so long (30)")
    parser.add_argument("--at-once", type=int, default=64, help="people at once (64)")
    asked = parser.parse_args(words)
    if asked.url and urlsplit(asked.url).hostname not in LOOPBACK:
        parser.error("loopback only")
    return asked


def main() -> None:
    """Run one of the two; exit 1 where nothing was accepted."""
    asked = arguments()
    seconds = _other(asked) if asked.url else _own(asked)
    raise SystemExit(0 if seconds else 1)


def _other(asked: argparse.Namespace) -> list[float]:
    tokens = asked.tokens.read_text("utf-8").split() if asked.tokens else []
    target = Target(asked.url, dict(asked.field), asked.done)
    started = time.monotonic()
    until = started + asked.seconds
    seconds, begun_n = asyncio.run(post_other(target, tokens, asked.forms, asked.at_once, until))
    print(report(asked.url, seconds, time.monotonic() - started))
    if begun_n > len(seconds):
        print(f"{begun_n - len(seconds):,} of {begun_n:,} did not come to the end: see --tokens, --field, --done")
    return seconds


def _own(asked: argparse.Namespace) -> list[float]:
    with own_page(asked.own) as (address, server, codes):
        form = form_of(httpx.get(f"{address}/a/{codes[0]}", trust_env=False).text)
        assert form is not None
        started, busy = time.monotonic(), processor_seconds(server)
        seconds = asyncio.run(post_own(address, codes, form.fields, asked.at_once, started + asked.seconds))
        took, busy = time.monotonic() - started, processor_seconds(server) - busy
    load = ", ".join(f"{each:.0f}" for each in os.getloadavg())
    print(report("Quorum's page", seconds, took))
    print(f"{1000 * busy / max(1, len(seconds)):.2f} ms of processor a form; load of the machine {load}")
    return seconds


@contextmanager
def own_page(ballots_n: int) -> Iterator[tuple[str, int, list[str]]]:
    """Address, process and codes of a wave with so many ballots."""
    with tempfile.TemporaryDirectory() as name:
        wave = ballot_wave(Path(name), {f"team{n}": 200 for n in range(max(1, ballots_n // 200))})
        with serving(wave.root) as (address, server):
            yield address, server.pid, [code for codes in wave.codes.values() for code in codes]


if __name__ == "__main__":
    main()
