"""The sign-in service of a workspace: `keys/sign-in.toml`, which Streamlit reads and nobody else may."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flows.errors import KeyMissing, SettingsError

NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
METADATA = "/.well-known/openid-configuration"
CALLBACK = "/oauth2callback"
LEAST_SECRET = 32
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class SignInService:
    """Who vouches for people (`issuer`), and under which name this Quorum is known there."""

    issuer: str
    client_id: str


def read_sign_in(path: Path) -> SignInService:
    """Read and check the file. Raises KeyMissing where it is missing or open to others, SettingsError where wrong."""
    try:
        mode = path.stat().st_mode
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise KeyMissing(
            f"{path.parent.name}/{path.name} is missing, and [access] sign_in is openid. "
            "Write it as docs/how-to/set-up-sign-in.md says."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise SettingsError(f"{path.name}: not TOML. Compare with docs/how-to/set-up-sign-in.md.") from None
    if mode & 0o077:
        raise KeyMissing(f"{path.name} can be read by others. Close it:  chmod 600 {path.parent.name}/{path.name}")
    auth = table.get("auth")
    if not isinstance(auth, dict):
        raise SettingsError(f"{path.name}: the section [auth] is missing.")
    for name in NEEDED:
        if not isinstance(auth.get(name), str) or not auth[name].strip():
            raise SettingsError(f"{path.name} [auth] {name}: expected a text between quotes.")
    if len(auth["cookie_secret"]) < LEAST_SECRET:
        raise SettingsError(f"{path.name} [auth] cookie_secret: at least {LEAST_SECRET} random letters and digits.")
    if not auth["redirect_uri"].endswith(CALLBACK):
        raise SettingsError(f"{path.name} [auth] redirect_uri: ends in {CALLBACK}.")
    for name in ("redirect_uri", "server_metadata_url"):
        _check_address(auth[name], f"{path.name} [auth] {name}")
    if not auth["server_metadata_url"].endswith(METADATA):
        raise SettingsError(f"{path.name} [auth] server_metadata_url: ends in {METADATA}.")
    return SignInService(auth["server_metadata_url"].removesuffix(METADATA), auth["client_id"])


def _check_address(address: str, where: str) -> None:
    """https, but for a service on this very machine."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise SettingsError(f"{where}: begins with https://.")
