"""`quorum demo`: the synthetic organisation through the whole house, then its dashboards."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from flows.ballots.take_in import destroy_ballots
from flows.commands.run import run_flow
from flows.commands.show import serve
from flows.demo.staff_wave import answer_on_the_page
from flows.demo.workspace import STAFF_WAVE, WAVES, make_demo_workspace
from flows.prefect_home import use_prefect_home
from flows.workbench import only_run
from flows.zones import Zones


def run_demo(root: Path, *, is_served: bool, is_survey: bool, is_verbose: bool) -> None:
    """Make the workspace, run every wave as one Prefect flow each, and serve."""
    from rich.console import Console
    from rich.progress import track

    started = time.monotonic()
    demo = make_demo_workspace(root)
    zones = Zones(root.resolve())
    use_prefect_home(zones, is_verbose=is_verbose)
    console = Console(stderr=True)
    console.print(f"Demo: {demo.teams_n} teams, {len(WAVES)} waves, 2 kinds of export. Starting Prefect (about 20 s)")
    results = []
    with only_run(zones):
        for wave_id in track(WAVES, description="collect to publish", console=console):
            results.append(run_flow(root, wave_id, [str(demo.exports[wave_id])]))
            console.print(f"  {wave_id} released: {results[-1].checked.account.accepted:,} answers")
        if is_survey:
            console.print(f"Wave {STAFF_WAVE} on the staff page: invented staff answer over HTTP on this machine")
            answered = answer_on_the_page(root, len(WAVES), lambda step: console.print(f"  {step}", soft_wrap=True))
            results.append(run_flow(root, STAFF_WAVE, []))
            console.print(f"  {STAFF_WAVE} released: {results[-1].checked.account.accepted:,} answers")
            destroy_ballots(zones, STAFF_WAVE)
    audits_n = sum(result.audited.passed for result in results)
    answers_n = sum(result.checked.account.accepted for result in results)
    click.echo(
        f"collect, validate, score, aggregate, protect, audit, publish: {len(results)} of {len(WAVES) + is_survey} "
        f"released, {audits_n} audits passed, {answers_n:,} answers, {time.monotonic() - started:.0f} s"
    )
    if is_survey:
        click.echo(
            f"staff page: {answered.acknowledged_n:,} of {answered.issued_n:,} ballots answered at {answered.address}, "
            f"{results[-1].checked.account.read:,} counted in {STAFF_WAVE}; ballots, keys and sealed answers destroyed"
        )
    click.echo(f"The demo workspace lies in {root}. Try:  quorum verify --workspace {root}")
    click.echo(f"For your own data, in this folder:  {_how_to_call()}quorum init my-pulse")
    if is_served:
        serve(root, 8501, is_demo=True)


def _how_to_call() -> str:
    """How a shell gets the `quorum` command, where it lives in a virtual environment."""
    if sys.prefix == sys.base_prefix:
        return ""
    return f"source {os.path.relpath(sys.prefix)}/bin/activate && "
