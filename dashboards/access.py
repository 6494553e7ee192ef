"""Who may see what: an identity becomes a scope, or a refusal. Default deny; nothing here draws or reads a release.

Roles: `viewer` sees own units with what lies below them, the units above them, and the organisation; `leadership` sees
every group; `steward` sees every group and the steward's page. A scope takes groups away, it never adds a figure.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from dashboards.waves import Wave

ROLES = ("viewer", "leadership", "steward")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
PROXY_HEADERS = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via")
SUBJECT = "sub:"
MOST_ROLES_BYTES = 5_000_000


class Refusal(StrEnum):
    """Why nobody is let in; each has a sentence of its own."""

    SIGNED_OUT = "signed_out"
    EXPIRED = "expired"
    FOREIGN = "foreign"
    UNVERIFIED = "unverified"
    NO_ROLE = "no_role"
    NO_UNITS = "no_units"
    ROLES_UNREADABLE = "roles_unreadable"
    NOT_LOCAL = "not_local"
    NOT_SET_UP = "not_set_up"


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of this workspace, as `quorum show` hands them over.

    `sign_in`: `local` or `openid`. `roles`: `file` or `claims`. `viewers_see`: `own` or `all`.
    """

    sign_in: str = "local"
    roles: str = "file"
    roles_file: str = ""
    role_claim: str = ""
    units_claim: str = ""
    viewers_see: str = "own"
    issuer: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person may see. `unit_ids` matter for viewers only."""

    role: str
    unit_ids: frozenset[str] = field(default_factory=frozenset)
    sees_all: bool = False
    is_local: bool = False

    @property
    def is_steward(self) -> bool:
        """Whether the steward's page is open."""
        return self.role == "steward"

    @property
    def may_decide(self) -> bool:
        """Whether actions may be written."""
        return self.role in ("leadership", "steward")


LOCAL_SCOPE = Scope("steward", sees_all=True, is_local=True)


def parse_access(text: str) -> Access | None:
    """The rules as JSON from the environment; None for anything that is not exactly that."""
    if not text:
        return Access()
    try:
        raw = json.loads(text)
        access = Access(**raw)
    except (ValueError, TypeError):
        return None
    is_known = access.sign_in in ("local", "openid") and access.roles in ("file", "claims")
    return access if is_known and access.viewers_see in ("own", "all") else None


def admit_local(address: str | None, headers: Mapping[str, str]) -> Scope | Refusal:
    """Local mode: the server listens on this machine alone, was asked under its own name, and through no proxy.

    A proxy adds its sign or passes the name on under which it was asked itself; so does a foreign name that somebody
    lets point to this machine.
    """
    found = {name.casefold(): value for name, value in headers.items()}
    try:
        host = urlsplit(f"//{found.get('host', 'localhost')}").hostname
    except ValueError:
        host = None
    if address not in LOOPBACK or host not in LOOPBACK or any(name.casefold() in found for name in PROXY_HEADERS):
        return Refusal.NOT_LOCAL
    return LOCAL_SCOPE


def admit_signed_in(user: Mapping[str, Any], access: Access, now: float) -> Scope | Refusal:
    """The scope of a signed-in person from the claims of the identity token.

    Streamlit has checked signature, issuer and audience when the person signed in and has sealed the claims into a
    cookie; issuer, audience and end are looked at again at every run, as a cookie outlives its token.
    """
    if user.get("is_logged_in") is not True:
        return Refusal.SIGNED_OUT
    audience = user.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    issuer = user.get("iss")
    is_ours = isinstance(issuer, str) and bool(access.issuer) and issuer.rstrip("/") == access.issuer.rstrip("/")
    if not is_ours or not access.client_id or access.client_id not in audiences:
        return Refusal.FOREIGN
    end = user.get("exp")
    if isinstance(end, bool) or not isinstance(end, int | float) or end <= now:
        return Refusal.EXPIRED
    found = _from_claims(user, access) if access.roles == "claims" else _from_file(user, access)
    if isinstance(found, Refusal):
        return found
    if found.role == "viewer" and access.viewers_see == "own":
        return found if found.unit_ids else Refusal.NO_UNITS
    return replace(found, sees_all=True)


def _from_claims(user: Mapping[str, Any], access: Access) -> Scope | Refusal:
    """Role and units from claims. Of several roles the one that may do most counts."""
    named = _texts(user.get(access.role_claim)) if access.role_claim else []
    roles = [role for role in ROLES if role in named]
    if not roles:
        return Refusal.NO_ROLE
    return Scope(roles[-1], frozenset(_texts(user.get(access.units_claim)) if access.units_claim else []))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _from_file(user: Mapping[str, Any], access: Access) -> Scope | Refusal:
    """Role and units from the roles file: by subject, or by an e-mail address that the provider has verified."""
    try:
        people = read_roles(Path(access.roles_file))
    except (OSError, ValueError):
        return Refusal.ROLES_UNREADABLE
    found = people.get(f"{SUBJECT}{user.get('sub')}")
    if found is not None:
        return found
    email = user.get("email")
    is_address = isinstance(email, str) and not email.casefold().startswith(SUBJECT)
    by_email = people.get(str(email).casefold()) if is_address else None
    if by_email is None:
        return Refusal.NO_ROLE
    return by_email if user.get("email_verified") is True else Refusal.UNVERIFIED


def read_roles(path: Path) -> dict[str, Scope]:
    """`person,role,unit_ids` of the roles file; units stand apart by spaces. A person named twice, or a role that is
    none, makes the whole file unreadable: nobody is let in by half of it. Raises OSError, ValueError."""
    content = path.read_bytes()
    if len(content) > MOST_ROLES_BYTES:
        raise ValueError("the roles file is too large")
    rows = csv.DictReader(content.decode("utf-8-sig").splitlines())
    if rows.fieldnames != ["person", "role", "unit_ids"]:
        raise ValueError("columns: person, role, unit_ids")
    people: dict[str, Scope] = {}
    for row in rows:
        person = (row["person"] or "").strip()
        key = person if person.startswith(SUBJECT) else person.casefold()
        role = (row["role"] or "").strip()
        if not key or key in people or role not in ROLES or None in row:
            raise ValueError(f"line {rows.line_num}")
        people[key] = Scope(role, frozenset((row["unit_ids"] or "").split()))
    return people


def scoped_wave(wave: Wave, scope: Scope) -> Wave:
    """The wave as if it held the visible groups alone; what is not visible cannot be read by any page.

    Visible are own units, all below them, pools that hold them, and all above them.
    """
    if scope.sees_all:
        return wave
    visible = wave.book.visible(scope.unit_ids)
    seen = wave.book.ids.gather(visible)
    broken = None if wave.broken_down is None else wave.broken_down.filter(pl.col("group_id").is_in(seen.implode()))
    return replace(wave, visible=visible, broken_down=broken)
