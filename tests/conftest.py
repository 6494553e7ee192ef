"""Fixtures that are too dear to make twice in a session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.real_flow import RealFlow

ROOT = Path(__file__).parents[1]
SLOW_FILES = (
    "tests/ballots/test_forensics_and_chain.py",
    "tests/ballots/test_how_to.py",
    "tests/ballots/test_keeper.py",
    "tests/ballots/test_whole_wave.py",
    "tests/browser/",
    "tests/dashboards/test_scope_of_pages.py",
    "tests/integration/test_canaries_of_every_tool.py",
    "tests/integration/test_collecting_by_calendar.py",
    "tests/integration/test_full_disk.py",
    "tests/integration/test_hostile_files.py",
    "tests/integration/test_key_stores.py",
    "tests/integration/test_kills.py",
    "tests/integration/test_limesurvey_exports.py",
    "tests/integration/test_prefect_dies.py",
    "tests/integration/test_prefect_forgets.py",
    "tests/integration/test_pull_in_prefect.py",
    "tests/integration/test_proxy.py",
    "tests/integration/test_same_bytes.py",
    "tests/integration/test_together.py",
    "tests/red_team/test_markup_attacks.py",
    "tests/sign_in/",
    "tests/unit/test_own_instrument_page.py",
)
"""Browsers, disks, servers, kills: left out of `make test`, run by `make test ARGS="-m slow"` and by the gate."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow by where it lies, before pytest chooses by marks."""
    for item in items:
        if item.path.relative_to(ROOT).as_posix().startswith(SLOW_FILES):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def real_flow(tmp_path_factory: pytest.TempPathFactory) -> RealFlow:
    """What `quorum run` with Prefect left behind, run once for all tests (half a minute)."""
    from tests.integration.real_flow import run_real_flow

    return run_real_flow(tmp_path_factory.mktemp("real_flow"))
