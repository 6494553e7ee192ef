"""What `quorum doctor` finds: a check, how grave it is, what it saw, and the cure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Gravity(Enum):
    """How grave a finding is."""

    GOOD = "good"
    NOTICE = "notice"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of one check. `cure` is empty where nothing is to be done."""

    check: str
    gravity: Gravity
    says: str
    cure: str = ""


def good(check: str, says: str) -> Finding:
    """All is well."""
    return Finding(check, Gravity.GOOD, says)


def notice(check: str, says: str, cure: str) -> Finding:
    """Worth a look; runs and releases still work."""
    return Finding(check, Gravity.NOTICE, says, cure)


def fault(check: str, says: str, cure: str) -> Finding:
    """A promise or a run is at risk until it is mended."""
    return Finding(check, Gravity.FAULT, says, cure)
