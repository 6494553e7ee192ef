"""Pages on paper: a template, data beside it, a PDF. Data go in as JSON, so that a name can never become markup.

The same release gives the same bytes: fonts come with the project, the date is that of the release, and nothing of the
machine, its clock or its fonts goes in. The PDF is tagged and follows PDF/UA-1, or it is not made.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboards.exports.page_pictures import picture_foot
from dashboards.exports.pictures import FONTS, clean
from dashboards.language import say, spoken
from dashboards.theme import LIGHT
from dashboards.waves import Wave

TEMPLATES = Path(__file__).parent / "templates"
Data = dict[str, Any]


def typeset(template: str, title: str, wave: Wave, data: Mapping[str, Any], is_demo: bool) -> bytes:
    """The PDF of a template of `templates/` with its data; `title` is the document's."""
    import typst  # a compiled typesetter that only paper needs

    closes_on = wave.manifest.closes_on
    whole = {
        **data,
        "title": title,
        "language": spoken(),
        "organisation": wave.root.name,
        "closed": [closes_on.year, closes_on.month, closes_on.day] if closes_on else None,
        "foot": foot_line(wave, is_demo),
        "page_of": say("paper_page_of", page="{page}", pages="{pages}"),
        "colours": asdict(LIGHT),
    }
    inputs = {"data": json.dumps(_cleaned(whole), ensure_ascii=False)}
    made = typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=["ua-1"],
        timestamp=_noon(closes_on),
    )
    return bytes(made)


def foot_line(wave: Wave, is_demo: bool) -> str:
    """Wave, release, policy and signature, as the foot of every sheet says them."""
    return " · ".join([picture_foot(wave), *([say("demo_foot")] if is_demo else [])])


def _noon(closes_on: datetime.date | None) -> int:
    """The clock of the typesetter, in seconds: noon of the closing day, or the start of 1970."""
    if closes_on is None:
        return 0
    return int(datetime.datetime(closes_on.year, closes_on.month, closes_on.day, 12, tzinfo=datetime.UTC).timestamp())


def _cleaned(value: Any) -> Any:
    """Without characters that no page can hold; they would stop the typesetter or be drawn as nothing."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {name: _cleaned(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    return value
