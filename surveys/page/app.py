"""The staff page: which address gives which page (BALLOTS B7-B13). No cookie, no session, no time, no script."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import importlib.resources
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from surveys.ballot_code import ballot_hash, read_code
from surveys.ballot_record import is_blank, pack, seal_inner, seal_outer
from surveys.page.form_body import CHANGE, CHECK, Sheet, Unreadable, read_body, read_fields, read_sheet
from surveys.page.headers import Guarded
from surveys.page.inbox import Reply, Submission
from surveys.page.render import Pages
from surveys.page.words import chosen_language
from surveys.page.writer import QUEUE_N, QueueFull, Writer

AT_WORK_N = 64
TOKENS_A_SECOND = 4_000.0
TOKENS_N = 8_000.0
SAME_SITE = ("same-origin", "none")


@dataclass(slots=True)
class Gate:
    """How much is let in, without looking at who: a bucket of tokens, places at work, and a queue."""

    tokens: float = TOKENS_N
    filled_at: float = field(default_factory=time.monotonic)
    at_work: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_WORK_N))
    waiting_n: int = 0
    most_waiting_n: int = QUEUE_N

    def lets_in(self) -> bool:
        """Whether one more request may wait."""
        now = time.monotonic()
        self.tokens = min(TOKENS_N, self.tokens + (now - self.filled_at) * TOKENS_A_SECOND)
        self.filled_at = now
        if self.tokens < 1 or self.waiting_n >= self.most_waiting_n:
            return False
        self.tokens -= 1
        return True


class StaffPage:
    """The answers to all requests of one wave. `units`: unit number by ballot hash; `today`: the one clock."""

    def __init__(
        self,
        pages: Pages,
        pepper: bytes,
        units: Mapping[bytes, int],
        writer: Writer,
        today: Callable[[], datetime.date],
    ) -> None:
        self._pages, self._manifest = pages, pages.manifest
        self._pepper, self._units, self._writer, self._today = pepper, units, writer, today
        self._gate = Gate()
        self._packed_items = self._manifest.packed_items
        self._repeat_key = secrets.token_bytes(32)
        self._style = importlib.resources.files("surveys.page").joinpath("static/style.css").read_bytes()
        # Made before anything can fail.
        self._failed_pages = {each: pages.notice(each, "failed") for each in self._manifest.languages}
        # Unknown codes look like codes of some unit, each as often as its ballots: looking never tells (B8).
        self._by_weight = [number for number, unit in enumerate(self._manifest.units) for _ in range(unit.ballots_n)]

    def app(self) -> ASGIApp:
        """The application with its headers and its guard."""
        routes = [
            Route("/", self.entry, methods=["GET"]),
            Route("/", self.typed, methods=["POST"]),
            Route("/a/{code}", self.scanned, methods=["GET"]),
            Route("/a", self.sent, methods=["POST"]),
            Route("/done", self.done, methods=["GET"]),
            Route("/protection", self.protection, methods=["GET"]),
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/style.css", self.style, methods=["GET"]),
        ]
        app = Starlette(routes=routes, exception_handlers={HTTPException: self._missing, Exception: self._failed})
        app.router.redirect_slashes = False
        return Guarded(app)

    async def entry(self, request: Request) -> Response:
        """Where a code is typed."""
        language = self._language(request)
        return self._when_open(language) or HTMLResponse(self._pages.entry(language))

    async def typed(self, request: Request) -> Response:
        """The form after a typed code; no code in any address."""
        language = self._language(request)
        try:
            fields = await self._fields(request)
            if not {"code", "lang"}.issuperset(fields) or "code" not in fields:
                raise Unreadable(400)
        except Unreadable as error:
            return self._unreadable(language, error.status)
        return self._show(fields["code"], self._named(fields.get("lang"), language), has_languages=False)

    async def scanned(self, request: Request) -> Response:
        """The form after a scanned ballot. In kiosk mode codes are typed only."""
        language = self._language(request)
        if self._pages.kiosk:
            return HTMLResponse(self._pages.notice(language, "missing"), status_code=404)
        return self._show(request.path_params["code"], language, has_languages=True)

    def _show(self, typed: str, language: str, *, has_languages: bool) -> Response:
        closed = self._when_open(language)
        if closed is not None:
            return closed
        code = read_code(self._manifest.wave_id, typed)
        if code is None:
            return HTMLResponse(self._pages.typing_mistake(language, {}), status_code=404)
        unit_no = self._unit_of(ballot_hash(self._pepper, self._manifest.wave_id, code))
        return HTMLResponse(self._pages.form(unit_no, code, language, has_languages=has_languages))

    async def sent(self, request: Request) -> Response:
        """Answers: stored and redirected, or a page that keeps them."""
        language = self._language(request)
        if request.headers.get("sec-fetch-site", "none") not in SAME_SITE:
            return HTMLResponse(self._pages.notice(language, "foreign", "unreadable"), status_code=403)
        try:
            sheet = read_sheet(await self._fields(request), self._manifest)
        except Unreadable as error:
            return self._unreadable(language, error.status)
        language = self._named(sheet.language, language)
        code = read_code(self._manifest.wave_id, sheet.code)
        if code is None:
            page = self._pages.typing_mistake(language, sheet.chosen, blank=sheet.may_be_blank)
            return HTMLResponse(page, status_code=404)
        ballot = ballot_hash(self._pepper, self._manifest.wave_id, code)
        return await self._take(sheet, code, ballot, language)

    async def _take(self, sheet: Sheet, code: str, ballot: bytes, language: str) -> Response:
        unit_no = self._unit_of(ballot)
        if is_blank(sheet.answers) and not sheet.may_be_blank:
            page = self._pages.form_again(unit_no, code, language, {}, "blank_problem", is_blank=True)
            return self._when_open(language) or HTMLResponse(page, status_code=422)
        if not self._is_time():
            return self._when_open(language) or self._closed(language)
        if sheet.step == CHECK:
            return HTMLResponse(self._pages.check(code, language, sheet.chosen))
        if sheet.step == CHANGE:
            return HTMLResponse(self._pages.form_again(unit_no, code, language, sheet.chosen))
        try:
            reply = await self._store(sheet, ballot, unit_no)
        except QueueFull:
            return self._again(unit_no, code, language, sheet, "busy_problem")
        if reply is Reply.STORED:
            place = "" if self._pages.kiosk else f"&u={unit_no}"
            return RedirectResponse(f"/done?lang={language}{place}", status_code=303)
        if reply is Reply.CLOSED:
            return self._closed(language)
        if reply is Reply.FULL:
            return self._again(unit_no, code, language, sheet, "full_problem")
        page = self._pages.not_counted(language, sheet.chosen, blank=sheet.may_be_blank)
        return HTMLResponse(page, status_code=409)

    async def _store(self, sheet: Sheet, ballot: bytes, unit_no: int) -> Reply:
        """Seal twice and hand over; used and unknown ballots take this same way. Raises QueueFull."""
        if not self._gate.lets_in():
            raise QueueFull
        self._gate.waiting_n += 1
        try:
            async with self._gate.at_work:
                padded = pack(self._packed_items, sheet.answers, self._manifest.tag)
                digest = hashlib.blake2b(ballot + padded, key=self._repeat_key, digest_size=32).digest()
                inner = seal_inner(padded, self._manifest.steward_key)
                record = seal_outer(unit_no, inner, self._manifest.mixer_key)
                return await self._writer.submit(Submission(ballot, record), digest)
        finally:
            self._gate.waiting_n -= 1

    def _again(self, unit_no: int, code: str, language: str, sheet: Sheet, problem: str) -> Response:
        page = self._pages.form_again(unit_no, code, language, sheet.chosen, problem)
        return HTMLResponse(page, status_code=503, headers={"retry-after": "5"})

    async def done(self, request: Request) -> Response:
        """Thank you."""
        place = request.query_params.get("u", "")
        unit_no = int(place) if place.isascii() and place.isdigit() and len(place) < 9 else None
        kiosk = {"clear-site-data": '"cache", "storage"', "refresh": "15; url=/"} if self._pages.kiosk else {}
        return HTMLResponse(self._pages.done(self._language(request), unit_no), headers=kiosk)

    async def protection(self, request: Request) -> Response:
        """How people are protected."""
        return HTMLResponse(self._pages.protection(self._language(request)))

    async def healthz(self, _request: Request) -> Response:
        """For a proxy: a constant text."""
        return PlainTextResponse("ok\n")

    async def style(self, _request: Request) -> Response:
        """The one style sheet."""
        return Response(self._style, media_type="text/css")

    async def _missing(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        headers = error.headers if isinstance(error, HTTPException) else None
        page = self._pages.notice(self._language(request), "missing")
        return HTMLResponse(page, status_code=status, headers=headers)

    async def _failed(self, request: Request, _error: Exception) -> Response:
        return HTMLResponse(self._failed_pages[self._language(request)], status_code=500)

    async def _fields(self, request: Request) -> dict[str, str]:
        return read_fields(await read_body(request.stream(), request.headers.get("content-type", "")))

    def _unreadable(self, language: str, status: int) -> Response:
        return HTMLResponse(self._pages.notice(language, "unreadable"), status_code=status)

    def _closed(self, language: str) -> Response:
        return HTMLResponse(self._pages.notice(language, "closed", start=False), status_code=410)

    def _is_time(self) -> bool:
        return self._manifest.opens_on <= self._today() <= self._manifest.closes_on

    def _when_open(self, language: str) -> Response | None:
        """The page instead of a form before the first and after the last day; None in between."""
        if self._today() < self._manifest.opens_on:
            return HTMLResponse(self._pages.notice(language, "not_open", start=False), status_code=403)
        return None if self._is_time() else self._closed(language)

    def _unit_of(self, ballot: bytes) -> int:
        known = self._units.get(ballot)
        pick = int.from_bytes(hashlib.blake2b(ballot, key=self._pepper, digest_size=8).digest(), "big")
        return self._by_weight[pick % len(self._by_weight)] if known is None else known

    def _language(self, request: Request) -> str:
        asked, accepted = request.query_params.get("lang"), request.headers.get("accept-language", "")
        return chosen_language(asked, accepted, self._manifest.languages)

    def _named(self, asked: str | None, otherwise: str) -> str:
        return asked if asked in self._manifest.languages and asked is not None else otherwise
