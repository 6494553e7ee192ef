"""Messages to stewards: fixed sentences with a wave id and a date in them, and nothing else that was ever read.

Addresses are Apprise addresses (e-mail, Teams, Slack, webhook …), one a line, in keys/messages.urls or in the
environment. They hold passwords, so they are never in quorum.toml, in an argument or in the log.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from flows import clock, log
from flows.operate.duties import Duty
from flows.settings import Settings
from flows.zones import Zones

ENVIRONMENT_NAME = "QUORUM_MESSAGE_URLS"
TEXTS = {
    "failure": (
        "Wave {wave}: a run failed",
        "A run of wave {wave} ended with an error ({detail}). Nothing was released. On the server: quorum log --wave "
        "{wave}, then quorum check.",
    ),
    "question": (
        "Wave {wave}: a question before the release",
        "Something about wave {wave} looks unusual, so it was not released. On the server: quorum approve --wave "
        "{wave}",
    ),
    "approval": (
        "Wave {wave}: a release waits for your approval",
        "Wave {wave} passed its audit and waits. On the server: quorum approve --wave {wave}",
    ),
    "low_response": (
        "Wave {wave}: few answers",
        "Fewer people than you expected answered wave {wave}. It was not released. On the server: quorum approve "
        "--wave {wave}",
    ),
    "reminder": ("Wave {wave}: {detail}", "Wave {wave}: {detail}."),
    "retention": (
        "Wave {wave}: answers are to be destroyed",
        "The answers of wave {wave}: {detail}. Delete exports and copies of its key that you keep elsewhere, too.",
    ),
    "open_page": (
        "Wave {wave}: open its staff page",
        "The staff page of wave {wave} is to be opened. On the server: quorum survey open --wave {wave}",
    ),
    "print_ballots": (
        "Wave {wave}: print its ballots",
        "Wave {wave} is fixed and signed for the staff page. On the server: quorum survey ballots --wave {wave}",
    ),
    "mix": (
        "Wave {wave}: its answers wait for the mixer",
        "Wave {wave} is closed, and its answers are sealed. The mixer opens the outer seals with their key: quorum "
        "survey mix --wave {wave}",
    ),
    "released": ("Wave {wave} is released", "Wave {wave} is released. The pages show it."),
}


@dataclass(frozen=True, slots=True)
class Message:
    """One occasion about one wave. `detail`: a name of an error type, or words of the calendar."""

    occasion: str
    wave_id: str
    detail: str = ""

    @property
    def title(self) -> str:
        """The subject."""
        return "Quorum: " + TEXTS[self.occasion][0].format(wave=self.wave_id, detail=self.detail)

    @property
    def body(self) -> str:
        """The text."""
        return TEXTS[self.occasion][1].format(wave=self.wave_id, detail=self.detail)


def opening(duty: Duty) -> Message:
    """The survey opens today."""
    return Message("reminder", duty.wave_id, f"opens on {clock.day(duty.day)}")


def closing(duty: Duty) -> Message:
    """The survey closes soon."""
    return Message("reminder", duty.wave_id, f"closes on {clock.day(duty.day)}")


def late(duty: Duty) -> Message:
    """The survey has closed and no answers have come."""
    return Message("question", duty.wave_id)


def send(zones: Zones, settings: Settings, message: Message) -> bool:
    """Send where the settings want it and addresses are there; whether it went out everywhere.

    A message that cannot be sent stops nothing: the log says so, without the address.
    """
    addresses = addresses_of(zones)
    if message.occasion not in settings.message_occasions or not addresses:
        return False
    import apprise

    sender = apprise.Apprise()
    accepted = [sender.add(address) for address in addresses]
    is_sent = all(accepted) and bool(sender.notify(title=message.title, body=message.body))
    event = "message_sent" if is_sent else "message_failed"
    log.append(zones, event, wave_id=message.wave_id, occasion=message.occasion, addresses_n=len(addresses))
    return is_sent


def addresses_of(zones: Zones) -> list[str]:
    """Where stewards get messages; empty where nobody does."""
    text = os.environ.get(ENVIRONMENT_NAME, "")
    if not text and zones.message_addresses_file.exists():
        text = zones.message_addresses_file.read_text("utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
