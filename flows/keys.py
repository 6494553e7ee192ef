"""Keys: one storage key a wave, apart from its store; one signing key a workspace.

Where storage keys live is a setting: a file (default), the environment, or a Prefect secret.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
import stat
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from flows import log
from flows.errors import KeyMissing
from flows.prefect_home import use_prefect_home
from flows.publish.signers import Signers, signers_beside
from flows.zones import HEX_KEY, Zones, write_atomically

ENVIRONMENT_PREFIX = "QUORUM_WAVE_KEY_"


def wave_key(zones: Zones, store: str, wave_id: str, *, may_make: bool) -> str:
    """The storage key of a wave, 64 hexadecimal digits; made on first use where `may_make`.

    Raises KeyMissing where it is not there or malformed, saying where it was looked for.
    """
    if store == "environment":
        key, place = (
            os.environ.get(environment_name(wave_id), ""),
            f"the environment variable {environment_name(wave_id)}",
        )
    elif store == "prefect":
        key, place = _prefect_secret(zones, wave_id, may_make), f'the Prefect secret "{secret_name(wave_id)}"'
    else:
        key, place = _file_key(zones.wave_key_file(wave_id), may_make), f"keys/waves/{wave_id}.key"
    if not key:
        raise KeyMissing(
            f"the key of wave {wave_id} is missing: looked in {place}. Without it the answers of this wave cannot be "
            "opened. Put it back from your second copy; a released wave stays readable without it."
        )
    if not HEX_KEY.fullmatch(key):
        raise KeyMissing(f"{place} holds no key: 64 hexadecimal digits expected. Put it back from your second copy.")
    _note_use(zones, wave_id)
    return key


@cache
def _note_use(zones: Zones, wave_id: str) -> None:
    """One log entry a process that the key of a wave was used."""
    with suppress(OSError):
        log.append(zones, "key_used", wave_id=wave_id)


def environment_name(wave_id: str) -> str:
    """Name of the variable that holds a wave's key: letters and digits as they are, anything else `_`."""
    return ENVIRONMENT_PREFIX + re.sub(r"[^A-Za-z0-9]", "_", wave_id)


def secret_name(wave_id: str) -> str:
    """Name of the Prefect secret block that holds a wave's key: block names know only small letters."""
    return "quorum-wave-" + "".join(
        c if c.isdigit() or c.islower() else f"-x{ord(c):x}-" if c != "-" else "-" for c in wave_id
    ).strip("-")


def _file_key(path: Path, may_make: bool) -> str:
    if path.exists():
        return path.read_text("ascii", errors="replace").strip()
    if not may_make:
        return ""
    key = secrets.token_hex(32)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(path, f"{key}\n".encode("ascii"), mode=0o600)
    return key


def _prefect_secret(zones: Zones, wave_id: str, may_make: bool) -> str:
    use_prefect_home(zones)
    from prefect.blocks.system import Secret
    from pydantic import SecretStr

    try:
        block = Secret.load(secret_name(wave_id), _sync=True)  # type: ignore[call-arg]
        return str(block.get())  # type: ignore[union-attr]
    except ValueError:
        if not may_make:
            return ""
    key = secrets.token_hex(32)
    Secret(value=SecretStr(key)).save(secret_name(wave_id), _sync=True)  # type: ignore[call-arg]
    return key


def destroy_wave_key(zones: Zones, store: str, wave_id: str) -> str:
    """Destroy the storage key of a wave as far as this program can; says what was done.

    A key file goes in any case: the setting may have changed since the wave was collected.
    """
    path = zones.wave_key_file(wave_id)
    if store != "file" and path.exists():
        overwrite_and_delete(path)
    if store == "environment":
        return f"remove {environment_name(wave_id)} from the environment yourself"
    if store == "prefect":
        use_prefect_home(zones)
        from prefect.blocks.system import Secret

        try:
            Secret.delete(secret_name(wave_id), _sync=True)  # type: ignore[call-arg]
        except ValueError:
            return "the Prefect secret was not there"
        return f"Prefect secret deleted; {_scrub(zones)}"
    if not path.exists():
        return "the key file was not there"
    overwrite_and_delete(path)
    return "key file overwritten and deleted"


def _scrub(zones: Zones) -> str:
    """Rewrite Prefect's database, so that a deleted secret does not survive in its free pages."""
    path = zones.prefect_home / "prefect.db"
    if not path.exists():
        return "Prefect's database is elsewhere: its free pages may still hold the secret, encrypted"
    try:
        with closing(sqlite3.connect(path, timeout=30)) as database:
            database.execute("pragma secure_delete = on")
            database.execute("vacuum")
            database.execute("pragma wal_checkpoint(truncate)")
    except sqlite3.Error:
        return "its database is in use and may still hold the secret, encrypted: shred again when nothing runs"
    return "its database rewritten"


def overwrite_and_delete(path: Path) -> None:
    """Overwrite a file once and delete it. On copy-on-write disks only the deletion of the key itself counts."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        left = size
        while left > 0:
            left -= file.write(secrets.token_bytes(min(left, 1 << 20)))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def make_signing_key(zones: Zones) -> None:
    """Make the Ed25519 key that signs releases, once. Raises KeyMissing where it once was and is gone."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if zones.signing_key_file.exists():
        return
    has_releases = zones.released.is_dir() and any(not p.name.startswith(".") for p in zones.released.iterdir())
    if zones.public_key_file.exists() or has_releases:
        raise KeyMissing(
            f"{zones.signing_key_file} is missing. A new pair would make every older release unverifiable: "
            "put keys/ back from your second copy. No key was made."
        )
    private = Ed25519PrivateKey.generate()
    write_atomically(zones.signing_key_file, f"{private.private_bytes_raw().hex()}\n".encode("ascii"), mode=0o600)
    public = private.public_key().public_bytes_raw().hex()
    write_atomically(zones.public_key_file, f"{public}\n".encode("ascii"))


def sign(zones: Zones, message: bytes) -> tuple[bytes, bytes]:
    """Ed25519 signature over a message, and the public key that verifies it. Raises KeyMissing."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(_signing_key(zones)))
    return private.sign(message), private.public_key().public_bytes_raw()


def public_key(zones: Zones) -> bytes:
    """The public key that belongs to this workspace's signing key. Raises KeyMissing."""
    try:
        text = zones.public_key_file.read_text("ascii").strip()
        return bytes.fromhex(text)
    except (OSError, ValueError):
        raise KeyMissing(
            f"{zones.public_key_file} is missing or holds no key: releases cannot be verified. "
            "Put keys/ back from your second copy."
        ) from None


def signers(zones: Zones) -> Signers:
    """Whose signatures count here: this key, and earlier ones for what they handed over. Raises KeyMissing."""
    return signers_beside(zones.public_key_file, public_key(zones))


def _signing_key(zones: Zones) -> str:
    try:
        text = zones.signing_key_file.read_text("ascii", errors="replace").strip()
    except OSError:
        text = ""
    if not HEX_KEY.fullmatch(text):
        raise KeyMissing(
            f"{zones.signing_key_file} is missing or holds no key: nothing can be signed. "
            "Put keys/ back from your second copy."
        )
    return text


def loose_permissions(zones: Zones) -> list[Path]:
    """Key files and folders that others than the owner may read."""
    paths = [zones.keys, zones.signing_key_file, *sorted(zones.keys.glob("waves/*.key"))]
    return [path for path in paths if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
