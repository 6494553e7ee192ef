"""The command that starts the dashboards."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from dashboards.serve import PACKAGE_DIR, free_port, serve_command


def test_the_command_is_headless_local_and_sends_no_statistics(tmp_path: Path) -> None:
    argv, _ = serve_command(8501, tmp_path, None)
    flags = dict(zip(argv[5::2], argv[6::2], strict=True))
    assert flags["--server.address"] == "127.0.0.1"
    assert flags["--server.headless"] == "true"
    assert flags["--browser.gatherUsageStats"] == "false"
    assert flags["--client.showErrorDetails"] == "none"
    assert flags["--server.enableAgentApi"] == "false"


def test_the_environment_holds_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, env = serve_command(8501, Path("data/released"), Path("keys/release.pub"))
    assert env["QUORUM_RELEASED_DIR"] == str(tmp_path / "data" / "released")
    assert env["QUORUM_PUBLIC_KEY_FILE"] == str(tmp_path / "keys" / "release.pub")


def test_settings_left_in_the_environment_are_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUORUM_PUBLIC_KEY_FILE", "old.pub")
    monkeypatch.setenv("QUORUM_KEY_PASSPHRASE", "secret")
    _, env = serve_command(8501, tmp_path, None)
    assert [name for name in env if name.startswith("QUORUM_")] == ["QUORUM_RELEASED_DIR"]


def test_demo_mode_is_handed_on(tmp_path: Path) -> None:
    _, env = serve_command(8501, tmp_path, None, is_demo=True)
    assert env["QUORUM_DEMO"] == "1"


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert free_port(port) != port


@pytest.mark.parametrize(
    "name",
    [
        "app.py",
        "quorum.css",
        ".streamlit/config.toml",
        "static/favicon.png",
        "static/quorum.svg",
        "static/public-sans-latin-wght-normal.woff2",
        "static/public-sans-OFL.txt",
        "static/atkinson-hyperlegible-mono-OFL.txt",
    ],
)
def test_what_the_pages_need_lies_beside_them(name: str) -> None:
    assert (PACKAGE_DIR / name).is_file()
