"""The code of a paper ballot: 14 random symbols and 2 check symbols of Crockford base32 (BALLOTS B1, B2)."""

from __future__ import annotations

import hashlib
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_N = 14
LENGTH = 16
HASH_BYTES = 16
_FOLDED = str.maketrans({"O": "0", "I": "1", "L": "1"})
_IGNORED = str.maketrans("", "", " -\t\r\n\u00a0\u2010\u2011\u2013")
_MAX_TYPED = 64


def new_code(wave_id: str) -> str:
    """A fresh code of a wave, 16 symbols without blanks."""
    symbols = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_N))
    return symbols + _check(wave_id, symbols)


def read_code(wave_id: str, typed: str) -> str | None:
    """The code that somebody typed, folded (case, O and 0, I and L and 1); None where its check symbols are wrong."""
    if len(typed) > _MAX_TYPED:
        return None
    code = typed.translate(_IGNORED).upper().translate(_FOLDED)
    if len(code) != LENGTH or any(symbol not in ALPHABET for symbol in code):
        return None
    symbols = code[:RANDOM_N]
    return code if code[RANDOM_N:] == _check(wave_id, symbols) else None


def grouped(code: str) -> str:
    """Four groups of four, as print and page show it."""
    return " ".join(code[place : place + 4] for place in range(0, LENGTH, 4))


def ballot_hash(pepper: bytes, wave_id: str, code: str) -> bytes:
    """What the server keeps of a code: a keyed hash of 16 bytes. `pepper`: 32 bytes, kept apart from the database."""
    return hashlib.blake2b(
        f"{wave_id}|{code}".encode(), digest_size=HASH_BYTES, key=pepper, person=b"quorum-ballot-v1"
    ).digest()


def _check(wave_id: str, symbols: str) -> str:
    """10 bits of SHA-256 over a fixed word, the wave and the symbols."""
    digest = hashlib.sha256(f"quorum-code-v1|{wave_id}|{symbols}".encode()).digest()
    number = int.from_bytes(digest[:2], "big") >> 6
    return ALPHABET[number >> 5] + ALPHABET[number & 31]
