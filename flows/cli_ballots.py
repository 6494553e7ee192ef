"""`quorum survey open | ballots | serve | close | mix`: a wave on the staff page."""

from __future__ import annotations

from pathlib import Path

import click

from flows.cli_options import LoggedCommand, everywhere, workspace_of

_WAVE = click.option("--wave", "wave_id", metavar="W", required=True, help="The wave, for example 2026-11.")
_YES = click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
_FILE = click.Path(path_type=Path)


@click.command(name="open", cls=LoggedCommand)
@_WAVE
@click.option("--steward-office", metavar="NAME", help="Office that holds the steward's key (default: the settings).")
@click.option("--mixer-office", metavar="NAME", help="Office that holds the mixer's key (default: the settings).")
@click.option("--mixer-public", metavar="HEX", help="The mixer's public key, where its holder made it elsewhere.")
@_YES
@everywhere
@click.pass_context
def survey_open(
    ctx: click.Context,
    wave_id: str,
    steward_office: str | None,
    mixer_office: str | None,
    mixer_public: str | None,
    is_sure: bool,
) -> None:
    """Fix and sign the rules of a wave, make its keys and its inbox."""
    from flows.commands.survey import open_survey

    def ask(text: str) -> bool:
        return is_sure or click.confirm(text)

    for line in open_survey(workspace_of(ctx), wave_id, steward_office, mixer_office, mixer_public, ask):
        click.echo(line)


@click.command(name="ballots", cls=LoggedCommand)
@_WAVE
@click.option("--unit", "units", metavar="U", multiple=True, help="This unit only; may be given again (default: all).")
@click.option("--replace", "is_replaced", is_flag=True, help="Void the ballots printed before, while none is used.")
@everywhere
@click.pass_context
def survey_ballots(ctx: click.Context, wave_id: str, units: tuple[str, ...], is_replaced: bool) -> None:
    """Print files of paper ballots, one a unit; the codes are then forgotten."""
    from flows.commands.survey import print_ballots

    for line in print_ballots(workspace_of(ctx), wave_id, units, is_replaced=is_replaced):
        click.echo(line)


@click.command(name="serve", cls=LoggedCommand)
@_WAVE
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on; a proxy stands before it.")
@click.option("--port", type=click.IntRange(0, 65535), default=8600, show_default=True, help="0: any free one.")
@click.option("--kiosk", "is_kiosk", is_flag=True, help="A shared device: codes are typed, never in an address.")
@click.option("--accept-restored", is_flag=True, help="Serve an inbox that was copied or put back; goes on record.")
@everywhere
@click.pass_context
def survey_serve(ctx: click.Context, wave_id: str, host: str, port: int, is_kiosk: bool, accept_restored: bool) -> None:
    """Serve the staff page of a wave."""
    from flows.commands.survey import serve_survey

    serve_survey(workspace_of(ctx), wave_id, host, port, is_kiosk=is_kiosk, accept_restored=accept_restored)


@click.command(name="close", cls=LoggedCommand)
@_WAVE
@_YES
@everywhere
@click.pass_context
def survey_close(ctx: click.Context, wave_id: str, is_sure: bool) -> None:
    """Take nothing in any more, and write the sealed batch."""
    from flows.commands.survey import close_survey

    for line in close_survey(workspace_of(ctx), wave_id, lambda text: is_sure or click.confirm(text)):
        click.echo(line)


@click.command(name="mix")
@click.option("--wave", "wave_id", metavar="W", help="The wave, for example 2026-11.")
@click.option("--make-key", metavar="FILE", type=_FILE, help="Make the mixer's key on its holder's machine, then stop.")
@click.option("--key", metavar="FILE", type=_FILE, help="The mixer's key (default: the one in keys/).")
@click.option("--batch", metavar="FILE", type=_FILE, help="The batch, where there is no workspace.")
@click.option("--out", metavar="FILE", type=_FILE, help="Where to write the mixed file.")
@everywhere
@click.pass_context
def survey_mix(
    ctx: click.Context,
    wave_id: str | None,
    make_key: Path | None,
    key: Path | None,
    batch: Path | None,
    out: Path | None,
) -> None:
    """Strip the outer seals and the order: needs the mixer's key."""
    from flows.commands.survey import make_mixer_key, mix_survey

    if make_key is not None:
        lines = make_mixer_key(make_key)
    elif wave_id is not None:
        lines = mix_survey(workspace_of(ctx), wave_id, key, batch, out)
    else:
        raise click.UsageError("Name the wave: --wave W")
    for line in lines:
        click.echo(line)


BALLOT_COMMANDS = (survey_open, survey_ballots, survey_serve, survey_close, survey_mix)
