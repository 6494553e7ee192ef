"""What the pulls from survey tools share: where from, with which secret, and the two ways in which a pull fails."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

import httpx

from flows.errors import ExportRefused, KeyMissing
from flows.settings import ApiSource

__all__ = ["ApiSource", "Credentials", "PullFailed", "PullMayPass", "credentials_of", "json_of", "refuse_status"]

TIMEOUT = httpx.Timeout(120.0, connect=10.0)
PASSING_STATUS = (408, 425, 429, 500, 502, 503, 504)


class PullFailed(ExportRefused):
    """A survey tool gave no answers, or not all of them, and will not do so by itself."""


class PullMayPass(ExportRefused):
    """A survey tool was busy or out of reach; the pull is tried again."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A secret and the place where it was found. It has no repr, so that no log can show it."""

    secret: str = field(repr=False)
    place: str


def credentials_of(name: str) -> Credentials:
    """The secret of this name: an environment variable, else a Prefect secret block.

    Raises KeyMissing naming both places.
    """
    if value := os.environ.get(name, "").strip():
        return Credentials(value, f"the environment variable {name}")
    from prefect.blocks.system import Secret

    block = name.lower().replace("_", "-")
    try:
        found = str(Secret.load(block, _sync=True).get())  # type: ignore[call-arg, union-attr]
    except ValueError:
        found = ""
    if not found.strip():
        raise KeyMissing(
            f'no credentials "{name}": looked for the environment variable {name} and the Prefect secret "{block}". '
            "Set one of them. Nothing was pulled."
        )
    return Credentials(found.strip(), f'the Prefect secret "{block}"')


def refuse_status(host: str, status: int, place: str) -> None:
    """Raises PullMayPass for a busy server, PullFailed for any other answer than 200."""
    if status in PASSING_STATUS:
        raise PullMayPass(f"{host} answered {status}: it is busy, or asks to be called less often. Try again later.")
    if status in (401, 403):
        raise PullFailed(f"{host} answered {status}: the credentials do not fit, or expired. Renew those in {place}.")
    if 300 <= status < 400:
        raise PullFailed(f"{host} answered {status}: it sends to another page. Correct url in [[sources]].")
    if status != 200:
        raise PullFailed(f"{host} answered {status}. Correct url in [[sources]], or ask who runs the server.")


def json_of(host: str, text: str) -> Any:
    """The JSON of an answer. Raises PullFailed where it is a page, is cut off, or is anything else."""
    if text.lstrip()[:1] == "<":
        raise PullFailed(
            f"{host} answered with a web page, such as a login, not with data. Correct url in [[sources]], and see "
            "whether its interface is switched on."
        )
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise PullFailed(f"{host} answered with something cut off or garbled. Nothing was stored; run again.") from None
