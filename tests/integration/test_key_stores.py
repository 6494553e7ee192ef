"""Where a wave's storage key may live besides a file: the environment, and a Prefect secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows.errors import KeyMissing
from flows.keys import destroy_wave_key, environment_name, wave_key
from flows.zones import Zones

KEY = "ab" * 32
SECRET_LIFE = """
import sys
from pathlib import Path
from flows.errors import KeyMissing
from flows.keys import destroy_wave_key, wave_key
from flows.zones import Zones

zones = Zones(Path(sys.argv[1]))
key = wave_key(zones, "prefect", "2026-11", may_make=True)
print("kept", wave_key(zones, "prefect", "2026-11", may_make=False) == key)
print(destroy_wave_key(zones, "prefect", "2026-11"))
left = sum(path.read_bytes().count(b"gAAAA") for path in zones.prefect_home.rglob("prefect.db*"))
print("ciphertexts left", left)
try:
    wave_key(zones, "prefect", "2026-11", may_make=False)
except KeyMissing as error:
    print(error)
"""


def test_a_key_in_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment_name("2026-11"), KEY)
    assert wave_key(Zones(tmp_path), "environment", "2026-11", may_make=False) == KEY


def test_a_missing_key_in_the_environment_names_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(environment_name("2026-11"), raising=False)
    with pytest.raises(KeyMissing, match="QUORUM_WAVE_KEY_2026_11"):
        wave_key(Zones(tmp_path), "environment", "2026-11", may_make=True)


def test_a_key_file_from_before_the_setting_changed_is_destroyed_too(tmp_path: Path) -> None:
    zones = Zones(tmp_path)
    wave_key(zones, "file", "2026-11", may_make=True)
    destroy_wave_key(zones, "environment", "2026-11")
    assert not zones.wave_key_file("2026-11").exists()


def test_a_prefect_secret_is_made_kept_and_destroyed_down_to_its_ciphertext(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SECRET_LIFE, str(tmp_path)], capture_output=True, text=True, timeout=300, check=False
    )
    said = done.stdout.splitlines()
    assert said[:3] == ["kept True", "Prefect secret deleted; its database rewritten", "ciphertexts left 0"], (
        done.stderr
    )
    assert 'the Prefect secret "quorum-wave-2026-11"' in said[3]
