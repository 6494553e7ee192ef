"""Every command, option and setting as one page, from the code: `make reference` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from flows.operate.operate_settings import Place
from flows.settings import KNOWN, read_settings

HEAD = """\
# Every option

Every command with its arguments and options, and every settings key with what holds where it is left out. Made from the
code by `make reference`; change the code, not this page. What they mean for you: [Commands](commands.md),
[Settings](settings.md).

## Commands
"""


def page() -> str:
    """The page as Markdown."""
    from flows.cli import quorum

    lines = [HEAD]
    for name, command in quorum.commands.items():
        lines += list(_command(f"quorum {name}", command))
    lines += ["## Settings in the order of the file", "", *_settings()]
    return "\n".join(lines) + "\n\nShown by `tests/unit/operate/test_reference_page.py`.\n"


def _command(path: str, command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _command(f"{path} {name}", below)
        return
    arguments = " ".join(param.make_metavar(click.Context(command)) for param in _arguments(command))
    yield f"### {path} {arguments}".rstrip()
    yield ""
    yield " ".join((command.help or "").split())
    yield ""
    for param in command.params:
        if isinstance(param, click.Option) and param.help:
            required = " Required." if param.required else ""
            yield f"- `{' '.join(param.opts)}`: {param.help}{required}"
    yield ""


def _arguments(command: click.Command) -> list[click.Parameter]:
    return [param for param in command.params if isinstance(param, click.Argument)]


def _settings() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "quorum.toml"
        path.write_text("", "utf-8")
        usual = read_settings(path)
    sections = {name: getattr(usual, name) for name in ("up", "schedule")}
    yield "| section | key | where it is left out |"
    yield "|---|---|---|"
    for section, keys in KNOWN.items():
        for key in keys or ("",):
            held = sections.get(section)
            value = _held(held, key) if held is not None else ""
            yield f"| `{section}` | `{key}` | {value} |"


def _held(section: object, key: str) -> str:
    if not is_dataclass(section) or key not in {each.name for each in fields(section)}:
        return ""
    value = getattr(section, key)
    return f"`{value.address}:{value.port}`" if isinstance(value, Place) else f"`{value}`"


if __name__ == "__main__":
    print(page(), end="")
