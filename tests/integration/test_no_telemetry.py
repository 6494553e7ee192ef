"""Every part that could report home is told not to, before it is imported."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from unittest import mock

import pytest

import dashboards
from flows.prefect_home import use_prefect_home
from flows.zones import Zones


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a run that began with an empty one."""
    with mock.patch.dict(os.environ, clear=True):
        use_prefect_home(Zones(tmp_path))
        return dict(os.environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DO_NOT_TRACK", "1"),
        ("GX_ANALYTICS_ENABLED", "false"),
        ("PREFECT_SERVER_ANALYTICS_ENABLED", "false"),
        ("PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY", "false"),
    ],
)
def test_telemetry_is_off(environment: dict[str, str], name: str, value: str) -> None:
    assert environment[name] == value


@pytest.mark.parametrize("name", ["PREFECT_LOGGING_TO_API_ENABLED", "PREFECT_RESULTS_PERSIST_BY_DEFAULT"])
def test_prefect_keeps_neither_log_lines_nor_results(environment: dict[str, str], name: str) -> None:
    assert environment[name] == "false"


def test_prefect_lives_in_the_restricted_zone(environment: dict[str, str], tmp_path: Path) -> None:
    assert Path(environment["PREFECT_HOME"]) == Zones(tmp_path).restricted / "prefect"


def test_streamlit_gathers_no_usage_and_shows_no_traceback() -> None:
    folder = Path(next(iter(dashboards.__path__)))
    config = tomllib.loads((folder / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] in (False, "none")
