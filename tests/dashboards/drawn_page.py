"""A page drawn by Streamlit's own test harness, and what of it people read and browsers get."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.release_builder import (
    PUBLIC_KEY,
    Draft,
    write_release,
)

PAGES = (
    "home",
    "heat_map",
    "participation",
    "trend",
    "compare",
    "challenges",
    "protection",
    "team",
    "actions",
    "about",
    "steward",
)


def _script(name: str, released: str, key: str, is_demo: bool) -> None:
    import importlib
    from pathlib import Path

    from dashboards.frame import show_page
    from dashboards.releases import Settings

    view = importlib.import_module(f"dashboards.views.{name}")
    beside = Path(released).parent
    settings = Settings(
        Path(released),
        Path(key) if key else None,
        is_demo,
        derived_dir=beside / "derived",
        reports_dir=beside / "reports",
        actions_file=beside / "actions.sqlite3",
    )
    show_page(settings, view.content, name, lambda group_id: None)


def page(name: str, folder: Path, is_demo: bool = False, **address: str) -> AppTest:
    """A page that has run once."""
    key = folder / "release.pub"
    arguments = {"released": str(folder / "released"), "key": str(key) if key.exists() else "", "is_demo": is_demo}
    test = AppTest.from_function(_script, default_timeout=60, kwargs={"name": name, **arguments})
    for field, value in address.items():
        test.query_params[field] = value
    return test.run()


def markup(test: AppTest) -> str:
    """All markup of ours on the page, without the style sheet; the table of the heat map is in it, too."""
    found: list[str] = []

    def walk(block: Any) -> None:
        for child in getattr(block, "children", {}).values():
            proto = getattr(child, "proto", None)
            if child.type == "html":
                found.append(proto.body)
            elif child.type == "bidi_component":
                found.append(
                    json.loads(proto.mixed.json if proto.WhichOneof("data") == "mixed" else proto.json)["table"]
                )
            walk(child)

    walk(test._tree)
    return "\n".join(body for body in found if not body.startswith("<style>"))


def everything(test: AppTest) -> str:
    """Every message sent to the browser, as text, without the style sheet and the random names of files to come."""
    found: list[str] = []

    def walk(block: Any) -> None:
        for child in getattr(block, "children", {}).values():
            text = re.sub(r'file_id: "[0-9a-f]{32}"', "", str(getattr(child, "proto", "")))
            if "<style>" not in text:
                found.append(text)
            walk(child)

    walk(test._tree)
    return "\n".join(found)


def text_of(source: str) -> str:
    """What people read in markup."""
    return html.unescape(re.sub(r"<[^>]+>", " ", source))


def without_orientation(source: str) -> str:
    """The markup without figures of others, which come with the instruments and not with the release."""
    return re.sub(r'<p class="q-note q-orientation">.*?</p>', "", source, flags=re.DOTALL)


def row(table: str, name: str) -> str:
    """The row of a group in the heat map."""
    rows = re.findall(r"<tr>.*?</tr>", table, flags=re.DOTALL)
    return next(each for each in rows if html.escape(name) in each.split("</th>")[0])


def release_of(folder: Path, draft: Draft) -> Path:
    """A workspace with one release."""
    write_release(folder / "released", draft)
    (folder / "release.pub").write_text(PUBLIC_KEY.hex())
    return folder
