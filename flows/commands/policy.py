"""`quorum policy`: the rules in plain words; `--paper`: two pages to sign."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from flows import clock
from flows.plan import frozen_plan
from flows.policy_promises import Section, policy_sections
from flows.protect.policy import TIERS, DisclosurePolicy
from flows.settings import Breakdown, Settings, read_settings
from flows.workbench import policy_of
from flows.zones import Zones, check_wave_id

PAPER = "policy.pdf"


def print_policy(root: Path, wave_id: str | None, *, is_paper: bool, is_json: bool) -> None:
    """Print the policy of the settings, or the one that is fixed for a wave; write it as two pages if asked."""
    zones = Zones(root.resolve()).require()
    settings = read_settings(zones.settings_file)
    policy, families, fixed = _rules(zones, settings, wave_id)
    sections = policy_sections(settings, policy, families)
    title = f"How answers are protected at {settings.organisation}"
    if is_paper:
        from flows.policy_paper import paper

        path = zones.root / PAPER
        path.write_bytes(paper(title, fixed, sections))
    if is_json:
        click.echo(json.dumps(_json(policy, fixed, sections), indent=1, ensure_ascii=False))
        return
    if is_paper:
        click.echo(f"Written: {PAPER}, two pages, every sentence with what it rests on. Next: print and sign it.")
        return
    for line in [title, fixed, *_lines(sections), *_waves_lines(zones, settings)]:
        click.echo(line)
    click.echo("Nothing was stored. As two pages to sign:  quorum policy --paper")


def _rules(
    zones: Zones, settings: Settings, wave_id: str | None
) -> tuple[DisclosurePolicy, tuple[Breakdown, ...], str]:
    """Policy and families in force, and a sentence that says since when."""
    plan = None if wave_id is None else frozen_plan(zones, check_wave_id(wave_id))
    if plan is not None and plan.has_opened(clock.today()):
        families = () if plan.breakdown is None else (plan.breakdown,)
        return plan.policy, families, f"These rules are fixed for wave {plan.wave_id}. Preset: {plan.policy.preset}."
    fixed = f"These rules hold for waves that have not opened. Preset: {settings.preset}."
    return policy_of(settings), settings.breakdowns, fixed


def _lines(sections: Sequence[Section]) -> list[str]:
    lines = []
    for section in sections:
        lines += ["", section.title, *(f"  - {promise.text}" for promise in section.promises)]
    return [*lines, ""]


def _waves_lines(zones: Zones, settings: Settings) -> list[str]:
    """Waves whose fixed rules are not those of the settings."""
    now, lines = policy_of(settings), []
    for path in sorted(zones.plan_file("any").parent.glob("*.json")):
        plan = frozen_plan(zones, path.stem)
        if plan is not None and plan.has_opened(clock.today()) and plan.policy != now:
            k = " / ".join(str(plan.policy.k(tier)) for tier in TIERS)
            lines.append(f"Wave {plan.wave_id} has other rules, fixed when it opened: least group sizes {k}.")
    return lines


def _json(policy: DisclosurePolicy, fixed: str, sections: Sequence[Section]) -> dict[str, object]:
    return {
        "preset": policy.preset,
        "k": {tier: policy.k(tier) for tier in TIERS},
        "k_res": {tier: policy.k_res(tier) for tier in TIERS},
        "fixed": fixed,
        "sections": [
            {
                "title": section.title,
                "sentences": [
                    {"text": promise.text, "settings": list(promise.settings), "tests": list(promise.tests)}
                    for promise in section.promises
                ],
            }
            for section in sections
        ],
    }
