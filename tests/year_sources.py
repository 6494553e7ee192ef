"""Two waves of the rehearsed year that come by other ways than a file: the staff page, and a survey tool."""

from __future__ import annotations

import csv
import datetime
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from flows.zones import Zones
from surveys.page.inbox import open_inbox
from tests.ballots.served_page import Served
from tests.ballots.wave_maker import SIGNPOST, printed_wave
from tests.integration.release_without_prefect import quorum
from tests.unit.collect.survey_server import PASSWORD, USER, SurveyServer, serving

ON_PAGE, PULLED = "2027-09", "2027-11"
OFFICES = (
    '[survey.keys]\nsteward_office = "the research office"\nmixer_office = "the staff council"\n'
    'manage_nobody_asked = true\n[survey.page]\naddress = "https://pulse.example"\n'
)


def put_on_staff_page(root: Path) -> None:
    """Take the file of this wave out of the settings, and let the calendar open it on the staff page."""
    toml = root / "quorum.toml"
    text = _without_source(toml.read_text("utf-8"), ON_PAGE)
    text = text.replace('rhythm = "monthly"\n', f'rhythm = "monthly"\n{SIGNPOST}{OFFICES}')
    toml.write_text(text.replace(f'wave_id = "{ON_PAGE}"\n', f'wave_id = "{ON_PAGE}"\nstaff_page = true\n'), "utf-8")


def answer_on_page(root: Path, on: datetime.date) -> str:
    """Print the ballots and answer with them as the wave's file says; what came of it."""
    printed = quorum("survey", "ballots", "--wave", ON_PAGE, "--workspace", root)
    wave = printed_wave(root, ON_PAGE)
    known = {item.id: {option.code for option in item.options} for item in wave.manifest.items}
    thanked = 0
    with open_inbox(wave.inbox) as con:
        page = Served(wave, con)
        page.today = on
        for row in _rows(root, ON_PAGE):
            answers = {name: code for name, code in row.items() if code in known.get(name, ())}
            thanked += page.send(page.code(row["unit_id"]), **answers) == 303
        page.writer.stop()
    return f"{on}  {ON_PAGE}  ballots printed ({printed.code}), {thanked} people thanked"


@contextmanager
def pulled_wave(root: Path) -> Iterator[SurveyServer]:
    """A survey tool that holds the answers of a wave and is busy at first, named in the settings instead of a file."""
    rows = _rows(root, PULLED)
    items = [name for name in rows[0] if name != "unit_id"]
    held = [
        {"id": at, "submitdate": "1980-01-01 00:00:00", "lastpage": 1, "startlanguage": "en", "seed": str(at),
         "team": row["unit_id"], **{name: row[name] for name in items}}
        for at, row in enumerate(rows, start=1)
    ]  # fmt: skip
    lines = [f"  {name}: {{ column: {name} }}" for name in items]
    (root / "maps" / "lime.yaml").write_text(
        "tool: limesurvey\nunit: { column: team }\ndrop: [id, submitdate, lastpage, startlanguage, seed]\nitems:\n"
        + "\n".join(lines)
        + "\n",
        "utf-8",
    )
    toml = root / "quorum.toml"
    with serving("503", held) as server, mock.patch.dict(os.environ, {"LIME_LOGIN": f"{USER}:{PASSWORD}"}):
        source = f'[[sources]]\nwave_id = "{PULLED}"\nkind = "limesurvey_api"\nurl = "{server.url}"\nsurvey_id = 4711\n'
        text = _without_source(toml.read_text("utf-8"), PULLED)
        toml.write_text(f'{text}{source}credentials = "LIME_LOGIN"\nmap = "maps/lime.yaml"\n', "utf-8")
        yield server


def _without_source(text: str, wave_id: str) -> str:
    return re.sub(rf'\[\[sources\]\]\nwave_id = "{wave_id}"\npath = "[^"]*"\n', "", text)


def _rows(root: Path, wave_id: str) -> list[dict[str, str]]:
    with (Zones(root).root / "post" / f"{wave_id}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
