"""Pages on paper: a template, data beside it, a PDF. Data go in as JSON, so that a name can never become markup.

The same release gives the same bytes: fonts come with the project, the date is that of the release, and nothing of the
machine or its clock goes in. Only a name in a script that those fonts lack (Chinese, Thai) is drawn with the fonts of
the machine, and what they lack, too, is a stand-in that the foot explains. The PDF is tagged and follows PDF/UA-1, or
it is not made.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboards.exports.drawing import clean
from dashboards.exports.page_pictures import picture_foot
from dashboards.exports.pictures import FONTS
from dashboards.language import say, spoken
from dashboards.theme import LIGHT
from dashboards.waves import Wave

TEMPLATES = Path(__file__).parent / "templates"
Data = dict[str, Any]
_NOT_DRAWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_BY_NUMBER = re.compile(r"\\u\{([0-9a-f]+)\}")
_STAND_IN = "\ufffd"


def typeset(template: str, title: str, wave: Wave, data: Mapping[str, Any], is_demo: bool) -> bytes:
    """The PDF of a template of `templates/` with its data; `title` is the document's."""
    closes_on = wave.manifest.closes_on
    whole = _texts(
        {
            **data,
            "title": title,
            "language": spoken(),
            "organisation": wave.root.name,
            "closed": [closes_on.year, closes_on.month, closes_on.day] if closes_on else None,
            "foot": foot_line(wave, is_demo),
            "page_of": say("paper_page_of", page="{page}", pages="{pages}"),
            "colours": asdict(LIGHT),
        },
        clean,
    )
    made = _compiled(template, whole, closes_on, has_machine_fonts=False)
    if isinstance(made, bytes):
        return made
    made = _compiled(template, whole, closes_on, has_machine_fonts=True)
    if isinstance(made, bytes):
        return made
    stand_ins = str.maketrans(dict.fromkeys(made, _STAND_IN))
    told = _texts(whole, lambda text: text.translate(stand_ins))
    made = _compiled(template, {**told, "foot": f"{told['foot']} · {say('paper_letters')}"}, closes_on, True)
    if isinstance(made, bytes):
        return made
    raise ValueError(f"{template}: letters stay undrawn")


def _compiled(template: str, whole: Data, closes_on: datetime.date | None, has_machine_fonts: bool) -> bytes | set[str]:
    """The PDF, or the letters that no font at hand can draw; PDF/UA-1 forbids boxes in their place."""
    import typst  # a compiled typesetter that only paper needs

    try:
        made = typst.compile(
            str(TEMPLATES / template),
            root=str(TEMPLATES),
            font_paths=[str(FONTS)],
            ignore_system_fonts=not has_machine_fonts,
            format="pdf",
            sys_inputs={"data": json.dumps(whole, ensure_ascii=False)},
            pdf_standards=["ua-1"],
            timestamp=_noon(closes_on),
        )
    except typst.TypstError as error:
        named = "".join(_NOT_DRAWN.findall(str(error.diagnostic)))
        signs = _BY_NUMBER.sub(lambda number: chr(int(number[1], 16)), named)
        undrawn = {sign for sign in signs if not sign.isascii()}
        if not undrawn:
            raise
        return undrawn
    return bytes(made)


def foot_line(wave: Wave, is_demo: bool) -> str:
    """Wave, release, policy and signature, as the foot of every sheet says them."""
    return " · ".join([picture_foot(wave), *([say("demo_foot")] if is_demo else [])])


def _noon(closes_on: datetime.date | None) -> int:
    """The clock of the typesetter, in seconds: noon of the closing day, or the start of 1970."""
    if closes_on is None:
        return 0
    return int(datetime.datetime(closes_on.year, closes_on.month, closes_on.day, 12, tzinfo=datetime.UTC).timestamp())


def _texts(value: Any, change: Callable[[str], str]) -> Any:
    """The same data with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _texts(each, change) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(each, change) for each in value]
    return value
