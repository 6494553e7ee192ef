"""`quorum doctor`: looks at machine and workspace, explains each finding, changes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from flows.errors import QuorumError, WorkspaceError
from flows.operate import check_machine, check_workspace
from flows.operate.finding import Finding, Gravity, fault
from flows.say import people
from flows.settings import read_settings
from flows.zones import Zones


def examine(root: Path) -> list[Finding]:
    """Every finding about this machine and this workspace. Raises WorkspaceError where there is no workspace."""
    zones = Zones(root.resolve())
    if not zones.settings_file.is_file():
        zones.require()
    findings: list[Finding] = []
    for check in _checks(zones):
        try:
            findings.extend(check)
        except QuorumError as error:
            # A check that stands on something broken; what is broken has a check and a cure of its own.
            findings.append(fault("rest", str(error), "Mend the other faults, then run quorum doctor again."))
    return findings


def _checks(zones: Zones) -> Iterator[Iterator[Finding]]:
    yield check_machine.check_versions()
    yield check_machine.check_disk(zones)
    yield check_machine.check_clock(zones)
    yield check_machine.check_telemetry(zones, os.environ)
    yield check_workspace.check_layout(zones)
    yield check_workspace.check_permissions(zones)
    yield check_workspace.check_log(zones)
    yield check_workspace.check_releases(zones)
    yield check_workspace.check_exports(zones)
    yield check_workspace.check_backup(zones)
    yield check_workspace.check_messages(zones)
    try:
        settings = read_settings(zones.settings_file)
    except QuorumError as error:
        yield iter([fault("settings", str(error), "Correct quorum.toml; the other checks need it.")])
        return
    yield check_workspace.check_keys(zones, settings)
    yield check_workspace.check_rules(zones, settings)
    yield check_workspace.check_retention(zones, settings)
    yield check_machine.check_ports(settings)
    yield check_machine.check_database(zones, settings, os.environ)


def run_doctor(root: Path, *, is_json: bool) -> None:
    """Print the findings, faults first. Raises WorkspaceError where there is a fault."""
    findings = examine(root)
    faults = [finding for finding in findings if finding.gravity is Gravity.FAULT]
    notices = [finding for finding in findings if finding.gravity is Gravity.NOTICE]
    if is_json:
        report = [{**asdict(finding), "gravity": finding.gravity.value} for finding in findings]
        click.echo(json.dumps({"findings": report, "faults_n": len(faults), "notices_n": len(notices)}, indent=1))
    else:
        goods = [finding for finding in findings if finding.gravity is Gravity.GOOD]
        for finding in (*faults, *notices, *goods):
            click.echo(f"{finding.gravity.value:7} {finding.check:12} {finding.says}")
            if finding.cure:
                click.echo(f"{'':20} cure: {finding.cure}")
        click.echo("Nothing was changed.")
    if faults:
        raise WorkspaceError(f"{people(len(faults), 'fault')} to mend, {people(len(notices), 'notice')}.")
