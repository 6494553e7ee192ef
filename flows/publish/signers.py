"""Whose signature counts: the workspace's key, and earlier keys for just what they had signed until they were replaced.

`release.handover.json` beside `release.pub` lists the hand-overs. Each names the earlier and the next key and the
SHA-256 of every document that the earlier one had signed; the next key has signed that list, and the earlier one too
unless it was lost. So an earlier key that is stolen later can sign nothing new. Anything else is not trusted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from flows.publish.manifest import hex_bytes

HANDOVER_FILE = "release.handover.json"
HEAD = b"quorum-key-handover-v1\n"


@dataclass(frozen=True, slots=True)
class Signers:
    """The current key, and (SHA-256 of a document, key) for what earlier keys had signed.

    is_each_signed_over: false where an earlier key was lost and could not sign its own hand-over.
    """

    current: bytes
    handed_over: frozenset[tuple[str, bytes]] = frozenset()
    is_each_signed_over: bool = True

    @property
    def earlier(self) -> frozenset[bytes]:
        """The earlier keys."""
        return frozenset(key for _, key in self.handed_over)

    def trusts(self, key: bytes, document: bytes) -> bool:
        """Whether this key may have signed this document."""
        return key == self.current or (hashlib.sha256(document).hexdigest(), key) in self.handed_over

    def has_signed(self, document: bytes, signature: bytes) -> bool:
        """Whether a key that may have signed this document did."""
        keys = [self.current, *(key for key in self.earlier if self.trusts(key, document))]
        return any(is_signed(document, signature, key) for key in keys)


Trust = bytes | Signers | None
"""Whom a reader trusts: one key, a workspace's signers, or whoever the manifest names."""


def trusts(trust: Trust, key: bytes, document: bytes) -> bool:
    """Whether the caller trusts this key for this document."""
    if isinstance(trust, Signers):
        return trust.trusts(key, document)
    return trust is None or key == trust


def is_signed(document: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether this key has signed this document."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, document)
    except (InvalidSignature, ValueError):
        return False
    return True


def signers_beside(public_key_file: Path, current: bytes) -> Signers:
    """The signers of a workspace whose current key is given: hand-overs that lead to it, read from beside its file."""
    try:
        links = json.loads((public_key_file.parent / HANDOVER_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return Signers(current)
    found: set[tuple[str, bytes]] = set()
    wanted, is_each_signed_over = current, True
    for link in reversed(links if isinstance(links, list) else []):
        if not isinstance(link, dict) or hex_bytes(link.get("to"), 32) != wanted or not is_valid(link):
            continue
        wanted = hex_bytes(link["from"], 32) or b""
        found |= {(str(digest), wanted) for digest in link["documents"]}
        is_each_signed_over &= link.get("signed_by_earlier") is not None
    return Signers(current, frozenset(found), is_each_signed_over)


def handover_message(link: Mapping[str, Any]) -> bytes:
    """What is signed of a hand-over: everything but the signatures."""
    named = {name: link.get(name) for name in ("from", "to", "on", "documents")}
    return HEAD + json.dumps(named, sort_keys=True, separators=(",", ":")).encode()


def is_valid(link: Mapping[str, Any]) -> bool:
    """Whether the next key has signed this hand-over, and the earlier one too where it says so."""
    earlier, following = hex_bytes(link.get("from"), 32), hex_bytes(link.get("to"), 32)
    by_next, by_earlier = hex_bytes(link.get("signed_by_next"), 64), link.get("signed_by_earlier")
    if earlier is None or following is None or by_next is None or not isinstance(link.get("documents"), list):
        return False
    message = handover_message(link)
    if by_earlier is not None and not is_signed(message, hex_bytes(by_earlier, 64) or b"", earlier):
        return False
    return is_signed(message, by_next, following)
