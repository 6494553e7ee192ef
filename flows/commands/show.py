"""`quorum show`: the dashboards of a workspace, on this machine."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import asdict
from pathlib import Path

import click

from dashboards.access import Access, read_roles
from dashboards.serve import free_port, serve_command
from flows.board import board_measures
from flows.errors import SettingsError
from flows.keys import public_key
from flows.settings import read_settings
from flows.sign_in import read_sign_in
from flows.workbench import catalogue_of
from flows.zones import Zones

SAID = {
    "local": "Local mode:  no sign-in; whoever uses this machine sees every group. For others: [access] in quorum.toml",
    "openid": "Sign-in:     OpenID Connect; people without a role see nothing",
}


def access_of(zones: Zones) -> Access:
    """Who may see the dashboards. Raises SettingsError or KeyMissing where sign-in is not set up whole."""
    rules = read_settings(zones.settings_file).access
    if rules.sign_in == "local":
        return Access()
    service = read_sign_in(zones.sign_in_file)
    roles_file = str((zones.root / rules.roles_file).resolve())
    if rules.roles == "file":
        _check_roles(Path(roles_file))
    return Access(**{**asdict(rules), "roles_file": roles_file}, issuer=service.issuer, client_id=service.client_id)


def _check_roles(path: Path) -> None:
    try:
        read_roles(path)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path.name}: the list of roles cannot be read ({error}). "
            "Columns person,role,unit_ids; roles viewer, leadership, steward; each person once."
        ) from None


def serve(root: Path, first_port: int, *, is_demo: bool = False) -> None:
    """Serve until Ctrl-C. The dashboards' process is given the released zone and the public key, nothing else."""
    zones = Zones(root.resolve()).require()
    public_key(zones)
    port = free_port(first_port)
    if port != first_port:
        click.echo(f"Port {first_port} is taken; using {port}.")
    access = access_of(zones)
    secrets_file = zones.sign_in_file if access.sign_in == "openid" else None
    command, environment = serve_command(
        port,
        zones.released,
        zones.public_key_file,
        is_demo=is_demo,
        access=access,
        secrets_file=secrets_file,
        beside=_beside(zones),
        board_measures=board_measures(read_settings(zones.settings_file), catalogue_of(zones).measures),
    )
    click.echo(f"Dashboards:  http://127.0.0.1:{port}   (this machine only; Ctrl-C ends)")
    click.echo(SAID[access.sign_in])
    click.echo(f"On a server:  ssh -L {port}:127.0.0.1:{port} you@this-server")
    process = subprocess.Popen(command, env=environment)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()


def _beside(zones: Zones) -> dict[str, Path]:
    """What the pages may read beside releases, and the one file that they write."""
    return {"DERIVED_DIR": zones.derived, "ACTIONS_FILE": zones.actions_file, "REPORTS_DIR": zones.reports}
