"""`quorum report`: a released wave on paper, as a board report or as a team's sheet to pin up."""

from __future__ import annotations

import difflib
import json
import os
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from dashboards.actions import list_actions
from dashboards.effects import effect_lines
from dashboards.exports.board import board_report
from dashboards.exports.team_sheet import team_sheet
from dashboards.language import LANGUAGES, speaking
from dashboards.releases import Settings as PageSettings
from dashboards.waves import Group, Wave, build_wave
from flows.board import board_measures
from flows.demo.workspace import MARK
from flows.errors import ReleaseInvalid, UsageError, WorkspaceError
from flows.publish.read import ReleaseShelf, list_releases, read_public_key
from flows.settings import Settings, read_settings
from flows.trend.read import load_derived
from flows.workbench import catalogue_of
from flows.zones import Zones, check_wave_id


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was asked for: a board report, or the sheet of `team` (an id or a name)."""

    wave_id: str
    team: str | None
    language: str | None
    to: Path | None


def write_report(root: Path, asked: Asked, *, is_json: bool) -> None:
    """Write one PDF and say where. Raises ReleaseInvalid for a refused or retracted release, UsageError for none."""
    zones = Zones(root.resolve()).require()
    settings = read_settings(zones.settings_file)
    _refuse_place(asked.to or zones.root / asked.wave_id)
    is_demo = (zones.root / MARK).is_file()
    language = _language(asked.language, settings)
    shelf = list_releases(zones.released, read_public_key(zones.public_key_file))
    waves = _waves_up_to(shelf, check_wave_id(asked.wave_id))
    shown = [release.manifest.wave_id for release in shelf.releases]
    derived = load_derived(zones.derived, zones.released, shown, asked.wave_id)
    with speaking(language):
        if asked.team is None:
            chosen = board_measures(settings, catalogue_of(zones).measures)
            actions = list_actions(zones.actions_file) if zones.actions_file.is_file() else ()
            pages = PageSettings(zones.released, zones.public_key_file, is_demo)
            effects = partial(effect_lines, pages, waves)
            content, name = board_report(waves, derived, actions, chosen, is_demo, effects), "board"
        else:
            group = _group(waves[-1], asked.team)
            content = team_sheet(waves[-1], derived, group, is_demo)
            name = f"team-{''.join(sign if sign.isalnum() else '-' for sign in group.group_id)}"
    path = asked.to or zones.root / f"{name}-{asked.wave_id}-{language}.pdf"
    _write(path, content)
    if is_json:
        about = {"wave_id": asked.wave_id, "file": str(path), "bytes": len(content), "language": language}
        click.echo(json.dumps({**about, "has_trend": derived is not None, "next": ""}, indent=1, ensure_ascii=False))
        return
    click.echo(f"Written: {path}")
    if derived is None:
        click.echo("Without lines and labels of change: no derived files fit. Make them with `quorum trend`.")
    click.echo("Next: look it through, then print or send it. The same release gives the same file.")


def _language(asked: str | None, settings: Settings) -> str:
    """The language asked for, else the first of the survey's that paper speaks."""
    return asked or next((each for each in settings.languages if each in LANGUAGES), LANGUAGES[0])


def _waves_up_to(shelf: ReleaseShelf, wave_id: str) -> tuple[Wave, ...]:
    """The released waves up to this one, in order."""
    for retracted in shelf.retracted:
        if retracted.wave_id == wave_id:
            raise ReleaseInvalid(f"The release of {wave_id} was retracted ({retracted.note}). No report is made of it.")
    for refused in shelf.refused:
        if refused.wave_id == wave_id:
            raise ReleaseInvalid(f"{refused.reason} No report is made of it.")
    ids = [release.manifest.wave_id for release in shelf.releases]
    if wave_id not in ids:
        known = ", ".join(ids) or "none yet"
        raise UsageError(f"No release of {wave_id}. Released: {known}. Release it with `quorum run --wave {wave_id}`.")
    return tuple(build_wave(release) for release in shelf.releases[: ids.index(wave_id) + 1])


def _group(wave: Wave, asked: str) -> Group:
    """A group by id or by a name that one group alone bears; a pooled team gives its pool."""
    found = wave.group(asked) or wave.pool_of(asked)
    if found is not None and found.kind != "other":
        return found
    groups = [group for group in wave.groups if group.kind != "other"]
    named = [group for group in groups if group.name.casefold() == asked.casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(group.group_id for group in named)
        raise UsageError(f'"{asked}" is the name of {len(named)} groups: {ids}. Name one of these ids.')
    known = {name: group for group in groups for name in (group.group_id, group.name)}
    near = known[difflib.get_close_matches(asked, list(known), n=1, cutoff=0.0)[0]]
    raise UsageError(f'No group "{asked}" in {wave.wave_id}. Nearest: {near.group_id} ({near.name}).')


def _refuse_place(path: Path) -> None:
    """Raises WorkspaceError where a file cannot be written there: before the seconds that it costs to make it."""
    if not path.parent.is_dir():
        raise WorkspaceError(f"{path} cannot be written: {path.parent} is no folder. Name another place with --to.")
    if not os.access(path.parent, os.W_OK):
        raise WorkspaceError(f"{path.parent} cannot be written to. Name another place with --to.")


def _write(path: Path, content: bytes) -> None:
    """The file whole or not at all."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(content)
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)
    except OSError as error:
        raise WorkspaceError(f"{path}: cannot be written ({error.strerror}). Name another place with --to.") from None
