"""`quorum quarantine`: rows that were set aside are counted, exported encrypted, and mended before the release."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from flows import log
from flows.collect.unit_rules import load_unit_rules
from flows.errors import AlreadyReleased, UsageError
from flows.keys import overwrite_and_delete, wave_key
from flows.operate.inputs import plain_inputs
from flows.say import REASONS, account_line, fault_lines, people
from flows.workbench import Workbench, api_sources_of, open_workbench, sources_of
from flows.zones import open_store, write_atomically, write_out


def list_quarantine(root: Path, wave_id: str, *, is_json: bool) -> None:
    """Print how many rows lie in quarantine, by reason, and the labels that are no unit. Never a row."""
    bench = open_workbench(root, wave_id)
    reasons, labels = _counts(bench)
    if is_json:
        report = {
            "wave_id": wave_id,
            "quarantined_n": sum(reasons.values()),
            "faults": [{"reason": reason, "n": n} for reason, n in sorted(reasons.items())],
            "unknown_units": [{"label": label, "n": n} for label, n in labels],
            "next": f"quorum quarantine replay --wave {wave_id} RULES",
        }
        click.echo(json.dumps(report, indent=1))
        return
    click.echo(f"Wave {wave_id}: {people(sum(reasons.values()), 'row')} in quarantine.")
    for reason, n in sorted(reasons.items()):
        click.echo(f"quarantined {n:<5,} {reason}: {REASONS[reason]}")
        if reason == "unknown_unit":
            for label, rows_n in labels:
                click.echo(f'                  "{label}" ({rows_n:,})')
    if reasons and not bench.zones.release(wave_id).exists():
        click.echo(f"Next: write rules, then  quorum quarantine replay --wave {wave_id} RULES")


def _counts(bench: Workbench) -> tuple[Mapping[str, int], Sequence[tuple[str, int]]]:
    """Rows by reason, and by label of an unknown unit. Raises UsageError where no run has judged any rows yet."""
    with bench.store() as con:
        _require_judged(con, bench.wave_id)
        reasons = con.execute("select reason, count(*) from quarantine group by reason").fetchall()
        labels = con.execute(
            "select content ->> 'unit' as label, count(*) as rows_n from quarantine where reason = 'unknown_unit'"
            " group by label order by rows_n desc, label limit 50"
        ).fetchall()
    return {str(reason): int(n) for reason, n in reasons}, [(str(label), int(n)) for label, n in labels]


def _require_judged(con: Any, wave_id: str) -> None:
    tables = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
    if "quarantine" not in tables:
        raise UsageError(f"no run has judged rows of wave {wave_id} yet. Run it, or see  quorum check FILE")


def export_quarantine(root: Path, wave_id: str) -> list[str]:
    """Copy the quarantine into an encrypted database of its own in the restricted zone, under the wave's key."""
    bench = open_workbench(root, wave_id)
    zones = bench.zones
    target = zones.quarantine(wave_id)
    key = wave_key(zones, bench.settings.key_store, wave_id, may_make=False)
    with bench.store() as con:
        _require_judged(con, wave_id)
        rows = con.execute("select reason, content from quarantine order by reason, content").fetchall()
    if target.exists():
        overwrite_and_delete(target)
    with open_store(target, key, zones.spill) as con:
        con.execute("create table quarantine (reason varchar, content varchar)")
        if rows:
            con.executemany("insert into quarantine values (?, ?)", rows)
        write_out(con)
    target.chmod(0o600)
    log.append(zones, "quarantine_exported", wave_id=wave_id, rows_n=len(rows))
    return [
        f"{people(len(rows), 'row')} in {target.relative_to(zones.root)}, encrypted under the key of wave {wave_id}.",
        "Open it with DuckDB and that key (docs/how-to/mend-quarantined-rows.md). It holds answers: delete it when you "
        f"are done. quorum shred --wave {wave_id} deletes it too.",
    ]


def replay_quarantine(root: Path, wave_id: str, rules_file: Path, files: Sequence[str]) -> list[str]:
    """Judge the wave's input again under the rules, in memory; keep the rules for the run where they fit.

    Raises AlreadyReleased after the release: a wave is never released twice.
    """
    from flows.check import check

    bench = open_workbench(root, wave_id)
    if bench.zones.release(wave_id).exists() or log.has_event(bench.zones, "released", wave_id):
        raise AlreadyReleased(
            f"Wave {wave_id} is released: rows that would come later would give people away. Nothing was changed."
        )
    rules = load_unit_rules(rules_file, frozenset(bench.plan.units.by_id))
    names = files or _last_inputs(bench)
    before = _quarantined_n(bench)
    result = check(bench, names, rules=rules)
    write_atomically(bench.zones.unit_rules(wave_id), rules_file.read_bytes())
    log.append(bench.zones, "rules_kept", wave_id=wave_id, rules_n=len(rules.units) + bool(rules.missing_unit))
    now = result.checked.account.quarantined
    return [
        account_line(result.checked.account, result.checked.collected.cannot_tell),
        *fault_lines(result),
        f"Quarantine: {before if before is not None else '?'} before, {now} under these rules.",
        f"Kept as {bench.zones.unit_rules(wave_id).relative_to(bench.zones.root)}: every run of this wave uses them.",
        f"Next: quorum run --wave {wave_id} {' '.join(names)}".rstrip(),
    ]


def _last_inputs(bench: Workbench) -> list[str]:
    """The files that the wave was last run from. None where they are pulled, or named in the settings."""
    noted = plain_inputs(bench.zones).get(bench.wave_id, [])
    if not noted:
        sources_of(bench, ())
        if api_sources_of(bench, ()):
            raise UsageError(
                "the answers of this wave are pulled at each run: put the rules in place with FILE, or run."
            )
    return [str(path) for path in noted]


def _quarantined_n(bench: Workbench) -> int | None:
    if not bench.zones.wave_store(bench.wave_id).exists():
        return None
    return sum(_counts(bench)[0].values())
