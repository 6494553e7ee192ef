"""What an audit found: one row per attack, never a figure of a hidden group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """One attack. `detail`: what was covered, and the cells (group and measure ids) on which it succeeded.

    `is_reported`: no attack but something a reader can know; it always passes.
    """

    name: str
    passed: bool
    detail: str
    is_reported: bool = False


@dataclass(frozen=True, slots=True)
class AuditReport:
    """All attacks on one release. `is_public_only`: no confidential counts were at hand."""

    wave_id: str
    is_public_only: bool
    checks: tuple[AuditCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether no gating attack succeeded; a report without checks has proved nothing and fails."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def failed(self) -> tuple[AuditCheck, ...]:
        """The checks that stop the release."""
        return tuple(check for check in self.checks if not check.passed)


def check_of(name: str, covered: str, faults: Sequence[str]) -> AuditCheck:
    """A check that passes when `faults` is empty; the detail names the first faults and counts the rest."""
    if not faults:
        return AuditCheck(name=name, passed=True, detail=covered)
    named = "; ".join(faults[:NAMED_AT_MOST])
    more = f"; and {len(faults) - NAMED_AT_MOST} more" if len(faults) > NAMED_AT_MOST else ""
    return AuditCheck(name=name, passed=False, detail=f"{named}{more}. {covered}")
