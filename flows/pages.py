"""The dashboards of a workspace as a process: its command and its whole environment, for `show` and `up` alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dashboards.access import Access, read_roles
from dashboards.serve import serve_command
from flows.board import board_measures
from flows.errors import SettingsError
from flows.operate.operate_settings import Place
from flows.settings import read_settings
from flows.sign_in import read_sign_in
from flows.workbench import catalogue_of
from flows.zones import Zones

SAID = {
    "local": "Local mode:  no sign-in; whoever uses this machine sees every group. For others: [access] in quorum.toml",
    "openid": "Sign-in:     OpenID Connect; people without a role see nothing",
}


@dataclass(frozen=True, slots=True)
class PagesProcess:
    """What starts the dashboards. `environment` is whole: nothing else is passed on, so no key of the workspace is."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    access: Access


def pages_process(zones: Zones, place: Place, *, is_demo: bool = False) -> PagesProcess:
    """The dashboards at an address, with the rules of `[access]`, and what the pages read beside releases.

    Raises SettingsError or KeyMissing where sign-in is not set up whole, and SettingsError where pages without a
    sign-in would be reached from other machines.
    """
    settings = read_settings(zones.settings_file)
    access = access_of(zones)
    if access.sign_in == "local" and not place.is_local:
        raise SettingsError(
            f"quorum.toml [up] dashboards: {place.address} is reached from other machines, and without a sign-in "
            "everybody there would see every group. Set up [access] (how-to: sign in), or listen on 127.0.0.1."
        )
    command, environment = serve_command(
        place.port,
        zones.released,
        zones.public_key_file,
        address=place.address,
        is_demo=is_demo,
        access=access,
        secrets_file=zones.sign_in_file if access.sign_in == "openid" else None,
        beside={"DERIVED_DIR": zones.derived, "ACTIONS_FILE": zones.actions_file, "REPORTS_DIR": zones.reports},
        board_measures=board_measures(settings, catalogue_of(zones).measures),
    )
    return PagesProcess(tuple(command), environment, access)


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
