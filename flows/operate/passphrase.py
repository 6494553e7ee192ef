"""Files sealed with a passphrase: scrypt makes the key, AES-256-GCM seals. The passphrase is never an argument."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode

from flows.errors import KeyMissing

LEAST_SIGNS = 12
MEMORY_COST = 1 << 17
HEAD = "quorum-sealed-1"
ENVIRONMENT_NAME = "QUORUM_PASSPHRASE"


def seal(content: bytes, passphrase: str) -> bytes:
    """Seal bytes. Raises KeyMissing for a passphrase shorter than twelve signs."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(passphrase) < LEAST_SIGNS:
        raise KeyMissing(f"the passphrase has fewer than {LEAST_SIGNS} signs. Take four or more words.")
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_derived(passphrase, salt, MEMORY_COST)).encrypt(nonce, content, HEAD.encode())
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    texts = {name: b64encode(part).decode() for name, part in parts.items()}
    return (json.dumps({"format": HEAD, "scrypt_n": MEMORY_COST, **texts}) + "\n").encode()


def unseal(raw: bytes, passphrase: str) -> bytes:
    """Open what `seal` made. Raises KeyMissing where it is no such file, was changed, or the passphrase is wrong."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        parts = json.loads(raw)
        cost = int(parts["scrypt_n"])
        if parts["format"] != HEAD or cost > MEMORY_COST:
            raise ValueError(cost)
        salt, nonce, sealed = (b64decode(parts[name]) for name in ("salt", "nonce", "sealed"))
        return AESGCM(_derived(passphrase, salt, cost)).decrypt(nonce, sealed, HEAD.encode())
    except InvalidTag:
        raise KeyMissing("the passphrase does not open this file, or the file was changed.") from None
    except (ValueError, KeyError, TypeError):
        raise KeyMissing("this is no file of sealed keys made by Quorum.") from None


def _derived(passphrase: str, salt: bytes, cost: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())
