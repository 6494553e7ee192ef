"""The sentences of the commands: counts and structure, never an answer (FIRST_HOUR)."""

from __future__ import annotations

from collections.abc import Sequence

from flows.account import Account
from flows.wave_report import RunResult

ALWAYS_SAID = ("accepted", "quarantined")
REASONS = {
    "unknown_unit": "the unit label is no unit",
    "missing_unit": "no unit given",
    "identifying_content": "text in an item that looks like an e-mail address, a phone number or an IP address",
    "wrong_field_count": "wrong number of fields",
    "did_not_open": "a sealed answer that the keys of this wave do not open",
    "did_not_unpack": "a sealed answer that is no answer sheet of this wave",
}


def people(n: int, singular: str, plural: str | None = None) -> str:
    """`1 team`, `1,214 teams`."""
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def account_line(account: Account, cannot_tell: Sequence[str]) -> str:
    """The account of rows; what the file cannot tell is said so."""
    parts = [
        f"{account.part(name):,} {name}"
        for name in ("accepted", "quarantined", "test", "incomplete", "duplicate", "late", "blank", "other_wave")
        if account.part(name)
        or (name not in cannot_tell and name in ("accepted", "quarantined", "incomplete", "blank"))
    ]
    line = f"{account.read:,} read = {' + '.join(parts)}."
    untold = [name for name in ("test", "incomplete", "duplicate", "late", "other_wave") if name in cannot_tell]
    if untold:
        line += f"   {', '.join(untold).capitalize()}: cannot be told from this file"
    return line


def fault_lines(result: RunResult) -> list[str]:
    """Quarantine by reason, unknown labels with their nearest unit, value faults, notices."""
    validated, collected = result.checked.validated, result.checked.collected
    lines = []
    reasons = {**validated.quarantined, **collected.set_aside}
    for reason, n in sorted(reasons.items()):
        lines.append(f"quarantined {n:<5,} {reason}: {REASONS[reason]}")
        if reason == "unknown_unit":
            lines.extend(
                f'                  "{unknown.label}" ({unknown.rows_n:,})   nearest: "{unknown.nearest_name}" '
                f"({unknown.nearest_id}). To accept: {_cure(result)}"
                for unknown in validated.unknown_units
            )
    if validated.value_faults_n:
        items = ", ".join(item.item_id for item in validated.items if item.faults_n)
        lines.append(
            f"value faults {validated.value_faults_n:<4,} answers outside the code set of {items}: "
            "set missing and kept apart; the rows stay"
        )
    lines.extend(notice_lines(result))
    return lines


def _cure(result: RunResult) -> str:
    if result.checked.collected.tools == ("tidy",):
        return "correct unit_id in the file, or add the unit to units.csv"
    return "add it to the map of this file, unit values"


def notice_lines(result: RunResult) -> list[str]:
    """Things that are accepted but worth a look."""
    lines = []
    crowded_n = result.checked.validated.crowded_units_n
    if crowded_n:
        lines.append(
            f"notice         {people(crowded_n, 'unit has', 'units have')} more answers than people in units.csv. "
            "All accepted; correct eligible_n if units.csv is old"
        )
    asked = set(result.scored.scored_n)
    for measure_id, name in (("bo1", "burnout"), ("st1", "stress")):
        if measure_id not in asked:
            lines.append(f"notice         no {name} item in this wave: the trend of {name} will have a gap")
    if result.checked.collected.source_grade == "confidential_export":
        lines.append(
            "notice         this export carries tokens, names, addresses or times: pages will say confidential, "
            "not anonymous"
        )
    return lines


def forecast_line(result: RunResult) -> str:
    """What a release would show."""
    protected = result.protected
    total = protected.shown_n + protected.other_n
    audit = "nothing below k derivable" if result.audited.passed else "FAILED, see below"
    return (
        f"A release would show {people(total, 'group')}: {protected.shown_n - protected.pooled_n:,} units, "
        f'{protected.pooled_n:,} pooled, {protected.other_n:,} "other teams". Audit: {audit}.'
    )
