"""The downloads below a page. Files are made at the click, and only while the releases behind them are still shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from dashboards import parts
from dashboards.effects import effect_lines
from dashboards.exports.board import board_report
from dashboards.exports.figures import Row, frame_of, policy_words
from dashboards.exports.files import as_csv, as_parquet
from dashboards.exports.pictures import Picture, as_png, as_svg
from dashboards.exports.team_sheet import team_sheet
from dashboards.frame import View
from dashboards.language import say, speaking, spoken
from dashboards.releases import load_shelf
from dashboards.waves import Group
from flows.errors import ReleaseInvalid


@dataclass(frozen=True, slots=True)
class Paper:
    """One more file of a page: its button, its name and what makes it."""

    label: str
    file_name: str
    mime: str
    make: Callable[[], bytes]


def take_along(
    view: View,
    page: str,
    rows: Callable[[], list[Row]],
    picture: Callable[[], Picture] | None = None,
    papers: Sequence[Paper] = (),
) -> None:
    """Buttons for the figures of a page, its chart, and what else it has."""
    stem = f"quorum-{page}-{view.wave.wave_id}"
    about = {
        "page": page,
        "wave": view.wave.wave_id,
        "release": view.wave.manifest.release_id,
        "policy": policy_words(view.wave),
    }
    files = [
        *papers,
        Paper(say("figures_csv"), f"{stem}.csv", "text/csv", lambda: as_csv(frame_of(rows()))),
        Paper(
            say("figures_parquet"),
            f"{stem}.parquet",
            "application/vnd.apache.parquet",
            lambda: as_parquet(frame_of(rows()), about),
        ),
    ]
    if picture is not None:
        draw = partial(_marked, picture, view.settings.is_demo)
        svg, png = say("chart_svg"), say("chart_png")
        files.append(Paper(svg, f"{stem}.svg", "image/svg+xml", lambda: as_svg(draw())))
        files.append(Paper(png, f"{stem}.png", "image/png", lambda: as_png(draw())))
    with st.expander(say("take_along"), key="q-take-along"):
        st.html(parts.page(parts.paragraph(say("take_along_note"), "q-small")))
        with st.container(horizontal=True, gap="small"):
            for file in files:
                st.download_button(
                    file.label,
                    while_shown(view, file.make),
                    file.file_name,
                    file.mime,
                    key=f"q-take-{file.file_name}",
                    on_click="ignore",
                )


def _marked(picture: Callable[[], Picture], is_demo: bool) -> Picture:
    """The picture; one of the demo says so in its foot, as every sheet does."""
    drawn = picture()
    return replace(drawn, foot=f"{drawn.foot} · {say('demo_foot')}") if is_demo else drawn


def board_paper(view: View) -> list[Paper]:
    """The board report, for people who lead; nobody else gets a button."""
    if not view.scope.may_decide:
        return []

    def make() -> bytes:
        waves, chosen = view.shelf.waves, view.settings.board_measures
        effects = partial(effect_lines, view.settings, waves)
        return board_report(waves, view.derived, view.actions, chosen, view.settings.is_demo, effects)

    return [Paper(say("board_pdf"), f"quorum-board-{view.wave.wave_id}-{spoken()}.pdf", "application/pdf", make)]


def sheet_paper(view: View, group: Group) -> list[Paper]:
    """The sheet of a team to pin up."""

    def make() -> bytes:
        return team_sheet(view.wave, view.derived, group, view.settings.is_demo)

    return [Paper(say("sheet_pdf"), f"quorum-team-{view.wave.wave_id}-{spoken()}.pdf", "application/pdf", make)]


def while_shown(view: View, make: Callable[[], bytes]) -> Callable[[], bytes]:
    """The file as it is made at the click; refused once the visitor's rights or the releases are others."""

    language = spoken()  # the click is answered outside the run of the page

    def made() -> bytes:
        with speaking(language):
            check_still_allowed(view)
            check_still_shown(view)
            return make()

    return made


def check_still_allowed(view: View) -> None:
    """Raises PermissionError unless the visitor may see at this moment exactly what the page was drawn for."""
    if view.ask() != view.scope:
        raise PermissionError(say("rights_changed"))


def check_still_shown(view: View) -> None:
    """Raises ReleaseInvalid unless every wave of the page is still released as it was."""
    shown = {wave.wave_id: wave.manifest for wave in load_shelf(view.settings, view.scope).waves}
    if any(shown.get(wave.wave_id) != wave.manifest for wave in view.shelf.waves):
        raise ReleaseInvalid(say("gone"))
