"""What the calendar does about a wave on the staff page: open it, close it, mix it. Printing stays with people."""

from __future__ import annotations

from pathlib import Path

from flows import log
from flows.ballots.take_in import is_ballot_wave
from flows.operate import messages
from flows.operate.duties import Duty, is_mixer_here
from flows.settings import Settings
from flows.zones import Zones


def open_page(root: Path, zones: Zones, settings: Settings, duty: Duty) -> str:
    """Fix and sign the wave, make keys and inbox; or ask a steward to, where quorum.toml does not answer for it."""
    from flows.commands.survey import open_survey

    wave_id = duty.wave_id
    if not settings.manage_nobody_asked:
        log.append(zones, "page_open_asked", wave_id=wave_id)
        messages.send(zones, settings, messages.Message("open_page", wave_id))
        return f"is to be opened by you:  quorum survey open --wave {wave_id}"
    open_survey(root, wave_id, None, None, settings.wave(wave_id).mixer_public, lambda _: True)
    messages.send(zones, settings, messages.Message("print_ballots", wave_id))
    return f"is fixed for the staff page. Print its ballots:  quorum survey ballots --wave {wave_id}"


def close_page(root: Path, zones: Zones, wave_id: str) -> str:
    """Take nothing in any more and write the sealed batch; nothing for a wave that is not on the staff page."""
    from flows.commands.survey import close_survey

    if is_ballot_wave(zones, wave_id) and zones.inbox_file(wave_id, "sqlite").exists():
        close_survey(root, wave_id, lambda _: True)
        return "closed, its staff page too"
    return "closed"


def mix_page(root: Path, zones: Zones, settings: Settings, wave_id: str) -> str:
    """Strip the outer seals where the mixer's key lies here; else ask for the mixer, once."""
    from flows.commands.survey import mix_survey

    if is_mixer_here(zones, wave_id):
        mix_survey(root, wave_id, None, None, None)
        return "mixed"
    log.append(zones, "mix_asked", wave_id=wave_id)
    messages.send(zones, settings, messages.Message("mix", wave_id))
    return "waits for the mixer: quorum survey mix, with their key, on any machine"
