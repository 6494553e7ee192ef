"""Every command, option and setting as one page, from the code: `make reference` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from flows.operate.operate_settings import Place
from flows.operate.setting_words import MEANINGS
from flows.settings import Settings, Wave, read_settings

LISTED = ("breakdowns", "waves", "sources")
PLACES = {
    ("organisation", "name"): "organisation",
    ("survey", "rhythm"): "rhythm",
    ("survey", "languages"): "languages",
    ("policy", "preset"): "preset",
    ("policy", "assumed_response"): "assumed_response",
    ("retention", "days"): "retention_days",
    ("keys", "store"): "key_store",
}
"""Where `Settings` keeps a key, for those that it does not keep under the key's own name."""
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
    lines += ["## Settings in the order of the file", "", *settings_table()]
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


def settings_table() -> list[str]:
    """Every key of quorum.toml with what holds where it is left out and what it means, as a table."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "quorum.toml"
        path.write_text("", "utf-8")
        usual = read_settings(path)
    rows = ["| section | key | default | meaning |", "|---|---|---|---|"]
    for section, keys in MEANINGS.items():
        name = f"[[{section}]]" if section in LISTED else f"[{section}]"
        for key, (default, meaning) in keys.items():
            shown = default or _held(usual, section, key)
            rows.append(f"| `{name}` | `{key}` | {shown} | {meaning} |".replace("|  |", "| |"))
    return rows


def _held(usual: Settings, section: str, key: str) -> str:
    """A default as it is written in the file; empty where there is none."""
    if section == "waves":
        return _written(getattr(Wave("w"), key)) if key == "staff_page" else ""
    held = getattr(usual, section, None)
    if is_dataclass(held) and key in {each.name for each in fields(held)}:
        return _written(getattr(held, key))
    attribute = PLACES.get((section, key))
    return "" if attribute is None else _written(getattr(usual, attribute))


def _written(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{each}"' for each in value) + "]`"
    if isinstance(value, float):
        return f"`{value:.2f}`"
    return (
        f'`"{value.address}:{value.port}"`'
        if isinstance(value, Place)
        else (f'`"{value}"`' if isinstance(value, str) else f"`{value}`")
    )


if __name__ == "__main__":
    print(page(), end="")
