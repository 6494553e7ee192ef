"""Every page and error state of the staff page in Chromium, for axe-core and for pictures to look at.

python -m tests.browser.staff_states FOLDER   every state in three languages, at three widths, light and dark, and what
                                              is printed; made-up answers
"""

from __future__ import annotations

import datetime
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flows.ballots.print_sheets import poster
from surveys.ballot_code import new_code
from surveys.page.app import StaffPage
from surveys.page.inbox import ballots, open_inbox
from surveys.page.render import Pages
from surveys.page.writer import Writer
from surveys.wave_manifest import fingerprint
from tests.ballots.served_page import on_a_port
from tests.ballots.wave_maker import WAVE, BallotWave, ballot_wave
from tests.browser.app_server import chromium

WIDTHS = (320, 390, 1280)
LANGUAGES = ("en", "de", "es")
LONG = "Kinder- und jugendpsychiatrische Institutsambulanz Nord-Ost"


@dataclass(frozen=True)
class State:
    """One page. form: what is posted to it; stands: what is set in the page before (day, queue, disk)."""

    name: str
    path: str
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    day: int = 0
    is_busy: bool = False
    is_full: bool = False
    is_broken: bool = False
    is_kiosk: bool = False


def states(code: str, used: str, unit_no: int) -> list[State]:
    """All of them, for a fresh and a used ballot."""
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    return [
        State("entry", "/"),
        State("form", f"/a/{code}"),
        State("typing-mistake", f"/a/{wrong}"),
        State("typing-mistake-with-answers", "/a", {"code": wrong, "bo1": "2"}),
        State("blank", "/a", {"code": code}),
        State("check", "/a", {"code": code, "bo1": "2", "step": "check"}),
        State("used", "/a", {"code": used, "bo1": "4"}),
        State("unknown", "/a", {"code": new_code(WAVE), "bo1": "4"}),
        State("busy", "/a", {"code": code, "bo1": "2"}, is_busy=True),
        State("full", "/a", {"code": code, "bo1": "2"}, is_full=True),
        State("failed", "/a", {"code": code, "bo1": "2"}, is_broken=True),
        State("foreign", "/a", {"code": code, "bo1": "2"}, headers={"sec-fetch-site": "cross-site"}),
        State("unreadable", "/a", {"code": code, "surprise": "1"}),
        State("missing", "/nothing-here"),
        State("closed", f"/a/{code}", day=1),
        State("not-open", f"/a/{code}", day=-1),
        State("done", f"/done?u={unit_no}"),
        State("done-kiosk", "/done", is_kiosk=True),
        State("protection", "/protection"),
    ]


class Stage:
    """The page in this process, put into any state."""

    def __init__(self, wave: BallotWave, con: Any) -> None:
        self.wave, self.today, self.con = wave, datetime.date.today(), con
        self.writer = Writer(con)
        self.writer.start()
        manifest = replace(wave.manifest, has_check_step=True)
        units, pepper = ballots(con), wave.secret("pepper")
        self.pages = Pages(manifest), Pages(manifest, kiosk=True)
        self.page = StaffPage(self.pages[0], pepper, units, self.writer, lambda: self.today)
        self._usual = self.page._gate.most_waiting_n
        self.used = wave.codes["fern"][0]
        self.code = wave.codes[wave.manifest.units[-1].unit_id][0]

    def set(self, state: State) -> None:
        """Put the page into the state that a request will meet."""
        self.today = datetime.date.today() + datetime.timedelta(days=state.day)
        self.page._gate.most_waiting_n = 0 if state.is_busy else self._usual
        self.page._writer = None if state.is_broken else self.writer  # type: ignore[assignment]
        self.page._pages = self.pages[state.is_kiosk]
        self.con.execute(f"pragma query_only = {'on' if state.is_full else 'off'}")

    def states(self) -> list[State]:
        """Every state, with ballots of this wave."""
        return states(self.code, self.used, len(self.wave.manifest.units) - 1)


@contextmanager
def staged(folder: Path) -> Iterator[tuple[Stage, str]]:
    """A wave with a long name among its teams, one ballot used, and its address."""
    wave = ballot_wave(folder, {"fern": 12, "ivy": 9, LONG.casefold().replace(" ", "-"): 6})
    with open_inbox(wave.inbox) as con:
        stage = Stage(wave, con)
        with on_a_port(stage.page) as address:
            from httpx import post

            form = {"code": stage.used, "bo1": "3"}
            assert post(f"{address}/a", data=form, trust_env=False).status_code == 303
            yield stage, address
        stage.writer.stop()


def show(page: Any, address: str, state: State, language: str) -> None:
    """Open a state as a browser would: a form is really posted, by the navigation itself."""
    path = f"{state.path}{'&' if '?' in state.path else '?'}lang={language}"
    form = None if state.form is None else urlencode({**state.form, "lang": language})

    def go_on(route: Any) -> None:
        usual = {**route.request.headers, **state.headers}
        if form is None:
            route.continue_(headers=usual)
            return
        kind = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
        route.continue_(method="POST", post_data=form, headers={**usual, **kind, **state.headers})

    page.route(address + path, go_on)
    page.goto(address + path)
    page.unroute(address + path)


def take_states(browser: Any, stage: Stage, address: str, target: Path) -> None:
    """Pictures of every state, whole pages."""
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        for state in stage.states():
            stage.set(state)
            for language in LANGUAGES:
                show(page, address, state, language)
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 800})
                    page.screenshot(path=target / f"{state.name}-{language}-{width}-{scheme}.png", full_page=True)
        page.close()


def take_prints(browser: Any, wave: BallotWave, target: Path) -> None:
    """What is printed, as PDF and as pictures of it: the ballots of every unit and the posters."""
    folder = wave.zones.ballots_folder(WAVE)
    for language in wave.manifest.languages:
        text = poster(wave.manifest, fingerprint(wave.manifest.raw), language)
        (folder / f"poster-{language}.html").write_text(text, "utf-8")
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print")
    for path in sorted(folder.glob("*.html")):
        page.goto(path.as_uri())
        page.pdf(path=target / f"{path.stem}.pdf", prefer_css_page_size=True)
        page.screenshot(path=target / f"{path.stem}.png", full_page=True)
    page.close()


def main() -> None:
    """Take the pictures."""
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, staged(Path(name)) as (stage, address), chromium() as browser:
        take_prints(browser, stage.wave, target)
        take_states(browser, stage, address, target)


if __name__ == "__main__":
    main()
