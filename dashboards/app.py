"""Entry point of the dashboards: reads its settings once, then hands each page the releases."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import streamlit as st
from altair.utils import schemapi

from dashboards.access import parse_access
from dashboards.frame import show_page
from dashboards.language import say, spoken
from dashboards.releases import Settings
from dashboards.views import (
    about,
    actions,
    challenges,
    compare,
    heat_map,
    home,
    participation,
    protection,
    steward,
    team,
    trend,
)
from dashboards.visitor_language import PARAMETER, language_choice, settle_language

_STATIC = Path(__file__).parent / "static"
_PAGES = {
    "home": home.content,
    "heat_map": heat_map.content,
    "trend": trend.content,
    "compare": compare.content,
    "challenges": challenges.content,
    "protection": protection.content,
    "team": team.content,
    "participation": participation.content,
    "actions": actions.content,
    "steward": steward.content,
    "about": about.content,
}
_SECTIONS = {
    "overview": ("home", "heat_map", "participation"),
    "look_closer": ("trend", "compare", "challenges", "protection"),
    "act": ("team", "actions"),
    "about": ("about", "steward"),
}


def read_settings() -> Settings:
    """Settings handed over by `quorum show`; without a folder the pages say that nothing is released."""
    key_file = os.environ.get("QUORUM_PUBLIC_KEY_FILE", "")
    return Settings(
        released_dir=Path(os.environ.get("QUORUM_RELEASED_DIR", "data/released")),
        public_key_file=Path(key_file) if key_file else None,
        is_demo=os.environ.get("QUORUM_DEMO", "") == "1",
        access=parse_access(os.environ.get("QUORUM_ACCESS", "")),
        derived_dir=_folder("QUORUM_DERIVED_DIR"),
        actions_file=_folder("QUORUM_ACTIONS_FILE"),
        reports_dir=_folder("QUORUM_REPORTS_DIR"),
        board_measures=tuple(filter(None, os.environ.get("QUORUM_BOARD_MEASURES", "").split(","))),
    )


def _folder(name: str) -> Path | None:
    """A path from the environment, None where `quorum show` gave none."""
    value = os.environ.get(name, "")
    return Path(value) if value else None


def main() -> None:
    """Lay out navigation and the chosen page."""
    schemapi.DEBUG_MODE = False  # charts are held against their schema by tests, not at every visit
    st.set_page_config(page_icon=str(_STATIC / "favicon.png"), layout="wide")
    st.logo(str(_STATIC / "quorum.svg"), size="large")
    settings = read_settings()
    settle_language()
    language_choice()

    def open_trend(group_id: str) -> None:
        st.switch_page(pages["trend"], query_params={"group": group_id, PARAMETER: spoken()})

    pages = {
        name: st.Page(
            partial(show_page, settings, content, say(f"page_{name}"), open_trend),
            title=say(f"page_{name}"),
            url_path=name,
            default=name == "home",
        )
        for name, content in _PAGES.items()
    }
    sections = {say(f"section_{section}"): [pages[name] for name in names] for section, names in _SECTIONS.items()}
    st.navigation(sections, position="top").run()


if __name__ == "__main__":
    main()
