"""Pictures of the pages of a workspace: every page on a laptop, the main ones also dark, on a tablet, and in German.

Run: python -m tests.browser.take_pictures WORKSPACE OUT_DIR [--all]
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.app_server import PAGES, chromium, find_chromium, fit_to_content, open_page, running_app

MOST_HEIGHT = 2600
COLOURS = 192
QUERIES = {
    "heat_map": "level=team",
    "trend": "group=inp-fern&measure=bo1&beside=adu-oak",
    "compare": "level=team",
    "team": "group=cri-quay",
}


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: page, width in pixels, theme, language."""

    name: str
    width: int
    scheme: str = "light"
    language: str = "en"

    @property
    def file_name(self) -> str:
        """home-390-dark-de.png; English has no ending."""
        ending = "" if self.language == "en" else f"-{self.language}"
        return f"{self.name}-{self.width}-{self.scheme}{ending}.png"


KEPT = (
    *(Shot(name, 1440) for name in PAGES),
    *(Shot(name, 1440, "dark") for name in ("home", "heat_map", "trend")),
    *(Shot(name, 390, "dark", "de") for name in ("home", "heat_map", "trend", "team")),
    *(Shot(name, 820) for name in ("home", "trend")),
)
ALL = tuple(
    Shot(name, width, scheme, language)
    for name in PAGES
    for width in (390, 820, 1440)
    for scheme in ("light", "dark")
    for language in ("en", "de")
)


def main() -> int:
    """Write the pictures; returns 0, or 2 if there is no browser to take them with."""
    parser = argparse.ArgumentParser(description="Take pictures of the pages of a workspace.")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--all", action="store_true", help="every page, width, theme and language, to look at")
    given = parser.parse_args()
    if find_chromium() is None:
        print("No Chromium found: install one to take pictures.", file=sys.stderr)
        return 2
    given.out_dir.mkdir(parents=True, exist_ok=True)
    take(given.workspace, given.out_dir, ALL if given.all else KEPT)
    return 0


def take(workspace: Path, out_dir: Path, shots: tuple[Shot, ...]) -> None:
    """Serve the workspace and take each picture; what a browser complains of is printed beside its name."""
    data = workspace / "data"
    beside = {
        "DERIVED_DIR": data / "derived",
        "REPORTS_DIR": data / "reports",
        "ACTIONS_FILE": data / "actions.sqlite3",
    }
    key, is_demo = workspace / "keys" / "release.pub", (workspace / "demo-workspace").exists()
    with running_app(data / "released", key, is_demo, beside) as address, chromium() as browser:
        for shot in shots:
            query = "&".join(each for each in (QUERIES.get(shot.name, ""), f"lang={shot.language}") if each)
            page = open_page(browser, f"{address}/{PAGES[shot.name]}?{query}", shot.width, shot.scheme)
            fit_to_content(page, shot.width)
            _save(page, shot, out_dir)
            print(shot.file_name, *page.errors, *page.outside, flush=True)
            page.close()


def _save(page: Any, shot: Shot, out_dir: Path) -> None:
    """The picture with a palette, so that it stays small; very long pages end before their foot."""
    from PIL import Image

    path = out_dir / shot.file_name
    height = min(MOST_HEIGHT, page.viewport_size["height"])
    page.screenshot(path=str(path), clip={"x": 0, "y": 0, "width": shot.width, "height": height})
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    raise SystemExit(main())
