"""The load script answers forms of other tools: pages, cookies, hidden fields, as LimeSurvey's form has them (T25)."""

from __future__ import annotations

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.ballots.load import filled, report, walk

LANGUAGE = '<form class="ls-language" action="/changelang"><input type="hidden" name="lang" value="de"></form>'
PAGE = (
    LANGUAGE + '<form id="limesurvey" action="/answer" method="post"><input type="hidden" name="step" value="{step}">'
    "<input type='radio' name='Q1' value='A1'><input type='radio' name='Q1' value='A2'>"
    '<button type="submit" name="move" value="clearall">Exit</button>'
    '<button type="submit" name="move" value="{move}">On</button></form>'
)


class FakeTool:
    """Three pages that need the cookie of the first; counts who came to the end."""

    def __init__(self) -> None:
        self.completed_n = 0
        routes = [Route("/survey", self.first), Route("/answer", self.answer, methods=["POST"])]
        self.app = Starlette(routes=routes)

    async def first(self, _request: Request) -> HTMLResponse:
        reply = HTMLResponse(PAGE.format(step=1, move="movenext"))
        reply.set_cookie("session", "s")
        return reply

    async def answer(self, request: Request) -> HTMLResponse:
        form = dict(item.split("=") for item in (await request.body()).decode().split("&"))
        if request.cookies.get("session") != "s" or form["Q1"] != "A1":
            return HTMLResponse("lost", status_code=400)
        if form["move"] == "movesubmit":
            self.completed_n += 1
            return HTMLResponse("Thank you")
        return HTMLResponse(PAGE.format(step=2, move="movesubmit"))


def test_a_form_of_several_pages_is_answered_to_its_end() -> None:
    tool = FakeTool()

    async def answer() -> float | None:
        transport = httpx.ASGITransport(app=tool.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await walk(client, "/survey")

    took = asyncio.run(answer())
    assert took is not None and tool.completed_n == 1


def test_of_each_question_the_first_answer_is_chosen_and_the_button_that_leads_on() -> None:
    assert filled(PAGE.format(step=1, move="movenext")) == {"lang": "de", "step": "1", "Q1": "A1", "move": "movenext"}


def test_the_report_tells_count_rate_median_and_99th_percentile() -> None:
    assert report("page", [0.01] * 99 + [1.0], 2.0) == "page: 100 accepted, 50 a second, median 10 ms, p99 10 ms"
