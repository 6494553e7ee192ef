"""`quorum check` and `quorum run`: what they print, around the same steps."""

from __future__ import annotations

import datetime
import importlib
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from flows import clock, log
from flows.account import recall, refuse_lopsided
from flows.ballots.take_in import destroy_ballots, is_ballot_wave
from flows.collect.collect import input_digest
from flows.errors import AlreadyReleased, AuditFailed, KeyMissing, QuorumError, UnitsError, WorkspaceError
from flows.keys import sign
from flows.operate.inputs import note_inputs
from flows.progress import listening
from flows.say import account_line, fault_lines, forecast_line, people
from flows.settings import read_settings
from flows.steps import refuse_same_input
from flows.units import read_units
from flows.wave_report import RunResult, report_json
from flows.workbench import Workbench, only_run, open_workbench, sources_of
from flows.zones import Zones

NAMELESS = "check"
FORECASTS = ("groups", "audit")
STEPS = ("collect", "validate", "score", "aggregate", "protect", "audit", "publish", "trend")


def check_files(root: Path, wave_id: str | None, files: Sequence[str], *, is_json: bool) -> None:
    """Print what a run would do, by the rules of the wave named, else of the one under way, else of a nameless one.

    Raises AuditFailed where the forecast release would leak.
    """
    from flows.check import check

    bench = open_workbench(root, wave_id or _wave_under_way(root) or NAMELESS)
    until = clock.open_until(bench.wave, clock.today())
    with _progress(("collect", "validate", "protect", "audit"), is_shown=not is_json and until is None):
        result = check(bench, files)
    if is_json:
        report = report_json(None, result, "quorum run --wave W FILE")
        click.echo(json.dumps(_while_open(report, until), indent=1))
    else:
        if wave_id is None and bench.wave_id != NAMELESS:
            click.echo(f"By the rules of wave {bench.wave_id}; for another one:  quorum check --wave W FILE")
        for line in [*_plan_notice(bench), *_check_lines(result, until)]:
            click.echo(line)
    if until is not None:
        return
    refuse_lopsided(result.checked.account)
    if not result.audited.passed:
        failed = "; ".join(f"{check.name}: {check.detail}" for check in result.audited.checks if not check.passed)
        raise AuditFailed(f"The audit would fail: {failed}. Nothing was stored. Please report this.")


def _wave_under_way(root: Path) -> str | None:
    """The one wave that is open, else the one that has opened and is not released; None where there are several."""
    zones, on = Zones(root.resolve()).require(), clock.today()
    opened = [
        wave
        for wave in read_settings(zones.settings_file).waves
        if wave.opens_on is not None and wave.opens_on <= on and not zones.release(wave.wave_id).exists()
    ]
    for waves in ([wave for wave in opened if clock.open_until(wave, on)], opened):
        if len(waves) == 1:
            return waves[0].wave_id
    return None


def _plan_notice(bench: Workbench) -> list[str]:
    """Where the units on disk are no longer those that are fixed for the wave."""
    path = bench.zones.units_file_of(bench.wave_id)
    try:
        is_same = read_units(path) == bench.plan.units
    except UnitsError:
        is_same = False
    if is_same:
        return []
    return [
        f"notice         {path.name} has changed since the units of wave {bench.wave_id} were fixed; those in "
        f"plans/{bench.wave_id}.json are used"
    ]


def _while_open(report: dict[str, Any], until: datetime.date | None) -> dict[str, Any]:
    """The report of a wave that is still open ends with the account: no forecast before the close (PRIVACY 4)."""
    if until is None:
        return report
    return {**{name: part for name, part in report.items() if name not in FORECASTS}, "open_until": until.isoformat()}


def _check_lines(result: RunResult, until: datetime.date | None) -> list[str]:
    checked = result.checked
    measures_n = len(result.scored.scored_n)
    return [
        account_line(checked.account, checked.collected.cannot_tell)
        + f"   {people(len(checked.collected.items), 'item')} -> {people(measures_n, 'measure')}",
        *fault_lines(result),
        forecast_line(result)
        if until is None
        else f"The wave is open until {clock.day(until)}: no forecast of its release before it closes.",
        "Nothing was stored.",
    ]


def run_wave(root: Path, wave_id: str, files: Sequence[str], *, is_json: bool, is_verbose: bool) -> None:
    """Run the flow on one wave and say what to do next."""
    from flows.prefect_home import use_prefect_home

    bench = open_workbench(root, wave_id)
    refuse_released(bench, files)
    clock.refuse_unfinished(bench.wave, clock.today())
    sources = sources_of(bench, files)
    if sources:
        refuse_same_input(bench, input_digest(sources))
    sign(bench.zones, b"")
    use_prefect_home(bench.zones, is_verbose=is_verbose)
    started = time.monotonic()
    with only_run(bench.zones):
        note_replaced_input(bench, files)
        note_inputs(bench.zones, wave_id, [source.path for source in sources])
        if not is_json:
            click.echo("Starting Prefect (first time, about 20 s)", err=True)
        with _progress(STEPS, is_shown=not is_json):
            result = run_flow(root, wave_id, files)
    if is_json:
        click.echo(json.dumps(report_json(wave_id, result, "quorum show"), indent=1))
        return
    for line in _run_lines(bench, result, [str(source.path) for source in sources], time.monotonic() - started):
        click.echo(line)


def run_flow(root: Path, wave_id: str, files: Sequence[str]) -> RunResult:
    """The Prefect flow; importing Prefect costs seconds, so it happens here, and its server starts meanwhile."""
    threading.Thread(target=importlib.import_module, args=("great_expectations",), daemon=True).start()
    from flows.pulse_wave import pulse_wave

    try:
        return pulse_wave(str(root.resolve()), wave_id, [str(Path(name).expanduser().resolve()) for name in files])
    except QuorumError:
        raise
    except Exception as error:
        # Steps let only our own errors out (`guarded`), so this one is Prefect's: its server died, or did not start.
        raise WorkspaceError(
            f"Prefect stopped working ({type(error).__name__}): its server ended, or did not start within ten "
            f"minutes. Nothing is lost: give the same command again, with less beside it. "
            f"See more with --verbose; memory and disk with  quorum doctor"
        ) from None


def refuse_released(bench: Workbench, files: Sequence[str]) -> None:
    """Raises AlreadyReleased, saying whether it was from these same files."""
    wave_id = bench.wave_id
    if bench.zones.release(wave_id).exists() and is_ballot_wave(bench.zones, wave_id):
        # A run was cut off between its release and the destruction of what is counted.
        destroy_ballots(bench.zones, wave_id)
    if not bench.zones.release(wave_id).exists():
        if log.has_event(bench.zones, "released", wave_id):
            raise AlreadyReleased(
                f"Wave {wave_id} was released once; its folder is missing. Put data/released/{wave_id} back from your "
                "backup. It cannot be released again: two releases of one wave would tell the difference."
            )
        return
    if not log.has_event(bench.zones, "released", wave_id):
        log.append(bench.zones, "released", wave_id=wave_id, noted="found released without an entry: a run was cut off")
    if (bench.zones.release(wave_id) / "retraction.json").exists():
        raise AlreadyReleased(
            f"Wave {wave_id} was released and retracted. It stays on record and cannot be released again: a second "
            "release would tell the difference between the two. Nothing was changed."
        )
    if files and _is_same_input(bench, files):
        raise AlreadyReleased(f"Wave {wave_id} is released as {wave_id}, from this same input. Nothing to do.")
    raise AlreadyReleased(
        f"Wave {wave_id} is released as {wave_id}. A wave is released once: a second one would tell the difference.\n"
        f'Found wrong?  quorum retract --wave {wave_id} --reason "…"  takes it off the dashboards. '
        "Nothing was changed."
    )


def _is_same_input(bench: Workbench, files: Sequence[str]) -> bool:
    try:
        with bench.store() as con:
            return recall(con).input_digest == input_digest(sources_of(bench, files))
    except (WorkspaceError, KeyMissing):
        return False


def note_replaced_input(bench: Workbench, files: Sequence[str]) -> None:
    """A log entry where the wave held other input than is coming now."""
    if bench.zones.wave_store(bench.wave_id).exists() and not _is_same_input(bench, files):
        log.append(bench.zones, "input_replaced", wave_id=bench.wave_id)


def _run_lines(bench: Workbench, result: RunResult, paths: Sequence[str], seconds: float) -> list[str]:
    wave_id, checked = bench.wave_id, result.checked
    groups_n = result.protected.shown_n + result.protected.other_n
    shred_on = clock.today() + datetime.timedelta(days=bench.settings.retention_days)
    return [
        account_line(checked.account, checked.collected.cannot_tell),
        *fault_lines(result),
        *_plan_notice(bench),
        f"Released {wave_id}: signed, {people(groups_n, 'group')}, {people(len(result.scored.scored_n), 'measure')}, "
        f"in {seconds:.0f} s. It is final: a later correction can only be noted beside it.",
        f'Found wrong later?  quorum retract --wave {wave_id} --reason "…"  takes it off the dashboards; '
        "it stays on record.",
        f"Answers: encrypted, to be destroyed on {shred_on.day} {shred_on:%B %Y} "
        f"(quorum shred --wave {wave_id} does it earlier).",
        _where_else(bench, paths, checked.account.read),
        "Next: quorum show",
    ]


def _where_else(bench: Workbench, paths: Sequence[str], read_n: int) -> str:
    """Where the answers still lie, besides this workspace."""
    if is_ballot_wave(bench.zones, bench.wave_id):
        return "Slots, ballots, pepper, batch and keys of the staff page: counted, then destroyed."
    if not paths:
        return "The survey tool still holds the answers, with all it knows of people. Delete them there when you may."
    return (
        f"Your export still lies in {', '.join(paths)} with {people(read_n, 'answer')} in plain text. "
        "Delete it, or keep it under your own retention rule."
    )


@contextmanager
def _progress(steps: Sequence[str], *, is_shown: bool) -> Iterator[None]:
    """A bar on a terminal; one line a step where the output is kept."""
    if not is_shown:
        yield
        return
    if not sys.stderr.isatty():
        with listening(lambda text: click.echo(f"  {text}", err=True)):
            yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=False) as progress:
        task = progress.add_task(f"{steps[0]} …", total=len(steps))
        done: list[str] = []

        def on_step(text: str) -> None:
            done.append(text)
            progress.update(task, completed=len(done), description=" · ".join(done))

        def on_part(done_n: int, of_n: int) -> None:
            words = [*done, f"{steps[min(len(done), len(steps) - 1)]} {done_n} of {of_n}"]
            progress.update(task, completed=len(done) + done_n / max(of_n, 1), description=" · ".join(words))

        with listening(on_step, on_part):
            yield


def released_ids(zones: Zones) -> list[str]:
    """Wave ids that have a release folder."""
    if not zones.released.is_dir():
        return []
    return sorted(path.name for path in zones.released.iterdir() if path.is_dir() and not path.name.startswith("."))
