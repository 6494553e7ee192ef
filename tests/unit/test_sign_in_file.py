"""keys/sign-in.toml: closed to others, whole, and https."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import KeyMissing, SettingsError
from flows.sign_in import SignInService, read_sign_in

GOOD = {
    "redirect_uri": "https://pulse.example.org/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "client_id": "quorum",
    "client_secret": "secret",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}


def written(folder: Path, mode: int = 0o600, **changes: str) -> Path:
    path = folder / "sign-in.toml"
    lines = [f'{name} = "{text}"' for name, text in {**GOOD, **changes}.items() if text != "left out"]
    path.write_text("[auth]\n" + "\n".join(lines) + "\n", "utf-8")
    path.chmod(mode)
    return path


def test_the_issuer_is_where_its_metadata_lie(tmp_path: Path) -> None:
    assert read_sign_in(written(tmp_path)) == SignInService("https://id.example.org", "quorum")


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="chmod 600"):
        read_sign_in(written(tmp_path, 0o644))


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="set-up-sign-in"):
        read_sign_in(tmp_path / "sign-in.toml")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("client_secret", "left out"),
        ("client_id", ""),
        ("cookie_secret", "short"),
        ("redirect_uri", "https://pulse.example.org/"),
        ("redirect_uri", "http://pulse.example.org/oauth2callback"),
        ("server_metadata_url", "http://id.example.org/.well-known/openid-configuration"),
        ("server_metadata_url", "https://id.example.org"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_by_the_name_of_its_key(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_sign_in(written(tmp_path, **{name: text}))
