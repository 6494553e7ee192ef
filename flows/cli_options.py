"""Options that several commands of `quorum` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from flows.errors import QuorumError

F = TypeVar("F", bound=Callable[..., Any])


def _keep_workspace(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        ctx.ensure_object(dict)["workspace"] = value
    return value


def _keep_verbose(ctx: click.Context, _param: click.Parameter, value: bool) -> bool:
    if value:
        ctx.ensure_object(dict)["verbose"] = True
    return value


def everywhere(command: F) -> F:
    """Options that may stand before or after the subcommand."""
    command = click.option(
        "--workspace",
        metavar="DIR",
        expose_value=False,
        callback=_keep_workspace,
        help="The workspace (default: the current folder).",
    )(command)
    return click.option(
        "--verbose", is_flag=True, expose_value=False, callback=_keep_verbose, help="Show what the parts log."
    )(command)


def as_json(command: F) -> F:
    """`--json`: the report as one JSON object on standard output."""
    return click.option("--json", "is_json", is_flag=True, help="Print the report as JSON.")(command)


def workspace_of(ctx: click.Context) -> Path:
    """The folder that the command works on."""
    return Path(ctx.ensure_object(dict).get("workspace", ".")).expanduser()


def is_verbose(ctx: click.Context) -> bool:
    """Whether `--verbose` was given, before or after the subcommand."""
    return bool(ctx.ensure_object(dict).get("verbose"))


class LoggedCommand(click.Command):
    """A command that leaves an entry in the log of its workspace, unless it only looks."""

    def invoke(self, ctx: click.Context) -> Any:
        """Note the command, run it, and note how it failed."""
        from flows.operate.journal import is_noted, note_command, note_failure
        from flows.operate.rehearsed_day import as_rehearsed

        root, name = workspace_of(ctx), " ".join(ctx.command_path.split()[1:])
        with as_rehearsed(root):
            if not is_noted(name, ctx.params):
                return super().invoke(ctx)
            note_command(root, name, ctx.params.get("wave_id"))
            try:
                return super().invoke(ctx)
            except QuorumError as error:
                note_failure(root, name, error)
                raise


class LoggedGroup(click.Group):
    """Commands in the order in which a steward meets them; each leaves an entry in the log."""

    command_class = LoggedCommand
    group_class = type

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """What each does in its whole first sentence; click would cut it at the end of the line."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(200)) for name, one in self.commands.items()])
