"""What every command leaves in the log: its name and wave, how it failed, and the policy when it changed.

What only looks, and opens no answers, is not noted. A command is never stopped because it could not be noted.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from flows import log
from flows.errors import QuorumError
from flows.zones import WAVE_ID, Zones

UNNOTED = frozenset({"check", "log", "doctor", "receipt"})
LOOKING = {"today": "is_dry_run", "up": "is_check"}
"""Commands that only look where this is asked of them."""
WRITING = {"policy": "is_paper"}
"""Commands that only look unless this is asked of them."""


def is_noted(command: str, asked: Mapping[str, object]) -> bool:
    """Whether a command, called with these parameters, leaves an entry."""
    if command in UNNOTED or (command in LOOKING and asked.get(LOOKING[command])):
        return False
    return command not in WRITING or bool(asked.get(WRITING[command]))


def note_command(root: Path, command: str, wave_id: object) -> None:
    """One entry that a command began, where the folder is a workspace; before it, the policy where it has changed."""
    zones = Zones(root.resolve())
    if not _is_ours(zones):
        return
    wave = wave_id if isinstance(wave_id, str) and WAVE_ID.fullmatch(wave_id) else None
    with suppress(OSError):
        _note_policy(zones)
        log.append(zones, "command", command=command, wave_id=wave)


def note_failure(root: Path, command: str, error: QuorumError) -> None:
    """One entry that a command ended with an error: its type and code, never its words."""
    zones = Zones(root.resolve())
    if not _is_ours(zones):
        return
    with suppress(OSError):
        log.append(zones, "command_failed", command=command, error=type(error).__name__, code=error.exit_code)


def _is_ours(zones: Zones) -> bool:
    """Whether this is a workspace of this version: one of another version is left alone."""
    try:
        zones.require()
    except QuorumError:
        return False
    return True


def _note_policy(zones: Zones) -> None:
    from flows.protect.policy import TIERS, policy_from
    from flows.settings import read_settings

    try:
        settings = read_settings(zones.settings_file)
        policy = policy_from(settings.preset, settings.raised_k)
        last = next((entry for entry in reversed(list(log.entries(zones))) if entry["event"] == "policy_set"), None)
    except QuorumError:
        return
    sizes = {tier: policy.k(tier) for tier in TIERS}
    if last is None or last["k"] != sizes or last["preset"] != settings.preset:
        log.append(zones, "policy_set", preset=settings.preset, k=sizes)
