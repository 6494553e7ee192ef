"""The `quorum` command: a thin skin. Heavy parts are imported by the command that needs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from flows.cli_ballots import BALLOT_COMMANDS
from flows.cli_operations import OPERATIONS
from flows.cli_options import LoggedGroup, as_json, everywhere, is_verbose, workspace_of
from flows.cli_survey import survey
from flows.cli_usage import usage_words
from flows.errors import QuorumError, UsageError


@click.group(cls=LoggedGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="quorum-pulse", prog_name="quorum")
@everywhere
@click.pass_context
def quorum(ctx: click.Context) -> None:
    """Anonymous team pulse surveys for staff of mental-health services.

    Export files go in; a signed release comes out that shows team-level burnout and stress and exposes no one.
    """


@quorum.command()
@click.option("--no-serve", is_flag=True, help="Stop after the releases, without serving the dashboards.")
@click.option(
    "--survey", "is_survey", is_flag=True, help="One more wave, answered on the staff page by invented staff."
)
@click.option("--dir", "folder", metavar="DIR", help="Where to put the demo workspace (default: .demo).")
@everywhere
@click.pass_context
def demo(ctx: click.Context, no_serve: bool, is_survey: bool, folder: str | None) -> None:
    """Run a synthetic organisation through the whole house, and show it."""
    from flows.commands.demo import run_demo

    run_demo(Path(folder or ".demo"), is_served=not no_serve, is_survey=is_survey, is_verbose=is_verbose(ctx))


@quorum.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@everywhere
def init(folder: Path) -> None:
    """Make a new workspace. Asks nothing, overwrites nothing."""
    from flows.commands.init import init_workspace

    for line in init_workspace(folder.expanduser()):
        click.echo(line)


@quorum.command()
@click.option("--teams", "has_teams", is_flag=True, help="The chance of each team to get a row of its own.")
@as_json
@everywhere
@click.pass_context
def plan(ctx: click.Context, has_teams: bool, is_json: bool) -> None:
    """Plan the coming waves: pools, and what each least group size would show."""
    from flows.commands.plan import plan_workspace

    plan_workspace(workspace_of(ctx), is_json=is_json, has_teams=has_teams)


@quorum.command()
@click.option("--paper", "is_paper", is_flag=True, help="Write it as two pages to sign: policy.pdf.")
@click.option("--wave", "wave_id", metavar="W", help="The rules that are fixed for this wave (default: the settings).")
@as_json
@everywhere
@click.pass_context
def policy(ctx: click.Context, is_paper: bool, wave_id: str | None, is_json: bool) -> None:
    """The privacy policy in plain words; every sentence rests on a setting or a test."""
    from flows.commands.policy import print_policy

    print_policy(workspace_of(ctx), wave_id, is_paper=is_paper, is_json=is_json)


@quorum.command()
@click.option("--unit", metavar="U", required=True, help="The unit, by its id or its name.")
@click.option("--wave", "wave_id", metavar="W", help="The wave whose rules to use (default: the open or next one).")
@as_json
@everywhere
@click.pass_context
def receipt(ctx: click.Context, unit: str, wave_id: str | None, is_json: bool) -> None:
    """Where an answer from a unit can appear, and what can never be shown."""
    from flows.commands.receipt import print_receipt

    print_receipt(workspace_of(ctx), unit, wave_id, is_json=is_json)


@quorum.command(name="map")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dictionary", metavar="FILE", type=click.Path(path_type=Path), help="REDCap's data dictionary.")
@everywhere
@click.pass_context
def map_(ctx: click.Context, file: Path, dictionary: Path | None) -> None:
    """Draft the column map of an export; lines it is not sure of are marked CONFIRM."""
    from flows.commands.draft import draft_column_map

    for line in draft_column_map(workspace_of(ctx), file.expanduser(), dictionary):
        click.echo(line)


@quorum.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--wave", "wave_id", metavar="W", help="The wave whose rules to use (default: the one under way).")
@as_json
@everywhere
@click.pass_context
def check(ctx: click.Context, files: tuple[str, ...], wave_id: str | None, is_json: bool) -> None:
    """Everything up to the audit, in memory: account of rows, faults, forecast. Stores nothing."""
    from flows.commands.run import check_files

    check_files(workspace_of(ctx), wave_id, files, is_json=is_json)


@quorum.command()
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option("--wave", "wave_id", metavar="W", required=True, help="The wave to release, for example 2026-11.")
@as_json
@everywhere
@click.pass_context
def run(ctx: click.Context, files: tuple[str, ...], wave_id: str, is_json: bool) -> None:
    """From export to release. The files named are the whole input of the wave."""
    from flows.commands.run import run_wave

    run_wave(workspace_of(ctx), wave_id, files, is_json=is_json, is_verbose=is_verbose(ctx))


@quorum.group()
@everywhere
def quarantine() -> None:
    """Rows that were set aside: count them, export them encrypted, mend them by rules before the release."""


@quarantine.command(name="list")
@click.option("--wave", "wave_id", metavar="W", required=True)
@as_json
@everywhere
@click.pass_context
def quarantine_list(ctx: click.Context, wave_id: str, is_json: bool) -> None:
    """Counts by reason, and the labels that are no unit. Never a row."""
    from flows.commands.quarantine import list_quarantine

    list_quarantine(workspace_of(ctx), wave_id, is_json=is_json)


@quarantine.command(name="export")
@click.option("--wave", "wave_id", metavar="W", required=True)
@everywhere
@click.pass_context
def quarantine_export(ctx: click.Context, wave_id: str) -> None:
    """The rows as an encrypted database in the restricted zone, under the wave's key."""
    from flows.commands.quarantine import export_quarantine

    for line in export_quarantine(workspace_of(ctx), wave_id):
        click.echo(line)


@quarantine.command(name="replay")
@click.argument("rules", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option("--wave", "wave_id", metavar="W", required=True)
@everywhere
@click.pass_context
def quarantine_replay(ctx: click.Context, rules: Path, files: tuple[str, ...], wave_id: str) -> None:
    """Judge the input again under rules, in memory, and keep the rules for the run. Before the release only."""
    from flows.commands.quarantine import replay_quarantine

    for line in replay_quarantine(workspace_of(ctx), wave_id, rules.expanduser(), files):
        click.echo(line)


@quorum.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="First port to try.")
@everywhere
@click.pass_context
def show(ctx: click.Context, port: int) -> None:
    """Serve the dashboards of this workspace on this machine."""
    from flows.commands.show import serve

    serve(workspace_of(ctx), port)


@quorum.command()
@click.argument("wave_id", metavar="W")
@click.option("--board", "is_board", is_flag=True, help="The report for the board.")
@click.option("--team", metavar="U", help="The sheet of a team to pin up, named by its id or its name.")
@click.option("--language", type=click.Choice(["en", "de"]), help="Default: the first of the survey's languages.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="The file to write (default: named by W).")
@as_json
@everywhere
@click.pass_context
def report(
    ctx: click.Context,
    wave_id: str,
    is_board: bool,
    team: str | None,
    language: str | None,
    to: Path | None,
    is_json: bool,
) -> None:
    """A released wave on paper (PDF): the report for the board, or a team's sheet to pin up."""
    if is_board == (team is not None):
        raise UsageError("Name one of --board and --team U.")
    from flows.commands.report import Asked, write_report

    write_report(workspace_of(ctx), Asked(wave_id, team, language, to and to.expanduser()), is_json=is_json)


@quorum.command()
@click.argument("waves", nargs=-1, metavar="[W | FOLDER]...")
@click.option("--public", "is_public", is_flag=True, help="As an outsider: from the release alone.")
@as_json
@everywhere
@click.pass_context
def audit(ctx: click.Context, waves: tuple[str, ...], is_public: bool, is_json: bool) -> None:
    """Attack releases; exit 13 on a leak.

    W is a released wave, FOLDER any folder with a release in it; without either, all waves.
    """
    from flows.commands.audit import audit_releases

    audit_releases(workspace_of(ctx), waves, is_public=is_public, is_json=is_json)


@quorum.command()
@as_json
@everywhere
@click.pass_context
def verify(ctx: click.Context, is_json: bool) -> None:
    """Checksums, signatures, contract and policy floors of every release."""
    from flows.commands.inspect import verify_releases

    verify_releases(workspace_of(ctx), is_json=is_json)


@quorum.command()
@click.option("--wave", "wave_id", metavar="W", required=True)
@click.option("--reason", required=True, help="Why; it stays on record beside the release.")
@everywhere
@click.pass_context
def retract(ctx: click.Context, wave_id: str, reason: str) -> None:
    """Take a release off the dashboards with a signed note. The release stays on record."""
    from flows.commands.inspect import retract_release

    for line in retract_release(workspace_of(ctx), wave_id, reason):
        click.echo(line)


@quorum.command()
@click.option("--rebuild", "is_rebuilt", is_flag=True, help="Throw all derived files away and make every wave's anew.")
@as_json
@everywhere
@click.pass_context
def trend(ctx: click.Context, is_rebuilt: bool, is_json: bool) -> None:
    """Levels, changes and comparisons, from releases alone."""
    from flows.commands.trend import make_trends

    make_trends(workspace_of(ctx), is_rebuilt=is_rebuilt, is_json=is_json)


@quorum.command()
@click.option("--wave", "wave_id", metavar="W", help="The wave.")
@click.option("--due", "is_due", is_flag=True, help="Every released wave whose retention is over.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@everywhere
@click.pass_context
def shred(ctx: click.Context, wave_id: str | None, is_due: bool, is_sure: bool) -> None:
    """Destroy a wave's answers: its key, its store and what else it left. The release stays."""
    from flows.commands.shred import shred_due_waves, shred_wave

    def agrees(text: str) -> bool:
        return is_sure or click.confirm(text)

    if (wave_id is None) != is_due:
        raise UsageError("name one wave with --wave W, or --due for all whose retention is over.")
    root = workspace_of(ctx)
    for line in shred_due_waves(root, agrees) if wave_id is None else shred_wave(root, wave_id, agrees):
        click.echo(line)


for operation in OPERATIONS:
    quorum.add_command(operation)
quorum.add_command(survey)
for ballot_command in BALLOT_COMMANDS:
    survey.add_command(ballot_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command; every error ends as one message and its exit code, never as a traceback."""
    # Whatever the shell allows, nothing of a workspace is writable for others.
    os.umask(os.umask(0o022) | 0o022)
    try:
        code = quorum.main(args=arguments, prog_name="quorum", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except QuorumError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("Stopped. Nothing is lost; run the command again.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        click.echo(usage_words(error), err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        click.echo(f"{error.filename or 'the disk'}: {error.strerror}. Nothing was changed.", err=True)
        sys.exit(14)
    except Exception as error:
        click.echo(_unforeseen(error), err=True)
        sys.exit(1)


def _unforeseen(error: Exception) -> str:
    """Where an error came from that no rule foresaw: its type and place, never its text, which may hold an answer."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else "?"
    return (
        f"Quorum met something that it did not foresee ({type(error).__name__} at {place}). Nothing was released. "
        "Run the command again; if it comes back, please report this line."
    )


if __name__ == "__main__":
    main()
