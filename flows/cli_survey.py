"""`quorum survey`: questionnaires, and the page on which staff answer."""

from __future__ import annotations

from pathlib import Path

import click

from flows.cli_options import LoggedGroup, as_json, everywhere, workspace_of


@click.group(cls=LoggedGroup)
@everywhere
def survey() -> None:
    """Questionnaires for the tools that you have, and the languages they come in."""


@survey.command()
@click.option(
    "--to",
    "tool",
    type=click.Choice(["limesurvey", "redcap", "xlsform", "csv"]),
    required=True,
    help="The tool that asks it: LimeSurvey, REDCap, KoboToolbox and ODK (xlsform), or a plain tidy file (csv).",
)
@click.option("--wave", "wave_id", metavar="W", required=True, help="The wave whose questions to ask.")
@click.option(
    "--unit",
    "unit_by",
    type=click.Choice(["list", "link"]),
    default="list",
    show_default=True,
    help="Whether people choose their team from a list, or each team has a link of its own.",
)
@click.option("--language", "languages", metavar="L", multiple=True, help="Only these languages (default: settings).")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to (default: questionnaires/W).")
@as_json
@everywhere
@click.pass_context
def export(
    ctx: click.Context,
    tool: str,
    wave_id: str,
    unit_by: str,
    languages: tuple[str, ...],
    out: Path | None,
    is_json: bool,
) -> None:
    """Write a wave's questionnaire for the tool that asks it, and the column map for its answers."""
    from flows.commands.survey_export import export_survey

    export_survey(workspace_of(ctx), wave_id, tool, unit_by, languages, out, is_json=is_json)


@survey.command()
@click.option("--wave", "wave_id", metavar="W", help="What this wave asks (default: everything that can be asked).")
@as_json
@everywhere
@click.pass_context
def languages(ctx: click.Context, wave_id: str | None, is_json: bool) -> None:
    """Which questions and texts are there in the languages of the survey, and which fall back."""
    from flows.commands.survey_languages import show_languages

    show_languages(workspace_of(ctx), wave_id, is_json=is_json)
