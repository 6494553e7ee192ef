"""The body of a form post, read strictly: every field known, at most once, UTF-8, small (BALLOTS B17)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from surveys.instrument import NOT_APPLICABLE, PREFER_NOT_TO_SAY
from surveys.wave_manifest import WaveManifest

MAX_BYTES = 8 * 1024
MAX_FIELDS = 64
BODY_SECONDS = 10.0
SEND, CHECK, CHANGE = STEPS = ("send", "check", "change")
"""What the button asks for. The last two exist where answers are shown once more before they are sent (B13)."""
FORM_TYPE = "application/x-www-form-urlencoded"


class Unreadable(Exception):
    """The body is no form of this page. `status`: 400, 408, 413 or 415; never what stood in it."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What somebody sent: the code as typed, the answers as chosen (None: skipped), the language of the page,
    and the button pressed."""

    code: str
    answers: Mapping[str, str | None]
    language: str
    may_be_blank: bool
    step: str = SEND

    @property
    def chosen(self) -> dict[str, str]:
        """The answers that were given."""
        return {item_id: answer for item_id, answer in self.answers.items() if answer is not None}


async def read_body(chunks: AsyncIterator[bytes], content_type: str) -> bytes:
    """The whole body. Raises Unreadable for another type, one above 8 KiB, or one that takes longer than 10 s."""
    if content_type.partition(";")[0].strip().casefold() != FORM_TYPE:
        raise Unreadable(415)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in chunks:
                body += chunk
                if len(body) > MAX_BYTES:
                    raise Unreadable(413)
    except TimeoutError:
        raise Unreadable(408) from None
    return bytes(body)


def read_fields(body: bytes) -> dict[str, str]:
    """Fields by name. Raises Unreadable for a doubled field, too many, or text that is not UTF-8."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, encoding="utf-8", errors="strict"
        )
    except ValueError:
        raise Unreadable(400) from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable(400)
    return fields


def read_sheet(fields: Mapping[str, str], manifest: WaveManifest) -> Sheet:
    """The answer sheet. Raises Unreadable for a field that the form does not have, or an answer of no option."""
    known = {
        "code",
        "lang",
        "blank",
        *(["step"] if manifest.has_check_step else []),
        *(item.id for item in manifest.items),
    }
    step = fields.get("step", SEND)
    if "code" not in fields or not known.issuperset(fields) or step not in STEPS:
        raise Unreadable(400)
    answers: dict[str, str | None] = {}
    for item in manifest.items:
        answer = fields.get(item.id)
        words = {PREFER_NOT_TO_SAY, *([NOT_APPLICABLE] if item.not_applicable is not None else [])}
        if answer is not None and answer not in words and answer not in {option.code for option in item.options}:
            raise Unreadable(400)
        answers[item.id] = answer
    return Sheet(fields["code"], answers, fields.get("lang", ""), fields.get("blank") == "yes", step)
