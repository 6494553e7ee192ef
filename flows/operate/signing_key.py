"""A new signing key: what the old one had signed is handed over, so that old releases verify for good.

The old key signs the hand-over too, where it is here. Lost, it cannot; the new key vouches for what verifies today.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows import clock, log
from flows.errors import KeyMissing, QuorumError, UsageError
from flows.keys import overwrite_and_delete, public_key, sign, signers
from flows.publish.read import load_release
from flows.publish.signers import HANDOVER_FILE, Signers, handover_message
from flows.workbench import only_run
from flows.zones import Zones, write_atomically

LOST = (
    "The signing key cannot be made again. Until there is another one nothing can be released, retracted or opened on "
    "the staff page. With a new key: {n} that verify today stay good, vouched for by the new key. Nobody outside can "
    "tell any more by the old key alone that the new one is yours: tell those who hold the old public key."
)


def rotate_signing_key(zones: Zones) -> int:
    """A new pair; how many documents the old one hands over. Raises KeyMissing where the old one is not here."""
    with only_run(zones):
        settled_n = settle_signing_key(zones)
        if settled_n is not None:
            return settled_n
        _, current = sign(zones, b"")
        if current != public_key(zones):
            raise KeyMissing("keys/release.pub does not belong to keys/release.key. Put keys/ back from a second copy.")
        return _replace(zones, is_lost=False)


def give_up_signing_key(zones: Zones) -> int:
    """A new pair where the private key is gone. Raises UsageError where it is here, KeyMissing without release.pub."""
    _refuse_unless_lost(zones)
    with only_run(zones):
        settled_n = settle_signing_key(zones)
        return _replace(zones, is_lost=True) if settled_n is None else settled_n


def what_losing_it_means(zones: Zones) -> str:
    """In words, before anything is done. Raises UsageError where the key is here, KeyMissing without release.pub."""
    _refuse_unless_lost(zones)
    releases_n = sum(1 for _ in _good_releases(zones, signers(zones)))
    return LOST.format(n="1 release" if releases_n == 1 else f"{releases_n} releases")


def _refuse_unless_lost(zones: Zones) -> None:
    if zones.signing_key_file.exists():
        raise UsageError("keys/release.key is here. For a new one:  quorum keys rotate --signing. Nothing was changed.")


def _replace(zones: Zones, *, is_lost: bool) -> int:
    """Hand-over first, then the private key, the public one last: cut off anywhere, `settle_signing_key` ends it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    new, old = Ed25519PrivateKey.generate(), public_key(zones)
    documents = sorted({hashlib.sha256(content).hexdigest() for content in _signed(zones)})
    link: dict[str, Any] = {
        "from": old.hex(),
        "to": new.public_key().public_bytes_raw().hex(),
        "on": clock.today().isoformat(),
        "documents": documents,
    }
    message = handover_message(link)
    link["signed_by_earlier"] = None if is_lost else sign(zones, message)[0].hex()
    link["signed_by_next"] = new.sign(message).hex()
    # A hand-over by this same key was cut off: it led to a key that never came to be.
    kept = [each for each in _links(zones) if each.get("from") != link["from"]]
    write_atomically(_file(zones), (json.dumps([*kept, link], indent=1, sort_keys=True) + "\n").encode())
    waiting = zones.signing_key_file.with_suffix(".new")
    write_atomically(waiting, f"{new.private_bytes_raw().hex()}\n".encode("ascii"), mode=0o600)
    return settle_signing_key(zones) or 0


def settle_signing_key(zones: Zones) -> int | None:
    """Bring a change to its end, also one that was cut off; how many documents were handed over, None without one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    waiting, key = zones.signing_key_file.with_suffix(".new"), zones.signing_key_file
    if not waiting.exists():
        return None
    text, link = waiting.read_text("ascii").strip(), _links(zones)[-1]
    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text)).public_key().public_bytes_raw()
    if key.exists():
        overwrite_and_delete(key)
    write_atomically(key, f"{text}\n".encode("ascii"), mode=0o600)
    write_atomically(zones.public_key_file, f"{public.hex()}\n".encode("ascii"))
    is_lost = link["signed_by_earlier"] is None
    log.append(
        zones,
        "signing_key_lost" if is_lost else "signing_key_rotated",
        earlier=_short(bytes.fromhex(link["from"])),
        now=_short(public),
        documents_n=len(link["documents"]),
    )
    overwrite_and_delete(waiting)
    return len(link["documents"])


def _signed(zones: Zones) -> Iterator[bytes]:
    """Every document of this workspace that verifies today: manifests, notes of retraction, waves of the staff page."""
    trusted = signers(zones)
    for folder in _good_releases(zones, trusted):
        yield (folder / "manifest.json").read_bytes()
        note, signature = folder / "retraction.json", folder / "retraction.sig"
        if note.exists() and signature.exists() and trusted.has_signed(note.read_bytes(), signature.read_bytes()):
            yield note.read_bytes()
    for path in sorted(zones.inbox.glob("*.wave.json")):
        content, signature = path.read_bytes(), path.with_suffix("").with_suffix(".wave.sig")
        if signature.exists() and trusted.has_signed(content, signature.read_bytes()):
            yield content


def _good_releases(zones: Zones, trusted: Signers) -> Iterator[Path]:
    for folder in sorted(path for path in zones.released.glob("[!.]*") if path.is_dir()):
        try:
            load_release(folder, trusted)
        except QuorumError:
            continue
        yield folder


def _links(zones: Zones) -> list[dict[str, Any]]:
    try:
        found = json.loads(_file(zones).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [link for link in found if isinstance(link, dict)] if isinstance(found, list) else []


def _file(zones: Zones) -> Path:
    return zones.public_key_file.parent / HANDOVER_FILE


def _short(key: bytes) -> str:
    """The first 16 digits of a key's SHA-256, as the pages show it."""
    return hashlib.sha256(key).hexdigest()[:16]


def is_cut_off(zones: Zones) -> bool:
    """Whether a change of the signing key was cut off."""
    return zones.signing_key_file.with_suffix(".new").exists()
