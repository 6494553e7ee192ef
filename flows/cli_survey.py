"""`quorum survey`: questionnaires, and the page on which staff answer."""

from __future__ import annotations

import click

from flows.cli_options import LoggedGroup, as_json, everywhere, workspace_of


@click.group(cls=LoggedGroup)
@everywhere
def survey() -> None:
    """Questionnaires for the tools that you have, and the languages they come in."""


@survey.command()
@click.option("--wave", "wave_id", metavar="W", help="What this wave asks (default: everything that can be asked).")
@as_json
@everywhere
@click.pass_context
def languages(ctx: click.Context, wave_id: str | None, is_json: bool) -> None:
    """Which questions and texts are there in the languages of the survey, and which fall back."""
    from flows.commands.survey_languages import show_languages

    show_languages(workspace_of(ctx), wave_id, is_json=is_json)
