"""Posts real forms to a survey page on this machine: submissions a second, 99th percentile (BALLOTS T25).

python -m tests.ballots.load --own 2000                  Quorum's page with so many ballots, started here
python -m tests.ballots.load --url URL --forms 500       any other form, such as LimeSurvey's: every person loads the
                                                         page, keeps its cookie and hidden fields, chooses the first
                                                         answer of each question, and posts page after page to the end
Loopback only; --forms and --seconds bound it. Only the time from post to reply counts. Of Quorum's page the processor
time a form is told, too: on a machine that does other work it is the figure to read.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import tempfile
import time
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from tests.ballots.serving import serving
from tests.ballots.wave_maker import ballot_wave

INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
BUTTON = re.compile(r"<button\b[^>]*>", re.IGNORECASE)
FORWARD = ("movenext", "movesubmit")
MOST_PAGES = 20
FORM = re.compile(r"<form\b[^>]*>", re.IGNORECASE)


def attribute(tag: str, name: str) -> str:
    """An attribute of a tag, or nothing."""
    found = re.search(rf"\b{name}=[\"']([^\"']*)[\"']", tag, re.IGNORECASE)
    return unescape(found.group(1)) if found else ""


def filled(page: str) -> dict[str, str]:
    """Hidden fields as they are, the first answer of each question, and the button that leads on, if it has a name."""
    form: dict[str, str] = {}
    for tag in INPUT.findall(page):
        name, kind = attribute(tag, "name"), attribute(tag, "type").lower()
        if name and (kind == "hidden" or (kind == "radio" and name not in form)):
            form[name] = attribute(tag, "value")
    onward = [tag for tag in BUTTON.findall(page) if attribute(tag, "value") in FORWARD]
    return {**form, **{attribute(tag, "name"): attribute(tag, "value") for tag in onward[:1]}}


async def walk(client: httpx.AsyncClient, url: str) -> float | None:
    """Answer one survey to its end; seconds from post to reply over all its pages, None where it was not accepted."""
    page = await client.get(url, follow_redirects=True)
    took = 0.0
    for _ in range(MOST_PAGES):
        # LimeSurvey has a second form on its pages, to change the language.
        forms = sorted(FORM.findall(page.text), key=lambda tag: "limesurvey" not in tag)
        if page.status_code >= 400 or not forms:
            break
        target, form = urljoin(str(page.url), attribute(forms[0], "action")), filled(page.text)
        started = time.monotonic()
        page = await client.post(target, data=form, follow_redirects=True)
        took += time.monotonic() - started
        if not set(form.values()) & set(FORWARD):
            break
    return took if took and page.status_code < 400 else None


async def post_other(url: str, forms_n: int, at_once: int, until: float) -> list[float]:
    """Seconds of each accepted post."""
    places, seconds = asyncio.Semaphore(at_once), []

    async def one() -> None:
        async with places, httpx.AsyncClient(timeout=60, trust_env=False) as client:
            if time.monotonic() > until:
                return
            took = await walk(client, url)
            if took is not None:
                seconds.append(took)

    await asyncio.gather(*(one() for _ in range(forms_n)))
    return seconds


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


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--own", type=int, default=0, metavar="BALLOTS")
    parser.add_argument("--url", default="")
    parser.add_argument("--forms", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--at-once", type=int, default=64)
    asked = parser.parse_args()
    if asked.url and urlsplit(asked.url).hostname not in ("127.0.0.1", "localhost", "::1"):
        parser.error("loopback only")
    if asked.url:
        started = time.monotonic()
        until = started + asked.seconds
        seconds = asyncio.run(post_other(asked.url, asked.forms, asked.at_once, until))
        print(report(asked.url, seconds, time.monotonic() - started))
        return
    with tempfile.TemporaryDirectory() as name:
        wave = ballot_wave(Path(name), {f"team{n}": 200 for n in range(max(1, (asked.own or 2000) // 200))})
        codes = [code for codes in wave.codes.values() for code in codes]
        with serving(wave.root) as (address, server):
            form = filled(httpx.get(f"{address}/a/{codes[0]}", trust_env=False).text)
            started, busy = time.monotonic(), processor_seconds(server.pid)
            seconds = asyncio.run(post_own(address, codes, form, asked.at_once, started + asked.seconds))
            took, busy = time.monotonic() - started, processor_seconds(server.pid) - busy
            load = ", ".join(f"{each:.0f}" for each in os.getloadavg())
            print(report("Quorum's page", seconds, took))
            print(f"{1000 * busy / max(1, len(seconds)):.2f} ms of processor a form; load of the machine {load}")


if __name__ == "__main__":
    main()
