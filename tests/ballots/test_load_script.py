"""The load script answers LimeSurvey's form: cookies, CSRF token, hidden fields, tokens of invited people (T25).

The stand-in sends the markup of LimeSurvey's themes and refuses what LimeSurvey refuses.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.ballots.load import Target, arguments, browser, form_of, report, walk

SID = "282267"
LANGUAGE = (
    '<form id="changelang" class="ls-languagechanger-form" action="/index.php/282267" method="get">'
    '<select name="lang"><option value="en" selected>English</option><option value="de">Deutsch</option></select>'
    "</form>"
)
HEAD = (
    '<form id="limesurvey" class="survey-form-container form" action="/index.php/282267" method="post"'
    ' name="limesurvey" autocomplete="off"><input type="hidden" value="{csrf}" name="YII_CSRF_TOKEN" />'
    "<input type='hidden' name='thisstep' value='{step}' id='thisstep' /><input type='hidden' name='sid' "
    "value='282267' id='sid' /><input type='hidden' name='start_time' value='1' id='start_time' />"
    '<input type="hidden" name="LEMpostKey" value="{key}" id="LEMpostKey" />'
    '<input type="hidden" name="ajax" value="off" id="ajax" />'
    '<input type="hidden" name="fieldnames" value="{names}" id="fieldnames" />'
)
FOOT = (
    '<button type="submit" value="moveprev" name="move" class="ls-move-previous-btn">Previous</button>'
    '<button id="ls-button-submit" type="submit" value="{move}" name="move" accesskey="l" class="ls-move-btn">{word}'
    '</button><button class="btn-link" name="saveall" value="saveall" type="submit">Resume later</button>'
    '<button name="clearall" value="clearall" type="submit" data-confirmedby="confirm-clearall">Exit</button></form>'
)
RADIO = (
    '<input class="" type="radio" value="{value}" name="282267X1X{n}" id="answer282267X1X{n}{value}" data-name="x" />'
)
QUESTIONS = {
    0: "<h1>Welcome</h1>",
    1: "".join(RADIO.format(n=1, value=value) for value in ("", "A1", "A2"))
    + '<input type="hidden" name="java282267X1X1" id="java282267X1X1" value="">',
    2: '<select name="282267X1X2" id="answer282267X1X2"><option value="">Please choose...</option>'
    '<option value="B1">Daily</option><option value="B2">Never</option></select>'
    '<input type="text" class="form-control" name="282267X1X3" id="answer282267X1X3" value="" />',
}


class LimeSurvey:
    """A survey of three pages for invited people; the last asks for a number, which is mandatory."""

    def __init__(self, tokens: set[str]) -> None:
        self.unused, self.answers, self.sessions = tokens, list[dict[str, str]](), dict[str, dict[str, str]]()
        self.app = Starlette(routes=[Route(f"/index.php/{SID}", self.page, methods=["GET", "POST"])])

    async def page(self, request: Request) -> HTMLResponse:
        if request.method == "GET":
            token = request.query_params.get("token", "")
            if token not in self.unused:
                return HTMLResponse(LANGUAGE + "<p>The access code you have provided is not valid.</p>")
            name, csrf = secrets.token_hex(8), secrets.token_hex(8)
            self.sessions[name] = {"token": token, "csrf": csrf, "step": "0", "key": ""}
            reply = self._shown(self.sessions[name])
            reply.set_cookie("LS-ABC", name, httponly=True)
            reply.set_cookie("YII_CSRF_TOKEN", csrf)
            return reply
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode(), True).items()}
        session = self.sessions.get(request.cookies.get("LS-ABC", ""))
        if (
            session is None
            or not form.get("YII_CSRF_TOKEN") == request.cookies.get("YII_CSRF_TOKEN") == session["csrf"]
        ):
            return HTMLResponse("The CSRF token could not be verified.", status_code=400)
        if (form["sid"], form["thisstep"], form["LEMpostKey"]) != (SID, session["step"], session["key"]):
            return HTMLResponse("Please use the buttons of the page.", status_code=400)
        session.update({name: answer for name, answer in form.items() if name.startswith(SID)})
        if form["move"] == "movesubmit" and not session.get("282267X1X3"):
            return self._shown(session, "<p class='ls-em-error'>Please check the format of your answer.</p>")
        if form["move"] == "movesubmit":
            self.unused.discard(session["token"])
            self.answers.append({name: answer for name, answer in session.items() if name.startswith(SID)})
            return HTMLResponse(
                LANGUAGE + '<div class="completed-wrapper"><div class="completed-text">Thank you!</div></div>'
            )
        session["step"] = str(int(session["step"]) + 1)
        return self._shown(session)

    def _shown(self, session: dict[str, str], error: str = "") -> HTMLResponse:
        session["key"] = str(secrets.randbelow(10**9))
        step = int(session["step"])
        move, word = ("movesubmit", "Submit") if step == max(QUESTIONS) else ("movenext", "Next")
        head = HEAD.format(csrf=session["csrf"], step=step, key=session["key"], names="")
        return HTMLResponse(LANGUAGE + head + error + QUESTIONS[step] + FOOT.format(move=move, word=word))


def answered(tool: LimeSurvey, target: Target, token: str) -> float | None:
    """What the script makes of one person's survey."""

    async def answer() -> float | None:
        async with browser(httpx.ASGITransport(app=tool.app)) as client:
            return await walk(client, target, f"{target.url}&token={token}")

    return asyncio.run(answer())


URL = f"http://127.0.0.1/index.php/{SID}?lang=en"
WHOLE = Target(URL, {"282267X1X3": "37", "not-asked": "1"}, "Thank you!")


def test_a_survey_of_limesurvey_is_answered_from_the_welcome_to_its_end() -> None:
    tool = LimeSurvey({"t1"})
    assert answered(tool, WHOLE, "t1") is not None
    assert tool.answers == [{"282267X1X1": "A1", "282267X1X2": "B1", "282267X1X3": "37"}]


@pytest.mark.parametrize(
    ("target", "token"),
    [
        pytest.param(Target(URL), "t1", id="a mandatory question left"),
        pytest.param(WHOLE, "t2", id="a token that is not known"),
        pytest.param(Target(URL, WHOLE.own, "Merci"), "t1", id="another end than the one named"),
    ],
)
def test_what_did_not_come_to_its_end_is_not_counted(target: Target, token: str) -> None:
    assert answered(LimeSurvey({"t1"}), target, token) is None


def test_a_token_that_was_used_is_not_counted_again() -> None:
    tool = LimeSurvey({"t1"})
    assert answered(tool, WHOLE, "t1") is not None and answered(tool, WHOLE, "t1") is None
    assert len(tool.answers) == 1


def test_a_form_that_leads_away_from_this_machine_is_not_followed() -> None:
    asked: list[str] = []

    async def away(request: Request) -> HTMLResponse:
        asked.append(request.url.hostname or "")
        return HTMLResponse("", 302, {"location": "http://survey.example/"})

    tool = LimeSurvey({"t1"})
    tool.app = Starlette(routes=[Route("/{path:path}", away)])
    with pytest.raises(SystemExit, match="loopback only"):
        answered(tool, WHOLE, "t1")
    assert asked == ["127.0.0.1"]


def test_the_form_of_the_questions_is_found_beside_that_of_the_languages() -> None:
    form = form_of(
        LANGUAGE
        + HEAD.format(csrf="c", step=1, key="k", names="")
        + QUESTIONS[1]
        + FOOT.format(move="movenext", word="")
    )
    assert form is not None and form.id == "limesurvey" and "lang" not in form.fields
    assert (form.fields["282267X1X1"], form.move) == ("A1", ("move", "movenext"))


def test_addresses_outside_this_machine_are_refused_and_own_answers_are_read(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        arguments(["--url", "http://survey.example/index.php/1"])
    asked = arguments(["--url", URL, "--field", "a=b=c", "--tokens", str(tmp_path / "t")])
    assert asked.field == [("a", "b=c")] and asked.own == 2_000


def test_the_report_tells_count_rate_median_and_99th_percentile() -> None:
    assert report("page", [0.01] * 99 + [1.0], 2.0) == "page: 100 accepted, 50 a second, median 10 ms, p99 10 ms"
