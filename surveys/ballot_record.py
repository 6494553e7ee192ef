"""What one answer sheet is in the sealed inbox: packed, padded, sealed twice, always 360 bytes (BALLOTS I1).

P = version | kind | tag | answers, padded to 256 bytes (ISO 7816-4); inner = sealed box of P for the steward;
outer = sealed box of (unit_no | inner) for the mixer, 360 bytes. Whoever holds the answers makes the inner seal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nacl.bindings import (
    crypto_box_PUBLICKEYBYTES,
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_scalarmult_base,
)
from nacl.exceptions import CryptoError

from surveys.instrument import NOT_APPLICABLE, PREFER_NOT_TO_SAY

VERSION = 1
KIND_ANSWERS = 1
PADDED = 256
INNER = 304
HANDED_OVER = 8 + INNER
OUTER = 360
TAG = 8
_MARK = b"\x80"
_SKIPPED, _NOT_APPLICABLE, _NOT_SAID = 0, 253, 254
_WORDS = {_NOT_APPLICABLE: NOT_APPLICABLE, _NOT_SAID: PREFER_NOT_TO_SAY}
OUTSIDE = "outside the code set"
"""What a packed answer becomes that no option of its item has: validation makes it missing and a value fault."""


class RecordError(Exception):
    """A record cannot be opened or unpacked. `reason`: a word for the quarantine; never an answer."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class PackedItem:
    """An item of a wave as records number its answers: option 1 is `codes[0]`."""

    id: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """One opened answer sheet. `tag`: the first bytes of the questionnaire's hash. Answers: None where skipped."""

    tag: bytes
    answers: Mapping[str, str | None]


def pack(items: Sequence[PackedItem], answers: Mapping[str, str | None], tag: bytes) -> bytes:
    """The padded record. Raises ValueError for an answer that its item does not have."""
    body = bytes([VERSION, KIND_ANSWERS]) + tag[:TAG]
    body += bytes(_number(item, answers.get(item.id)) for item in items)
    if len(body) >= PADDED:
        raise ValueError("too many items for one record")
    return body + _MARK + bytes(PADDED - len(body) - 1)


def unpack(items: Sequence[PackedItem], padded: bytes) -> OpenedRecord:
    """The answers of a padded record. Raises RecordError."""
    body = padded.rstrip(b"\x00")
    if len(padded) != PADDED or not body.endswith(_MARK):
        raise RecordError("did_not_unpack")
    body = body[:-1]
    if len(body) < 2 + TAG or body[0] != VERSION or body[1] != KIND_ANSWERS:
        raise RecordError("did_not_unpack")
    tag, numbers = body[2 : 2 + TAG], body[2 + TAG :]
    if len(numbers) != len(items):
        return OpenedRecord(tag, {})
    return OpenedRecord(tag, {item.id: _answer(item, number) for item, number in zip(items, numbers, strict=True)})


def _number(item: PackedItem, answer: str | None) -> int:
    if answer is None:
        return _SKIPPED
    for number, word in _WORDS.items():
        if answer == word:
            return number
    return item.codes.index(answer) + 1


def _answer(item: PackedItem, number: int) -> str | None:
    if number == _SKIPPED:
        return None
    if number in _WORDS:
        return _WORDS[number]
    return item.codes[number - 1] if number <= len(item.codes) else OUTSIDE


def is_blank(answers: Mapping[str, str | None]) -> bool:
    """Whether no item was answered at all."""
    return all(answer is None for answer in answers.values())


def seal_inner(padded: bytes, steward: bytes) -> bytes:
    """Sealed for the steward; 304 bytes."""
    return crypto_box_seal(padded, steward)


def seal_outer(unit_no: int, inner: bytes, mixer: bytes) -> bytes:
    """Sealed once more, for the mixer, with the unit of the ballot; 360 bytes."""
    return crypto_box_seal(unit_no.to_bytes(8, "big") + inner, mixer)


def open_outer(record: bytes, mixer_secret: bytes) -> bytes:
    """unit_no and inner record, 312 bytes. Raises RecordError where the mixer's key does not open it."""
    handed = _opened(record, mixer_secret)
    if len(handed) != HANDED_OVER:
        raise RecordError("did_not_open")
    return handed


def open_inner(inner: bytes, steward_secret: bytes) -> bytes:
    """The padded record. Raises RecordError where the steward's key does not open it."""
    return _opened(inner, steward_secret)


def public_half(secret: bytes) -> bytes:
    """The public key that belongs to a secret one, 32 bytes each."""
    return crypto_scalarmult_base(secret)


def is_public_key(key: bytes) -> bool:
    """Whether these bytes can be a public key."""
    return len(key) == crypto_box_PUBLICKEYBYTES and any(key)


def _opened(sealed: bytes, secret: bytes) -> bytes:
    try:
        return crypto_box_seal_open(sealed, public_half(secret), secret)
    except (CryptoError, ValueError, TypeError):
        raise RecordError("did_not_open") from None
