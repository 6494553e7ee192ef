"""`quorum receipt`: in which groups an answer from one unit can appear, in sentences."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path

import click

from flows import clock
from flows.errors import UsageError
from flows.plan import WavePlan
from flows.protect.policy import TIERS
from flows.receipt import Receipt, ReceiptGroup, receipt_of
from flows.settings import read_settings
from flows.workbench import open_workbench
from flows.zones import Zones

TOPICS = {"work": "work topics", "sensitive": "health topics", "guarded": "substance use"}
KINDS = {"pooled": "a pooled group", "other": "those of it without a row of their own"}


def print_receipt(root: Path, unit: str, wave_id: str | None, *, is_json: bool) -> None:
    """Print the receipt of a unit, named by its id or its name. Raises UsageError where there is none."""
    plan = plan_for(root, wave_id)
    receipt = receipt_of(plan, _unit_id(plan, unit))
    if is_json:
        click.echo(json.dumps(receipt_json(receipt), indent=1, ensure_ascii=False))
        return
    for line in receipt_lines(receipt, has_wave=wave_id is not None or plan.is_fixed):
        click.echo(line)


def plan_for(root: Path, wave_id: str | None) -> WavePlan:
    """The rules of the wave named, else of the first declared wave that has not closed, else those of the settings."""
    zones, today = Zones(root.resolve()).require(), clock.today()
    if wave_id is None:
        waves = read_settings(zones.settings_file).waves
        coming = [wave for wave in waves if wave.closes_on is not None and wave.closes_on >= today]
        coming.sort(key=lambda wave: (wave.closes_on or today, wave.wave_id))
        wave_id = coming[0].wave_id if coming else "next"
    return open_workbench(root, wave_id).plan


def _unit_id(plan: WavePlan, asked: str) -> str:
    """A unit by its id, or by a name that only one unit bears."""
    if asked in plan.units.by_id:
        return asked
    named = [unit.unit_id for unit in plan.units.units if unit.unit_name.casefold() == asked.casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        raise UsageError(f'"{asked}" is the name of {len(named)} units: {", ".join(named)}. Name one of these ids.')
    known = {name: unit.unit_id for unit in plan.units.units for name in (unit.unit_id, unit.unit_name)}
    near = difflib.get_close_matches(asked, list(known), n=1, cutoff=0.0)
    raise UsageError(f'no unit "{asked}". Nearest: {known[near[0]]} ({plan.units.by_id[known[near[0]]].unit_name}).')


def receipt_lines(receipt: Receipt, *, has_wave: bool) -> list[str]:
    """The receipt as sentences: where an answer can appear, from the nearest group up, and what is never shown."""
    wave = f"wave {receipt.wave_id}" if has_wave else "the next wave"
    lines = [f"An answer from {receipt.unit_name} ({receipt.unit_id}) in {wave} can count in these figures only:", ""]
    for group in receipt.groups:
        if group.breakdown_value == "all":
            lines += [f"  {_group_name(group)}", f"      {_condition(group.least_n)}"]
            shares = {tier: n for tier, n in group.share_least_n.items() if n != group.least_n.get(tier)}
            if shares:
                lines.append(f"      its share at risk: {_condition(shares)}")
        elif group.breakdown_value == receipt.breakdown_values[0]:
            lines.append(f"      {receipt.breakdown_id} ({', '.join(receipt.breakdown_values)}): a row of a value")
            lines.append(f"          {_condition(group.least_n)}")
    lines += [
        "",
        "Besides, a row is shown only if nobody's answer can be worked out from all rows together. Its figure is then",
        "exact or, where it lies near an end of the scale, only 'at least' or 'at most'.",
    ]
    if receipt.pool_members:
        lines.append(f"The pooled group joins {', '.join(receipt.pool_members)}; none of them is ever shown by itself.")
    lines += ["", "Never shown:", *(f"  - {sentence}" for sentence in receipt.never.values()), ""]
    lines.append(
        "These rules are fixed for this wave."
        if receipt.is_fixed
        else "These rules are fixed when the wave opens, or at its first run."
    )
    return [*lines, "Nothing was stored."]


def _group_name(group: ReceiptGroup) -> str:
    kind = f", {KINDS[group.kind]}" if group.kind in KINDS else f", {group.level}"
    return f"{group.group_name}{kind}"


def _condition(least_n: Mapping[str, int]) -> str:
    parts = [f"{TOPICS[tier]} from {least_n[tier]} answers" for tier in TIERS if tier in least_n]
    never = [TOPICS[tier] for tier in TIERS if tier not in least_n] if "work" in least_n else []
    return ", ".join(parts) + (f"; {', '.join(never)} never" if never else "")


def receipt_json(receipt: Receipt) -> dict[str, object]:
    """The receipt as the report has it."""
    return {
        "wave_id": receipt.wave_id,
        "unit_id": receipt.unit_id,
        "unit_name": receipt.unit_name,
        "is_fixed": receipt.is_fixed,
        "groups": [
            {
                "group_id": group.group_id,
                "group_name": group.group_name,
                "level": group.level,
                "kind": group.kind,
                "breakdown_value": group.breakdown_value,
                "least_n": dict(group.least_n),
                "share_least_n": dict(group.share_least_n),
            }
            for group in receipt.groups
        ],
        "pool_members": list(receipt.pool_members),
        "breakdown_id": receipt.breakdown_id,
        "never": dict(receipt.never),
    }
