"""Pictures of every page at 390 and 1440 px in both themes.

Run: python tests/browser/take_pictures.py RELEASED_DIR OUT_DIR [--demo]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.app_server import (
    CHROMIUM_ARGUMENTS,
    PAGES,
    find_chromium,
    fit_to_content,
    open_page,
    running_app,
)

WIDTHS = (390, 1440)
SCHEMES = ("light", "dark")


def main() -> int:
    """Write the pictures; returns 0, or 2 if there is no browser to take them with."""
    parser = argparse.ArgumentParser(description="Take pictures of every page.")
    parser.add_argument("released_dir", type=Path)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--demo", action="store_true", help="with the caution line of demo data")
    parser.add_argument("--key", type=Path, help="public key file of the workspace")
    parser.add_argument("--widths", type=int, nargs="*", default=WIDTHS)
    parser.add_argument("--heat-map-query", default="", help="such as level=team")
    parser.add_argument("--trend-query", default="", help="such as group=acute&measure=bo1")
    given = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("No Chromium found: install one to take pictures.", file=sys.stderr)
        return 2
    given.out_dir.mkdir(parents=True, exist_ok=True)
    take(given, chromium)
    return 0


def take(given: argparse.Namespace, chromium: str) -> None:
    """One picture for each page, width and theme."""
    from playwright.sync_api import sync_playwright

    with running_app(given.released_dir, given.key, given.demo) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        for name, path in PAGES.items():
            queries = {"trend": given.trend_query, "heat_map": given.heat_map_query}
            query = f"?{queries[name]}" if queries.get(name) else ""
            for width in given.widths:
                for scheme in SCHEMES:
                    page = open_page(browser, f"{address}/{path}{query}", width, scheme)
                    fit_to_content(page, width)
                    page.screenshot(path=str(given.out_dir / f"{name}-{width}-{scheme}.png"))
                    print(name, width, scheme, *page.errors, *page.outside)
                    page.close()
        browser.close()


if __name__ == "__main__":
    raise SystemExit(main())
