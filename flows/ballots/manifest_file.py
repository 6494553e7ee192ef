"""wave.json and wave.sig of a workspace: written once at the opening, verified whenever they are read."""

from __future__ import annotations

from flows.errors import WorkspaceError
from flows.keys import sign, signers
from flows.zones import Zones, check_wave_id, write_atomically
from surveys.wave_manifest import ManifestError, WaveManifest, read_manifest


def write_signed(zones: Zones, wave_id: str, raw: bytes) -> None:
    """Write the manifest and its signature by the workspace's release key."""
    signature, _ = sign(zones, raw)
    write_atomically(zones.inbox_file(wave_id, "wave.sig"), signature)
    write_atomically(zones.inbox_file(wave_id, "wave.json"), raw)


def load_signed(zones: Zones, wave_id: str) -> WaveManifest:
    """The manifest of an opened wave. Raises WorkspaceError where it is missing, changed or not signed here."""
    try:
        raw = zones.inbox_file(check_wave_id(wave_id), "wave.json").read_bytes()
        signature = zones.inbox_file(wave_id, "wave.sig").read_bytes()
    except OSError:
        raise WorkspaceError(
            f"wave {wave_id} is not open on the staff page. Open it:  quorum survey open --wave {wave_id}"
        ) from None
    if not signers(zones).has_signed(raw, signature):
        raise WorkspaceError(
            f"{wave_id}.wave.json is not what was signed when the wave opened. Put it back from a copy: the "
            "eight words on every ballot belong to the signed one. Nothing is served."
        )
    try:
        return read_manifest(raw)
    except ManifestError as error:
        raise WorkspaceError(str(error)) from None
