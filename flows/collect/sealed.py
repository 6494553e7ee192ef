"""What was pulled from a survey tool, encrypted under the wave's key until the wave is released."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.errors import KeyMissing, WorkspaceError
from flows.zones import Zones, write_atomically

__all__ = ["remove_pulled", "seal", "unsealed"]


def seal(zones: Zones, wave_id: str, number: int, content: bytes, key: str) -> None:
    """Keep a pull of a wave; a later one replaces it."""
    from nacl.secret import SecretBox

    path = zones.pulled(wave_id, number)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(path, bytes(SecretBox(bytes.fromhex(key)).encrypt(content)), mode=0o600)


@contextmanager
def unsealed(zones: Zones, wave_id: str, number: int, kind: str, key: str) -> Iterator[Path]:
    """The pull as a file that exists in memory alone: a link on disk gives it a name, and leads nowhere afterwards.

    Raises WorkspaceError where nothing was pulled, KeyMissing where the key does not fit.
    """
    from nacl.exceptions import CryptoError
    from nacl.secret import SecretBox

    path = zones.pulled(wave_id, number)
    if not path.exists():
        raise WorkspaceError(f"nothing was pulled for wave {wave_id} yet. Run it:  quorum run --wave {wave_id}")
    try:
        content = SecretBox(bytes.fromhex(key)).decrypt(path.read_bytes())
    except (CryptoError, ValueError):
        raise KeyMissing(
            f"the key of wave {wave_id} does not open {path.name}. Put the key back, or run again."
        ) from None
    handle = os.memfd_create(path.name)
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(content)
        zones.spill.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=zones.spill) as folder:
            link = Path(folder) / f"{kind}-{number}"
            link.symlink_to(f"/proc/{os.getpid()}/fd/{handle}")
            yield link
    finally:
        os.close(handle)


def remove_pulled(zones: Zones, wave_id: str) -> None:
    """Remove what was pulled for a wave: it is in the wave's store, or the wave is shredded."""
    first = zones.pulled(wave_id, 1)
    for path in first.parent.glob(f"{wave_id}.pull-*"):
        path.unlink()
