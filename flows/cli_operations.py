"""Commands of `quorum` that keep a workspace running: a thin skin over `flows/commands` and `flows/operate`."""

from __future__ import annotations

from pathlib import Path

import click

from flows.cli_options import LoggedCommand, LoggedGroup, as_json, everywhere, is_verbose, workspace_of


@click.command(name="log", cls=LoggedCommand)
@click.option("--event", metavar="NAME", help="Only entries of this event, such as released.")
@click.option("--wave", "wave_id", metavar="W", help="Only entries about this wave.")
@click.option("--last", "last_n", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@click.option("--head", metavar="DIGEST", help="Check that an entry whose digest you noted earlier is still there.")
@as_json
@everywhere
@click.pass_context
def log_(
    ctx: click.Context, event: str | None, wave_id: str | None, last_n: int, head: str | None, is_json: bool
) -> None:
    """Read the log of this workspace and verify its chain."""
    from flows.commands.log import show_log

    show_log(workspace_of(ctx), event=event, wave_id=wave_id, last_n=last_n, head=head, is_json=is_json)


@click.command(cls=LoggedCommand)
@as_json
@everywhere
@click.pass_context
def doctor(ctx: click.Context, is_json: bool) -> None:
    """Look at machine and workspace: each finding with its cure. Changes nothing; exit 14 on a fault."""
    from flows.commands.doctor import run_doctor

    run_doctor(workspace_of(ctx), is_json=is_json)


@click.command(cls=LoggedCommand)
@click.argument("file", type=click.Path(path_type=Path))
@as_json
@everywhere
@click.pass_context
def backup(ctx: click.Context, file: Path, is_json: bool) -> None:
    """Save settings, plans, log, reports and releases into one signed file. No answers, no secret keys."""
    from flows.commands.backup import back_up

    back_up(workspace_of(ctx), file.expanduser(), is_json=is_json)


@click.command(cls=LoggedCommand)
@click.argument("file", type=click.Path(path_type=Path))
@as_json
@everywhere
@click.pass_context
def restore(ctx: click.Context, file: Path, is_json: bool) -> None:
    """Bring a backup back into the workspace: what is missing is written, nothing is overwritten."""
    from flows.commands.backup import restore as bring_back

    bring_back(workspace_of(ctx), file.expanduser(), is_json=is_json)


@click.group(cls=LoggedGroup)
def keys() -> None:
    """Keys of this workspace: list, save in second hands, restore, rotate, give up."""


@keys.command(name="list")
@as_json
@everywhere
@click.pass_context
def list_(ctx: click.Context, is_json: bool) -> None:
    """Which keys there are and which are missing. Never shows a key."""
    from flows.commands.backup import list_keys

    list_keys(workspace_of(ctx), is_json=is_json)


@keys.command()
@click.argument("file", type=click.Path(path_type=Path))
@everywhere
@click.pass_context
def save(ctx: click.Context, file: Path) -> None:
    """Seal the keys with a passphrase into one file, for a second safe place."""
    from flows.commands.backup import save as save_keys

    for line in save_keys(workspace_of(ctx), file.expanduser()):
        click.echo(line)


@keys.command(name="restore")
@click.argument("file", type=click.Path(path_type=Path))
@everywhere
@click.pass_context
def restore_keys(ctx: click.Context, file: Path) -> None:
    """Bring missing keys back. A shredded wave stays shredded: its key is left out."""
    from flows.commands.backup import bring_back

    for line in bring_back(workspace_of(ctx), file.expanduser()):
        click.echo(line)


@keys.command()
@click.option("--wave", "wave_id", metavar="W", help="The wave whose answers are encrypted anew.")
@click.option("--signing", "is_signing", is_flag=True, help="The key that signs releases; old releases stay good.")
@everywhere
@click.pass_context
def rotate(ctx: click.Context, wave_id: str | None, is_signing: bool) -> None:
    """Put a new key in the place of a wave's, or of the one that signs releases."""
    from flows.commands.backup import rotate as rotate_key

    for line in rotate_key(workspace_of(ctx), wave_id, is_signing=is_signing):
        click.echo(line)


@keys.command()
@click.option("--wave", "wave_id", metavar="W", help="The wave whose key is lost.")
@click.option("--signing", "is_signing", is_flag=True, help="The key that signs releases is lost.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@everywhere
@click.pass_context
def lost(ctx: click.Context, wave_id: str | None, is_signing: bool, is_sure: bool) -> None:
    """Say what a lost key means; then remove the store that nothing opens any more, or make a signing key anew."""
    from flows.commands.backup import give_up

    for line in give_up(workspace_of(ctx), wave_id, is_signing=is_signing, is_sure=is_sure):
        click.echo(line)


@click.command(cls=LoggedCommand)
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what is due, and do nothing.")
@as_json
@everywhere
@click.pass_context
def today(ctx: click.Context, is_dry_run: bool, is_json: bool) -> None:
    """Do what the calendar asks for today: open, remind, close, release or ask, shred. For cron, or by hand."""
    from flows.commands.calendar_days import look_today

    look_today(workspace_of(ctx), is_dry_run=is_dry_run, is_json=is_json)


@click.command(cls=LoggedCommand)
@click.option("--wave", "wave_id", metavar="W", required=True, help="The wave that waits.")
@click.option("--decline", "is_declined", is_flag=True, help="Do not release it from this input.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@as_json
@everywhere
@click.pass_context
def approve(ctx: click.Context, wave_id: str, is_declined: bool, is_sure: bool, is_json: bool) -> None:
    """Answer the question that a wave stopped with: counts and the audit's result first."""
    from flows.commands.calendar_days import approve as answer

    answer(
        workspace_of(ctx),
        wave_id,
        is_declined=is_declined,
        is_sure=lambda text: is_sure or click.confirm(text),
        is_json=is_json,
    )


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--until", metavar="DATE", help="Play on to this day (default: to the next question, or the end).")
@everywhere
def rehearse(folder: Path, until: str | None) -> None:
    """Play a year of an invented organisation, with a clock of its own."""
    from flows.commands.calendar_days import rehearse as play

    play(folder.expanduser(), until)


@click.command(cls=LoggedCommand)
@click.option("--check", "is_check", is_flag=True, help="Ask the running services whether they are well; start none.")
@as_json
@everywhere
@click.pass_context
def up(ctx: click.Context, is_check: bool, is_json: bool) -> None:
    """Start everything: Prefect's server, the calendar's deployments, the pages; until Ctrl-C."""
    from flows.commands.up import check_up, run_up

    if is_check:
        check_up(workspace_of(ctx), is_json=is_json)
    else:
        run_up(workspace_of(ctx), is_verbose=is_verbose(ctx))


@click.command()
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would change, and change nothing.")
@everywhere
@click.pass_context
def migrate(ctx: click.Context, is_dry_run: bool) -> None:
    """Bring a workspace of an earlier version to this one's layout. Releases are never touched."""
    from flows.operate.migrate import migrate as bring
    from flows.zones import Zones

    lines = bring(Zones(workspace_of(ctx).resolve()), is_dry_run=is_dry_run)
    for line in lines or ["This workspace has the layout of this version."]:
        click.echo(line)
    click.echo("Nothing was changed." if is_dry_run or not lines else "Next: quorum verify")


@click.command(cls=LoggedCommand)
@everywhere
@click.pass_context
def site(ctx: click.Context) -> None:
    """Make pages of counts for stewards: a report of each wave and Data Docs of its checks. No row is in them."""
    from flows.operate.site import make_site
    from flows.zones import Zones

    index = make_site(Zones(workspace_of(ctx).resolve()).require())
    click.echo(f"Open in a browser: {index}")


OPERATIONS: tuple[click.Command, ...] = (
    up,
    today,
    approve,
    log_,
    doctor,
    backup,
    restore,
    keys,
    site,
    migrate,
    rehearse,
)
