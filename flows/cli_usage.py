"""A call that the command line cannot read, in the words of this house: what is wrong, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import click


def usage_words(error: click.ClickException) -> str:
    """One message for what Click found wrong with a call: what, where, what to do."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.message
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context is not None else "quorum"
    return f"{_wrong(error, command)} See  {command} --help.  Nothing was changed."


def _wrong(error: click.ClickException, command: str) -> str:
    if isinstance(error, click.NoSuchOption):
        return f"{command} has no option {error.option_name}.{_nearest(error.possibilities or ())}"
    if isinstance(error, click.MissingParameter):
        return f"{command} needs {_name(error)}{_expected(error, ', ')}."
    if isinstance(error, click.BadOptionUsage):
        return f"{error.option_name} needs a value after it."
    if isinstance(error, click.BadParameter):
        return f"{command}: {_name(error)} is wrong: {_said(error)}{_expected(error, '; expected ')}."
    unknown = error.message.rpartition("command '")[2].rstrip("'.") if "No such command" in error.message else ""
    if unknown and isinstance(error, click.UsageError) and error.ctx is not None:
        group = error.ctx.command
        known = list(group.commands) if isinstance(group, click.Group) else []
        return f'{command} has no command "{unknown}".{_nearest(difflib.get_close_matches(unknown, known, n=1))}'
    return f"{command}: {error.message[:1].lower()}{error.message[1:].rstrip('.')}."


def _nearest(names: Iterable[str]) -> str:
    found = list(names)
    return f" Nearest: {found[0]}." if found else ""


def _name(error: click.BadParameter) -> str:
    """An option as it is written, an argument as it stands in the help."""
    param = error.param
    if isinstance(param, click.Option):
        return param.opts[-1]
    return param.make_metavar(error.ctx).strip("[].") if param is not None and error.ctx is not None else "a value"


def _said(error: click.BadParameter) -> str:
    """The value, as Click quotes it or names it first."""
    text = error.message
    return text.split("'")[1] if text.startswith("'") else text.split(" ")[0]


def _expected(error: click.BadParameter, before: str) -> str:
    kind = error.param.type if error.param is not None else None
    if isinstance(kind, click.Choice):
        return f"{before}{' or '.join(map(str, kind.choices))}"
    if isinstance(kind, click.IntRange):
        upto = "on" if kind.max is None else f"to {kind.max}"
        return f"{before}a whole number from {kind.min} {upto}"
    return ""
