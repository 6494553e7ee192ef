"""`quorum trend`: derived files from releases alone, as `quorum run` makes them after each release."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import click

from flows.say import people
from flows.steps import trend_step
from flows.trend.read import Derived, load_derived
from flows.zones import Zones


def make_trends(root: Path, *, is_rebuilt: bool, is_json: bool) -> None:
    """Bring the derived files up to date and say what they tell. Raises KeyMissing without the public key."""
    zones = Zones(root.resolve()).require()
    is_told = not is_json and sys.stderr.isatty()

    def on_step(step: str) -> None:
        if is_told:
            click.echo(f"  {step}", err=True)

    report = trend_step(zones, is_rebuilt=is_rebuilt, on_step=on_step)
    newest = load_derived(zones.derived, zones.released, report.shown, report.shown[-1]) if report.shown else None
    labels = _labels(newest)
    if is_json:
        lists = {"releases": report.shown, "made": report.made, "removed": report.removed}
        click.echo(json.dumps({**lists, "labels": labels, "next": "quorum show"}, indent=1))
        return
    for line in _lines(report.shown, report.made, report.removed, labels):
        click.echo(line)


def _labels(newest: Derived | None) -> dict[str, int]:
    """How many groups and measures have which label in the newest wave."""
    if newest is None:
        return {}
    counted = Counter(newest.rows("change", wave_id=newest.wave_id)["label"].to_list())
    return {str(label): n for label, n in sorted(counted.items(), key=lambda each: str(each[0]))}


def _lines(
    shown: tuple[str, ...], made: tuple[str, ...], removed: tuple[str, ...], labels: dict[str, int]
) -> list[str]:
    if not shown:
        return ["No release yet. Nothing was stored. Next: quorum run --wave W FILE"]
    lines = [f"Thrown away, no longer true: {', '.join(removed)}"] if removed else []
    if not made:
        lines.append(f"Up to date: {shown[-1]}, from {people(len(shown), 'release')}. Nothing was stored.")
    else:
        lines.append(f"Made from {people(len(shown), 'release')} alone: {', '.join(made)}")
    if labels:
        said = ", ".join(f"{n:,} {label.replace('_', ' ')}" for label, n in labels.items())
        lines.append(f"Changes up to {shown[-1]}: {said}")
    return [*lines, "Next: quorum show"]
